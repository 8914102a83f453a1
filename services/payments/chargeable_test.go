package payments_test

import (
	"errors"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"ticketx/kit/errs"
	"ticketx/kit/money"
	"ticketx/services/payments"
)

// What no card can be charged is said before anything is asked of the processor or
// of orders.
func TestWhatNoCardCanBeCharged(t *testing.T) {
	for _, c := range []struct {
		currency string
		price    money.Minor
		code     string
		message  string
	}{
		{"eur", 0, payments.CodeAmountTooSmall, "A card can't be charged less than 0.50 EUR, and this order costs 0.00 EUR. Nothing was charged."},
		{"eur", 49, payments.CodeAmountTooSmall, "A card can't be charged less than 0.50 EUR, and this order costs 0.49 EUR. Nothing was charged."},
		{"jpy", 49, payments.CodeAmountTooSmall, "A card can't be charged less than 50 JPY, and this order costs 49 JPY. Nothing was charged."},
		{"kwd", 240, payments.CodeAmountTooSmall, "A card can't be charged less than 0.250 KWD, and this order costs 0.240 KWD. Nothing was charged."},
		{"eur", 100_000_000, payments.CodeAmountTooLarge, "A card can't be charged more than 999999.99 EUR, and this order costs 1000000.00 EUR. Nothing was charged."},
		{"eur", 50, "", ""},
		{"jpy", 50, "", ""},
		{"kwd", 250, "", ""},
		{"eur", 99_999_999, "", ""},
	} {
		t.Run(c.currency+" "+money.Currency(c.currency).Format(c.price), func(t *testing.T) {
			w := newWorld(t)
			o := w.order()
			o.Ticket.Price, o.Ticket.Currency = c.price, c.currency
			w.orders.keep(o)
			_, payErr := w.process().Pay(t.Context(), buyer, o.ID, visa, "")
			if c.code == "" {
				require.NoError(t, payErr)
				return
			}
			_, checkoutErr := w.process().Checkout(t.Context(), buyer, o.ID)
			for _, err := range []error{payErr, checkoutErr} {
				refused, ok := errors.AsType[*errs.Error](err)
				require.True(t, ok, "%v", err)
				assert.Equal(t, errs.KindConflict, refused.Kind)
				assert.Equal(t, c.code, refused.Code)
				assert.Equal(t, c.message, refused.Message)
			}
			assert.Empty(t, w.bank.account(o).intents)
			known, err := w.orders.Order(t.Context(), o.ID)
			require.NoError(t, err)
			assert.Equal(t, "created", known.Status)
		})
	}
}
