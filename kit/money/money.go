// Package money keeps amounts exact: integer minor units inside, a JSON number
// in major units with at most two decimals on the HTTP API.
package money

import (
	"encoding/json"
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"ticketx/kit/errs"
)

// Currency is the one currency tickets are priced in: an ISO 4217 code in
// lower case, as Stripe writes it. It has two decimals.
const Currency = "eur"

// MaxMinor is the highest price, in minor units: the highest that Stripe takes
// (eight digits), so that nothing is listed that nobody could pay.
const MaxMinor Minor = 999_999_99

// Minor is an amount in minor units (cents), as it is kept, sent in events and
// charged: in JSON an integer.
type Minor int64

// Major is an amount as the HTTP API writes it: in JSON a number in major
// units.
type Major Minor

// number is what JSON calls a number, without an exponent: prices are not
// written that way, and 1e999999999 costs memory to expand.
var number = regexp.MustCompile(`^(-?)(0|[1-9][0-9]{0,15})(?:\.([0-9]+))?$`)

// Parse reads a JSON number in major units. What is not a number, has more than
// two decimals, is negative or above MaxMinor is Invalid for field.
func Parse(field string, raw json.RawMessage) (Minor, error) {
	text := string(raw)
	if text == "" || text == "null" {
		return 0, errs.Invalid(field, "Must be given.")
	}
	m := number.FindStringSubmatch(text)
	switch {
	case m == nil:
		return 0, errs.Invalid(field, "Must be a number such as 25 or 25.50, at most 999999.99.")
	case m[1] == "-":
		return 0, errs.Invalid(field, "Must not be negative.")
	case len(m[3]) > 2:
		return 0, errs.Invalid(field, "Must have at most two decimals.")
	}
	minor, err := strconv.ParseInt(m[2]+(m[3] + "00")[:2], 10, 64)
	if err != nil || Minor(minor) > MaxMinor {
		return 0, errs.Invalid(field, "Must be at most 999999.99.")
	}
	return Minor(minor), nil
}

// MarshalJSON writes the amount in major units: 2550 is 25.5.
func (m Major) MarshalJSON() ([]byte, error) {
	text := Minor(m).String() // always with two decimals
	return []byte(strings.TrimSuffix(strings.TrimRight(text, "0"), ".")), nil
}

// String writes the amount in major units with both decimals: 2550 is "25.50".
func (m Minor) String() string {
	sign := ""
	if m < 0 {
		sign, m = "-", -m
	}
	return fmt.Sprintf("%s%d.%02d", sign, m/100, m%100)
}
