package tickets_test

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"ticketx/kit/errs"
	"ticketx/kit/money"
	"ticketx/services/tickets"
)

func TestOffer(t *testing.T) {
	for name, tc := range map[string]struct {
		title, price string
		wrong        []string // the fields that are reported
	}{
		"plain":                      {title: "Row 3", price: "25"},
		"cheapest":                   {title: "Row 3", price: "0.50"},
		"dearest":                    {title: "Row 3", price: "999999.99"},
		"longest title, in letters":  {title: strings.Repeat("ü", 200), price: "25"},
		"space does not count":       {title: " " + strings.Repeat("a", 200) + "\n", price: "25"},
		"no title":                   {title: "", price: "25", wrong: []string{"title"}},
		"only space":                 {title: " \t\n", price: "25", wrong: []string{"title"}},
		"too long":                   {title: strings.Repeat("a", 201), price: "25", wrong: []string{"title"}},
		"control character":          {title: "Row\x003", price: "25", wrong: []string{"title"}},
		"line break inside":          {title: "Row\n3", price: "25", wrong: []string{"title"}},
		"no price":                   {title: "Row 3", price: "", wrong: []string{"price"}},
		"null":                       {title: "Row 3", price: "null", wrong: []string{"price"}},
		"text":                       {title: "Row 3", price: `"25"`, wrong: []string{"price"}},
		"free":                       {title: "Row 3", price: "0", wrong: []string{"price"}},
		"less than can be charged":   {title: "Row 3", price: "0.49", wrong: []string{"price"}},
		"negative":                   {title: "Row 3", price: "-25", wrong: []string{"price"}},
		"three decimals":             {title: "Row 3", price: "25.001", wrong: []string{"price"}},
		"more than Stripe takes":     {title: "Row 3", price: "1000000", wrong: []string{"price"}},
		"both are reported together": {title: "", price: "0", wrong: []string{"title", "price"}},
	} {
		t.Run(name, func(t *testing.T) {
			offer, err := tickets.NewOffer(money.EUR, tc.title, json.RawMessage(tc.price))
			if tc.wrong == nil {
				require.NoError(t, err)
				assert.Equal(t, strings.TrimSpace(tc.title), offer.Title)
				return
			}
			invalid, ok := errors.AsType[*errs.Error](err)
			require.True(t, ok, "%v", err)
			assert.Equal(t, errs.KindInvalid, invalid.Kind)
			var fields []string
			for _, f := range invalid.Fields {
				fields = append(fields, f.Field)
			}
			assert.Equal(t, tc.wrong, fields)
		})
	}
}

func TestOfferInOtherCurrencies(t *testing.T) {
	for currency, prices := range map[money.Currency]struct{ good, bad []string }{
		"jpy": {good: []string{"50", "99999999"}, bad: []string{"49", "50.5", "100000000"}},
		"kwd": {good: []string{"0.25", "5.120"}, bad: []string{"0.24", "5.125", "100000"}},
		"gbp": {good: []string{"0.30"}, bad: []string{"0.29"}},
	} {
		for _, price := range prices.good {
			offer, err := tickets.NewOffer(currency, "Row 3", json.RawMessage(price))
			require.NoError(t, err, "%s %s", currency, price)
			assert.Equal(t, currency, offer.Currency)
		}
		for _, price := range prices.bad {
			_, err := tickets.NewOffer(currency, "Row 3", json.RawMessage(price))
			invalid, ok := errors.AsType[*errs.Error](err)
			require.True(t, ok, "%s %s: %v", currency, price, err)
			assert.Equal(t, "price", invalid.Fields[0].Field)
		}
	}
}
