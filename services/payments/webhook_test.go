package payments_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"ticketx/kit/errs"
	"ticketx/kit/events"
	"ticketx/services/payments"
	"ticketx/standin"
)

// The order is closed, and then the browser pays all the same: what was charged
// goes back at once, and nobody has to ask for it.
func TestPaidTooLateInTheBrowser(t *testing.T) {
	w := newWorld(t)
	o := w.order()
	secret := w.checkout(w.process(), o)
	// Whoever closed the order died before it could cancel the intent.
	m := w.mortal(death{step: 3})
	_ = m.OrderChanged(t.Context(), expired(o))
	require.True(t, m.dead)
	require.Equal(t, "cancelled", w.stored(o).Order.Status)
	w.bank.confirm(secret, "pm_card_visa")

	w.hear(w.process(), o)
	w.requireUndone(o)
	assert.Equal(t, []string{events.PaymentStarted, events.PaymentCreated, events.PaymentRefundPending, events.PaymentRefunded}, w.events.types(o))
}

func TestRefundTakesItsTime(t *testing.T) {
	w := newWorld(t)
	o := w.order()
	s := w.process()
	_, err := s.Pay(t.Context(), buyer, o.ID, "pm_card_pendingRefund", "")
	require.NoError(t, err)
	require.NoError(t, s.OrderChanged(t.Context(), cancelled(o)))
	assert.Equal(t, payments.StatusRefundPending, w.stored(o).Status)
	_, err = s.Pay(t.Context(), buyer, o.ID, visa, "")
	require.True(t, errs.Is(err, errs.KindConflict), "%v", err)

	w.bank.hurry(refunds("succeeded"))
	w.hear(s, o)
	assert.Equal(t, payments.StatusRefunded, w.stored(o).Status)
	assert.Equal(t, 1, w.bank.account(o).refunds)
}

// A refund that fails is tried again under another key, and not for ever.
func TestRefundFails(t *testing.T) {
	for _, card := range []payments.Token{"pm_card_refundFail", "pm_card_standin_pendingRefundFail"} {
		t.Run(string(card), func(t *testing.T) {
			w := newWorld(t)
			o := w.order()
			s := w.process()
			_, err := s.Pay(t.Context(), buyer, o.ID, card, "")
			require.NoError(t, err)
			require.NoError(t, s.OrderChanged(t.Context(), cancelled(o)))
			for range 10 {
				w.bank.hurry(refunds("failed"))
				w.hear(s, o)
			}
			p := w.stored(o)
			assert.Equal(t, payments.StatusRefundPending, p.Status)
			assert.Equal(t, payments.RefundFailed, p.Refund.Status)
			assert.EqualValues(t, 5, p.Refund.Number)
			assert.Equal(t, 5, w.bank.account(o).refunds)

			w.hear(s, o)
			assert.Equal(t, p, w.stored(o))
			assert.Equal(t, []payments.Stuck{{OrderID: o.ID, Tries: 5}}, w.reconcile(s).Stuck)
		})
	}
}

// The processor fails to refund and keeps that for the key.
func TestRefundIsKeptAsAFailure(t *testing.T) {
	for name, kind := range map[string]standin.FaultKind{"before": standin.ErrorBefore, "after": standin.ErrorAfter} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			o := w.order()
			s := w.process()
			_, err := s.Pay(t.Context(), buyer, o.ID, visa, "")
			require.NoError(t, err)
			w.bank.fail(kind, "POST /v1/refunds")
			require.NoError(t, s.OrderChanged(t.Context(), cancelled(o)))
			w.clock.pass(time.Minute)
			w.reconcile(s)
			w.requireUndone(o)
		})
	}
}

func TestRefundByHand(t *testing.T) {
	w := newWorld(t)
	o := w.order()
	s := w.process()
	_, err := s.Pay(t.Context(), buyer, o.ID, visa, "")
	require.NoError(t, err)
	require.NoError(t, s.OrderChanged(t.Context(), completed(o)))
	_, err = w.bank.Refund(t.Context(), o.ID, w.stored(o).IntentID, 9)
	require.NoError(t, err)
	w.hear(s, o)
	assert.Equal(t, payments.StatusRefunded, w.stored(o).Status)
}

// Somebody gives back a part by hand while all of it is owed, or before it is. What
// is left goes back as well, whoever tells of what and when.
func TestAPartIsRefundedByHand(t *testing.T) {
	for _, card := range []payments.Token{visa, "pm_card_pendingRefund"} {
		for _, when := range []string{"before", "and told before", "meanwhile", "meanwhile, and told"} {
			t.Run(string(card)+" "+when, func(t *testing.T) {
				w := newWorld(t)
				o := w.order()
				s := w.process()
				_, err := s.Pay(t.Context(), buyer, o.ID, card, "")
				require.NoError(t, err)
				byHand := func() { w.bank.refundByHand(w.stored(o).IntentID, 10_00) }
				switch when {
				case "before":
					byHand()
				case "and told before":
					byHand()
					w.hear(s, o)
				default: // it is owed, and could not be given back yet
					away := w.processWith(lossyBank{bank: w.bank, before: losing("refund")})
					require.NoError(t, away.OrderChanged(t.Context(), cancelled(o)))
					byHand()
				}
				if when == "meanwhile, and told" {
					w.hear(s, o)
				}
				require.NoError(t, s.OrderChanged(t.Context(), cancelled(o)))
				w.bank.hurry(refunds("succeeded"))
				w.clock.pass(time.Minute)
				w.reconcile(s)
				assert.Zero(t, w.bank.account(o).net)
				assert.Equal(t, 2, w.bank.account(o).refunds)
				assert.Equal(t, payments.StatusRefunded, w.stored(o).Status)
				assert.Equal(t, payments.RefundSucceeded, w.stored(o).Refund.Status)
			})
		}
	}
}

// Parts by hand that come to all of it are the end of an order that stood.
func TestAllIsRefundedByHandInParts(t *testing.T) {
	w := newWorld(t)
	o := w.order()
	s := w.process()
	_, err := s.Pay(t.Context(), buyer, o.ID, visa, "")
	require.NoError(t, err)
	require.NoError(t, s.OrderChanged(t.Context(), completed(o)))
	w.bank.refundByHand(w.stored(o).IntentID, 10_00)
	w.hear(s, o)
	assert.Equal(t, payments.StatusSucceeded, w.stored(o).Status)
	w.bank.refundByHand(w.stored(o).IntentID, 15_50)
	w.hear(s, o)
	assert.Equal(t, payments.StatusRefunded, w.stored(o).Status)
}

func TestDispute(t *testing.T) {
	for name, c := range map[string]struct {
		card   payments.Token
		won    bool
		opened string
		status payments.Status
	}{
		"lost":    {"pm_card_createDispute", false, "needs_response", payments.StatusDisputed},
		"won":     {"pm_card_createDispute", true, "needs_response", payments.StatusSucceeded},
		"inquiry": {"pm_card_createDisputeInquiry", true, "warning_needs_response", payments.StatusSucceeded},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			o := w.order()
			s := w.process()
			_, err := s.Pay(t.Context(), buyer, o.ID, c.card, "")
			require.NoError(t, err)
			require.NoError(t, s.OrderChanged(t.Context(), completed(o)))
			w.bank.hurry(disputed)
			w.hear(s, o)
			w.hear(s, o)
			p := w.stored(o)
			require.Equal(t, payments.StatusDisputed, p.Status)
			assert.Equal(t, c.opened, p.Dispute.Status)
			assert.NotEmpty(t, p.Dispute.Reason)
			_, paid, err := s.Order(t.Context(), o.ID)
			require.NoError(t, err)
			assert.True(t, paid)

			_, err = w.bank.book.CloseDispute(p.Dispute.ID, c.won)
			require.NoError(t, err)
			w.hear(s, o)
			assert.Equal(t, c.status, w.stored(o).Status)
			assert.Contains(t, w.events.types(o), events.PaymentDisputed)
		})
	}
}

// The card's owner asks their bank for the money, and then it has to go back, whether
// or not anybody has told of the dispute. Lost, the bank has given it back; won, it is
// given back here.
func TestARefundOfWhatIsDisputed(t *testing.T) {
	for name, c := range map[string]struct {
		told, won bool
		status    payments.Status
		refunds   int
	}{
		"won": {false, true, payments.StatusRefunded, 1}, "won, and told": {true, true, payments.StatusRefunded, 1},
		"lost": {false, false, payments.StatusDisputed, 0}, "lost, and told": {true, false, payments.StatusDisputed, 0},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			o := w.order()
			s := w.process()
			w.reconcile(s) // as it does from its first minute
			_, err := s.Pay(t.Context(), buyer, o.ID, "pm_card_createDispute", "")
			require.NoError(t, err)
			// The order was cancelled, and whoever heard of it could not give it back yet.
			away := w.processWith(lossyBank{bank: w.bank, before: losing("refund")})
			require.NoError(t, away.OrderChanged(t.Context(), cancelled(o)))
			w.bank.hurry(disputed)
			if c.told {
				w.hear(s, o)
			}
			require.NoError(t, s.OrderChanged(t.Context(), cancelled(o)), "it need not come again")
			p := w.stored(o)
			require.Equal(t, payments.StatusDisputed, p.Status)
			assert.Equal(t, payments.RefundFailed, p.Refund.Status)
			assert.Equal(t, "needs_response", p.Dispute.Status)
			require.NoError(t, s.OrderChanged(t.Context(), cancelled(o)))
			assert.Equal(t, p, w.stored(o), "nothing new")
			_, err = s.Pay(t.Context(), buyer, o.ID, visa, "")
			assert.True(t, errs.Is(err, errs.KindConflict), "%v", err)

			w.age(s)
			_, err = w.bank.book.CloseDispute(p.Dispute.ID, c.won)
			require.NoError(t, err)
			w.age(s)
			assert.Equal(t, c.status, w.stored(o).Status)
			assert.Equal(t, c.refunds, w.bank.account(o).refunds)
			p = w.stored(o)
			w.age(s)
			assert.Equal(t, p, w.stored(o), "that is the end")
		})
	}
}

func TestNoticesOfOthers(t *testing.T) {
	w := newWorld(t)
	s := w.process()
	for _, n := range []payments.Notice{
		{Type: "other"},
		{Type: "payment_intent.succeeded", IntentID: "pi_nobody"},
		{Type: "charge.refund.updated", RefundID: "re_nobody"},
		{Type: "charge.dispute", DisputeID: "dp_nobody"},
	} {
		require.NoError(t, s.Notified(t.Context(), n), "acknowledged: %+v", n)
	}
	// Of this shop's Stripe, but of no order that orders knows.
	stranger := w.order()
	w.orders.forget(stranger)
	i, err := w.bank.Create(t.Context(), stranger, 1)
	require.NoError(t, err)
	require.NoError(t, s.Notified(t.Context(), payments.Notice{Type: "payment_intent.succeeded", IntentID: i.ID}))
}

// A notice is acknowledged when it is written down, and not before.
func TestNoticeWhileSomethingIsAway(t *testing.T) {
	eachDeath(t, func(t *testing.T, d death) bool {
		w := newWorld(t)
		o := w.order()
		secret := w.checkout(w.process(), o)
		w.bank.confirm(secret, "pm_card_visa")
		m := w.mortal(d)
		n := w.bank.notices(o)[0]
		err := m.Notified(t.Context(), n)
		if err == nil {
			assert.Equal(t, payments.StatusSucceeded, w.stored(o).Status, "acknowledged")
		}
		if err != nil || m.dead {
			require.NoError(t, w.process().Notified(t.Context(), n))
		}
		assert.Equal(t, payments.StatusSucceeded, w.stored(o).Status)
		return m.dead
	})
}

// The store was lost, and what is told by then finds the order again.
func TestNoticeAfterTheStoreWasLost(t *testing.T) {
	t.Run("live", func(t *testing.T) {
		w := newWorld(t)
		o := w.order()
		w.bank.confirm(w.checkout(w.process(), o), "pm_card_visa")
		w.lose()
		w.hear(w.process(), o)
		w.requirePaid(o)
	})
	t.Run("closed", func(t *testing.T) {
		w := newWorld(t)
		o := w.order()
		w.bank.confirm(w.checkout(w.process(), o), "pm_card_visa")
		w.lose()
		w.orders.keep(cancelled(o))
		w.hear(w.process(), o)
		w.requireUndone(o)
	})
}
