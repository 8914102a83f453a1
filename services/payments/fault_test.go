package payments_test

import (
	"context"
	"errors"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"ticketx/kit/errs"
	"ticketx/kit/events"
	"ticketx/services/payments"
	"ticketx/standin"
)

// lossyBank is a bank whose answers can be lost, or that can't be reached.
type lossyBank struct {
	*bank
	before, after func(call string) error // called around every call
}

func (b lossyBank) around(call string, do func() error) error {
	if b.before != nil {
		if err := b.before(call); err != nil {
			return err
		}
	}
	if err := do(); err != nil || b.after == nil {
		return err
	}
	return b.after(call)
}

func (b lossyBank) Create(ctx context.Context, o events.Order, number int64) (i payments.Intent, err error) {
	err = b.around("create", func() error { i, err = b.bank.Create(ctx, o, number); return err })
	return i, err
}

func (b lossyBank) Confirm(ctx context.Context, c payments.Confirmation) (i payments.Intent, err error) {
	err = b.around("confirm", func() error { i, err = b.bank.Confirm(ctx, c); return err })
	return i, err
}

func (b lossyBank) Intent(ctx context.Context, intentID string) (i payments.Intent, err error) {
	err = b.around("look", func() error { i, err = b.bank.Intent(ctx, intentID); return err })
	return i, err
}

func (b lossyBank) Cancel(ctx context.Context, intentID string) (i payments.Intent, err error) {
	err = b.around("cancel", func() error { i, err = b.bank.Cancel(ctx, intentID); return err })
	return i, err
}

func (b lossyBank) Refund(ctx context.Context, orderID, intentID string, number int64) (r payments.MadeRefund, err error) {
	err = b.around("refund", func() error { r, err = b.bank.Refund(ctx, orderID, intentID, number); return err })
	return r, err
}

func (b lossyBank) Refunds(ctx context.Context, intentID string) (made []payments.MadeRefund, err error) {
	err = b.around("refunds", func() error { made, err = b.bank.Refunds(ctx, intentID); return err })
	return made, err
}

func (b lossyBank) Dispute(ctx context.Context, disputeID string) (d payments.Dispute, intentID string, err error) {
	err = b.around("dispute", func() error { d, intentID, err = b.bank.Dispute(ctx, disputeID); return err })
	return d, intentID, err
}

func (b lossyBank) DisputeOf(ctx context.Context, intentID string) (d payments.Dispute, err error) {
	err = b.around("dispute of", func() error { d, err = b.bank.DisputeOf(ctx, intentID); return err })
	return d, err
}

func (b lossyBank) Told(ctx context.Context, since time.Time, after string, limit int) (told []payments.Notice, last string, more bool, err error) {
	err = b.around("told", func() error { told, last, more, err = b.bank.Told(ctx, since, after, limit); return err })
	return told, last, more, err
}

func (b lossyBank) MadeRefund(ctx context.Context, refundID string) (r payments.MadeRefund, err error) {
	err = b.around("made refund", func() error { r, err = b.bank.MadeRefund(ctx, refundID); return err })
	return r, err
}

// losing returns a hook that fails at one call.
func losing(call string) func(string) error {
	return func(c string) error {
		if c == call {
			return errs.Unavailable("The bank does not answer.", errors.New("lost"))
		}
		return nil
	}
}

// faults are the bank failing at each call that paying makes, before and after
// it has done the thing.
func faults(w *world) map[string]lossyBank {
	return map[string]lossyBank{
		"create is not reached":  {bank: w.bank, before: losing("create")},
		"create's answer lost":   {bank: w.bank, after: losing("create")},
		"confirm is not reached": {bank: w.bank, before: losing("confirm")},
		"confirm's answer lost":  {bank: w.bank, after: losing("confirm")},
	}
}

func TestBankFailsWhilePaying(t *testing.T) {
	w := newWorld(t)
	for name, faulty := range faults(w) {
		t.Run(name, func(t *testing.T) {
			for _, token := range []payments.Token{visa, amex} {
				o := w.order()
				_, err := w.processWith(faulty).Pay(t.Context(), buyer, o.ID, visa, "")
				require.True(t, errs.Is(err, errs.KindUnavailable), "%v", err)
				assert.Equal(t, payments.StatusCreated, w.stored(o).Status)

				_, err = w.process().Pay(t.Context(), buyer, o.ID, token, "")
				require.NoError(t, err, "the next one need not wait")
				w.requirePaid(o)
				assert.EqualValues(t, 1, w.stored(o).Attempt.Number, "the first attempt was finished, not made anew")
			}
		})
		t.Run(name+", then cancelled", func(t *testing.T) {
			o := w.order()
			_, err := w.processWith(faulty).Pay(t.Context(), buyer, o.ID, visa, "")
			require.True(t, errs.Is(err, errs.KindUnavailable), "%v", err)
			require.NoError(t, w.process().OrderChanged(t.Context(), cancelled(o)))
			w.requireUndone(o)
		})
	}
}

func TestBankFailsWhileDeclining(t *testing.T) {
	w := newWorld(t)
	o := w.order()
	// The decline is the bank's answer, so it is lost by hiding it.
	hiding := lossyBank{bank: w.bank}
	hiding.before = func(call string) error {
		if call != "confirm" {
			return nil
		}
		p := w.stored(o)
		_, err := w.bank.Confirm(t.Context(), payments.Confirmation{
			OrderID: o.ID, IntentID: p.IntentID, Attempt: p.Attempt.Number, Token: p.Attempt.Token,
		})
		requireDeclined(t, err)
		return losing("confirm")(call)
	}
	_, err := w.processWith(hiding).Pay(t.Context(), buyer, o.ID, declined, "")
	require.True(t, errs.Is(err, errs.KindUnavailable), "%v", err)

	_, err = w.process().Pay(t.Context(), buyer, o.ID, declined, "")
	requireDeclined(t, err)
	assert.Equal(t, 1, w.bank.account(o).declines, "the card is not tried again")
}

// The bank refuses an attempt for a reason that is neither the card nor its token. That
// will not change under its key, so the buyer is told, and can try again.
func TestAnAttemptIsRefusedForGood(t *testing.T) {
	for _, keep := range []bool{false, true} {
		w := newWorld(t)
		o := w.order()
		_, err := w.bank.book.AddFault(standin.Fault{
			Kind: standin.ErrorBefore, Status: http.StatusBadRequest, Keep: keep, Count: 1, Route: "POST /v1/payment_intents/{id}/confirm",
		})
		require.NoError(t, err)
		_, err = w.process().Pay(t.Context(), buyer, o.ID, visa, "")
		require.True(t, errs.Is(err, errs.KindPaymentRequired), "%v", err)
		assert.Equal(t, "processing_error", errs.CodeOf(err))
		assert.Equal(t, payments.StatusFailed, w.stored(o).Status)
		_, err = w.process().Pay(t.Context(), buyer, o.ID, visa, "")
		require.NoError(t, err)
		w.requirePaid(o)
	}
}

func TestBankFailsWhileRefunding(t *testing.T) {
	for _, call := range []string{"before", "after"} {
		t.Run(call, func(t *testing.T) {
			w := newWorld(t)
			o := w.order()
			_, err := w.process().Pay(t.Context(), buyer, o.ID, visa, "")
			require.NoError(t, err)
			faulty := lossyBank{bank: w.bank}
			if call == "before" {
				faulty.before = losing("refund")
			} else {
				faulty.after = losing("refund")
			}
			require.NoError(t, w.processWith(faulty).OrderChanged(t.Context(), cancelled(o)), "it is owed, and others wait behind it")
			require.Equal(t, payments.StatusRefundPending, w.stored(o).Status)
			_, err = w.processWith(faulty).Pay(t.Context(), buyer, o.ID, visa, "")
			require.True(t, errs.Is(err, errs.KindUnavailable), "%v", err)

			w.clock.pass(time.Minute)
			w.reconcile(w.process())
			w.requireUndone(o)
			assert.Equal(t, 1, w.bank.account(o).refunds)
		})
	}
}

// The order is closed at every moment of a payment: what it had charged is given
// back, and the rest is not charged.
func TestOrderClosesWhilePaying(t *testing.T) {
	for name, set := range map[string]func(b *lossyBank, hook func(string) error){
		"before": func(b *lossyBank, hook func(string) error) { b.before = hook },
		"after":  func(b *lossyBank, hook func(string) error) { b.after = hook },
	} {
		for _, call := range []string{"create", "confirm"} {
			t.Run(name+" "+call, func(t *testing.T) {
				w := newWorld(t)
				o := w.order()
				b := lossyBank{bank: w.bank}
				set(&b, func(c string) error {
					if c == call {
						require.NoError(t, w.process().OrderChanged(t.Context(), cancelled(o)))
					}
					return nil
				})
				_, err := w.processWith(b).Pay(t.Context(), buyer, o.ID, visa, "")
				assert.True(t, errs.Is(err, errs.KindConflict), "%v", err)
				w.requireUndone(o)
				charged := name+call == "afterconfirm"
				assert.Equal(t, charged, w.bank.account(o).charges == 1)
			})
		}
	}
}

// The copy of the order is closed, and whoever closed it died before it could
// do more: the payment that succeeds now gives the money back by itself.
func TestPaymentSucceedsTooLate(t *testing.T) {
	w := newWorld(t)
	o := w.order()
	b := lossyBank{bank: w.bank, after: func(call string) error {
		if call == "confirm" {
			m := w.mortal(death{step: 3}) // it reads and writes the order
			_ = m.OrderChanged(t.Context(), cancelled(o))
			require.True(t, m.dead)
		}
		return nil
	}}
	_, err := w.processWith(b).Pay(t.Context(), buyer, o.ID, visa, "")
	assert.True(t, errs.Is(err, errs.KindConflict), "%v", err)
	assert.Equal(t, account{intents: []standin.Status{standin.Succeeded}, charges: 1, refunds: 1}, w.bank.account(o))
	w.requireUndone(o)
}
