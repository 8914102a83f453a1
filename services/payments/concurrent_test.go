package payments_test

import (
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"ticketx/kit/daprtest"
	"ticketx/kit/errs"
	"ticketx/kit/events"
	"ticketx/kit/state"
	"ticketx/services/payments"
	"ticketx/standin"
)

// Ten payments of one order at the same moment, in two processes, over every
// store there is.
func TestTenAtOnce(t *testing.T) {
	daprtest.EachStore(t, func(t *testing.T, store state.Store) {
		t.Run("with one card", func(t *testing.T) {
			w := newWorldOn(t, store)
			o := w.order()
			w.requireOnePayment(o, w.payAtOnce(o, visa))
		})
		t.Run("with two cards", func(t *testing.T) {
			w := newWorldOn(t, store)
			o := w.order()
			w.requireOnePayment(o, w.payAtOnce(o, visa, amex))
		})
		t.Run("with a card that declines", func(t *testing.T) {
			w := newWorldOn(t, store)
			o := w.order()
			for _, got := range w.payAtOnce(o, declined) {
				requireDeclined(t, got.err)
			}
			assert.Zero(t, w.bank.account(o).charges)
		})
		t.Run("with a good card and one that declines", func(t *testing.T) {
			w := newWorldOn(t, store)
			o := w.order()
			paid := 0
			for _, got := range w.payAtOnce(o, visa, declined) {
				if got.err == nil {
					paid++
					assert.Equal(t, w.stored(o).ID, got.id)
				} else {
					requireDeclined(t, got.err)
				}
			}
			a := w.bank.account(o)
			assert.LessOrEqual(t, a.charges, 1)
			assert.Equal(t, a.charges == 1, paid > 0, "%d were told that the order is paid", paid)
		})
		t.Run("while the order is cancelled", func(t *testing.T) {
			w := newWorldOn(t, store)
			o := w.order()
			var cancelling sync.WaitGroup
			cancelling.Go(func() {
				for w.process().OrderChanged(t.Context(), cancelled(o)) != nil { // as Dapr does
				}
			})
			for _, got := range w.payAtOnce(o, visa, amex) {
				assert.True(t, got.err == nil || errs.Is(got.err, errs.KindConflict) || errs.Is(got.err, errs.KindUnavailable), "%v", got.err)
			}
			cancelling.Wait()
			w.requireUndone(o)
		})
	})
}

type answer struct {
	id  string
	err error
}

// payAtOnce pays ten times at the same moment, with each of the cards in turn.
func (w *world) payAtOnce(o events.Order, cards ...payments.Token) []answer {
	const callers = 10
	processes := []*payments.Service{w.process(), w.process()}
	answers := make([]answer, callers)
	var ready, done sync.WaitGroup
	ready.Add(callers)
	for i := range answers {
		done.Go(func() {
			ready.Done()
			ready.Wait()
			answers[i].id, answers[i].err = processes[i%2].Pay(w.t.Context(), buyer, o.ID, cards[i/2%len(cards)], "")
		})
	}
	done.Wait()
	return answers
}

func (w *world) requireOnePayment(o events.Order, answers []answer) {
	w.t.Helper()
	for _, got := range answers {
		require.NoError(w.t, got.err)
		assert.Equal(w.t, w.stored(o).ID, got.id)
	}
	assert.Equal(w.t, account{intents: []standin.Status{standin.Succeeded}, charges: 1, net: price}, w.bank.account(o))
	assert.Equal(w.t, []string{events.PaymentStarted, events.PaymentCreated}, w.events.types(o))
}
