package stripe_test

import (
	"net/http"
	"reflect"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"ticketx/kit/errs"
	"ticketx/services/payments"
	"ticketx/services/payments/internal/stripe"
	"ticketx/services/payments/internal/stripetest"
	"ticketx/standin"
)

// Every request that payments can make goes to the stand-in and to stripe-mock,
// which refuses what Stripe's own description of the API does not allow; and what
// the stand-in answers is held against what stripe-mock does.
func TestRequestsAndAnswersAreAsStripeDescribes(t *testing.T) {
	mock := stripetest.Start(t)
	requests := map[string]func(t *testing.T, p *stripe.Processor, book *standin.Book){
		"Create": func(t *testing.T, p *stripe.Processor, _ *standin.Book) {
			o := newOrder()
			for _, number := range []int64{1, 2} {
				_, err := p.Create(t.Context(), o, number)
				require.NoError(t, err)
			}
			o = newOrder()
			o.Ticket.Price, o.Ticket.Currency = 2550, "jpy"
			_, err := p.Create(t.Context(), o, 1)
			require.NoError(t, err)
		},
		"Confirm": func(t *testing.T, p *stripe.Processor, _ *standin.Book) {
			for _, c := range []payments.Confirmation{
				{Token: "tok_visa"},
				{Token: "pm_card_visa"},
				{Token: "tok_threeDSecure2Required"},
				{Token: "tok_threeDSecure2Required", ReturnURL: "https://shop.example/orders/7"},
				{Token: "tok_standin_processing"},
			} {
				o := newOrder()
				c.OrderID, c.IntentID, c.Attempt = o.ID, intentOf(t, p, o), 1
				_, err := p.Confirm(t.Context(), c)
				require.NoError(t, err)
			}
			o := newOrder()
			_, err := p.Confirm(t.Context(), confirmation(o, intentOf(t, p, o), 1, "tok_chargeDeclined"))
			require.Error(t, err)
		},
		"Intent": func(t *testing.T, p *stripe.Processor, _ *standin.Book) {
			_, err := p.Intent(t.Context(), intentOf(t, p, newOrder()))
			require.NoError(t, err)
		},
		"Cancel": func(t *testing.T, p *stripe.Processor, _ *standin.Book) {
			intent := intentOf(t, p, newOrder())
			for range 2 { // the second one is told that it has ended, and looks
				i, err := p.Cancel(t.Context(), intent)
				require.NoError(t, err)
				assert.Equal(t, payments.IntentCancelled, i.State)
			}
		},
		"Refund": func(t *testing.T, p *stripe.Processor, _ *standin.Book) {
			o, intent := paid(t, p, "tok_visa")
			_, err := p.Refund(t.Context(), o, intent, 1)
			require.NoError(t, err)
			_, err = p.Refund(t.Context(), o, intent, 2)
			require.ErrorIs(t, err, payments.ErrNothingLeft)
		},
		"Refunds": func(t *testing.T, p *stripe.Processor, _ *standin.Book) {
			o, intent := paid(t, p, "tok_visa")
			one, err := p.Refund(t.Context(), o, intent, 1)
			require.NoError(t, err)
			made, err := p.Refunds(t.Context(), intent)
			require.NoError(t, err)
			assert.Equal(t, []payments.MadeRefund{one}, made)
		},
		"MadeRefund": func(t *testing.T, p *stripe.Processor, _ *standin.Book) {
			o, intent := paid(t, p, "tok_pendingRefund")
			made, err := p.Refund(t.Context(), o, intent, 1)
			require.NoError(t, err)
			_, err = p.MadeRefund(t.Context(), made.ID)
			require.NoError(t, err)
		},
		"Dispute": func(t *testing.T, p *stripe.Processor, book *standin.Book) {
			_, intent, dispute := disputed(t, p, book)
			_, about, err := p.Dispute(t.Context(), dispute)
			require.NoError(t, err)
			assert.Equal(t, intent, about)
		},
		"DisputeOf": func(t *testing.T, p *stripe.Processor, book *standin.Book) {
			o, intent, dispute := disputed(t, p, book)
			_, err := p.Refund(t.Context(), o, intent, 1)
			require.ErrorIs(t, err, payments.ErrDisputed)
			d, err := p.DisputeOf(t.Context(), intent)
			require.NoError(t, err)
			assert.Equal(t, dispute, d.ID)
			_, intent = paid(t, p, "tok_visa")
			_, err = p.DisputeOf(t.Context(), intent)
			assert.True(t, errs.Is(err, errs.KindNotFound), "%v", err)
		},
		"Told": func(t *testing.T, p *stripe.Processor, book *standin.Book) {
			hourAgo := time.Now().Add(-time.Hour)
			_, _, dispute := disputed(t, p, book)
			told, last, more, err := p.Told(t.Context(), hourAgo, "", 20)
			require.NoError(t, err)
			assert.Equal(t, []payments.Notice{{Type: "charge.dispute", DisputeID: dispute}, {Type: "charge.dispute", DisputeID: dispute}}, told, "opened, and the money withdrawn")
			assert.False(t, more)

			o, intent := paid(t, p, "tok_visa")
			made, err := p.Refund(t.Context(), o, intent, 1)
			require.NoError(t, err)
			told, first, more, err := p.Told(t.Context(), hourAgo, "", 1)
			require.NoError(t, err)
			assert.Equal(t, []payments.Notice{{Type: "refund.created", RefundID: made.ID}}, told, "the newest")
			assert.True(t, more)
			told, end, more, err := p.Told(t.Context(), hourAgo, first, 20)
			require.NoError(t, err)
			assert.Len(t, told, 2)
			assert.Equal(t, last, end)
			assert.False(t, more)
			told, last, _, err = p.Told(t.Context(), time.Now().Add(time.Hour), "", 20)
			require.NoError(t, err)
			assert.Empty(t, told)
			assert.Empty(t, last)
			_, _, _, err = p.Told(t.Context(), hourAgo, "evt_forgotten", 20)
			assert.True(t, errs.Is(err, errs.KindNotFound), "%v", err)
		},
	}
	for method := range reflect.TypeFor[payments.Processor]().Methods() {
		t.Run(method.Name, func(t *testing.T) {
			request := requests[method.Name]
			require.NotNil(t, request, "nothing is known of what it sends")
			p, book := open(t, func(next http.Handler) http.Handler { return mock.Watch(t, next) })
			request(t, p, book)
		})
	}
}

// paid charges a card, and returns the order and its intent.
func paid(t *testing.T, p *stripe.Processor, token payments.Token) (orderID, intentID string) {
	t.Helper()
	o := newOrder()
	intentID = intentOf(t, p, o)
	i, err := p.Confirm(t.Context(), confirmation(o, intentID, 1, token))
	require.NoError(t, err)
	require.Equal(t, payments.IntentSucceeded, i.State)
	return o.ID, intentID
}

// disputed charges a card whose owner disputes it.
func disputed(t *testing.T, p *stripe.Processor, book *standin.Book) (orderID, intentID, disputeID string) {
	t.Helper()
	orderID, intentID = paid(t, p, "tok_createDispute")
	_, err := book.Hurry()
	require.NoError(t, err)
	var disputes []standin.Dispute
	require.Eventually(t, func() bool {
		contents, err := book.Contents()
		disputes = contents.Disputes
		return err == nil && len(disputes) == 1
	}, 10*time.Second, time.Millisecond)
	return orderID, intentID, disputes[0].ID
}
