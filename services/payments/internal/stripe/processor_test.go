package stripe_test

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"path"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"ticketx/kit/errs"
	"ticketx/kit/events"
	"ticketx/kit/ids"
	"ticketx/kit/money"
	"ticketx/services/payments"
	"ticketx/services/payments/internal/stripe"
	"ticketx/standin"
)

// open returns the processor over a stand-in of its own, whose answers go
// through between, where it is not nil.
func open(t *testing.T, between func(next http.Handler) http.Handler) (*stripe.Processor, *standin.Book) {
	t.Helper()
	book, err := standin.OpenScratch(filepath.Join(t.TempDir(), "book.db"))
	require.NoError(t, err)
	t.Cleanup(func() { _ = book.Close() })
	handler := standin.NewServer(book)
	if between != nil {
		handler = between(handler)
	}
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	return stripe.New(stripe.Config{APIURL: server.URL}), book
}

func newOrder() events.Order {
	return events.Order{ID: ids.New(), Ticket: events.OrderTicket{Price: 25_50, Currency: "eur"}}
}

func confirmation(o events.Order, intentID string, attempt int64, token payments.Token) payments.Confirmation {
	return payments.Confirmation{OrderID: o.ID, IntentID: intentID, Attempt: attempt, Token: token}
}

func TestCharge(t *testing.T) {
	p, book := open(t, nil)
	o := newOrder()
	intent := intentOf(t, p, o)
	assert.Equal(t, intent, intentOf(t, p, o), "one intent for a number")

	for _, attempt := range []int64{1, 1, 2} {
		outcome, err := p.Confirm(t.Context(), confirmation(o, intent, attempt, "tok_visa"))
		require.NoError(t, err)
		assert.Equal(t, payments.IntentSucceeded, outcome.State, "attempt %d", attempt)
	}
	contents, err := book.Contents()
	require.NoError(t, err)
	require.Len(t, contents.Charges, 1)
	assert.EqualValues(t, 25_50, contents.Charges[0].Amount)
	assert.Equal(t, "eur", contents.Charges[0].Currency)
	require.Len(t, contents.PaymentIntents, 1)
	assert.Equal(t, map[string]string{"order_id": o.ID}, contents.PaymentIntents[0].Metadata)

	outcome, err := p.Cancel(t.Context(), intent)
	require.NoError(t, err)
	assert.Equal(t, payments.IntentSucceeded, outcome.State, "too late to cancel")

	refund, err := p.Refund(t.Context(), o.ID, intent, 1)
	require.NoError(t, err)
	sameRefund, err := p.Refund(t.Context(), o.ID, intent, 1)
	require.NoError(t, err)
	assert.Equal(t, refund, sameRefund)
	_, err = p.Refund(t.Context(), "another key", intent, 1)
	require.ErrorIs(t, err, payments.ErrNothingLeft)
	made, err := p.Refunds(t.Context(), intent)
	require.NoError(t, err)
	assert.Equal(t, []payments.MadeRefund{refund}, made)
	contents, err = book.Contents()
	require.NoError(t, err)
	assert.Len(t, contents.Refunds, 1)
}

func TestCancel(t *testing.T) {
	p, _ := open(t, nil)
	o := newOrder()
	intent := intentOf(t, p, o)
	for range 2 {
		outcome, err := p.Cancel(t.Context(), intent)
		require.NoError(t, err)
		assert.Equal(t, payments.IntentCancelled, outcome.State)
	}
	for _, token := range []payments.Token{"tok_visa", "pm_card_visa"} {
		outcome, err := p.Confirm(t.Context(), confirmation(o, intent, 1, token))
		require.NoError(t, err)
		assert.Equal(t, payments.IntentCancelled, outcome.State)
		o = newOrder() // for another key
	}
	_, err := p.Refund(t.Context(), o.ID, intent, 1)
	var refused *payments.RefusalError
	assert.ErrorAs(t, err, &refused, "nothing was charged")
}

func TestRefusals(t *testing.T) {
	p, _ := open(t, nil)
	o := newOrder()
	intent := intentOf(t, p, o)
	for i, c := range []struct {
		token         payments.Token
		kind          errs.Kind
		code, message string
	}{
		{"tok_chargeDeclined", errs.KindPaymentRequired, "generic_decline", "Your card was declined."},
		{"tok_chargeDeclinedInsufficientFunds", errs.KindPaymentRequired, "insufficient_funds", "Your card has insufficient funds."},
		{"tok_chargeDeclinedExpiredCard", errs.KindPaymentRequired, "expired_card", "Your card has expired."},
		{"pm_card_chargeDeclined", errs.KindPaymentRequired, "generic_decline", "Your card was declined."},
		{"tok_nobody", errs.KindInvalid, "", "This token names no card that can be charged."},
		{"pm_nobody", errs.KindInvalid, "", "This token names no card that can be charged."},
	} {
		for range 2 { // the second is the answer kept for the key
			_, err := p.Confirm(t.Context(), confirmation(o, intent, int64(i+1), c.token))
			e := &errs.Error{}
			ok := errors.As(err, &e)
			require.True(t, ok, "%s: %v", string(c.token), err)
			assert.Equal(t, c.kind, e.Kind, string(c.token))
			assert.Equal(t, c.code, e.Code, string(c.token))
			assert.Equal(t, c.message, e.Message, string(c.token))
		}
	}
}

func TestPricesThatNoCardTakes(t *testing.T) {
	p, _ := open(t, nil)
	for _, price := range []int64{0, 49, 100_000_000} {
		o := newOrder()
		o.Ticket.Price = money.Minor(price)
		_, err := p.Create(t.Context(), o, 1)
		assert.True(t, errs.Is(err, errs.KindPaymentRequired), "%d: %v", price, err)
	}
}

func TestUnknownIntent(t *testing.T) {
	p, _ := open(t, nil)
	o := newOrder()
	_, err := p.Confirm(t.Context(), confirmation(o, "pi_nobody", 1, "tok_visa"))
	assert.True(t, errs.Is(err, errs.KindUnavailable), "not the token's fault: %v", err)
	_, err = p.Cancel(t.Context(), "pi_nobody")
	assert.True(t, errs.Is(err, errs.KindUnavailable), "%v", err)
}

// The keys decide what Stripe takes for the same request.
func TestIdempotencyKeys(t *testing.T) {
	keys := map[string]string{}
	p, _ := open(t, func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			keys[path.Base(r.URL.Path)] = r.Header.Get("Idempotency-Key")
			next.ServeHTTP(w, r)
		})
	})
	o := newOrder()
	intent := intentOf(t, p, o)
	_, err := p.Confirm(t.Context(), confirmation(o, intent, 7, "tok_visa"))
	require.NoError(t, err)
	_, err = p.Refund(t.Context(), o.ID, intent, 1)
	require.NoError(t, err)
	assert.Equal(t, map[string]string{
		"payment_intents": "order:" + o.ID, "payment_methods": "order:" + o.ID + ":7:card", "confirm": "order:" + o.ID + ":7",
		"refunds": "refund:" + o.ID + ":" + intent,
	}, keys)
}
