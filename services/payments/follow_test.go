package payments_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"ticketx/kit/events"
	"ticketx/services/payments"
)

// age lets days pass, in which the job forgets what is at its end.
func (w *world) age(s *payments.Service) {
	for range 2 {
		w.clock.pass(36 * time.Hour)
		w.reconcile(s)
	}
}

// A webhook has told of something new about a payment that was at its end. How that
// ends is found out, though no webhook tells.
func TestWhatAWebhookBeganIsFollowed(t *testing.T) {
	for name, c := range map[string]struct {
		card   payments.Token
		begin  func(w *world, o events.Order)
		begun  payments.Status
		finish func(w *world, o events.Order)
		status payments.Status
	}{
		"dispute": {
			"pm_card_createDispute", func(w *world, _ events.Order) { w.bank.hurry(disputed) }, payments.StatusDisputed,
			func(w *world, o events.Order) {
				_, err := w.bank.book.CloseDispute(w.stored(o).Dispute.ID, true)
				require.NoError(w.t, err)
			}, payments.StatusSucceeded,
		},
		"refund by hand": {
			"pm_card_pendingRefund", func(w *world, o events.Order) {
				_, err := w.bank.Refund(w.t.Context(), o.ID, w.stored(o).IntentID, 9)
				require.NoError(w.t, err)
			}, payments.StatusRefundPending,
			func(w *world, _ events.Order) { w.bank.hurry(refunds("succeeded")) }, payments.StatusRefunded,
		},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			o := w.order()
			s := w.process()
			_, err := s.Pay(t.Context(), buyer, o.ID, c.card, "")
			require.NoError(t, err)
			require.NoError(t, s.OrderChanged(t.Context(), completed(o)))
			w.age(s)
			c.begin(w, o)
			w.hear(s, o)
			require.Equal(t, c.begun, w.stored(o).Status)

			w.age(s)
			c.finish(w, o)
			w.age(s)
			assert.Equal(t, c.status, w.stored(o).Status)
		})
	}
}

// An intent that was found again by a webhook is followed as well, and its buyer
// finds the payment among theirs.
func TestAnAdoptedIntentIsFollowed(t *testing.T) {
	w := newWorld(t)
	o := w.order()
	w.bank.confirm(w.checkout(w.process(), o), "pm_card_standin_processing")
	w.lose()
	s := w.process()
	w.hear(s, o)
	require.Equal(t, payments.StatusProcessing, w.stored(o).Status)

	w.bank.hurry(processed)
	w.clock.pass(time.Minute)
	w.reconcile(s)
	w.requirePaid(o)
	mine, _, err := s.Of(t.Context(), buyer, -1, 10)
	require.NoError(t, err)
	assert.Len(t, mine, 1)
}
