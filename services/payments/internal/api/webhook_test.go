package api_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus/testutil"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"github.com/stripe/stripe-go/v76/webhook"
)

// signed is an event as Stripe sends it.
func signed(eventType, object, id, secret string, at time.Time) (body, signature string) {
	text, _ := json.Marshal(map[string]any{
		"id": "evt_1", "object": "event", "type": eventType, "api_version": "2031-01-01",
		"data": map[string]any{"object": map[string]any{"id": id, "object": object}},
	})
	payload := webhook.GenerateTestSignedPayload(&webhook.UnsignedPayload{Payload: text, Secret: secret, Timestamp: at})
	return string(text), payload.Header
}

func (s *service) tell(body, signature string) *httptest.ResponseRecorder {
	r := httptest.NewRequestWithContext(s.t.Context(), http.MethodPost, "/api/payments/webhooks", strings.NewReader(body))
	r.Header.Set("Content-Type", "application/json; charset=utf-8")
	r.Header.Set("Stripe-Signature", signature)
	w := httptest.NewRecorder()
	s.public.ServeHTTP(w, r)
	return w
}

// It needs no session, and takes both secrets while they are changed.
func TestWebhooks(t *testing.T) {
	for _, secret := range []string{"whsec_new", "whsec_old"} {
		s := start(t)
		o := s.order()
		intent := s.checkout(o)
		s.confirm(intent, "pm_card_visa")
		id, _, _ := strings.Cut(intent, "_secret_")
		for range 2 {
			w := s.tell(signed("payment_intent.succeeded", "payment_intent", id, secret, time.Now()))
			require.Equal(t, http.StatusOK, w.Code, w.Body)
			assert.JSONEq(t, `{}`, w.Body.String())
		}
		assert.Contains(t, s.get("/api/payments/"+o.ID).Body.String(), `"status":"succeeded"`)
		assert.InDelta(t, 1, testutil.ToFloat64(s.Counts().Webhook("payment_intent.succeeded", "taken")), 0)
		assert.InDelta(t, 1, testutil.ToFloat64(s.Counts().Webhook("payment_intent.succeeded", "known")), 0)
	}
}

func TestWebhooksThatNobodyNeeds(t *testing.T) {
	s := start(t)
	for _, eventType := range []string{"customer.created", "payment_intent.invented", "charge.succeeded"} {
		w := s.tell(signed(eventType, "thing", "x_1", "whsec_new", time.Now()))
		assert.Equal(t, http.StatusOK, w.Code)
	}
	assert.InDelta(t, 3, testutil.ToFloat64(s.Counts().Webhook("other", "ignored")), 0)
	w := s.tell(signed("payment_intent.succeeded", "payment_intent", "pi_nobody", "whsec_new", time.Now()))
	assert.Equal(t, http.StatusOK, w.Code, "of another system on the same account")
}

func TestForgedWebhooks(t *testing.T) {
	s := start(t)
	body, signature := signed("payment_intent.succeeded", "payment_intent", "pi_1", "whsec_new", time.Now())
	_, stranger := signed("payment_intent.succeeded", "payment_intent", "pi_1", "whsec_stranger", time.Now())
	_, late := signed("payment_intent.succeeded", "payment_intent", "pi_1", "whsec_new", time.Now().Add(-6*time.Minute))
	for name, c := range map[string]struct{ body, signature string }{
		"another secret":     {body, stranger},
		"too old":            {body, late},
		"none":               {body, ""},
		"nonsense":           {body, "t=x,v1=y"},
		"another body":       {body + " ", signature},
		"a body too large":   {strings.Repeat(" ", 600<<10), signature},
		"an empty body":      {"", signature},
		"signed before JSON": {"{", signature},
	} {
		assert.Equal(t, http.StatusBadRequest, s.tell(c.body, c.signature).Code, name)
	}
}

// Stripe tells again what was not written down.
func TestWebhookWhileStripeIsAway(t *testing.T) {
	s := start(t)
	id, _, _ := strings.Cut(s.checkout(s.order()), "_secret_")
	s.stripe.Close()
	w := s.tell(signed("payment_intent.succeeded", "payment_intent", id, "whsec_new", time.Now()))
	assert.Equal(t, http.StatusServiceUnavailable, w.Code)
}

func TestWebhooksWithoutSecrets(t *testing.T) {
	s := startWith(t)
	w := s.tell(signed("payment_intent.succeeded", "payment_intent", "pi_1", "whsec_new", time.Now()))
	assert.Equal(t, http.StatusServiceUnavailable, w.Code)
}
