package money_test

import (
	"encoding/json"
	"errors"
	"regexp"
	"strconv"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"ticketx/kit/errs"
	"ticketx/kit/money"
)

func TestParse(t *testing.T) {
	for raw, want := range map[string]money.Minor{
		"0": 0, "0.0": 0, "0.00": 0, "0.01": 1, "0.1": 10, "0.10": 10, "0.29": 29, "1": 100, "1.1": 110,
		"25": 2500, "25.5": 2550, "25.50": 2550, "19.99": 1999, "1.15": 115, "4.35": 435, "8.2": 820,
		"999999.99": 999_999_99,
	} {
		got, err := money.Parse("price", json.RawMessage(raw))
		require.NoError(t, err, raw)
		assert.Equal(t, want, got, raw)
	}
}

func TestParseRefuses(t *testing.T) {
	for raw, want := range map[string]string{
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
	} {
		_, err := money.Parse("price", json.RawMessage(raw))
		var e *errs.Error
		require.ErrorAs(t, err, &e, "%q", raw)
		assert.Equal(t, errs.KindInvalid, e.Kind, "%q", raw)
		require.Len(t, e.Fields, 1)
		assert.Equal(t, "price", e.Fields[0].Field, "%q", raw)
		assert.Contains(t, e.Fields[0].Message, want, "%q", raw)
	}
}

func TestFormats(t *testing.T) {
	for minor, want := range map[money.Minor]struct{ text, major string }{
		0:              {"0.00", "0"},
		1:              {"0.01", "0.01"},
		10:             {"0.10", "0.1"},
		100:            {"1.00", "1"},
		1000:           {"10.00", "10"},
		2550:           {"25.50", "25.5"},
		1999:           {"19.99", "19.99"},
		100_000:        {"1000.00", "1000"},
		money.MaxMinor: {"999999.99", "999999.99"},
		-1:             {"-0.01", "-0.01"},
		-2550:          {"-25.50", "-25.5"},
	} {
		assert.Equal(t, want.text, minor.String())
		major, err := json.Marshal(money.Major(minor))
		require.NoError(t, err)
		assert.Equal(t, want.major, string(major))
		stored, err := json.Marshal(minor)
		require.NoError(t, err)
		assert.Equal(t, strconv.FormatInt(int64(minor), 10), string(stored), "minor units are an integer")
	}
}

// Every price there can be is written and read without loss, as a client in
// another language would.
func FuzzRoundTrip(f *testing.F) {
	for _, minor := range []int64{0, 1, 9, 10, 99, 100, 101, 2550, 29, 57, 115, int64(money.MaxMinor)} {
		f.Add(minor)
	}
	f.Fuzz(func(t *testing.T, n int64) {
		minor := money.Minor(uint64(n) % uint64(money.MaxMinor+1))
		raw, err := json.Marshal(money.Major(minor))
		require.NoError(t, err)
		back, err := money.Parse("price", raw)
		require.NoError(t, err)
		require.Equal(t, minor, back)
		back, err = money.Parse("price", json.RawMessage(minor.String()))
		require.NoError(t, err)
		require.Equal(t, minor, back)
	})
}

// Whatever is sent as a price is refused by name, or is a number of JSON with
// at most two decimals that comes back as the same price.
func FuzzParse(f *testing.F) {
	for _, raw := range []string{"25.5", "0", "-1", "1e3", `"1"`, "null", "1.234", "99999999999999999", "٣", ""} {
		f.Add(raw)
	}
	allowed := regexp.MustCompile(`^(0|[1-9][0-9]*)(\.[0-9]{1,2})?$`)
	f.Fuzz(func(t *testing.T, raw string) {
		minor, err := money.Parse("price", json.RawMessage(raw))
		if err != nil {
			var e *errs.Error
			require.True(t, errors.As(err, &e) && e.Kind == errs.KindInvalid && e.Fields[0].Field == "price", "%v", err)
			return
		}
		require.Regexp(t, allowed, raw)
		require.GreaterOrEqual(t, minor, money.Minor(0))
		require.LessOrEqual(t, minor, money.MaxMinor)
		exact, err := strconv.ParseFloat(raw, 64)
		require.NoError(t, err)
		require.InDelta(t, exact*100, float64(minor), 1e-6)
	})
}
