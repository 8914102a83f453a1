package api_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"ticketx/kit/events"
	"ticketx/kit/ids"
)

func (s *service) get(target string) *httptest.ResponseRecorder {
	return s.getAs(s.session(buyer), target)
}

func (s *service) getAs(who *http.Cookie, target string) *httptest.ResponseRecorder {
	r := httptest.NewRequestWithContext(s.t.Context(), http.MethodGet, target, http.NoBody)
	if who != nil {
		r.AddCookie(who)
	}
	w := httptest.NewRecorder()
	s.public.ServeHTTP(w, r)
	return w
}

func (s *service) intent(body string) *httptest.ResponseRecorder {
	r := httptest.NewRequestWithContext(s.t.Context(), http.MethodPost, "/api/payments/intents", strings.NewReader(body))
	r.AddCookie(s.session(buyer))
	w := httptest.NewRecorder()
	s.public.ServeHTTP(w, r)
	return w
}

// checkout opens the order's payment for the browser and returns its secret.
func (s *service) checkout(o events.Order) string {
	s.t.Helper()
	w := s.intent(`{"orderId":"` + o.ID + `"}`)
	require.Equal(s.t, http.StatusOK, w.Code, w.Body)
	var answer struct {
		ClientSecret string `json:"clientSecret"`
	}
	require.NoError(s.t, json.Unmarshal(w.Body.Bytes(), &answer))
	return answer.ClientSecret
}

// confirm pays in the browser.
func (s *service) confirm(secret, card string) {
	s.t.Helper()
	id, _, _ := strings.Cut(secret, "_secret_")
	form := url.Values{"client_secret": {secret}, "payment_method": {card}}
	r, err := http.NewRequestWithContext(s.t.Context(), http.MethodPost, s.stripe.URL+"/v1/payment_intents/"+id+"/confirm", strings.NewReader(form.Encode()))
	require.NoError(s.t, err)
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Authorization", "Bearer pk_test_standin")
	answer, err := http.DefaultClient.Do(r)
	require.NoError(s.t, err)
	_ = answer.Body.Close()
}

func TestCheckout(t *testing.T) {
	s := start(t)
	o := s.order()
	secret := s.checkout(o)
	assert.Contains(t, secret, "_secret_")
	var answer map[string]any
	require.NoError(t, json.Unmarshal(s.intent(`{"orderId":"`+o.ID+`"}`).Body.Bytes(), &answer))
	assert.Equal(t, map[string]any{
		"clientSecret": secret, "publishableKey": "pk_test_standin", "amount": 25.5, "currency": "eur", "standIn": "/stripe-standin",
	}, answer)
	for _, body := range []string{``, `{}`, `{"orderId":""}`, `{"orderId":"a||b"}`, `{"orderId":"` + o.ID + `","token":"tok_visa"}`} {
		assert.Equal(t, http.StatusBadRequest, s.intent(body).Code, body)
	}
	assert.Equal(t, http.StatusNotFound, s.intent(`{"orderId":"`+ids.New()+`"}`).Code)
}

func TestShow(t *testing.T) {
	s := start(t)
	o := s.order()
	assert.Equal(t, http.StatusNotFound, s.get("/api/payments/"+o.ID).Code, "nobody has begun")
	assert.Equal(t, http.StatusNotFound, s.get("/api/payments/a%7C%7Cb").Code)
	require.Equal(t, http.StatusPaymentRequired, s.post(payment(o.ID, "tok_chargeDeclined")).Code)
	w := s.get("/api/payments/" + o.ID)
	require.Equal(t, http.StatusOK, w.Code)
	var shown map[string]any
	require.NoError(t, json.Unmarshal(w.Body.Bytes(), &shown))
	assert.Equal(t, "failed", shown["status"])
	assert.InDelta(t, 25.5, shown["amount"], 0)
	assert.Equal(t, map[string]any{"code": "generic_decline", "message": "Your card was declined."}, shown["failure"])
	assert.Equal(t, http.StatusForbidden, s.getAs(s.session("another"), "/api/payments/"+o.ID).Code)
	assert.Equal(t, http.StatusUnauthorized, s.getAs(nil, "/api/payments/"+o.ID).Code)

	require.Equal(t, http.StatusCreated, s.post(payment(o.ID, "tok_visa")).Code)
	require.Equal(t, "SUCCESS", s.deliver(envelope(events.OrderCancelled, closed(o))))
	assert.Contains(t, s.get("/api/payments/"+o.ID).Body.String(), `"refund":{"status":"succeeded"}`)
}

// A card whose owner has to consent leads from the shop's page to the bank's.
func TestSecondStep(t *testing.T) {
	s := start(t)
	o := s.order()
	r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "https://shop.example/api/payments", strings.NewReader(payment(o.ID, "pm_card_threeDSecure2Required")))
	r.Header.Set("Origin", "https://shop.example")
	r.AddCookie(s.session(buyer))
	w := httptest.NewRecorder()
	s.public.ServeHTTP(w, r)
	require.Equal(t, http.StatusPaymentRequired, w.Code, w.Body)
	assert.Equal(t, "authentication_required", s.problem(w).Code)
	var shown struct {
		Status     string
		NextAction struct{ URL string }
	}
	require.NoError(t, json.Unmarshal(s.get("/api/payments/"+o.ID).Body.Bytes(), &shown))
	assert.Equal(t, "requires_action", shown.Status)
	page, err := http.Get(shown.NextAction.URL) //nolint:noctx // a page of the test's own
	require.NoError(t, err)
	_ = page.Body.Close()
	assert.Equal(t, http.StatusOK, page.StatusCode)
}

func TestList(t *testing.T) {
	s := start(t)
	assert.JSONEq(t, `[]`, s.get("/api/payments").Body.String())
	var placed []string
	for range 5 {
		o := s.order()
		placed = append([]string{o.ID}, placed...)
		require.Equal(t, http.StatusCreated, s.post(payment(o.ID, "tok_visa")).Code)
	}
	var listed []string
	for target := "/api/payments?limit=2"; target != ""; {
		w := s.get(target)
		require.Equal(t, http.StatusOK, w.Code, w.Body)
		var page []struct {
			OrderID string `json:"orderId"`
		}
		require.NoError(t, json.Unmarshal(w.Body.Bytes(), &page))
		for _, p := range page {
			listed = append(listed, p.OrderID)
		}
		target, _, _ = strings.Cut(strings.TrimPrefix(w.Header().Get("Link"), "<"), ">")
	}
	assert.Equal(t, placed, listed)
	assert.JSONEq(t, `[]`, s.getAs(s.session("another"), "/api/payments").Body.String())
	for _, query := range []string{"limit=0", "limit=101", "limit=x", "cursor=x", "cursor=MA", "what=1"} {
		assert.Equal(t, http.StatusBadRequest, s.get("/api/payments?"+query).Code, query)
	}
}
