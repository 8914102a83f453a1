package standin

import (
	"bytes"
	"encoding/json"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"github.com/stripe/stripe-go/v76"
)

func TestKeysOfCallers(t *testing.T) {
	s := start(t)
	for name, c := range map[string]struct {
		header string
		status int
	}{
		"bearer":          {"Bearer sk_test_1", http.StatusOK},
		"basic":           {"Basic c2tfdGVzdF8xOg==", http.StatusOK}, // sk_test_1:
		"none":            {"", http.StatusUnauthorized},
		"empty bearer":    {"Bearer ", http.StatusUnauthorized},
		"live key":        {"Bearer sk_live_abcdef", http.StatusUnauthorized},
		"publishable key": {"Bearer pk_test_1", http.StatusUnauthorized},
		"other scheme":    {"Digest sk_test_1", http.StatusUnauthorized},
	} {
		t.Run(name, func(t *testing.T) {
			r := s.request(http.MethodGet, "/v1/payment_intents", "")
			r.Header.Set("Authorization", c.header)
			got := s.do(r)
			require.Equal(t, c.status, got.status)
			if c.status != http.StatusOK {
				assert.Equal(t, "invalid_request_error", got.error(t).Type)
				assert.NotContains(t, got.body, "abcdef")
				assert.NotEmpty(t, got.header.Get("WWW-Authenticate"))
			}
		})
	}
}

func TestUnrecognizedURLs(t *testing.T) {
	s := start(t)
	for _, c := range [][2]string{
		{"GET", "/v1/"},
		{"GET", "/v1/customers"},
		{"POST", "/v1/tokens"},
		{"DELETE", "/v1/payment_intents/pi_1"},
		{"GET", "/v1/payment_intents/"},
		{"POST", "/v1/payment_intents//confirm"},
		{"PUT", "/v1/refunds"},
		{"GET", "/v1/payment_intents/a%2Fb"},
		{"GET", "//v1/refunds"},
	} {
		r := s.do(s.request(c[0], c[1], ""))
		assert.Equal(t, http.StatusNotFound, r.status, c)
		assert.Equal(t, "invalid_request_error", r.error(t).Type)
		assert.True(t, strings.HasPrefix(r.error(t).Message, "Unrecognized request URL ("+c[0]+": "), r.error(t).Message)
		assert.NotEmpty(t, r.header.Get("Request-Id"))
	}
	_, err := s.intents.Get("", nil)
	_ = refused(t, err, http.StatusNotFound, "")
}

func TestMalformedBodies(t *testing.T) {
	s := start(t)
	for name, c := range map[string]struct {
		body, contentType string
		status            int
	}{
		"json":           {`{"amount":1000,"currency":"eur"}`, "application/json", http.StatusBadRequest},
		"no type":        {"amount=1000", "", http.StatusBadRequest},
		"bad escape":     {"amount=%zz", "application/x-www-form-urlencoded", http.StatusBadRequest},
		"not UTF-8":      {"description=%ff", "application/x-www-form-urlencoded", http.StatusBadRequest},
		"too large":      {"description=" + strings.Repeat("x", largestBody), "application/x-www-form-urlencoded", http.StatusRequestEntityTooLarge},
		"with charset":   {"amount=1000&currency=eur", "application/x-www-form-urlencoded; charset=utf-8", http.StatusOK},
		"nothing at all": {"", "", http.StatusBadRequest}, // amount is missing
	} {
		t.Run(name, func(t *testing.T) {
			r := s.request(http.MethodPost, "/v1/payment_intents", c.body)
			r.Header.Del("Content-Type")
			if c.contentType != "" {
				r.Header.Set("Content-Type", c.contentType)
			}
			got := s.do(r)
			require.Equal(t, c.status, got.status, got.body)
			if c.status != http.StatusOK {
				assert.Equal(t, "invalid_request_error", got.error(t).Type)
			}
		})
	}
	r := s.do(s.request(http.MethodGet, "/v1/payment_intents?limit=%zz", ""))
	assert.Equal(t, http.StatusBadRequest, r.status)
}

func TestHeaders(t *testing.T) {
	s := start(t)
	r := s.post("/v1/payment_intents", "", intentForm())
	assert.Equal(t, stripe.APIVersion, r.header.Get("Stripe-Version"), "the version that stripe-go pins")
	assert.True(t, strings.HasPrefix(r.header.Get("Request-Id"), "req_"))
	assert.Equal(t, "application/json", r.header.Get("Content-Type"))
	assert.Empty(t, r.header.Get("Original-Request"), "there was no key")
}

func TestBookAndHealth(t *testing.T) {
	s := start(t)
	assert.Equal(t, http.StatusNoContent, s.do(s.request(http.MethodGet, "/healthz", "")).status)
	i := s.paid(1000)
	_, err := s.refunds.New(refundOf(i.ID, 250))
	require.NoError(t, err)

	r := s.do(s.request(http.MethodGet, "/book", ""))
	require.Equal(t, http.StatusOK, r.status)
	var c Contents
	require.NoError(t, json.Unmarshal([]byte(r.body), &c))
	assert.Equal(t, map[string]Sum{"eur": {Charges: 1, Charged: 1000, Refunded: 250, Net: 750}}, c.Sums)
	require.Len(t, c.PaymentIntents, 1)
	assert.Equal(t, i.ID, c.PaymentIntents[0].ID)
	assert.NotContains(t, r.body, "secret")
	var events []string
	for _, e := range c.Events {
		events = append(events, e.Type)
	}
	assert.Equal(t, []string{
		"payment_intent.created", "charge.succeeded", "payment_intent.succeeded", "charge.refunded", "refund.created",
	}, events)
}

// lines is a log that can be read while it is written.
type lines struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (l *lines) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.Write(p)
}

func (l *lines) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.String()
}

func TestOneLineForEachRequestWithoutSecrets(t *testing.T) {
	var log lines
	s := start(t, WithLogger(slog.New(slog.NewJSONHandler(&log, nil))))
	i := s.create(1000)
	confirm := "/v1/payment_intents/" + i.ID + "/confirm"
	s.post(confirm, "private-key", confirmForm("tok_chargeDeclined"))
	s.post(confirm, "private-key", confirmForm("tok_chargeDeclined"))
	s.post(confirm, "", confirmForm("tok_visa"))
	s.do(s.request(http.MethodGet, "/v1/tokens/tok_visa", ""))
	s.do(s.request(http.MethodGet, "/v1/refunds/tok_visa", ""))

	// The last line is written after its answer.
	assert.Eventually(t, func() bool { return strings.Count(log.String(), "\n") == 6 }, 10*time.Second, time.Millisecond)
	for _, secret := range []string{"tok_", "private-key", "sk_test", i.ClientSecret, "pm_", "order_id"} {
		assert.NotContains(t, log.String(), secret)
	}
	assert.Contains(t, log.String(), `"object":"`+i.ID+`"`)
	assert.Contains(t, log.String(), `"route":"/v1/payment_intents/{id}/confirm"`)
	assert.Contains(t, log.String(), `"error":"card_declined","replayed":true`)
}
