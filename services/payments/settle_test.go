package payments_test

import (
	"context"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"ticketx/kit/errs"
	"ticketx/kit/events"
	"ticketx/kit/ids"
	"ticketx/services/payments"
)

var (
	settledPaid      = payments.Settlement{Outcome: payments.SettledSucceeded}
	settledCancelled = payments.Settlement{Outcome: payments.SettledCancelled}
	settledDeclined  = payments.Settlement{Outcome: payments.SettledCancelled, Failed: true}
	settledPending   = payments.Settlement{Outcome: payments.SettledPending}
)

func (w *world) settle(s *payments.Service, orderID string) payments.Settlement {
	w.t.Helper()
	settlement, err := s.Settle(w.t.Context(), orderID)
	require.NoError(w.t, err)
	return settlement
}

func TestSettleWhatNobodyHasBegun(t *testing.T) {
	w := newWorld(t)
	o := w.order()
	s := w.process()
	assert.Equal(t, settledCancelled, w.settle(s, o.ID))
	assert.Equal(t, settledCancelled, w.settle(s, o.ID), "again")
	_, err := s.Pay(t.Context(), buyer, o.ID, visa, "")
	assert.True(t, errs.Is(err, errs.KindConflict), "nobody can begin now: %v", err)
	_, err = s.Checkout(t.Context(), buyer, o.ID)
	assert.True(t, errs.Is(err, errs.KindConflict), "%v", err)
	assert.Equal(t, account{}, w.bank.account(o))
	assert.Empty(t, w.events.types(o), "there is nothing to tell")
	_, err = s.Payment(t.Context(), buyer, o.ID)
	assert.True(t, errs.Is(err, errs.KindNotFound), "%v", err)

	assert.Equal(t, settledCancelled, w.settle(s, ids.New()), "an order that orders does not find either")
}

func TestSettle(t *testing.T) {
	w := newWorld(t)
	s := w.process()
	t.Run("open in the browser", func(t *testing.T) {
		o := w.order()
		secret := w.checkout(s, o)
		assert.Equal(t, settledCancelled, w.settle(s, o.ID))
		w.bank.confirm(secret, "pm_card_visa")
		assert.Zero(t, w.bank.account(o).charges, "it can't be paid any more")
		_, err := s.Checkout(t.Context(), buyer, o.ID)
		assert.True(t, errs.Is(err, errs.KindConflict), "%v", err)
	})
	t.Run("paid, and nobody was told", func(t *testing.T) {
		o := w.order()
		w.bank.confirm(w.checkout(s, o), "pm_card_visa")
		assert.Equal(t, settledPaid, w.settle(s, o.ID))
		w.requirePaid(o)
	})
	t.Run("declined", func(t *testing.T) {
		o := w.order()
		_, err := s.Pay(t.Context(), buyer, o.ID, declined, "")
		requireDeclined(t, err)
		assert.Equal(t, settledDeclined, w.settle(s, o.ID))
		assert.Equal(t, settledDeclined, w.settle(s, o.ID))
	})
	t.Run("declined in the browser, and nobody was told", func(t *testing.T) {
		o := w.order()
		w.bank.confirm(w.checkout(s, o), "pm_card_visa_chargeDeclinedInsufficientFunds")
		assert.Equal(t, settledDeclined, w.settle(s, o.ID))
		assert.Equal(t, "insufficient_funds", w.stored(o).Refusal.Code)
		assert.Equal(t, settledDeclined, w.settle(s, o.ID))
	})
	t.Run("declined, and then waits for consent", func(t *testing.T) {
		o := w.order()
		secret := w.checkout(s, o)
		w.bank.confirm(secret, "pm_card_visa_chargeDeclined")
		w.bank.confirm(secret, "pm_card_threeDSecure2Required")
		assert.Equal(t, settledCancelled, w.settle(s, o.ID), "the last card was not declined")
	})
	t.Run("cancelled by hand", func(t *testing.T) {
		o := w.order()
		w.checkout(s, o)
		_, err := w.bank.Cancel(t.Context(), w.stored(o).IntentID)
		require.NoError(t, err)
		w.hear(s, o)
		require.Equal(t, payments.StatusFailed, w.stored(o).Status)
		assert.Equal(t, settledCancelled, w.settle(s, o.ID), "no card was declined")
	})
	t.Run("waits for consent", func(t *testing.T) {
		o := w.order()
		_, err := s.Pay(t.Context(), buyer, o.ID, "pm_card_threeDSecure2Required", shopURL)
		require.Error(t, err)
		assert.Equal(t, settledCancelled, w.settle(s, o.ID))
	})
	t.Run("processing", func(t *testing.T) {
		o := w.order()
		_, err := s.Pay(t.Context(), buyer, o.ID, "pm_card_standin_processing", "")
		require.Error(t, err)
		assert.Equal(t, settledPending, w.settle(s, o.ID))
		w.bank.hurry(processed)
		assert.Equal(t, settledPaid, w.settle(s, o.ID))
	})
	t.Run("the bank does not answer", func(t *testing.T) {
		o := w.order()
		w.checkout(s, o)
		away := w.processWith(lossyBank{bank: w.bank, before: losing("cancel")})
		assert.Equal(t, settledPending, w.settle(away, o.ID))
		lost := w.processWith(lossyBank{bank: w.bank, after: losing("cancel")})
		assert.Equal(t, settledPending, w.settle(lost, o.ID))
		assert.Equal(t, settledCancelled, w.settle(s, o.ID))
	})
}

// The store of payments was lost while orders waits for the payment. What orders
// has told since says nothing of what was paid.
// Orders asks once, is told that it can't be told yet, and does not ask again: the job
// finds out, and orders hears of it.
func TestWhatIsPendingIsFollowedAndTold(t *testing.T) {
	away := func(call string) func(w *world) *payments.Service {
		return func(w *world) *payments.Service {
			return w.processWith(lossyBank{bank: w.bank, before: losing(call)})
		}
	}
	for name, c := range map[string]struct {
		happen func(w *world, o events.Order)
		asked  func(w *world) *payments.Service
		finish func(w *world)
		told   string
	}{
		"open, and the bank away": {
			happen: func(w *world, o events.Order) { w.checkout(w.process(), o) }, asked: away("cancel"), told: events.PaymentCancelled,
		},
		"declined, and the bank away": {
			happen: func(w *world, o events.Order) {
				_, err := w.process().Pay(w.t.Context(), buyer, o.ID, declined, "")
				requireDeclined(w.t, err)
			}, asked: away("cancel"), told: events.PaymentCancelled,
		},
		"paid, and the bank away": {
			happen: func(w *world, o events.Order) { w.bank.confirm(w.checkout(w.process(), o), "pm_card_visa") },
			asked:  away("cancel"), told: events.PaymentCreated,
		},
		"processing": {
			happen: func(w *world, o events.Order) {
				_, err := w.process().Pay(w.t.Context(), buyer, o.ID, "pm_card_standin_processing", "")
				require.Error(w.t, err)
			},
			asked: (*world).process, finish: func(w *world) { w.bank.hurry(processed) }, told: events.PaymentCreated,
		},
		"processing, and then declined": {
			happen: func(w *world, o events.Order) {
				_, err := w.process().Pay(w.t.Context(), buyer, o.ID, "pm_card_standin_processingDeclined", "")
				require.Error(w.t, err)
			},
			asked: (*world).process, finish: func(w *world) { w.bank.hurry(processed) }, told: events.PaymentCancelled,
		},
		"paid, the store lost, and the bank away": {
			happen: func(w *world, o events.Order) {
				w.bank.confirm(w.checkout(w.process(), o), "pm_card_visa")
				w.lose()
			},
			asked: away("create"), told: events.PaymentCreated,
		},
		"nobody has paid, the store lost, and the bank away": {
			happen: func(w *world, o events.Order) {
				w.checkout(w.process(), o)
				w.lose()
			},
			asked: away("create"), told: events.PaymentCancelled,
		},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.reconcile(w.process())
			o := w.order()
			c.happen(w, o)
			w.clock.pass(hold)
			require.Equal(t, settledPending, w.settle(c.asked(w), o.ID))
			if c.finish != nil {
				c.finish(w)
			}
			for range 3 { // a declined one is cancelled as well
				w.clock.pass(time.Minute)
				w.reconcile(w.process())
			}
			assert.Contains(t, w.events.types(o), c.told)
			assert.Contains(t, []payments.Settlement{settledPaid, settledCancelled, settledDeclined}, w.settle(w.process(), o.ID))
		})
	}
}

func TestSettleAfterTheStoreWasLost(t *testing.T) {
	for name, heard := range map[string]func(w *world, o events.Order){
		"nothing heard since": func(*world, events.Order) {},
		"heard that it was placed": func(w *world, o events.Order) {
			require.NoError(w.t, w.process().OrderChanged(w.t.Context(), o))
		},
		"heard that it awaits its payment": func(w *world, o events.Order) {
			awaiting, err := w.orders.AwaitPayment(w.t.Context(), o.ID)
			require.NoError(w.t, err)
			require.NoError(w.t, w.process().OrderChanged(w.t.Context(), awaiting))
		},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			paid, unpaid := w.order(), w.order()
			w.bank.confirm(w.checkout(w.process(), paid), "pm_card_visa")
			secret := w.checkout(w.process(), unpaid)
			w.lose()
			heard(w, paid)
			heard(w, unpaid)
			assert.Equal(t, settledPaid, w.settle(w.process(), paid.ID), "the processor knows")
			w.requirePaid(paid)
			assert.Equal(t, settledCancelled, w.settle(w.process(), unpaid.ID))
			w.bank.confirm(secret, "pm_card_visa")
			assert.Zero(t, w.bank.account(unpaid).charges)
		})
	}
}

// The processor alone knows what was paid, and can't be asked at first; or whoever
// asks dies. Until it has been asked nothing is settled.
func TestNothingIsSettledUnaskedAfterTheStoreWasLost(t *testing.T) {
	lostWithout := func(t *testing.T) (*world, events.Order) {
		w := newWorld(t)
		o := w.order()
		w.bank.confirm(w.checkout(w.process(), o), "pm_card_visa")
		w.lose()
		return w, o
	}
	t.Run("it does not answer", func(t *testing.T) {
		w, o := lostWithout(t)
		away := w.processWith(lossyBank{bank: w.bank, before: losing("create")})
		assert.Equal(t, settledPending, w.settle(away, o.ID))
		assert.Equal(t, settledPending, w.settle(away, o.ID), "again")
		assert.Equal(t, settledPaid, w.settle(w.process(), o.ID))
	})
	t.Run("death", func(t *testing.T) {
		eachDeath(t, func(t *testing.T, at death) (died bool) {
			w, o := lostWithout(t)
			dying := w.mortal(at)
			_, _ = dying.Settle(t.Context(), o.ID)
			if at.step%2 == 0 { // or the job comes first
				w.clock.pass(hold)
				w.reconcile(w.process())
			}
			assert.Equal(t, settledPaid, w.settle(w.process(), o.ID))
			return dying.dead
		})
	})
}

// An intent that ended while the order was live is no card that was declined.
func TestSettleAfterTheIntentHadEnded(t *testing.T) {
	w := newWorld(t)
	o := w.order()
	s := w.process()
	w.checkout(s, o)
	_, err := w.bank.Cancel(t.Context(), w.stored(o).IntentID)
	require.NoError(t, err)
	w.hear(s, o)
	require.Equal(t, payments.StatusFailed, w.stored(o).Status)
	assert.Equal(t, settledCancelled, w.settle(s, o.ID))
}

// While orders does not say how the order stands, nothing is settled.
func TestSettleWhileOrdersIsAway(t *testing.T) {
	w := newWorld(t)
	o := w.order()
	require.NoError(t, w.process().OrderChanged(t.Context(), o))
	s := w.processAsking(awayOrders{w.orders}, w.store, w.bank, w.events)
	_, err := s.Settle(t.Context(), o.ID)
	assert.True(t, errs.Is(err, errs.KindUnavailable), "%v", err)
	assert.Equal(t, payments.StatusNone, w.stored(o).Status)
}

type awayOrders struct{ *knownOrders }

func (awayOrders) Order(context.Context, string) (events.Order, error) {
	return events.Order{}, errs.Unavailable("Orders does not answer.", nil)
}

// Whoever pays dies, whoever settles dies, and the next settlement is the truth.
func TestDeathWhileSettling(t *testing.T) {
	eachDeath(t, func(t *testing.T, first death) (died bool) {
		w := newWorld(t)
		for step := 1; ; step++ {
			outlived := false
			for _, after := range []bool{false, true} {
				o := w.order()
				paying := w.mortal(first)
				_, _ = paying.Pay(t.Context(), buyer, o.ID, visa, "")
				died = paying.dead

				settling := w.mortal(death{step, after})
				said, err := settling.Settle(t.Context(), o.ID)
				outlived = !settling.dead
				truth := w.settle(w.process(), o.ID)
				if err == nil && said != settledPending {
					assert.Equal(t, said, truth, "what was said stands")
				}
				a := w.bank.account(o)
				assert.Equal(t, a.charges == 1, truth == settledPaid, "%+v %+v", a, truth)
				assert.Equal(t, a.charges == 0, truth == settledCancelled, "%+v %+v", a, truth)
				_, err = w.process().Pay(t.Context(), buyer, o.ID, visa, "")
				assert.Equal(t, truth == settledPaid, err == nil)
				assert.Equal(t, a, w.bank.account(o), "nothing is charged after it")
			}
			if outlived {
				return died
			}
		}
	})
}

// Somebody pays at the very moment of the settlement.
func TestSettlingWhilePaying(t *testing.T) {
	w := newWorld(t)
	for range 10 {
		o := w.order()
		var paying sync.WaitGroup
		for range 3 {
			paying.Go(func() { _, _ = w.process().Pay(t.Context(), buyer, o.ID, visa, "") })
		}
		settlement := settledPending
		for settlement == settledPending {
			settlement = w.settle(w.process(), o.ID)
		}
		paying.Wait()
		assert.Equal(t, settlement == settledPaid, w.bank.account(o).charges == 1)
		assert.Equal(t, settlement, w.settle(w.process(), o.ID))
	}
}
