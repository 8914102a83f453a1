package payments_test

import (
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"ticketx/kit/errs"
	"ticketx/kit/events"
	"ticketx/services/payments"
	"ticketx/standin"
)

func TestPayInTheBrowser(t *testing.T) {
	w := newWorld(t)
	o := w.order()
	s := w.process()
	secret := w.checkout(s, o)
	assert.Equal(t, secret, w.checkout(w.process(), o), "whatever is clicked")
	assert.Equal(t, "awaiting:payment", w.stored(o).Order.Status)

	w.bank.confirm(secret, "pm_card_visa")
	w.hear(s, o)
	w.hear(s, o)
	w.requirePaid(o)
	assert.Equal(t, []string{events.PaymentStarted, events.PaymentCreated}, w.events.types(o))
	_, err := s.Checkout(t.Context(), buyer, o.ID)
	assert.True(t, errs.Is(err, errs.KindConflict), "%v", err)
	id, err := s.Pay(t.Context(), buyer, o.ID, visa, "")
	require.NoError(t, err)
	assert.Equal(t, w.stored(o).ID, id)
}

func TestTenCheckoutsAtOnce(t *testing.T) {
	w := newWorld(t)
	o := w.order()
	processes := []*payments.Service{w.process(), w.process()}
	secrets := make([]payments.Secret, 10)
	var done sync.WaitGroup
	for i := range secrets {
		done.Go(func() {
			c, err := processes[i%2].Checkout(t.Context(), buyer, o.ID)
			assert.NoError(t, err)
			secrets[i] = c.ClientSecret
		})
	}
	done.Wait()
	for _, secret := range secrets {
		assert.Equal(t, secrets[0], secret)
	}
	assert.Len(t, w.bank.account(o).intents, 1)
}

func TestAnotherCardInTheBrowser(t *testing.T) {
	w := newWorld(t)
	o := w.order()
	s := w.process()
	secret := w.checkout(s, o)
	w.bank.confirm(secret, "pm_card_visa_chargeDeclinedInsufficientFunds")
	w.hear(s, o)
	p := w.stored(o)
	assert.Equal(t, payments.StatusFailed, p.Status)
	assert.Equal(t, "insufficient_funds", p.Refusal.Code)
	w.hear(s, o)
	assert.Equal(t, p, w.stored(o), "nothing new")

	assert.Equal(t, secret, w.checkout(s, o), "the same intent takes another card")
	w.bank.confirm(secret, "pm_card_visa")
	w.hear(s, o)
	w.requirePaid(o)
}

func TestSecondStepOfAToken(t *testing.T) {
	for answer, want := range map[string]payments.Status{"approve": payments.StatusSucceeded, "refuse": payments.StatusFailed} {
		t.Run(answer, func(t *testing.T) {
			w := newWorld(t)
			o := w.order()
			s := w.process()
			_, err := s.Pay(t.Context(), buyer, o.ID, "pm_card_threeDSecure2Required", shopURL)
			require.True(t, errs.Is(err, errs.KindPaymentRequired), "%v", err)
			p, err := s.Payment(t.Context(), buyer, o.ID)
			require.NoError(t, err)
			require.Equal(t, payments.StatusRequiresAction, p.Status)
			require.NotEmpty(t, string(p.NextURL))
			assert.Empty(t, string(w.stored(o).Attempt.Token))

			w.bank.consent(p.NextURL, answer)
			w.clock.pass(time.Second) // so that it is looked at again
			p, err = s.Payment(t.Context(), buyer, o.ID)
			require.NoError(t, err)
			assert.Equal(t, want, p.Status, "seen without any webhook")
			assert.Empty(t, string(p.NextURL))
			_, err = s.Pay(t.Context(), buyer, o.ID, visa, "")
			require.NoError(t, err)
			w.requirePaid(o)
		})
	}
}

// The second step is given up for another card.
func TestAnotherCardInsteadOfTheSecondStep(t *testing.T) {
	w := newWorld(t)
	o := w.order()
	s := w.process()
	_, err := s.Pay(t.Context(), buyer, o.ID, "pm_card_threeDSecure2Required", shopURL)
	require.True(t, errs.Is(err, errs.KindPaymentRequired), "%v", err)
	w.hear(s, o)
	_, err = s.Pay(t.Context(), buyer, o.ID, visa, shopURL)
	require.NoError(t, err)
	w.requirePaid(o)
}

func TestBankTakesItsTime(t *testing.T) {
	w := newWorld(t)
	o := w.order()
	s := w.process()
	_, err := s.Pay(t.Context(), buyer, o.ID, "pm_card_standin_processing", "")
	require.True(t, errs.Is(err, errs.KindUnavailable), "%v", err)
	assert.Equal(t, payments.StatusProcessing, w.stored(o).Status)
	_, err = s.Checkout(t.Context(), buyer, o.ID)
	assert.True(t, errs.Is(err, errs.KindConflict), "%v", err)
	_, err = s.Pay(t.Context(), buyer, o.ID, visa, "")
	assert.True(t, errs.Is(err, errs.KindUnavailable), "no other card meanwhile: %v", err)

	w.bank.hurry(processed)
	_, err = s.Pay(t.Context(), buyer, o.ID, visa, "")
	require.NoError(t, err)
	w.requirePaid(o)
}

// Somebody cancels the intent at the processor while the order is live. Only then
// is there another.
func TestIntentIsCancelledByHand(t *testing.T) {
	w := newWorld(t)
	o := w.order()
	s := w.process()
	first := w.checkout(s, o)
	_, err := w.bank.Cancel(t.Context(), w.stored(o).IntentID)
	require.NoError(t, err)
	second := w.checkout(s, o)
	assert.NotEqual(t, first, second)
	assert.Equal(t, []standin.Status{standin.Canceled, standin.RequiresPaymentMethod}, w.bank.account(o).intents)
	w.hear(s, o)
	assert.Equal(t, payments.StatusCreated, w.stored(o).Status, "what is told of the first says nothing of the second")

	w.bank.confirm(second, "pm_card_visa")
	w.hear(s, o)
	assert.Equal(t, payments.StatusSucceeded, w.stored(o).Status)
	assert.EqualValues(t, price, w.bank.account(o).net)
}

// The processor fails to create the intent and keeps that for the key.
func TestCreationIsKeptAsAFailure(t *testing.T) {
	for name, kind := range map[string]standin.FaultKind{"before": standin.ErrorBefore, "after": standin.ErrorAfter} {
		for _, token := range []bool{true, false} {
			t.Run(name, func(t *testing.T) {
				w := newWorld(t)
				o := w.order()
				w.bank.fail(kind, "POST /v1/payment_intents")
				s := w.process()
				if token {
					_, err := s.Pay(t.Context(), buyer, o.ID, visa, "")
					require.NoError(t, err, "the same click")
				} else {
					w.bank.confirm(w.checkout(s, o), "pm_card_visa")
					w.hear(s, o)
				}
				assert.Equal(t, payments.StatusSucceeded, w.stored(o).Status)
				assert.EqualValues(t, price, w.bank.account(o).net)
			})
		}
	}
}

func TestCheckoutOfWhatIsNotPayable(t *testing.T) {
	w := newWorld(t)
	o := w.order()
	s := w.process()
	_, err := s.Checkout(t.Context(), "another", o.ID)
	assert.True(t, errs.Is(err, errs.KindForbidden), "%v", err)
	for _, closing := range []func(events.Order) events.Order{cancelled, expired, completed} {
		o := closing(w.order())
		w.orders.keep(o)
		_, err := s.Checkout(t.Context(), buyer, o.ID)
		assert.True(t, errs.Is(err, errs.KindConflict), "%v", err)
		assert.Empty(t, w.bank.account(o).intents)
	}
	late := w.order()
	w.clock.pass(hold)
	_, err = s.Checkout(t.Context(), buyer, late.ID)
	assert.True(t, errs.Is(err, errs.KindConflict), "%v", err)
	assert.Empty(t, w.bank.account(late).intents)
}

// Orders has closed the order, and payments has not heard of it yet.
func TestOrdersSaysNo(t *testing.T) {
	w := newWorld(t)
	o := w.order()
	s := w.process()
	require.NoError(t, s.OrderChanged(t.Context(), o))
	w.orders.keep(cancelled(o))
	_, err := s.Pay(t.Context(), buyer, o.ID, visa, "")
	require.True(t, errs.Is(err, errs.KindConflict), "%v", err)
	assert.EqualError(t, err, "The order has been cancelled.")
	_, err = s.Checkout(t.Context(), buyer, o.ID)
	require.True(t, errs.Is(err, errs.KindConflict), "%v", err)
	assert.Equal(t, account{}, w.bank.account(o))
}

func TestDeathWhileCheckingOut(t *testing.T) {
	t.Run("then paid", func(t *testing.T) {
		eachDeath(t, func(t *testing.T, d death) bool {
			w := newWorld(t)
			o := w.order()
			m := w.mortal(d)
			_, _ = m.Checkout(t.Context(), buyer, o.ID)
			w.bank.confirm(w.checkout(w.process(), o), "pm_card_visa")
			w.hear(w.process(), o)
			w.requirePaid(o)
			return m.dead
		})
	})
	t.Run("then cancelled", func(t *testing.T) {
		eachDeath(t, func(t *testing.T, d death) bool {
			w := newWorld(t)
			o := w.order()
			m := w.mortal(d)
			_, _ = m.Checkout(t.Context(), buyer, o.ID)
			require.NoError(t, w.process().OrderChanged(t.Context(), cancelled(o)))
			w.requireUndone(o)
			return m.dead
		})
	})
}
