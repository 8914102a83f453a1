package standin

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"github.com/stripe/stripe-go/v76"
)

// What Stripe's testing page promises, by the names that it publishes.
var published = []struct {
	token, method, code, declineCode, message string
}{
	{"tok_visa", "pm_card_visa", "", "", ""},
	{"tok_visa_debit", "pm_card_visa_debit", "", "", ""},
	{"tok_mastercard", "pm_card_mastercard", "", "", ""},
	{"tok_mastercard_debit", "pm_card_mastercard_debit", "", "", ""},
	{"tok_mastercard_prepaid", "pm_card_mastercard_prepaid", "", "", ""},
	{"tok_amex", "pm_card_amex", "", "", ""},
	{"tok_discover", "pm_card_discover", "", "", ""},
	{"tok_diners", "pm_card_diners", "", "", ""},
	{"tok_jcb", "pm_card_jcb", "", "", ""},
	{"tok_unionpay", "pm_card_unionpay", "", "", ""},
	{"tok_us", "pm_card_us", "", "", ""},
	{"tok_chargeDeclined", "pm_card_chargeDeclined", "card_declined", "generic_decline", "Your card was declined."},
	{"tok_visa_chargeDeclined", "pm_card_visa_chargeDeclined", "card_declined", "generic_decline", "Your card was declined."},
	{
		"tok_chargeDeclinedInsufficientFunds", "pm_card_visa_chargeDeclinedInsufficientFunds",
		"card_declined", "insufficient_funds", "Your card has insufficient funds.",
	},
	{"tok_visa_chargeDeclinedLostCard", "pm_card_visa_chargeDeclinedLostCard", "card_declined", "lost_card", "Your card was declined."},
	{"tok_visa_chargeDeclinedStolenCard", "pm_card_visa_chargeDeclinedStolenCard", "card_declined", "stolen_card", "Your card was declined."},
	{"tok_chargeDeclinedFraudulent", "pm_card_chargeDeclinedFraudulent", "card_declined", "fraudulent", "Your card was declined."},
	{"tok_radarBlock", "pm_card_radarBlock", "card_declined", "fraudulent", "Your card was declined."},
	{"tok_chargeCustomerFail", "pm_card_chargeCustomerFail", "card_declined", "generic_decline", "Your card was declined."},
	{
		"tok_visa_chargeDeclinedVelocityLimitExceeded", "pm_card_visa_chargeDeclinedVelocityLimitExceeded",
		"card_declined", "card_velocity_exceeded",
		"Your card was declined for making repeated attempts too frequently or exceeding its amount limit.",
	},
	{"tok_chargeDeclinedExpiredCard", "pm_card_chargeDeclinedExpiredCard", "expired_card", "expired_card", "Your card has expired."},
	{
		"tok_chargeDeclinedIncorrectCvc", "pm_card_chargeDeclinedIncorrectCvc",
		"incorrect_cvc", "incorrect_cvc", "Your card's security code is incorrect.",
	},
	{
		"tok_chargeDeclinedProcessingError", "pm_card_chargeDeclinedProcessingError",
		"processing_error", "processing_error", "An error occurred while processing your card. Try again in a little bit.",
	},
}

func TestPublishedCards(t *testing.T) {
	s := start(t)
	for _, card := range published {
		byToken := withToken(card.token)
		byMethod := &stripe.PaymentIntentConfirmParams{PaymentMethod: stripe.String(card.method)}
		for name, p := range map[string]*stripe.PaymentIntentConfirmParams{card.token: byToken, card.method: byMethod} {
			t.Run(name, func(t *testing.T) {
				i := s.create(1000)
				_, err := s.intents.Confirm(i.ID, p)
				if card.code == "" {
					require.NoError(t, err)
					return
				}
				e := refused(t, err, http.StatusPaymentRequired, stripe.ErrorCode(card.code))
				assert.Equal(t, stripe.ErrorTypeCard, e.Type)
				assert.Equal(t, stripe.DeclineCode(card.declineCode), e.DeclineCode)
				assert.Equal(t, card.message, e.Msg)
				assert.Equal(t, i.ID, e.PaymentIntent.ID)
				assert.Equal(t, stripe.PaymentIntentStatusRequiresPaymentMethod, e.PaymentIntent.Status)
				assert.Nil(t, e.PaymentIntent.PaymentMethod)
				assert.Equal(t, stripe.ErrorCode(card.code), e.PaymentIntent.LastPaymentError.Code)

				failed, err := s.charges.Get(e.ChargeID, nil)
				require.NoError(t, err)
				assert.False(t, failed.Paid)
				assert.Equal(t, stripe.ChargeStatusFailed, failed.Status)
				assert.Equal(t, card.code, failed.FailureCode)

				i, err = s.intents.Confirm(i.ID, withToken("tok_visa"))
				require.NoError(t, err, "another card can be tried")
				assert.Nil(t, i.LastPaymentError)
			})
		}
	}
}

// The book keeps a card as brand and last four digits, and takes what it does
// from them. So they have to tell all test cards apart, and names likewise.
func TestCardsAreTold(t *testing.T) {
	cards, names := map[string]bool{}, map[string]bool{}
	for _, c := range testCards {
		key := c.brand + c.last4
		assert.False(t, cards[key], key)
		cards[key] = true
		for _, n := range c.names {
			assert.False(t, names[n], n)
			names[n] = true
		}
	}
}

func TestDeclineAtCreationLeavesTheIntent(t *testing.T) {
	s := start(t)
	p := cardIntent(1000)
	p.Confirm = stripe.Bool(true)
	p.PaymentMethod = stripe.String("pm_card_chargeDeclined")
	_, err := s.intents.New(p)
	e := refused(t, err, http.StatusPaymentRequired, stripe.ErrorCodeCardDeclined)

	i, err := s.intents.Get(e.PaymentIntent.ID, nil)
	require.NoError(t, err)
	assert.Equal(t, stripe.PaymentIntentStatusRequiresPaymentMethod, i.Status)
	assert.Empty(t, s.contents().Sums)
}

// As Stripe describes it: a token becomes a payment method, and that is charged.
func TestPaymentMethodOfAToken(t *testing.T) {
	s := start(t)
	of := func(token string) (*stripe.PaymentMethod, error) {
		p := &stripe.PaymentMethodParams{
			Type: stripe.String("card"), Card: &stripe.PaymentMethodCardParams{Token: stripe.String(token)},
		}
		p.AddMetadata("a", "b")
		p.SetIdempotencyKey("order:1:" + token)
		return s.methods.New(p)
	}
	m, err := of("tok_mastercard")
	require.NoError(t, err)
	assert.Equal(t, stripe.PaymentMethodCardBrandMastercard, m.Card.Brand)
	assert.Equal(t, "4444", m.Card.Last4)
	assert.Equal(t, map[string]string{"a": "b"}, m.Metadata)
	again, err := of("tok_mastercard")
	require.NoError(t, err)
	assert.Equal(t, m.ID, again.ID)
	got, err := s.methods.Get(m.ID, nil)
	require.NoError(t, err)
	assert.Equal(t, m.ID, got.ID)

	i, err := s.intents.Confirm(s.create(500).ID, &stripe.PaymentIntentConfirmParams{PaymentMethod: stripe.String(m.ID)})
	require.NoError(t, err)
	assert.Equal(t, stripe.PaymentIntentStatusSucceeded, i.Status)
	assert.Equal(t, m.ID, i.PaymentMethod.ID)
	p := cardIntent(500)
	p.PaymentMethod = stripe.String(m.ID)
	p.Confirm = stripe.Bool(true)
	_, err = s.intents.New(p)
	require.NoError(t, err)

	declined, err := of("tok_chargeDeclined")
	require.NoError(t, err, "a card declines when it is charged")
	_, err = s.intents.Confirm(s.create(500).ID, &stripe.PaymentIntentConfirmParams{PaymentMethod: stripe.String(declined.ID)})
	_ = refused(t, err, http.StatusPaymentRequired, stripe.ErrorCodeCardDeclined)

	_, err = of("tok_nobody")
	assert.Equal(t, "card[token]", refused(t, err, http.StatusBadRequest, stripe.ErrorCodeResourceMissing).Param)
	_, err = s.methods.Get("pm_nobody", nil)
	_ = refused(t, err, http.StatusNotFound, stripe.ErrorCodeResourceMissing)
	_, err = s.methods.New(&stripe.PaymentMethodParams{Type: stripe.String("card")})
	_ = refused(t, err, http.StatusBadRequest, stripe.ErrorCodeParameterMissing)
	_, err = s.methods.New(&stripe.PaymentMethodParams{Type: stripe.String("ideal")})
	_ = refused(t, err, http.StatusBadRequest, "")
}
