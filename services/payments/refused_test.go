package payments_test

import (
	"net/http"
	"strconv"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"ticketx/kit/events"
	"ticketx/services/payments"
	"ticketx/standin"
)

// refusing has the bank answer each refund with the status, and count them, until the
// fault is cleared.
func (w *world) refusing(fault standin.Fault) (s *payments.Service, asked *atomic.Int32) {
	w.t.Helper()
	fault.Kind, fault.Route = standin.ErrorBefore, "POST /v1/refunds"
	_, err := w.bank.book.AddFault(fault)
	require.NoError(w.t, err)
	asked = new(atomic.Int32)
	return w.processWith(lossyBank{bank: w.bank, before: func(call string) error {
		if call == "refund" {
			asked.Add(1)
		}
		return nil
	}}), asked
}

// The processor refuses the refund for good. The news of the order is done; the next
// tries rest, longer each time, and it is said where somebody looks, who can then have
// it tried again.
func TestARefundThatIsRefused(t *testing.T) {
	const code = "balance_insufficient"
	for name, keep := range map[string]bool{"": false, "and that is kept": true} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			o := w.order()
			_, err := w.process().Pay(t.Context(), buyer, o.ID, visa, "")
			require.NoError(t, err)
			s, asked := w.refusing(standin.Fault{Status: http.StatusBadRequest, Keep: keep})
			require.NoError(t, s.OrderChanged(t.Context(), cancelled(o)))
			for tries, rest := range []time.Duration{10 * time.Minute, time.Hour, 6 * time.Hour, 36 * time.Hour} {
				next := w.stored(o).Refund.RefusedAt.Add(rest)
				assert.WithinDuration(t, w.clock.now().Add(rest), next, time.Minute)
				for range 3 {
					require.NoError(t, s.OrderChanged(t.Context(), cancelled(o)), "told again")
					w.clock.pass(time.Minute)
					stuck := w.reconcile(s).Stuck
					require.Contains(t, stuck, payments.Stuck{OrderID: o.ID, Code: code, Tries: int64(tries + 1), Next: next})
				}
				require.EqualValues(t, tries+1, asked.Load(), "it rests")
				p := w.stored(o)
				assert.Equal(t, payments.StatusRefundPending, p.Status)
				assert.Equal(t, payments.RefundPending, p.Refund.Status, "it is not given up")
				w.clock.pass(rest)
				w.reconcile(s)
			}
			for range 30 {
				stuck := w.reconcile(s).Stuck
				require.Contains(t, stuck, payments.Stuck{OrderID: o.ID, Code: code, Tries: 5})
				w.clock.pass(24 * time.Hour)
			}
			assert.EqualValues(t, 5, asked.Load(), "by itself it tries no more")
			assert.Equal(t, payments.RefundFailed, w.stored(o).Refund.Status)

			require.NotEmpty(t, w.stored(o).Refund.Code)
			done := w.reconcileByHand(s)
			assert.EqualValues(t, 6, asked.Load(), "whoever asks has it tried again")
			assert.Contains(t, done.Stuck, payments.Stuck{OrderID: o.ID, Code: code, Tries: 6})
			assert.Empty(t, done.Mended)

			w.clock.pass(time.Minute)
			require.NoError(t, w.bank.book.ClearFaults())
			done = w.reconcileByHand(s)
			assert.Contains(t, done.Mended, payments.Mended{OrderID: o.ID, From: payments.StatusRefundPending, To: payments.StatusRefunded})
			assert.Empty(t, done.Stuck)
			w.requireUndone(o)
		})
	}
}

// Whoever has seen to what was in the way need not wait until the rest is over.
func TestARestIsBrokenOff(t *testing.T) {
	w := newWorld(t)
	o := w.order()
	_, err := w.process().Pay(t.Context(), buyer, o.ID, visa, "")
	require.NoError(t, err)
	s, asked := w.refusing(standin.Fault{Status: http.StatusBadRequest, Count: 1})
	require.NoError(t, s.OrderChanged(t.Context(), cancelled(o)))
	w.clock.pass(time.Minute)
	w.reconcile(s)
	require.EqualValues(t, 1, asked.Load())
	w.reconcileByHand(s)
	require.EqualValues(t, 2, asked.Load())
	w.requireUndone(o)
	assert.Empty(t, w.stored(o).Refund.Code)
}

// What is refused is given back by hand instead, and no webhook says so.
func TestWhatIsRefusedIsGivenBackByHand(t *testing.T) {
	for _, rounds := range []int{1, 5} {
		w := newWorld(t)
		o := w.order()
		_, err := w.process().Pay(t.Context(), buyer, o.ID, visa, "")
		require.NoError(t, err)
		s, _ := w.refusing(standin.Fault{Status: http.StatusBadRequest, Count: rounds})
		w.reconcile(s) // as it does from its first minute
		require.NoError(t, s.OrderChanged(t.Context(), cancelled(o)))
		for range rounds - 1 {
			w.clock.pass(36 * time.Hour)
			w.reconcile(s)
		}
		require.NotEmpty(t, w.reconcile(s).Stuck)
		w.bank.refundByHand(w.stored(o).IntentID, price)
		w.clock.pass(time.Minute)
		w.reconcile(s)
		w.requireUndone(o)
		assert.Empty(t, w.reconcile(s).Stuck)
	}
}

// A wrong key, or one that may not do that, is nothing of the refund's: it is tried
// each minute, and why it fails is said.
func TestARefundWithAWrongKey(t *testing.T) {
	for _, status := range []int{http.StatusUnauthorized, http.StatusForbidden} {
		w := newWorld(t)
		o := w.order()
		_, err := w.process().Pay(t.Context(), buyer, o.ID, visa, "")
		require.NoError(t, err)
		s, asked := w.refusing(standin.Fault{Status: status})
		require.NoError(t, s.OrderChanged(t.Context(), cancelled(o)))
		for n := range 70 { // past the end of an hour
			w.clock.pass(time.Minute)
			done := w.reconcile(s)
			require.EqualValues(t, n+2, asked.Load())
			require.Equal(t, 1, done.Failed)
			require.Len(t, done.Causes, 1)
			assert.Contains(t, done.Causes[0], o.ID)
			assert.Contains(t, done.Causes[0], "status "+strconv.Itoa(status))
		}
		assert.EqualValues(t, 1, w.stored(o).Refund.Number)
		require.NoError(t, w.bank.book.ClearFaults())
		w.clock.pass(time.Minute)
		w.reconcile(s)
		w.requireUndone(o)
	}
}

// From each step of taking in that an order was closed everything fails, the store,
// the bank, the broker and orders, before or after it has done what was asked. Either
// the news comes again, or the job alone does what is left; and the next order's news
// are handled as soon as everything is back.
func TestEveryOutageWhileAnOrderCloses(t *testing.T) {
	for name, pay := range map[string]func(w *world, o events.Order){
		"paid": func(w *world, o events.Order) {
			_, err := w.process().Pay(w.t.Context(), buyer, o.ID, visa, "")
			require.NoError(w.t, err)
		},
		"paid, and nobody has looked": func(w *world, o events.Order) {
			w.bank.confirm(w.checkout(w.process(), o), "pm_card_visa")
		},
		"open": func(w *world, o events.Order) { w.checkout(w.process(), o) },
		"declined": func(w *world, o events.Order) {
			_, err := w.process().Pay(w.t.Context(), buyer, o.ID, declined, "")
			requireDeclined(w.t, err)
		},
		"begun, and left behind": func(w *world, o events.Order) {
			_, err := w.processWith(lossyBank{bank: w.bank, after: losing("confirm")}).Pay(w.t.Context(), buyer, o.ID, visa, "")
			require.Error(w.t, err)
		},
	} {
		t.Run(name, func(t *testing.T) {
			eachDeath(t, func(t *testing.T, d death) bool {
				w := newWorld(t)
				o, next := w.order(), w.order()
				pay(w, o)
				pay(w, next)
				m := w.mortal(d)
				if m.OrderChanged(t.Context(), cancelled(o)) != nil {
					require.NoError(t, w.process().OrderChanged(t.Context(), cancelled(o)))
				}
				require.NoError(t, w.process().OrderChanged(t.Context(), cancelled(next)))
				w.requireUndone(next)
				w.clock.pass(time.Minute)
				w.reconcile(w.process())
				_, _, err := w.process().AnnouncePage(t.Context(), -1, 2) // as the journal of the one that failed does
				require.NoError(t, err)
				w.requireUndone(o)
				return m.dead
			})
		})
	}
}
