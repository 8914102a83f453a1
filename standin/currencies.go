package standin

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// largestAmount is what eight digits hold, the most that Stripe takes in any
// currency, in its smallest unit.
const largestAmount = 99_999_999

// currency says how a currency is written, and the least that Stripe charges
// in it, in its smallest unit.
type currency struct {
	minimum  int64
	decimals int
	symbol   string
}

// currencies are those for which Stripe publishes a minimum, keyed as its API
// has them: https://docs.stripe.com/currencies#minimum-and-maximum-charge-amounts
var currencies = map[string]currency{
	"aed": {200, 2, "AED "},
	"aud": {50, 2, "AUD "},
	"bgn": {100, 2, "BGN "},
	"brl": {50, 2, "BRL "},
	"cad": {50, 2, "CAD "},
	"chf": {50, 2, "CHF "},
	"czk": {1500, 2, "CZK "},
	"dkk": {250, 2, "DKK "},
	"eur": {50, 2, "€"},
	"gbp": {30, 2, "£"},
	"hkd": {400, 2, "HKD "},
	"huf": {17500, 2, "HUF "},
	"inr": {50, 2, "INR "},
	"jpy": {50, 0, "¥"},
	"mxn": {1000, 2, "MXN "},
	"myr": {200, 2, "MYR "},
	"nok": {300, 2, "NOK "},
	"nzd": {50, 2, "NZD "},
	"pln": {200, 2, "PLN "},
	"ron": {200, 2, "RON "},
	"sek": {300, 2, "SEK "},
	"sgd": {50, 2, "SGD "},
	"thb": {1000, 2, "THB "},
	"usd": {50, 2, "$"},
}

// chargeable says why an amount cannot be charged in a currency, if it can't.
func chargeable(amount int64, code string) *Error {
	c, ok := currencies[code]
	switch {
	case !ok:
		return invalid("", "currency", "Invalid currency: %s. Stripe currently supports these currencies: %s",
			code, strings.Join(slices.Sorted(maps.Keys(currencies)), ", "))
	case amount > largestAmount:
		return invalid(codeAmountTooLarge, "amount", "Amount must be no more than %s", money(largestAmount, code))
	case amount < c.minimum:
		return invalid(codeAmountTooSmall, "amount", "Amount must be at least %s %s", money(c.minimum, code), code)
	}
	return nil
}

// money writes an amount as Stripe does in its messages: €1,234.50. The
// currency must be a known one.
func money(amount int64, code string) string {
	c := currencies[code]
	whole, fraction := amount, ""
	if c.decimals == 2 {
		whole, fraction = amount/100, fmt.Sprintf(".%02d", amount%100)
	}
	digits := fmt.Sprint(whole)
	for i := len(digits) - 3; i > 0; i -= 3 {
		digits = digits[:i] + "," + digits[i:]
	}
	return c.symbol + digits + fraction
}
