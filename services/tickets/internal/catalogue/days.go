package catalogue

import (
	"sync"
	"time"
)

// Day returns the day of a moment in its own time zone, in days since 1970.
func Day(t time.Time) int32 {
	year, month, day := t.Date()
	return int32(time.Date(year, month, day, 0, 0, 0, 0, time.UTC).Unix() / (24 * 60 * 60))
}

// zones are those that were asked for: reading one takes longer than all else about
// a ticket.
var zones sync.Map

// zone returns the time zone with the name, UTC where there is none.
func zone(name string) *time.Location {
	if name == "" {
		return time.UTC
	}
	if known, ok := zones.Load(name); ok {
		return known.(*time.Location)
	}
	loc, err := time.LoadLocation(name)
	if err != nil {
		return time.UTC
	}
	zones.Store(loc.String(), loc)
	return loc
}
