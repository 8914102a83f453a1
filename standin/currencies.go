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
// and after them some with no or three decimals, for which it publishes none.
// Stripe measures those in the currency of the account; here it is what half a
// dollar is worth, rounded up.
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

	"bhd": {200, 3, "BHD "},
	"clp": {500, 0, "CLP "},
	"isk": {10000, 2, "ISK "},
	"jod": {400, 3, "JOD "},
	"krw": {700, 0, "KRW "},
	"kwd": {200, 3, "KWD "},
	"omr": {200, 3, "OMR "},
	"tnd": {2000, 3, "TND "},
	"twd": {1700, 2, "TWD "},
	"ugx": {200000, 2, "UGX "},
	"vnd": {15000, 0, "VND "},
	"xaf": {330, 0, "XAF "},
	"xof": {330, 0, "XOF "},
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
	case c.decimals == 3 && amount%10 != 0: // https://docs.stripe.com/currencies#three-decimal
		return invalidInteger("amount", "Invalid amount: amounts in %s have to be a multiple of 10, because the last of "+
			"three decimals must be 0.", code)
	case (code == "isk" || code == "ugx") && amount%100 != 0: // https://docs.stripe.com/currencies#special-cases
		return invalidInteger("amount", "Invalid amount: amounts in %s have to be a multiple of 100, because it has no "+
			"decimals though it is counted in hundredths.", code)
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
	if c.decimals > 0 {
		unit := int64(100)
		if c.decimals == 3 {
			unit = 1000
		}
		whole, fraction = amount/unit, fmt.Sprintf(".%0*d", c.decimals, amount%unit)
	}
	digits := fmt.Sprint(whole)
	for i := len(digits) - 3; i > 0; i -= 3 {
		digits = digits[:i] + "," + digits[i:]
	}
	return c.symbol + digits + fraction
}
