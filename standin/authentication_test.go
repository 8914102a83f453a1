package standin

import (
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"github.com/stripe/stripe-go/v76"
)

const shop = "https://shop.example/orders/o-1?from=mail"

// asked makes an intent whose card's owner has to be asked, and returns the
// address of the page that does.
func (s *stand) asked(token string) (*stripe.PaymentIntent, string) {
	s.t.Helper()
	p := withToken(token)
	p.ReturnURL = stripe.String(shop)
	i, err := s.intents.Confirm(s.create(1250).ID, p)
	require.NoError(s.t, err)
	require.Equal(s.t, stripe.PaymentIntentStatusRequiresAction, i.Status)
	return i, i.NextAction.RedirectToURL.URL
}

// answer sends the form of the page, as a browser does, and stays where it is.
func (s *stand) answer(page, answer string) response {
	s.t.Helper()
	path, ours := strings.CutPrefix(page, s.url)
	require.True(s.t, ours, page)
	r := s.request(http.MethodPost, path, url.Values{"answer": {answer}}.Encode())
	r.Header.Del("Authorization")
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	return s.do(r)
}

func (s *stand) page(address string) response {
	s.t.Helper()
	r := s.request(http.MethodGet, strings.TrimPrefix(address, s.url), "")
	r.Header.Del("Authorization")
	return s.do(r)
}

func TestApprove(t *testing.T) {
	for _, token := range []string{
		"tok_threeDSecure2Required", "tok_threeDSecureRequired", "tok_authenticationRequired",
		"tok_authenticationRequiredOnSetup", "tok_authenticationRequiredSetupForOffSession",
	} {
		t.Run(token, func(t *testing.T) {
			s := start(t)
			i, page := s.asked(token)
			assert.Equal(t, stripe.PaymentIntentNextActionTypeRedirectToURL, i.NextAction.Type)
			assert.Equal(t, shop, i.NextAction.RedirectToURL.ReturnURL)
			assert.NotNil(t, i.PaymentMethod)
			assert.Empty(t, s.contents().Charges, "nothing is charged before the owner has approved")

			shown := s.page(page)
			assert.Equal(t, http.StatusOK, shown.status)
			assert.Contains(t, shown.body, "€12.50")

			r := s.answer(page, "approve")
			require.Equal(t, http.StatusSeeOther, r.status, r.body)
			assert.Equal(t, "https://shop.example/orders/o-1?from=mail&payment_intent="+i.ID+
				"&payment_intent_client_secret="+i.ClientSecret+"&redirect_status=succeeded", r.header.Get("Location"))

			i, err := s.intents.Get(i.ID, nil)
			require.NoError(t, err)
			assert.Equal(t, stripe.PaymentIntentStatusSucceeded, i.Status)
			assert.Nil(t, i.NextAction)
			assert.Equal(t, []string{
				"payment_intent.created", "payment_intent.requires_action", "payment_intent.succeeded",
			}, s.types(i.ID))
		})
	}
}

func TestRefuse(t *testing.T) {
	s := start(t)
	i, page := s.asked("tok_threeDSecure2Required")
	r := s.answer(page, "refuse")
	require.Equal(t, http.StatusSeeOther, r.status)
	assert.Contains(t, r.header.Get("Location"), "redirect_status=failed")

	i, err := s.intents.Get(i.ID, nil)
	require.NoError(t, err)
	assert.Equal(t, stripe.PaymentIntentStatusRequiresPaymentMethod, i.Status)
	assert.Equal(t, stripe.ErrorCodePaymentIntentAuthenticationFailure, i.LastPaymentError.Code)
	assert.Equal(t, stripe.ErrorTypeInvalidRequest, i.LastPaymentError.Type)
	assert.NotNil(t, i.LastPaymentError.PaymentMethod)
	assert.Nil(t, i.PaymentMethod)
	assert.Nil(t, i.NextAction)
	assert.Nil(t, i.LatestCharge)
	assert.Equal(t, []string{
		"payment_intent.created", "payment_intent.requires_action", "payment_intent.payment_failed",
	}, s.types(i.ID))

	_, err = s.intents.Confirm(i.ID, withToken("tok_visa"))
	require.NoError(t, err, "another card can be tried")
}

func TestApprovedAndDeclined(t *testing.T) {
	for token, code := range map[string]stripe.DeclineCode{
		"tok_threeDSecureRequiredChargeDeclined":                    "generic_decline",
		"tok_authenticationRequiredChargeDeclinedInsufficientFunds": "insufficient_funds",
	} {
		t.Run(token, func(t *testing.T) {
			s := start(t)
			i, page := s.asked(token)
			assert.Contains(t, s.answer(page, "approve").header.Get("Location"), "redirect_status=failed")
			i, err := s.intents.Get(i.ID, nil)
			require.NoError(t, err)
			assert.Equal(t, stripe.PaymentIntentStatusRequiresPaymentMethod, i.Status)
			assert.Equal(t, code, i.LastPaymentError.DeclineCode)
			assert.Len(t, s.contents().Charges, 1)
		})
	}
}

func TestNoQuestionWhereNoneIsWanted(t *testing.T) {
	s := start(t)
	for _, token := range []string{
		"tok_threeDSecureOptional", "tok_threeDSecureOptionalProcessingError", "tok_amex_threeDSecureNotSupported",
	} {
		s.paidWith(500, token)
	}
	e := refused(t, confirmError(s, s.create(500).ID, "tok_threeDSecureRequiredProcessingError"),
		http.StatusPaymentRequired, stripe.ErrorCodeCardDeclined)
	assert.Equal(t, stripe.DeclineCodeGenericDecline, e.DeclineCode)
}

// Where no page is named to come back to, Stripe.js opens the question itself.
func TestUseStripeSDK(t *testing.T) {
	s := start(t)
	both := withToken("tok_threeDSecure2Required")
	both.ReturnURL = stripe.String(shop)
	both.UseStripeSDK = stripe.Bool(true)
	for name, p := range map[string]*stripe.PaymentIntentConfirmParams{
		"no return_url":  withToken("tok_threeDSecure2Required"),
		"use_stripe_sdk": both,
	} {
		t.Run(name, func(t *testing.T) {
			i, err := s.intents.Confirm(s.create(500).ID, p)
			require.NoError(t, err)
			assert.Equal(t, stripe.PaymentIntentNextActionTypeUseStripeSDK, i.NextAction.Type)
			assert.Nil(t, i.NextAction.RedirectToURL)
			made := s.contents().PaymentIntents
			page := made[len(made)-1].NextAction.page()

			r := s.answer(page, "approve")
			assert.Equal(t, http.StatusOK, r.status)
			assert.Contains(t, r.body, "You have paid")
			assert.Contains(t, r.body, "close this window")
		})
	}
}

func TestErrorOnRequiresAction(t *testing.T) {
	s := start(t)
	p := withToken("tok_authenticationRequired")
	p.ErrorOnRequiresAction = stripe.Bool(true)
	_, err := s.intents.Confirm(s.create(500).ID, p)
	e := refused(t, err, http.StatusPaymentRequired, stripe.ErrorCodeAuthenticationRequired)
	assert.Equal(t, stripe.ErrorTypeCard, e.Type)
	assert.Equal(t, stripe.PaymentIntentStatusRequiresPaymentMethod, e.PaymentIntent.Status)
	assert.Empty(t, s.contents().Charges)
}

// Only the question that was asked last counts, and only once.
func TestQuestionsGoOutOfDate(t *testing.T) {
	s := start(t)
	i, first := s.asked("tok_threeDSecure2Required")
	p := withToken("tok_authenticationRequired")
	p.ReturnURL = stripe.String(shop)
	again, err := s.intents.Confirm(i.ID, p)
	require.NoError(t, err)
	second := again.NextAction.RedirectToURL.URL
	require.NotEqual(t, first, second)

	assert.Contains(t, s.page(first).body, "out of date")
	s.answer(first, "approve")
	assert.Empty(t, s.contents().Charges)
	s.answer(second, "refuse")
	s.answer(second, "approve")
	assert.Empty(t, s.contents().Charges)
	assert.Contains(t, s.page(second).body, "did not go through")

	canceled, page := s.asked("tok_threeDSecure2Required")
	_, err = s.intents.Cancel(canceled.ID, nil)
	require.NoError(t, err)
	assert.Contains(t, s.answer(page, "approve").header.Get("Location"), "redirect_status=failed")
	assert.Contains(t, s.page(page).body, "was cancelled")
	assert.Empty(t, s.contents().Charges)
}

func TestManyAnswersChargeOnce(t *testing.T) {
	s := start(t)
	i, page := s.asked("tok_threeDSecure2Required")
	var all sync.WaitGroup
	for n := range 20 {
		all.Go(func() { s.answer(page, []string{"approve", "refuse"}[n%2]) })
	}
	all.Wait()
	after, err := s.intents.Get(i.ID, nil)
	require.NoError(t, err)
	charges := len(s.contents().Charges)
	if after.Status == stripe.PaymentIntentStatusSucceeded {
		assert.Equal(t, 1, charges)
	} else {
		assert.Equal(t, stripe.PaymentIntentStatusRequiresPaymentMethod, after.Status)
		assert.Zero(t, charges)
	}
}

func TestPageOfAuthentication(t *testing.T) {
	s := start(t)
	_, page := s.asked("tok_threeDSecure2Required")
	r := s.page(page)
	assert.NotContains(t, r.body, "<script")
	assert.Contains(t, r.header.Get("Content-Security-Policy"), "default-src 'none'")
	for _, part := range []string{`lang="en"`, "<title>", "<main>", "<h1>", "Approve", "Refuse", `method="post"`} {
		assert.Contains(t, r.body, part)
	}
	assert.Contains(t, r.body, `href="style.css"`)
	assert.Equal(t, http.StatusOK, s.page("/3ds/style.css").status)

	assert.Equal(t, http.StatusBadRequest, s.answer(page, "perhaps").status)
	assert.Equal(t, http.StatusNotFound, s.page("/3ds/nobody").status)
	assert.Equal(t, http.StatusNotFound, s.answer(s.url+"/3ds/nobody", "approve").status)

	foreign := s.request(http.MethodPost, strings.TrimPrefix(page, s.url), "answer=approve")
	foreign.Header.Set("Sec-Fetch-Site", "cross-site")
	assert.Equal(t, http.StatusForbidden, s.do(foreign).status)
	assert.Empty(t, s.contents().Charges)
}

// A payment may be confirmed from behind an ingress, and the page is at it.
func TestPublicURL(t *testing.T) {
	s := start(t, WithPublicURL("https://pay.shop.example/"))
	i, page := s.asked("tok_threeDSecure2Required")
	assert.True(t, strings.HasPrefix(page, "https://pay.shop.example/3ds/"), page)
	assert.NotNil(t, i)
}

// Behind an ingress that strips a prefix, each address that a page names leads
// through the ingress again.
func TestPagesBehindAPrefix(t *testing.T) {
	const prefix = "/stripe-standin"
	mux := http.NewServeMux()
	ingress := httptest.NewServer(mux)
	t.Cleanup(ingress.Close)
	s := start(t, WithPublicURL(ingress.URL+prefix))
	target, err := url.Parse(s.url)
	require.NoError(t, err)
	mux.Handle(prefix+"/", http.StripPrefix(prefix, httputil.NewSingleHostReverseProxy(target)))
	_, page := s.asked("tok_threeDSecure2Required")
	require.True(t, strings.HasPrefix(page, ingress.URL+prefix+"/3ds/"), page)

	outside := *s
	outside.url = ingress.URL
	r := outside.page(page)
	assert.Equal(t, http.StatusOK, r.status)
	assert.NotRegexp(t, `(href|src|action)="/`, r.body)
	assert.Equal(t, http.StatusOK, outside.page(prefix+"/3ds/style.css").status)
	r = outside.answer(page, "approve")
	assert.Equal(t, http.StatusSeeOther, r.status)
	assert.True(t, strings.HasPrefix(r.header.Get("Location"), shop), r.header)
	assert.Len(t, s.contents().Charges, 1)
	assert.NotRegexp(t, `(href|src|action)="/`, s.page("/").body)
}

// A return_url is the shop's own, and still no way to run a script here.
func TestReturnURLIsNoScript(t *testing.T) {
	s := start(t)
	p := withToken("tok_threeDSecure2Required")
	p.ReturnURL = stripe.String("javascript://shop.example/%0aalert(1)")
	i, err := s.intents.Confirm(s.create(500).ID, p)
	require.NoError(t, err)
	page := i.NextAction.RedirectToURL.URL
	s.answer(page, "approve")
	assert.NotContains(t, s.page(page).body, "javascript:")
}
