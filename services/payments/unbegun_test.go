package payments_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"ticketx/kit/events"
	"ticketx/services/payments"
)

// beginAndDie has a process die when orders has the order await its payment, and
// before the attempt is written.
func (w *world) beginAndDie(o events.Order, pay func(s *payments.Service)) {
	w.t.Helper()
	for step := 1; ; step++ {
		require.Less(w.t, step, 20)
		m := w.mortal(death{step: step, after: true})
		pay(m.Service)
		if known, err := w.orders.Order(w.t.Context(), o.ID); err == nil && known.Status == "awaiting:payment" {
			require.True(w.t, m.dead)
			return
		}
	}
}

// Orders waits for a payment that nobody has begun, and nobody looks: the order ends
// when its time is over, because orders is told.
func TestAnAttemptThatNeverCameToBe(t *testing.T) {
	for name, pay := range map[string]func(w *world, s *payments.Service, o events.Order){
		"by token": func(w *world, s *payments.Service, o events.Order) {
			_, _ = s.Pay(w.t.Context(), buyer, o.ID, visa, "")
		},
		"in the browser": func(w *world, s *payments.Service, o events.Order) {
			_, _ = s.Checkout(w.t.Context(), buyer, o.ID)
		},
	} {
		for _, heard := range []bool{false, true} {
			t.Run(name, func(t *testing.T) {
				w := newWorld(t)
				o := w.order()
				w.beginAndDie(o, func(s *payments.Service) { pay(w, s, o) })
				s := w.process()
				if heard {
					require.NoError(t, s.OrderChanged(t.Context(), o))
				}
				w.clock.pass(time.Minute)
				w.reconcile(s)
				assert.Empty(t, w.events.types(o), "its time is not over")

				w.clock.pass(hold)
				assert.Len(t, w.reconcile(s).Mended, 1)
				assert.Equal(t, payments.StatusCancelled, w.stored(o).Status)
				assert.Contains(t, w.events.types(o), events.PaymentCancelled)
				assert.Empty(t, w.reconcile(s).Mended)
			})
		}
	}
}

// The order has time for longer than the hour in which the process died, and orders
// may not answer just then.
func TestAnAttemptThatNeverCameToBeOfALongOrder(t *testing.T) {
	w := newWorld(t)
	o := w.order()
	o.ExpiresAt = o.CreatedAt.Add(20 * time.Hour)
	w.orders.keep(o)
	w.beginAndDie(o, func(s *payments.Service) { _, _ = s.Pay(t.Context(), buyer, o.ID, visa, "") })
	for range 5 {
		w.clock.pass(2 * time.Hour)
		w.reconcile(w.process())
		w.clock.pass(2 * time.Hour)
		w.reconcile(w.processAsking(awayOrders{w.orders}, w.store, w.bank, w.events))
	}
	w.clock.pass(time.Hour)
	w.reconcile(w.process())
	assert.Equal(t, payments.StatusCancelled, w.stored(o).Status)
}

// The buyer comes back while there is time, and pays.
func TestPayingAfterAnAttemptThatNeverCameToBe(t *testing.T) {
	w := newWorld(t)
	o := w.order()
	w.beginAndDie(o, func(s *payments.Service) { _, _ = s.Pay(t.Context(), buyer, o.ID, visa, "") })
	w.clock.pass(time.Minute)
	w.reconcile(w.process())
	_, err := w.process().Pay(t.Context(), buyer, o.ID, visa, "")
	require.NoError(t, err)
	w.requirePaid(o)
}
