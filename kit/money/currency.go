package money

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Currency is an ISO 4217 code in lower case, as Stripe writes it. Only one that
// ParseCurrency has let through is priced in; of another one, which could only
// come from an old document, two decimals are assumed, as most have.
type Currency string

// EUR is what tickets are priced in when nobody has chosen.
const EUR Currency = "eur"

// eightDigits is the most that Stripe charges in any currency, in minor units.
const eightDigits Minor = 99_999_999

// rules are what Stripe asks of an amount in a currency.
type rules struct {
	decimals int
	minimum  Minor // the least that is charged
	step     Minor // amounts are multiples of it
}

// known are the currencies for which Stripe publishes the least that can be
// charged (docs.stripe.com/currencies#minimum-and-maximum-charge-amounts), and
// after them some with decimals that differ. Of those Stripe says only that the
// amount must be worth half a dollar when it is charged; what is here is worth
// that with room to spare, so that nothing is listed that can't be sold.
//
// It is a table and not golang.org/x/text/currency: that one knows how a currency
// is shown, which is not how Stripe counts it (no decimals for ISK, UGX, IDR, COP
// and others that Stripe counts in hundredths), and neither minimum nor step, so
// this table would be needed beside it.
var known = map[Currency]rules{
	"aed": {2, 2_00, 1},
	"aud": {2, 50, 1},
	"bgn": {2, 1_00, 1},
	"brl": {2, 50, 1},
	"cad": {2, 50, 1},
	"chf": {2, 50, 1},
	"czk": {2, 15_00, 1},
	"dkk": {2, 2_50, 1},
	EUR:   {2, 50, 1},
	"gbp": {2, 30, 1},
	"hkd": {2, 4_00, 1},
	"huf": {2, 175_00, 1}, // charged with decimals; only payouts have none
	"inr": {2, 50, 1},
	"jpy": {0, 50, 1},
	"mxn": {2, 10_00, 1},
	"myr": {2, 2_00, 1},
	"nok": {2, 3_00, 1},
	"nzd": {2, 50, 1},
	"pln": {2, 2_00, 1},
	"ron": {2, 2_00, 1},
	"sek": {2, 3_00, 1},
	"sgd": {2, 50, 1},
	"thb": {2, 10_00, 1},
	"usd": {2, 50, 1},

	"clp": {0, 700, 1},
	"krw": {0, 1_000, 1},
	"twd": {2, 20_00, 1}, // charged with decimals; only payouts have none
	"vnd": {0, 20_000, 1},
	"xaf": {0, 500, 1},
	"xof": {0, 500, 1},

	// No decimals, and yet counted in hundredths, of which there may be none
	// (docs.stripe.com/currencies#special-cases).
	"isk": {2, 100_00, 100},
	"ugx": {2, 3_000_00, 100},

	// Three decimals, of which the last must be zero for the sake of the card
	// networks (docs.stripe.com/currencies#three-decimal).
	"bhd": {3, 300, 10},
	"jod": {3, 500, 10},
	"kwd": {3, 250, 10},
	"omr": {3, 300, 10},
	"tnd": {3, 2_500, 10},
}

// ParseCurrency returns the currency with the code, or an error that says which
// there are.
func ParseCurrency(code string) (Currency, error) {
	c := Currency(code)
	if _, ok := known[c]; !ok {
		return "", fmt.Errorf("%q is not one of the currencies that can be charged: %s", code, joined(Currencies()))
	}
	return c, nil
}

// Currencies returns all that ParseCurrency lets through, in their order.
func Currencies() []Currency { return slices.Sorted(maps.Keys(known)) }

func joined(all []Currency) string {
	codes := make([]string, len(all))
	for i, c := range all {
		codes[i] = string(c)
	}
	return strings.Join(codes, ", ")
}

func (c Currency) rules() rules {
	if r, ok := known[c]; ok {
		return r
	}
	return rules{decimals: 2, step: 1}
}

// Decimals returns how many decimals an amount in major units may have.
func (c Currency) Decimals() int { return c.rules().decimals }

// Minimum returns the least that a card can be charged.
func (c Currency) Minimum() Minor { return c.rules().minimum }

// Maximum returns the most that a card can be charged.
func (c Currency) Maximum() Minor { return eightDigits - eightDigits%c.rules().step }
