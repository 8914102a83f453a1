package payments_test

import (
	"context"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"ticketx/kit/errs"
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

// countingBank counts what it tells.
type countingBank struct {
	lossyBank
	told *atomic.Int32
}

func (b countingBank) Told(ctx context.Context, since time.Time, after string, limit int) (told []payments.Notice, last string, more bool, err error) {
	told, last, more, err = b.lossyBank.Told(ctx, since, after, limit)
	b.told.Add(int32(len(told)))
	return told, last, more, err
}

// Weeks after money was given back the bank sends it back, and no webhook says so. It
// is given back again; or in the end somebody has to look.
func TestARefundFailsLongAfterItSucceeded(t *testing.T) {
	for _, days := range []int{1, 29} {
		w := newWorld(t)
		s := w.process()
		o := w.order()
		_, err := s.Pay(t.Context(), buyer, o.ID, "pm_card_refundFail", "")
		require.NoError(t, err)
		require.NoError(t, s.OrderChanged(t.Context(), cancelled(o)))
		require.Equal(t, payments.StatusRefunded, w.stored(o).Status)
		for range days {
			w.clock.pass(24 * time.Hour)
			w.reconcile(s)
		}
		for tries := 1; tries <= 5; tries++ {
			require.Equal(t, payments.StatusRefunded, w.stored(o).Status)
			require.Equal(t, tries, w.bank.account(o).refunds)
			w.bank.hurry(refunds("failed"))
			w.clock.pass(time.Minute)
			w.reconcile(s)
		}
		p := w.stored(o)
		assert.Equal(t, payments.StatusRefundPending, p.Status)
		assert.Equal(t, payments.RefundFailed, p.Refund.Status)
		assert.Equal(t, []payments.Stuck{{OrderID: o.ID, Tries: 5}}, w.reconcile(s).Stuck)

		w.bank.refundByHand(p.IntentID, price) // and nobody tells of that either
		w.clock.pass(time.Minute)
		w.reconcile(s)
		assert.Equal(t, payments.StatusRefunded, w.stored(o).Status)
		assert.Empty(t, w.reconcile(s).Stuck)
	}
}

// All is given back by hand for an order that stands, and no webhook says so.
func TestARefundByHandNobodyToldOf(t *testing.T) {
	w := newWorld(t)
	s := w.process()
	o := w.order()
	_, err := s.Pay(t.Context(), buyer, o.ID, visa, "")
	require.NoError(t, err)
	require.NoError(t, s.OrderChanged(t.Context(), completed(o)))
	w.age(s)
	w.bank.refundByHand(w.stored(o).IntentID, price)
	w.reconcile(s)
	assert.Equal(t, payments.StatusRefunded, w.stored(o).Status)
}

// However many there are that nobody has told of, a run takes in all that it has the
// time for, and the next one goes on.
func TestManyDisputesNobodyToldOf(t *testing.T) {
	const many = 45
	for name, pages := range map[string]int32{"in one run": 100, "in one run for each page": 1, "with two pages in each": 2} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.reconcile(w.process())
			opened := w.disputes(w.process(), many)
			var told, pagesLeft atomic.Int32
			var stop context.CancelFunc
			bank := countingBank{lossyBank{bank: w.bank, after: func(call string) error {
				if call == "told" && pagesLeft.Add(-1) < 0 {
					stop() // this page is not walked any more
				}
				return nil
			}}, &told}
			runs := 0
			for known := 0; known < many; runs++ {
				require.Less(t, runs, 20)
				pagesLeft.Store(pages)
				var ctx context.Context
				ctx, stop = context.WithCancel(t.Context())
				_, _ = w.processWith(bank).Reconcile(ctx) // whichever process it is
				stop()
				more := w.knownDisputes(opened)
				require.Greater(t, more, known, "each run comes further")
				known = more
			}
			assert.Equal(t, pages > 10, runs == 1)

			for range 2 { // to the end, where it was not yet, and once more for what was late
				w.reconcile(w.process())
				w.clock.pass(time.Hour)
			}
			fresh := w.disputes(w.process(), 1)
			told.Store(0)
			pagesLeft.Store(100)
			w.reconcile(w.processWith(bank))
			assert.Equal(t, 1, w.knownDisputes(fresh))
			assert.EqualValues(t, 2, told.Load(), "that it was opened, and that the money was withdrawn; and nothing of long ago")
		})
	}
}

// Of what can't be taken in nothing is passed over, and it holds nothing up.
func TestWhatCantBeTakenIn(t *testing.T) {
	w := newWorld(t)
	opened := w.disputes(w.process(), 3)
	var refused atomic.Value
	refused.Store("")
	bank := w.bank
	stubborn := stubbornBank{bank, &refused}
	contents, err := w.bank.book.Contents()
	require.NoError(t, err)
	refused.Store(contents.Disputes[1].ID)
	s := w.processWith(stubborn)
	for day := range 3 {
		done := w.reconcile(s)
		assert.Equal(t, 1, done.Failed)
		assert.Contains(t, done.Causes[0], contents.Disputes[1].ID)
		assert.Equal(t, 2+day, w.knownDisputes(opened), "the others are")
		w.clock.pass(24 * time.Hour)
		opened = append(opened, w.disputes(w.process(), 1)...)
	}
	refused.Store("")
	w.reconcile(s)
	assert.Equal(t, len(opened), w.knownDisputes(opened))
}

// stubbornBank does not show one dispute.
type stubbornBank struct {
	*bank
	refused *atomic.Value
}

func (b stubbornBank) Dispute(ctx context.Context, disputeID string) (d payments.Dispute, intentID string, err error) {
	if disputeID == b.refused.Load() {
		return d, "", errs.Unavailable("The bank does not show it.", nil)
	}
	return b.bank.Dispute(ctx, disputeID)
}

// Whoever asks by hand goes through all of it.
func TestAllIsToldByHand(t *testing.T) {
	w := newWorld(t)
	s := w.process()
	opened := w.disputes(s, 25)
	mended := w.reconcileByHand(s).Mended
	assert.Equal(t, len(opened), w.knownDisputes(opened))
	assert.Len(t, mended, len(opened))
	assert.Contains(t, mended, payments.Mended{OrderID: opened[0].ID, From: payments.StatusSucceeded, To: payments.StatusDisputed})
}

// reconcileByHand does what make reconcile does.
func (w *world) reconcileByHand(s *payments.Service) (total payments.Reconciliation) {
	w.t.Helper()
	for next, pages := "", 0; pages == 0 || next != ""; pages++ {
		require.Less(w.t, pages, 1000)
		done, err := s.ReconcilePage(w.t.Context(), next)
		require.NoError(w.t, err)
		total.Mended = append(total.Mended, done.Mended...)
		total.Stuck = append(total.Stuck, done.Stuck...)
		total.Causes = append(total.Causes, done.Causes...)
		next = done.Next
	}
	return total
}

// The bank has forgotten where to go on, or the document is one of before: it is begun
// anew.
func TestWhereToGoOnIsForgotten(t *testing.T) {
	for _, told := range []string{`,"told":{"began":"2026-01-02T12:00:00Z","after":"evt_forgotten"}`, `,"dispute":"dp_forgotten"`} {
		w := newWorld(t)
		opened := w.disputes(w.process(), 1)
		require.NoError(t, w.store.Write(t.Context(), "reconciliation:checkpoint", []byte(`{"hour":"`+w.hour()+`"`+told+`}`), ""))
		w.reconcile(w.process())
		w.reconcile(w.process())
		assert.Equal(t, 1, w.knownDisputes(opened))
	}
}
