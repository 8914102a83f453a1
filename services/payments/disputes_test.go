package payments_test

import (
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"ticketx/kit/events"
	"ticketx/services/payments"
	"ticketx/standin"
)

// disputes has n paid orders be disputed, of which nobody tells.
func (w *world) disputes(s *payments.Service, n int) (opened []events.Order) {
	w.t.Helper()
	contents, err := w.bank.book.Contents()
	require.NoError(w.t, err)
	before := len(contents.Disputes)
	for range n {
		o := w.order()
		_, err := s.Pay(w.t.Context(), buyer, o.ID, "pm_card_createDispute", "")
		require.NoError(w.t, err)
		opened = append(opened, o)
	}
	w.bank.hurry(func(c standin.Contents) bool { return len(c.Disputes) == before+n })
	return opened
}

// knownDisputes counts the orders that are known to be disputed.
func (w *world) knownDisputes(opened []events.Order) (n int) {
	for _, o := range opened {
		if w.stored(o).Status == payments.StatusDisputed {
			n++
		}
	}
	return n
}

// However many disputes nobody has told of, one run looks at some of them, and the
// next ones go on.
func TestManyDisputesNobodyToldOf(t *testing.T) {
	const some, many = 20, 45
	w := newWorld(t)
	opened := w.disputes(w.process(), many)
	var asked atomic.Int32
	counting := lossyBank{bank: w.bank, before: func(call string) error {
		if call == "dispute" {
			asked.Add(1)
		}
		return nil
	}}
	for _, want := range []int{some, 2 * some, many} {
		asked.Store(0)
		done := w.reconcile(w.processWith(counting)) // whichever process it is
		assert.Equal(t, want, w.knownDisputes(opened))
		assert.LessOrEqual(t, int(asked.Load()), some)
		assert.Len(t, done.Mended, int(asked.Load()))
	}
	fresh := w.disputes(w.process(), 1)
	w.reconcile(w.processWith(counting))
	assert.Equal(t, 1, w.knownDisputes(fresh), "after the oldest come the newest")
}

// Whoever asks by hand goes through all of them.
func TestAllDisputesByHand(t *testing.T) {
	w := newWorld(t)
	s := w.process()
	opened := w.disputes(s, 25)
	var mended []payments.Mended
	for next, pages := "", 0; pages == 0 || next != ""; pages++ {
		require.Less(t, pages, 50)
		done, err := s.ReconcilePage(t.Context(), next)
		require.NoError(t, err)
		mended = append(mended, done.Mended...)
		next = done.Next
	}
	assert.Equal(t, len(opened), w.knownDisputes(opened))
	assert.Len(t, mended, len(opened))
	assert.Contains(t, mended, payments.Mended{OrderID: opened[0].ID, From: payments.StatusSucceeded, To: payments.StatusDisputed})
}

// The bank does not answer, or has forgotten where to go on: it is begun anew.
func TestWhereToGoOnIsForgotten(t *testing.T) {
	w := newWorld(t)
	opened := w.disputes(w.process(), 1)
	require.NoError(t, w.store.Write(t.Context(), "reconciliation:checkpoint", []byte(`{"hour":"`+w.hour()+`","dispute":"dp_forgotten"}`), ""))
	w.reconcile(w.process())
	w.reconcile(w.process())
	assert.Equal(t, 1, w.knownDisputes(opened))
}
