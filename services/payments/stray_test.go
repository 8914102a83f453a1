package payments_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"ticketx/kit/events"
	"ticketx/kit/state"
	"ticketx/services/payments"
	"ticketx/standin"
)

// stray has an intent of the order be charged that is not its payment, and returns
// the order with it.
func (w *world) stray(s *payments.Service, card string) (o events.Order, intentID string) {
	w.t.Helper()
	o = w.order()
	w.checkout(s, o)
	i, err := w.bank.Create(w.t.Context(), o, 7)
	require.NoError(w.t, err)
	w.bank.confirm(i.ClientSecret, card)
	return o, i.ID
}

// strayStored is the document of the stray.
func (w *world) strayStored(intentID string) payments.Payment {
	w.t.Helper()
	p, found, err := state.NewCollection[payments.Payment](w.store, "order").Load(w.t.Context(), intentID)
	require.NoError(w.t, err)
	require.True(w.t, found)
	return p
}

// requireReturned says that the stray's money is back, and the payment as before.
func (w *world) requireReturned(s *payments.Service, o events.Order, intentID string) {
	w.t.Helper()
	assert.Zero(w.t, w.bank.account(o).net)
	assert.Equal(w.t, payments.StatusRefunded, w.strayStored(intentID).Status)
	assert.Equal(w.t, payments.StatusCreated, w.stored(o).Status, "the payment goes on")
	assert.Equal(w.t, []string{events.PaymentStarted}, w.events.types(o))
	mine, _, err := s.Of(w.t.Context(), buyer, -1, 10)
	require.NoError(w.t, err)
	assert.Len(w.t, mine, 1)
	assert.Equal(w.t, o.ID, mine[0].Order.ID)
}

// What a stray intent has charged goes back as other money does, whatever comes in
// between, and though only the first webhook came.
func TestAStrayIsGivenBack(t *testing.T) {
	for name, c := range map[string]struct {
		card     string
		fault    standin.FaultKind
		meantime func(w *world)
	}{
		"at once":                   {card: "pm_card_visa"},
		"the refund takes its time": {card: "pm_card_pendingRefund", meantime: func(w *world) { w.bank.hurry(refunds("succeeded")) }},
		"the failure is kept":       {card: "pm_card_visa", fault: standin.ErrorBefore},
		"the failure after it is":   {card: "pm_card_visa", fault: standin.ErrorAfter},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			s := w.process()
			o, intentID := w.stray(s, c.card)
			if c.fault != "" {
				w.bank.fail(c.fault, "POST /v1/refunds")
			}
			require.NoError(t, s.Notified(t.Context(), payments.Notice{Type: "payment_intent.succeeded", IntentID: intentID}))
			if c.meantime != nil {
				require.Equal(t, payments.StatusRefundPending, w.strayStored(intentID).Status)
				c.meantime(w)
			}
			w.clock.pass(time.Minute)
			w.reconcile(s)
			w.requireReturned(s, o, intentID)
		})
	}
}

// A refund of a stray fails as often as it is tried. Somebody has to look, and is told.
func TestAStrayCantBeGivenBack(t *testing.T) {
	w := newWorld(t)
	s := w.process()
	o, intentID := w.stray(s, "pm_card_refundFail")
	w.hear(s, o)
	for range 10 {
		w.bank.hurry(refunds("failed"))
		w.hear(s, o)
	}
	assert.Equal(t, 5, w.bank.account(o).refunds)
	assert.Equal(t, []payments.Stuck{{OrderID: intentID, Tries: 5}}, w.reconcile(s).Stuck)
}

// A stray that is disputed goes back when the bank has decided.
func TestADisputedStray(t *testing.T) {
	w := newWorld(t)
	s := w.process()
	o, intentID := w.stray(s, "pm_card_createDispute")
	w.bank.hurry(disputed)
	w.hear(s, o)
	p := w.strayStored(intentID)
	require.Equal(t, payments.StatusDisputed, p.Status)
	_, err := w.bank.book.CloseDispute(p.Dispute.ID, true)
	require.NoError(t, err)
	w.clock.pass(time.Minute)
	w.reconcile(s)
	assert.Equal(t, payments.StatusRefunded, w.strayStored(intentID).Status)
	assert.Zero(t, w.bank.account(o).net)
}

func TestDeathWhileAStrayIsGivenBack(t *testing.T) {
	eachDeath(t, func(t *testing.T, d death) bool {
		w := newWorld(t)
		o, intentID := w.stray(w.process(), "pm_card_visa")
		m := w.mortal(d)
		n := payments.Notice{Type: "payment_intent.succeeded", IntentID: intentID}
		if err := m.Notified(t.Context(), n); err != nil || m.dead {
			require.NoError(t, w.process().Notified(t.Context(), n))
		}
		w.requireReturned(w.process(), o, intentID)
		assert.Equal(t, 1, w.bank.account(o).refunds)
		return m.dead
	})
}
