package standin

import (
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// fromBrowser sends what a page of the shop sends, with a publishable key.
func (s *stand) fromBrowser(method, path string, form url.Values) response {
	s.t.Helper()
	body := form.Encode()
	if method == http.MethodGet {
		path, body = path+"?"+body, ""
	}
	r := s.request(method, path, body)
	r.Header.Set("Authorization", "Bearer pk_test_shop")
	r.Header.Set("Origin", "https://shop.example")
	return s.do(r)
}

func TestPayFromABrowser(t *testing.T) {
	s := start(t)
	i := s.create(1250)
	path := "/v1/payment_intents/" + i.ID
	mine := url.Values{"client_secret": {i.ClientSecret}}

	r := s.fromBrowser(http.MethodGet, path, mine)
	require.Equal(t, http.StatusOK, r.status, r.body)
	assert.Equal(t, "*", r.header.Get("Access-Control-Allow-Origin"))
	var shown map[string]any
	require.NoError(t, json.Unmarshal([]byte(r.body), &shown))
	assert.Equal(t, i.ClientSecret, shown["client_secret"])
	assert.Equal(t, "requires_payment_method", shown["status"])
	for _, hidden := range []string{"metadata", "latest_charge", "amount_received", "amount_capturable"} {
		assert.NotContains(t, shown, hidden)
	}

	form := confirmForm("tok_chargeDeclined")
	form.Set("client_secret", i.ClientSecret)
	r = s.fromBrowser(http.MethodPost, path+"/confirm", form)
	assert.Equal(t, http.StatusPaymentRequired, r.status)
	assert.Equal(t, "card_declined", r.error(t).Code)
	assert.Equal(t, i.ID, r.error(t).PaymentIntent.ID)
	assert.NotContains(t, r.body, "order_id")

	form = confirmForm("tok_visa")
	form.Set("client_secret", i.ClientSecret)
	r = s.fromBrowser(http.MethodPost, path+"/confirm", form)
	require.Equal(t, http.StatusOK, r.status, r.body)
	assert.NotContains(t, r.body, "order_id")
	assert.Contains(t, r.body, `"status":"succeeded"`)
	assert.Contains(t, s.do(s.request(http.MethodGet, path, "")).body, "order_id", "the server sees all of it")
}

func TestBrowsersNeedTheSecret(t *testing.T) {
	s := start(t)
	i, other := s.create(1250), s.create(1250)
	for name, c := range map[string]struct {
		secret, code, param string
	}{
		"none":    {"", "parameter_missing", "client_secret"},
		"wrong":   {i.ID + "_secret_x", "payment_intent_invalid_parameter", "client_secret"},
		"another": {other.ClientSecret, "payment_intent_invalid_parameter", "client_secret"},
	} {
		t.Run(name, func(t *testing.T) {
			form := confirmForm("tok_visa")
			if c.secret != "" {
				form.Set("client_secret", c.secret)
			}
			r := s.fromBrowser(http.MethodPost, "/v1/payment_intents/"+i.ID+"/confirm", form)
			assert.Equal(t, http.StatusBadRequest, r.status)
			assert.Equal(t, c.code, r.error(t).Code)
			assert.Equal(t, c.param, r.error(t).Param)
			delete(form, "payment_method_data[type]")
			delete(form, "payment_method_data[card][token]")
			r = s.fromBrowser(http.MethodGet, "/v1/payment_intents/"+i.ID, form)
			assert.Equal(t, http.StatusBadRequest, r.status)
		})
	}
	assert.Empty(t, s.contents().Charges)
	r := s.fromBrowser(http.MethodGet, "/v1/payment_intents/pi_nobody", url.Values{"client_secret": {"x"}})
	assert.Equal(t, http.StatusNotFound, r.status)
}

// Everything else is for who has a secret key, and not for pages at all.
func TestBrowsersMayDoNothingElse(t *testing.T) {
	s := start(t)
	i := s.paid(500)
	for _, c := range [][2]string{
		{"POST", "/v1/payment_intents"},
		{"GET", "/v1/payment_intents"},
		{"POST", "/v1/payment_intents/" + i.ID + "/cancel"},
		{"POST", "/v1/payment_intents/" + i.ID + "/capture"},
		{"POST", "/v1/refunds"},
		{"GET", "/v1/events"},
		{"POST", "/v1/webhook_endpoints"},
		{"GET", "/v1/charges/" + i.LatestCharge.ID},
	} {
		r := s.fromBrowser(c[0], c[1], nil)
		assert.Equal(t, http.StatusUnauthorized, r.status, c)
		assert.Equal(t, "secret_key_required", r.error(t).Code)
		assert.Empty(t, r.header.Get("Access-Control-Allow-Origin"))
	}
}

func TestPreflight(t *testing.T) {
	s := start(t)
	for path, allowed := range map[string]bool{
		"/v1/payment_intents/pi_1":         true,
		"/v1/payment_intents/pi_1/confirm": true,
		"/v1/payment_methods":              true,
		"/v1/payment_intents/pi_1/cancel":  false,
		"/v1/payment_intents":              false,
		"/v1/refunds":                      false,
		"/faults":                          false,
	} {
		r := s.request(http.MethodOptions, path, "")
		r.Header.Del("Authorization")
		r.Header.Set("Origin", "https://shop.example")
		r.Header.Set("Access-Control-Request-Method", "POST")
		got := s.do(r)
		if !allowed {
			assert.Empty(t, got.header.Get("Access-Control-Allow-Origin"), path)
			continue
		}
		assert.Equal(t, http.StatusNoContent, got.status)
		assert.Equal(t, "*", got.header.Get("Access-Control-Allow-Origin"))
		for _, name := range []string{"Authorization", "Content-Type", "Idempotency-Key"} {
			assert.Contains(t, got.header.Get("Access-Control-Allow-Headers"), name)
		}
	}
}

// A card number is nothing that the stand-in would look at.
func TestNoCardNumbers(t *testing.T) {
	s := start(t)
	i := s.create(500)
	r := s.fromBrowser(http.MethodPost, "/v1/payment_intents/"+i.ID+"/confirm", url.Values{
		"client_secret": {i.ClientSecret}, "payment_method_data[type]": {"card"},
		"payment_method_data[card][number]": {"4242424242424242"},
	})
	assert.Equal(t, http.StatusBadRequest, r.status)
	assert.Equal(t, "parameter_unknown", r.error(t).Code)
	assert.NotContains(t, r.body, strings.Repeat("42", 8))
	r = s.fromBrowser(http.MethodPost, "/v1/payment_methods", url.Values{
		"type": {"card"}, "card[number]": {"4242424242424242"},
	})
	assert.Equal(t, "parameter_unknown", r.error(t).Code)
}

func TestPaymentMethodFromABrowser(t *testing.T) {
	s := start(t)
	i := s.create(500)
	r := s.fromBrowser(http.MethodPost, "/v1/payment_methods", url.Values{"type": {"card"}, "card[token]": {"tok_visa"}})
	require.Equal(t, http.StatusOK, r.status, r.body)
	var m PaymentMethod
	require.NoError(t, json.Unmarshal([]byte(r.body), &m))
	r = s.fromBrowser(http.MethodPost, "/v1/payment_intents/"+i.ID+"/confirm", url.Values{
		"client_secret": {i.ClientSecret}, "payment_method": {m.ID},
	})
	assert.Equal(t, http.StatusOK, r.status, r.body)
	assert.Equal(t, http.StatusUnauthorized, s.fromBrowser(http.MethodGet, "/v1/payment_methods/"+m.ID, nil).status)
}
