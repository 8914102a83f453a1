package events

import (
	"crypto/rand"
	"regexp"
	"strings"
)

// againMark is what FreshID has put into an id.
var againMark = regexp.MustCompile(`:again-[A-Z2-7]+`)

// Again returns the same fact under a fresh id. A broker drops an id that it has
// seen not long ago, so what is told again on purpose (a dead letter put back, a
// snapshot announced anew) goes out under another. To consumers it is one more
// copy of what they know.
func (e Event) Again() Event {
	e.ID = FreshID(e.ID)
	return e
}

// FreshID returns an id that nobody has used, for the fact that id names:
// "order:ID:VERSION" becomes "order:ID:again-RANDOM:VERSION". The aggregate still
// stands in front and the version at the end, as the schema has always asked.
func FreshID(id string) string {
	id = againMark.ReplaceAllString(id, "") // told again and again, it does not grow
	mark := ":again-" + rand.Text()
	if i := strings.LastIndex(id, ":"); i >= 0 {
		return id[:i] + mark + id[i:]
	}
	return id + mark
}
