// Package money keeps amounts exact: integer minor units inside, on the HTTP API
// a JSON number in major units with at most as many decimals as its currency has.
package money

import (
	"encoding/json"
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"ticketx/kit/errs"
)

// Minor is an amount in minor units (cents), as it is kept, sent in events and
// charged: in JSON an integer. What it is worth its currency says.
type Minor int64

// Amount is an amount that knows its currency. In JSON it is a number in major
// units, as the HTTP API writes it.
type Amount struct {
	Minor    Minor
	Currency Currency
}

// number is what JSON calls a number, without an exponent: prices are not
// written that way, and 1e999999999 costs memory to expand.
var number = regexp.MustCompile(`^(-?)(0|[1-9][0-9]{0,15})(?:\.([0-9]+))?$`)

// Parse reads a JSON number in major units. What is not a number, has more
// decimals than the currency, is no multiple of its smallest step, is negative or
// above Maximum is Invalid for field.
func (c Currency) Parse(field string, raw json.RawMessage) (Minor, error) {
	text := string(raw)
	if text == "" || text == "null" {
		return 0, errs.Invalid(field, "Must be given.")
	}
	r, most := c.rules(), c.Format(c.Maximum())
	m := number.FindStringSubmatch(text)
	switch {
	case m == nil:
		return 0, errs.Invalid(field, "Must be a number such as "+c.examples()+", at most "+most+".")
	case m[1] == "-":
		return 0, errs.Invalid(field, "Must not be negative.")
	case len(m[3]) > r.decimals:
		return 0, errs.Invalid(field, "Must have "+map[int]string{0: "no", 2: "at most two", 3: "at most three"}[r.decimals]+" decimals.")
	}
	minor, err := strconv.ParseInt(m[2]+m[3]+strings.Repeat("0", r.decimals-len(m[3])), 10, 64)
	switch {
	case err != nil || Minor(minor) > c.Maximum():
		return 0, errs.Beyond(field, errs.TooLarge, most, "Must be at most "+most+".")
	case Minor(minor)%r.step != 0:
		step := c.Format(r.step)
		return 0, errs.Beyond(field, errs.Step, step, "Must be a multiple of "+step+".")
	}
	return Minor(minor), nil
}

// ParsePrice is Parse for what a card is to be charged: less than Minimum is
// Invalid as well.
func (c Currency) ParsePrice(field string, raw json.RawMessage) (Minor, error) {
	minor, err := c.Parse(field, raw)
	if err == nil && minor < c.Minimum() {
		least := c.Format(c.Minimum())
		return 0, errs.Beyond(field, errs.TooSmall, least, "Must be at least "+least+", the least a card can be charged.")
	}
	return minor, err
}

// examples are two ways to write one amount, or one where there is only one.
func (c Currency) examples() string {
	if c.Decimals() == 0 {
		return "2500"
	}
	return "25 or 25.50"
}

// Format writes an amount in major units with all decimals of the currency: 2550
// is "25.50" in euro and "2550" in yen.
func (c Currency) Format(m Minor) string {
	digits := fmt.Sprintf("%0*d", c.Decimals()+1, max(m, -m))
	point := len(digits) - c.Decimals()
	text := digits[:point]
	if c.Decimals() > 0 {
		text += "." + digits[point:]
	}
	if m < 0 {
		text = "-" + text
	}
	return text
}

// IsZero reports whether there is nothing of it, for omitzero.
func (a Amount) IsZero() bool { return a.Minor == 0 }

// String writes the amount for people: "25.50 EUR".
func (a Amount) String() string {
	return a.Currency.Format(a.Minor) + " " + strings.ToUpper(string(a.Currency))
}

// MarshalJSON writes the amount in major units, with no more digits than it
// takes: 2550 in euro is 25.5.
func (a Amount) MarshalJSON() ([]byte, error) {
	text := a.Currency.Format(a.Minor)
	if strings.Contains(text, ".") {
		text = strings.TrimSuffix(strings.TrimRight(text, "0"), ".")
	}
	return []byte(text), nil
}
