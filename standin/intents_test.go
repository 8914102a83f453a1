package standin

import (
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"github.com/stripe/stripe-go/v76"
)

func TestCreateThenConfirm(t *testing.T) {
	s := start(t)

	i := s.create(1250)
	assert.Equal(t, "payment_intent", i.Object)
	assert.Equal(t, stripe.PaymentIntentStatusRequiresPaymentMethod, i.Status)
	assert.Equal(t, int64(1250), i.Amount)
	assert.Equal(t, stripe.CurrencyEUR, i.Currency)
	assert.Equal(t, map[string]string{"order_id": "o-1"}, i.Metadata)
	assert.True(t, strings.HasPrefix(i.ClientSecret, i.ID+"_secret_"))
	assert.Equal(t, []string{"card"}, i.PaymentMethodTypes)
	assert.Nil(t, i.LatestCharge)
	assert.False(t, i.Livemode)
	assert.NotZero(t, i.Created)

	confirmed, err := s.intents.Confirm(i.ID, withToken("tok_mastercard"))
	require.NoError(t, err)
	assert.Equal(t, i.ID, confirmed.ID)
	assert.Equal(t, stripe.PaymentIntentStatusSucceeded, confirmed.Status)
	assert.Equal(t, int64(1250), confirmed.AmountReceived)

	c, err := s.charges.Get(confirmed.LatestCharge.ID, nil)
	require.NoError(t, err)
	assert.True(t, c.Paid)
	assert.True(t, c.Captured)
	assert.Equal(t, int64(1250), c.AmountCaptured)
	assert.Equal(t, i.ID, c.PaymentIntent.ID)
	assert.Equal(t, stripe.PaymentMethodCardBrandMastercard, c.PaymentMethodDetails.Card.Brand)
	assert.Equal(t, "4444", c.PaymentMethodDetails.Card.Last4)
	assert.Equal(t, i.Metadata, c.Metadata)

	again, err := s.intents.Get(i.ID, nil)
	require.NoError(t, err)
	assert.Equal(t, confirmed.Status, again.Status)
	assert.Equal(t, i.ClientSecret, again.ClientSecret)
}

func TestCreateAndConfirmAtOnce(t *testing.T) {
	s := start(t)
	p := cardIntent(700)
	p.Confirm = stripe.Bool(true)
	p.PaymentMethod = stripe.String("pm_card_amex")
	p.Description = stripe.String("a ticket")

	i, err := s.intents.New(p)
	require.NoError(t, err)
	assert.Equal(t, stripe.PaymentIntentStatusSucceeded, i.Status)
	assert.Equal(t, "a ticket", i.Description)
	assert.NotEqual(t, "pm_card_amex", i.PaymentMethod.ID, "a test id stands for a new payment method")
}

// As at Stripe, a confirmation that fails leaves the intent that was made for it.
func TestConfirmAtOnceWithoutCard(t *testing.T) {
	s := start(t)
	p := cardIntent(700)
	p.Confirm = stripe.Bool(true)
	_, err := s.intents.New(p)
	e := refused(t, err, http.StatusBadRequest, stripe.ErrorCodePaymentIntentUnexpectedState)
	_, err = s.intents.Confirm(e.PaymentIntent.ID, withToken("tok_visa"))
	require.NoError(t, err)
}

func TestCreateWithCardWaitsForConfirmation(t *testing.T) {
	s := start(t)
	p := cardIntent(700)
	p.PaymentMethod = stripe.String("pm_card_visa")
	i, err := s.intents.New(p)
	require.NoError(t, err)
	assert.Equal(t, stripe.PaymentIntentStatusRequiresConfirmation, i.Status)

	i, err = s.intents.Confirm(i.ID, nil)
	require.NoError(t, err)
	assert.Equal(t, stripe.PaymentIntentStatusSucceeded, i.Status)
}

func TestConfirmRefusals(t *testing.T) {
	s := start(t)

	e := refused(t, confirmError(s, s.paid(500).ID, "tok_visa"), http.StatusBadRequest, stripe.ErrorCodePaymentIntentUnexpectedState)
	assert.Contains(t, e.Msg, "already succeeded")
	assert.Equal(t, stripe.PaymentIntentStatusSucceeded, e.PaymentIntent.Status)

	canceled := s.create(500)
	_, err := s.intents.Cancel(canceled.ID, nil)
	require.NoError(t, err)
	e = refused(t, confirmError(s, canceled.ID, "tok_visa"), http.StatusBadRequest, stripe.ErrorCodePaymentIntentUnexpectedState)
	assert.Equal(t, "payment_method", e.Param)
	_, err = s.intents.Confirm(canceled.ID, nil)
	e = refused(t, err, http.StatusBadRequest, stripe.ErrorCodePaymentIntentUnexpectedState)
	assert.Contains(t, e.Msg, "status of canceled")

	bare := s.create(500)
	_, err = s.intents.Confirm(bare.ID, nil)
	e = refused(t, err, http.StatusBadRequest, stripe.ErrorCodePaymentIntentUnexpectedState)
	assert.Contains(t, e.Msg, "missing a payment method")

	e = refused(t, confirmError(s, bare.ID, "tok_nobody"), http.StatusBadRequest, stripe.ErrorCodeResourceMissing)
	assert.Equal(t, "No such token: 'tok_nobody'", e.Msg)

	_, err = s.intents.Confirm(bare.ID, &stripe.PaymentIntentConfirmParams{PaymentMethod: stripe.String("tok_visa")})
	assert.Contains(t, refused(t, err, http.StatusBadRequest, "").Msg, "A token may not be passed in as a PaymentMethod")

	_, err = s.intents.Confirm(bare.ID, &stripe.PaymentIntentConfirmParams{PaymentMethod: stripe.String("pm_nobody")})
	e = refused(t, err, http.StatusBadRequest, stripe.ErrorCodeResourceMissing)
	assert.Equal(t, "No such PaymentMethod: 'pm_nobody'", e.Msg)

	e = refused(t, confirmError(s, "pi_nobody", "tok_visa"), http.StatusNotFound, stripe.ErrorCodeResourceMissing)
	assert.Equal(t, "intent", e.Param)

	assert.Len(t, s.contents().Charges, 1, "none of the refusals charged")
}

func confirmError(s *stand, id, token string) error {
	_, err := s.intents.Confirm(id, withToken(token))
	return err
}

// Who does not limit the intent to cards has to say where redirects lead.
func TestConfirmWantsReturnURLUnlessCardOnly(t *testing.T) {
	s := start(t)
	p := cardIntent(500)
	p.PaymentMethodTypes = nil
	i, err := s.intents.New(p)
	require.NoError(t, err)
	assert.True(t, i.AutomaticPaymentMethods.Enabled)
	assert.Contains(t, refused(t, confirmError(s, i.ID, "tok_visa"), http.StatusBadRequest, "").Msg, "return_url")

	c := withToken("tok_visa")
	c.ReturnURL = stripe.String("https://shop.example/orders")
	i, err = s.intents.Confirm(i.ID, c)
	require.NoError(t, err)
	assert.Equal(t, stripe.PaymentIntentStatusSucceeded, i.Status)

	p.Confirm = stripe.Bool(true)
	p.PaymentMethod = stripe.String("pm_card_visa")
	_, err = s.intents.New(p)
	assert.Contains(t, refused(t, err, http.StatusBadRequest, "").Msg, "return_url")

	p.AutomaticPaymentMethods = &stripe.PaymentIntentAutomaticPaymentMethodsParams{
		Enabled: stripe.Bool(true), AllowRedirects: stripe.String("never"),
	}
	_, err = s.intents.New(p)
	require.NoError(t, err)
}

func TestFiftyConfirmationsChargeOnce(t *testing.T) {
	s := start(t)
	i := s.create(900)

	const buyers = 50
	errs := make([]error, buyers)
	var all sync.WaitGroup
	for n := range buyers {
		all.Go(func() { errs[n] = confirmError(s, i.ID, "tok_visa") })
	}
	all.Wait()

	succeeded := 0
	for _, err := range errs {
		if err == nil {
			succeeded++
			continue
		}
		_ = refused(t, err, http.StatusBadRequest, stripe.ErrorCodePaymentIntentUnexpectedState)
	}
	assert.Equal(t, 1, succeeded)
	assert.Equal(t, Sum{Charges: 1, Charged: 900, Net: 900}, s.contents().Sums["eur"])
	assert.Len(t, s.contents().Charges, 1)
}

// A cancellation and a confirmation at the same moment: one of them wins.
func TestCancelAgainstConfirm(t *testing.T) {
	s := start(t)
	for range 10 {
		i := s.create(900)
		var all sync.WaitGroup
		var confirmed, canceled error
		all.Go(func() { confirmed = confirmError(s, i.ID, "tok_visa") })
		all.Go(func() { _, canceled = s.intents.Cancel(i.ID, nil) })
		all.Wait()

		after, err := s.intents.Get(i.ID, nil)
		require.NoError(t, err)
		if confirmed == nil {
			_ = refused(t, canceled, http.StatusBadRequest, stripe.ErrorCodePaymentIntentUnexpectedState)
			assert.Equal(t, stripe.PaymentIntentStatusSucceeded, after.Status)
		} else {
			require.NoError(t, canceled)
			_ = refused(t, confirmed, http.StatusBadRequest, stripe.ErrorCodePaymentIntentUnexpectedState)
			assert.Equal(t, stripe.PaymentIntentStatusCanceled, after.Status)
		}
	}
}

func TestCancel(t *testing.T) {
	s := start(t)
	i := s.create(500)
	canceled, err := s.intents.Cancel(i.ID, &stripe.PaymentIntentCancelParams{
		CancellationReason: stripe.String("abandoned"),
	})
	require.NoError(t, err)
	assert.Equal(t, stripe.PaymentIntentStatusCanceled, canceled.Status)
	assert.Equal(t, stripe.PaymentIntentCancellationReasonAbandoned, canceled.CancellationReason)
	assert.NotZero(t, canceled.CanceledAt)

	for _, id := range []string{i.ID, s.paid(500).ID} {
		_, err = s.intents.Cancel(id, nil)
		e := refused(t, err, http.StatusBadRequest, stripe.ErrorCodePaymentIntentUnexpectedState)
		assert.Contains(t, e.Msg, "You cannot cancel this PaymentIntent")
		assert.Equal(t, id, e.PaymentIntent.ID)
	}
	_, err = s.intents.Cancel("pi_nobody", nil)
	_ = refused(t, err, http.StatusNotFound, stripe.ErrorCodeResourceMissing)
}

func TestListIntents(t *testing.T) {
	s := start(t)
	var made []string
	for range 12 {
		made = append(made, s.create(500).ID)
	}
	var listed []string
	for it := s.intents.List(&stripe.PaymentIntentListParams{
		ListParams: stripe.ListParams{Limit: stripe.Int64(5)},
	}); ; {
		if !it.Next() {
			require.NoError(t, it.Err())
			break
		}
		listed = append([]string{it.PaymentIntent().ID}, listed...)
	}
	assert.Equal(t, made, listed, "newest first, over three pages")

	it := s.intents.List(&stripe.PaymentIntentListParams{ListParams: stripe.ListParams{
		StartingAfter: stripe.String("pi_nobody"),
	}})
	assert.False(t, it.Next())
	assert.Equal(t, "starting_after", refused(t, it.Err(), http.StatusBadRequest, stripe.ErrorCodeResourceMissing).Param)

	it = s.intents.List(&stripe.PaymentIntentListParams{ListParams: stripe.ListParams{Limit: stripe.Int64(101)}})
	assert.False(t, it.Next())
	_ = refused(t, it.Err(), http.StatusBadRequest, stripe.ErrorCodeParameterInvalidInteger)
}
