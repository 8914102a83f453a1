package tickets

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
	_ "time/tzdata" // the machine may have no zones of its own
	"unicode"
	"unicode/utf8"

	"ticketx/kit/errs"
)

// Draft is an offer as its seller writes it: prices as JSON numbers in major
// units, times as RFC 3339 has them, and anything may be wrong. An empty text is
// as good as none.
type Draft struct {
	Title         string          `json:"title"`
	Price         json.RawMessage `json:"price"`
	OriginalPrice json.RawMessage `json:"originalPrice"`
	StartsAt      *string         `json:"startsAt"`
	TimeZone      *string         `json:"timeZone"`
	Venue         *string         `json:"venue"`
	City          *string         `json:"city"`
	Category      *string         `json:"category"`
	Section       *string         `json:"section"`
	Row           *string         `json:"row"`
	Seat          *string         `json:"seat"`
	Quantity      *int64          `json:"quantity"`
	Description   *string         `json:"description"`
}

// Categories are the kinds of events there are.
var Categories = []string{
	"concert", "festival", "theatre", "musical", "comedy", "sports", "family", "exhibition", "conference", "other",
}

const (
	maxTitle       = 200
	maxDescription = 2000
	maxQuantity    = 20
	maxYears       = 10 // that an event may be off
)

// titleAndPriceOnly reports whether the draft gives nothing else.
func (d Draft) titleAndPriceOnly() bool {
	for _, text := range []*string{
		d.StartsAt, d.TimeZone, d.Venue, d.City, d.Category, d.Section, d.Row, d.Seat, d.Description,
	} {
		if text != nil {
			return false
		}
	}
	return d.OriginalPrice == nil && d.Quantity == nil
}

// describe puts all but the title and the price into the offer.
func (d Draft) describe(o *Offer, wrong *problems) {
	if raw := d.OriginalPrice; raw != nil && string(raw) != "null" {
		var err error
		o.OriginalPrice, err = o.Currency.Parse("originalPrice", raw)
		wrong.take(err)
		if err == nil && o.OriginalPrice == 0 {
			wrong.add("originalPrice", "Must be more than 0.")
		}
	}
	o.StartsAt = wrong.time("startsAt", given(d.StartsAt))
	for _, text := range []struct {
		field string
		from  *string
		to    *string
		max   int
	}{
		{"timeZone", d.TimeZone, &o.TimeZone, 64},
		{"venue", d.Venue, &o.Venue, 120},
		{"city", d.City, &o.City, 100},
		{"category", d.Category, &o.Category, 20},
		{"section", d.Section, &o.Section, 40},
		{"row", d.Row, &o.Row, 20},
		{"seat", d.Seat, &o.Seat, 60},
	} {
		*text.to = wrong.line(text.field, given(text.from), text.max)
	}
	if o.TimeZone != "" && !wrong.about("timeZone") && !isZone(o.TimeZone) {
		wrong.add("timeZone", "Must be the name of a time zone, such as Europe/Berlin.")
	}
	if o.Category != "" && !slices.Contains(Categories, o.Category) {
		wrong.add("category", "Must be one of "+strings.Join(Categories, ", ")+".")
	}
	o.Quantity = 1
	if d.Quantity != nil {
		o.Quantity = *d.Quantity
	}
	if o.Quantity < 1 || o.Quantity > maxQuantity {
		wrong.add("quantity", fmt.Sprintf("Must be from 1 to %d.", maxQuantity))
	}
	o.Description = wrong.text("description", given(d.Description), maxDescription)
}

func given(text *string) string {
	if text == nil {
		return ""
	}
	return *text
}

// isZone reports whether name is that of a time zone in the IANA's form. What a
// machine may have besides (Local, posix/…) means nothing to a browser.
func isZone(name string) bool {
	area, _, ok := strings.Cut(name, "/")
	if name != "UTC" && (!ok || area == "" || !unicode.IsUpper(rune(area[0]))) {
		return false
	}
	_, err := time.LoadLocation(name)
	return err == nil
}

// problems is what is wrong with a draft.
type problems []errs.Field

func (p *problems) add(field, message string) {
	*p = append(*p, errs.Field{Field: field, Message: message})
}

// take adds what an errs.KindInvalid names.
func (p *problems) take(err error) {
	if invalid, ok := errors.AsType[*errs.Error](err); ok {
		*p = append(*p, invalid.Fields...)
	}
}

// about reports whether something is wrong with the field.
func (p *problems) about(field string) bool {
	return slices.ContainsFunc(*p, func(f errs.Field) bool { return f.Field == field })
}

// line returns the text without the space around it. It must be a single line of
// at most so many characters.
func (p *problems) line(field, text string, most int) string {
	text = strings.TrimSpace(text)
	switch {
	case utf8.RuneCountInString(text) > most:
		p.add(field, fmt.Sprintf("Must have at most %d characters.", most))
	case strings.ContainsFunc(text, unicode.IsControl):
		p.add(field, "Must not contain control characters.")
	}
	return text
}

// text is line for a text that may have more than one, which end as on Unix.
func (p *problems) text(field, text string, most int) string {
	text = strings.TrimSpace(strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(text))
	p.line(field, strings.NewReplacer("\n", " ", "\t", " ").Replace(text), most)
	return text
}

// time returns the moment that text names, the zero time where it is empty.
func (p *problems) time(field, text string) time.Time {
	if text = strings.TrimSpace(text); text == "" {
		return time.Time{}
	}
	t, err := time.Parse(time.RFC3339, text)
	if err != nil || t.IsZero() {
		p.add(field, "Must be a time with its offset, such as 2030-05-01T20:00:00+02:00.")
		return time.Time{}
	}
	return t.UTC().Truncate(time.Millisecond)
}

// start checks when the event starts: a time that is new lies in the future, and
// one that has passed is not taken back, which would put the ticket up for sale
// again.
func (p *problems) start(is, was, now time.Time) {
	const field = "startsAt"
	switch {
	case p.about(field) || is.Equal(was):
	case is.IsZero() && !now.Before(was):
		p.add(field, "The event has started. Give its new time, or leave the old one.")
	case is.IsZero():
	case !now.Before(is):
		p.add(field, "Must be in the future.")
	case is.After(now.AddDate(maxYears, 0, 0)):
		p.add(field, fmt.Sprintf("Must be within %d years.", maxYears))
	}
}
