package money_test

import (
	"encoding/json"
	"errors"
	"math/big"
	"regexp"
	"strconv"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"ticketx/kit/errs"
	"ticketx/kit/money"
)

func TestParse(t *testing.T) {
	for c, prices := range map[money.Currency]map[string]money.Minor{
		"eur": {
			"0": 0, "0.0": 0, "0.00": 0, "0.01": 1, "0.1": 10, "0.10": 10, "0.29": 29, "1": 100, "1.1": 110,
			"25": 2500, "25.5": 2550, "25.50": 2550, "19.99": 1999, "1.15": 115, "4.35": 435, "8.2": 820,
			"999999.99": 999_999_99,
		},
		"jpy": {"0": 0, "1": 1, "25": 25, "99999999": 99_999_999},
		"kwd": {"0": 0, "0.01": 10, "0.010": 10, "5.12": 5_120, "5.120": 5_120, "25": 25_000, "99999.99": 99_999_990},
		"isk": {"0": 0, "5": 500, "5.0": 500, "5.00": 500, "999999": 999_999_00},
		"huf": {"175.05": 175_05},
	} {
		for raw, want := range prices {
			got, err := c.Parse("price", json.RawMessage(raw))
			require.NoError(t, err, "%s %s", c, raw)
			assert.Equal(t, want, got, "%s %s", c, raw)
		}
	}
}

func TestParseRefuses(t *testing.T) {
	for c, prices := range map[money.Currency]map[string]string{
		"eur": {
			"": "given", "null": "given",
			"0.001": "two decimals", "25.000": "two decimals", "1.999": "two decimals", "0.1000000000000000000001": "two decimals",
			"-1": "negative", "-0.01": "negative", "-0": "negative", "-1000001": "negative",
			"1000000": "at most 999999.99", "1000000.01": "at most 999999.99", "9999999999999999": "at most 999999.99",
			"99999999999999999999999999": "at most 999999.99",
			`"25"`:                       "number", `"25.50"`: "number", "true": "number", "false": "number", "[]": "number", "[25]": "number",
			"{}": "number", `{"amount":25}`: "number", `""`: "number",
			"1e2": "number", "1E2": "number", "25e-1": "number", "1e999999999": "number",
			"NaN": "number", "Infinity": "number", "0x10": "number", "01": "number", ".5": "number", "5.": "number",
			"+5": "number", "25,50": "number", "1_000": "number", "\t25": "number", "25\n": "number", "٢٥": "number",
		},
		"jpy": {
			"0.5": "no decimals", "25.0": "no decimals", "100000000": "at most 99999999.", "x": "such as 2500, at most 99999999.",
			"9999999999999999": "at most 99999999.",
		},
		"kwd": {
			"5.124": "multiple of 0.010", "0.001": "multiple of 0.010", "1.0000": "three decimals",
			"100000": "at most 99999.990", "99999.991": "at most 99999.990", "9999999999999999.9": "at most 99999.990",
		},
		"isk": {"5.5": "multiple of 1.00", "5.01": "multiple of 1.00", "1000000": "at most 999999.00"},
		"ugx": {"5.01": "multiple of 1.00"},
	} {
		for raw, want := range prices {
			_, err := c.Parse("price", json.RawMessage(raw))
			assertInvalid(t, err, want, "%s %q", c, raw)
		}
	}
}

func assertInvalid(t *testing.T, err error, want, format string, args ...any) {
	t.Helper()
	var e *errs.Error
	require.ErrorAs(t, err, &e, append([]any{format}, args...)...)
	assert.Equal(t, errs.KindInvalid, e.Kind)
	require.Len(t, e.Fields, 1)
	assert.Equal(t, "price", e.Fields[0].Field)
	assert.Contains(t, e.Fields[0].Message, want, append([]any{format}, args...)...)
}

// The least and the most that can be charged are prices, and what is beyond them
// is none, in every currency.
func TestParsePrice(t *testing.T) {
	for _, c := range money.Currencies() {
		least, most := c.Minimum(), c.Maximum()
		require.Positive(t, least, c)
		require.LessOrEqual(t, most, money.Minor(99_999_999), "Stripe takes eight digits")
		for _, minor := range []money.Minor{least, most} {
			got, err := c.ParsePrice("price", json.RawMessage(c.Format(minor)))
			require.NoError(t, err, c)
			assert.Equal(t, minor, got, c)
		}
		_, err := c.ParsePrice("price", json.RawMessage(c.Format(least-step(c))))
		assertInvalid(t, err, "at least "+c.Format(least), "%s", c)
		assertLimit(t, err, errs.TooSmall, c.Format(least))
		_, err = c.ParsePrice("price", json.RawMessage(c.Format(most+step(c))))
		assertInvalid(t, err, "at most "+c.Format(most), "%s", c)
		assertLimit(t, err, errs.TooLarge, c.Format(most))
	}
}

// assertLimit asserts what a client needs to say it in its own language.
func assertLimit(t *testing.T, err error, code, limit string) {
	t.Helper()
	invalid, ok := errors.AsType[*errs.Error](err)
	require.True(t, ok)
	assert.Equal(t, code, invalid.Fields[0].Code)
	assert.Equal(t, limit, invalid.Fields[0].Limit)
}

// step is the smallest difference between two prices, as the documents of Stripe
// have it.
func step(c money.Currency) money.Minor {
	steps := map[money.Currency]money.Minor{"isk": 100, "ugx": 100, "bhd": 10, "jod": 10, "kwd": 10, "omr": 10, "tnd": 10}
	return max(steps[c], 1)
}

func TestCurrencies(t *testing.T) {
	for code, want := range map[string]struct {
		decimals       int
		least, most    money.Minor
		leastFormatted string
	}{
		"eur": {2, 50, 99_999_999, "0.50"},
		"usd": {2, 50, 99_999_999, "0.50"},
		"gbp": {2, 30, 99_999_999, "0.30"},
		"jpy": {0, 50, 99_999_999, "50"},
		"kwd": {3, 250, 99_999_990, "0.250"},
		"isk": {2, 100_00, 99_999_900, "100.00"},
		"huf": {2, 175_00, 99_999_999, "175.00"},
	} {
		c, err := money.ParseCurrency(code)
		require.NoError(t, err)
		assert.Equal(t, want.decimals, c.Decimals(), code)
		assert.Equal(t, want.least, c.Minimum(), code)
		assert.Equal(t, want.most, c.Maximum(), code)
		assert.Equal(t, want.leastFormatted, c.Format(c.Minimum()), code)
	}
	for _, code := range []string{"", "EUR", "euro", "xxx", "eur "} {
		_, err := money.ParseCurrency(code)
		require.ErrorContains(t, err, strconv.Quote(code)+" is not one of")
		require.ErrorContains(t, err, "eur, gbp", "it says what can be had")
	}
}

func TestFormats(t *testing.T) {
	for _, c := range []struct {
		currency          money.Currency
		minor             money.Minor
		text, json, spelt string
	}{
		{"eur", 0, "0.00", "0", "0.00 EUR"},
		{"eur", 1, "0.01", "0.01", "0.01 EUR"},
		{"eur", 10, "0.10", "0.1", "0.10 EUR"},
		{"eur", 100, "1.00", "1", "1.00 EUR"},
		{"eur", 1000, "10.00", "10", "10.00 EUR"},
		{"eur", 2550, "25.50", "25.5", "25.50 EUR"},
		{"eur", 100_000, "1000.00", "1000", "1000.00 EUR"},
		{"eur", 999_999_99, "999999.99", "999999.99", "999999.99 EUR"},
		{"eur", -1, "-0.01", "-0.01", "-0.01 EUR"},
		{"eur", -2550, "-25.50", "-25.5", "-25.50 EUR"},
		{"jpy", 0, "0", "0", "0 JPY"},
		{"jpy", 2550, "2550", "2550", "2550 JPY"},
		{"jpy", 100, "100", "100", "100 JPY"},
		{"jpy", -100, "-100", "-100", "-100 JPY"},
		{"kwd", 5_120, "5.120", "5.12", "5.120 KWD"},
		{"kwd", 10, "0.010", "0.01", "0.010 KWD"},
		{"isk", 500, "5.00", "5", "5.00 ISK"},
		{"old", 2550, "25.50", "25.5", "25.50 OLD"}, // one that nobody knows any more
	} {
		assert.Equal(t, c.text, c.currency.Format(c.minor))
		amount := money.Amount{Minor: c.minor, Currency: c.currency}
		assert.Equal(t, c.spelt, amount.String())
		major, err := json.Marshal(amount)
		require.NoError(t, err)
		assert.Equal(t, c.json, string(major))
		stored, err := json.Marshal(c.minor)
		require.NoError(t, err)
		assert.Equal(t, strconv.FormatInt(int64(c.minor), 10), string(stored), "minor units are an integer")
	}
}

// Every price there can be is written and read without loss, as a client in
// another language would.
func FuzzRoundTrip(f *testing.F) {
	for i, minor := range []int64{0, 1, 9, 10, 99, 100, 101, 2550, 29, 57, 115, 999_999_99} {
		f.Add(minor, uint8(i))
	}
	all := money.Currencies()
	f.Fuzz(func(t *testing.T, n int64, currency uint8) {
		c := all[int(currency)%len(all)]
		minor := money.Minor(uint64(n) % uint64(c.Maximum()+1))
		minor -= minor % step(c)
		raw, err := json.Marshal(money.Amount{Minor: minor, Currency: c})
		require.NoError(t, err)
		back, err := c.Parse("price", raw)
		require.NoError(t, err)
		require.Equal(t, minor, back)
		back, err = c.Parse("price", json.RawMessage(c.Format(minor)))
		require.NoError(t, err)
		require.Equal(t, minor, back)
	})
}

// Whatever is sent as a price is refused by name, or is a number of JSON with no
// more decimals than the currency has, and is worth exactly as much.
func FuzzParse(f *testing.F) {
	for i, raw := range []string{"25.5", "0", "-1", "1e3", `"1"`, "null", "1.234", "99999999999999999", "٣", "", "5.120"} {
		f.Add(raw, uint8(i))
	}
	all := money.Currencies()
	allowed := regexp.MustCompile(`^(0|[1-9][0-9]*)(\.([0-9]+))?$`)
	f.Fuzz(func(t *testing.T, raw string, currency uint8) {
		c := all[int(currency)%len(all)]
		minor, err := c.Parse("price", json.RawMessage(raw))
		if err != nil {
			var e *errs.Error
			require.True(t, errors.As(err, &e) && e.Kind == errs.KindInvalid && e.Fields[0].Field == "price", "%v", err)
			return
		}
		m := allowed.FindStringSubmatch(raw)
		require.NotNil(t, m, raw)
		require.LessOrEqual(t, len(m[3]), c.Decimals())
		require.GreaterOrEqual(t, minor, money.Minor(0))
		require.LessOrEqual(t, minor, c.Maximum())
		require.Zero(t, minor%step(c))
		exact, ok := new(big.Rat).SetString(raw)
		require.True(t, ok)
		back, ok := new(big.Rat).SetString(c.Format(minor))
		require.True(t, ok)
		require.Zero(t, exact.Cmp(back))
	})
}
