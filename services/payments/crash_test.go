package payments_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"ticketx/kit/errs"
	"ticketx/kit/events"
	"ticketx/services/payments"
)

// afterHold is when an attempt left behind may be taken over.
const afterHold = 31 * time.Second

// eachDeath runs scenario for every step at which a process can die in it, and
// for dying before and after the step. It ends when the process outlives the
// scenario.
func eachDeath(t *testing.T, scenario func(t *testing.T, d death) (died bool)) {
	const enough = 50
	for step := 1; ; step++ {
		require.Less(t, step, enough)
		died := false
		for _, after := range []bool{false, true} {
			t.Run(fmt.Sprintf("step %d, done %t", step, after), func(t *testing.T) {
				died = scenario(t, death{step, after})
			})
		}
		if !died {
			require.Greater(t, step, 2, "nothing was tried")
			return
		}
	}
}

func TestDeathWhilePaying(t *testing.T) {
	for name, token := range map[string]payments.Token{"the same card": visa, "another card": amex} {
		t.Run("then paid with "+name, func(t *testing.T) {
			eachDeath(t, func(t *testing.T, d death) bool {
				w := newWorld(t)
				o := w.order()
				m := w.mortal(d)
				_, _ = m.Pay(t.Context(), buyer, o.ID, visa, "")

				w.clock.pass(afterHold)
				id, err := w.process().Pay(t.Context(), buyer, o.ID, token, "")
				require.NoError(t, err)
				p := w.stored(o)
				assert.Equal(t, p.ID, id)
				w.requirePaid(o)
				return m.dead
			})
		})
	}
	t.Run("then cancelled", func(t *testing.T) {
		eachDeath(t, func(t *testing.T, d death) bool {
			w := newWorld(t)
			o := w.order()
			m := w.mortal(d)
			_, _ = m.Pay(t.Context(), buyer, o.ID, visa, "")
			before := w.bank.account(o)

			require.NoError(t, w.process().OrderChanged(t.Context(), cancelled(o)), "the hold need not be over")
			w.requireUndone(o)
			assert.Len(t, w.bank.account(o).intents, len(before.intents), "nothing new for a closed order")
			return m.dead
		})
	})
	t.Run("then out of time", func(t *testing.T) {
		eachDeath(t, func(t *testing.T, d death) bool {
			w := newWorld(t)
			o := w.order()
			m := w.mortal(d)
			_, _ = m.Pay(t.Context(), buyer, o.ID, visa, "")
			charged := w.bank.account(o).charges

			w.clock.pass(hold)
			_, err := w.process().Pay(t.Context(), buyer, o.ID, visa, "")
			assert.Equal(t, charged, w.bank.account(o).charges, "nothing is charged for an order that is out of time")
			if charged == 1 {
				require.NoError(t, err, "charged in time, which orders may accept")
				assert.Equal(t, payments.StatusSucceeded, w.stored(o).Status)
			} else {
				require.True(t, errs.Is(err, errs.KindConflict), "%v", err)
			}
			require.NoError(t, w.process().OrderChanged(t.Context(), expired(o)))
			w.requireUndone(o)
			return m.dead
		})
	})
}

func TestDeathWhileDeclined(t *testing.T) {
	t.Run("then the same card", func(t *testing.T) {
		eachDeath(t, func(t *testing.T, d death) bool {
			w := newWorld(t)
			o := w.order()
			m := w.mortal(d)
			_, _ = m.Pay(t.Context(), buyer, o.ID, declined, "")

			w.clock.pass(afterHold)
			_, err := w.process().Pay(t.Context(), buyer, o.ID, declined, "")
			requireDeclined(t, err)
			assert.Equal(t, payments.StatusFailed, w.stored(o).Status)
			return m.dead
		})
	})
	t.Run("then another card", func(t *testing.T) {
		eachDeath(t, func(t *testing.T, d death) bool {
			w := newWorld(t)
			o := w.order()
			m := w.mortal(d)
			_, _ = m.Pay(t.Context(), buyer, o.ID, declined, "")

			w.clock.pass(afterHold)
			_, err := w.process().Pay(t.Context(), buyer, o.ID, visa, "")
			require.NoError(t, err)
			w.requirePaid(o)
			return m.dead
		})
	})
}

func TestDeathWhileRefunding(t *testing.T) {
	eachDeath(t, func(t *testing.T, d death) bool {
		w := newWorld(t)
		o := w.order()
		_, err := w.process().Pay(t.Context(), buyer, o.ID, visa, "")
		require.NoError(t, err)

		m := w.mortal(d)
		err = m.OrderChanged(t.Context(), cancelled(o))
		if err != nil || m.dead { // not acknowledged
			require.NoError(t, w.process().OrderChanged(t.Context(), cancelled(o)))
		}
		w.requireUndone(o)
		assert.Equal(t, 1, w.bank.account(o).refunds)
		return m.dead
	})
}

// The process that pays dies, and then the one that cancels what it left behind.
func TestDeathWhilePayingAndCancelling(t *testing.T) {
	eachDeath(t, func(t *testing.T, first death) (died bool) {
		w := newWorld(t)
		for step := 1; ; step++ {
			outlived := false
			for _, after := range []bool{false, true} {
				o := w.order()
				paying := w.mortal(first)
				_, _ = paying.Pay(t.Context(), buyer, o.ID, visa, "")
				died = paying.dead

				cancelling := w.mortal(death{step, after})
				_ = cancelling.OrderChanged(t.Context(), cancelled(o))
				outlived = !cancelling.dead
				require.NoError(t, w.process().OrderChanged(t.Context(), cancelled(o)))
				w.requireUndone(o)
			}
			if outlived {
				return died
			}
		}
	})
}

// requirePaid says that the order was charged once and that it was told.
func (w *world) requirePaid(o events.Order) {
	w.t.Helper()
	p := w.stored(o)
	require.Equal(w.t, payments.StatusSucceeded, p.Status)
	assert.Empty(w.t, string(p.Attempt.Token))
	a := w.bank.account(o)
	assert.Len(w.t, a.intents, 1)
	assert.Equal(w.t, 1, a.charges)
	assert.EqualValues(w.t, price, a.net)
	assert.Contains(w.t, w.events.types(o), events.PaymentCreated)
}

// requireUndone says that no money is left of a closed order, that it was told
// if there had been some, and that no more can come.
func (w *world) requireUndone(o events.Order) {
	w.t.Helper()
	p := w.stored(o)
	a := w.bank.account(o)
	assert.LessOrEqual(w.t, a.charges, 1)
	assert.Equal(w.t, a.charges, a.refunds)
	assert.Zero(w.t, a.net)
	assert.Empty(w.t, string(p.Attempt.Token))
	if a.charges == 1 {
		assert.Equal(w.t, payments.StatusRefunded, p.Status)
		assert.Contains(w.t, w.events.types(o), events.PaymentRefunded)
	} else {
		assert.Contains(w.t, []payments.Status{payments.StatusNone, payments.StatusCancelled}, p.Status)
	}
	_, err := w.process().Pay(w.t.Context(), buyer, o.ID, visa, "")
	assert.True(w.t, errs.Is(err, errs.KindConflict), "%v", err)
	assert.Equal(w.t, a, w.bank.account(o))
}
