package api_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"ticketx/kit/events"
	"ticketx/kit/ids"
)

func TestCreated(t *testing.T) {
	s := start(t)
	body := payment(s.order().ID, "tok_visa")
	first := s.post(body)
	require.Equal(t, http.StatusCreated, first.Code, first.Body)
	var answer map[string]string
	require.NoError(t, json.Unmarshal(first.Body.Bytes(), &answer))
	assert.True(t, ids.Valid(answer["id"]))
	assert.Len(t, answer, 1)

	second := s.post(body)
	assert.Equal(t, http.StatusCreated, second.Code)
	assert.Equal(t, first.Body.String(), second.Body.String())
}

func TestInvalid(t *testing.T) {
	s := start(t)
	order := s.order().ID
	for body, fields := range map[string][]string{
		``:          {"body"},
		`{`:         {"body"},
		`[]`:        {"body"},
		`null x`:    {"body"},
		`{}`:        {"orderId", "token"},
		`null`:      {"body"},
		`{"a":"b"}`: {"a"},
		payment(order, "tok_visa") + payment(order, "tok_visa"): {"body"},
		`{"orderId":1,"token":"tok_visa"}`:                      {"orderId"},
		`{"orderId":"` + order + `","token":["tok_visa"]}`:      {"token"},
		payment("", "tok_visa"):                                 {"orderId"},
		payment(strings.Repeat("a", 65), "tok_visa"):            {"orderId"},
		payment("a||b", "tok_visa"):                             {"orderId"},
		payment("../tickets", "tok_visa"):                       {"orderId"},
		payment(strings.ToUpper(order), "tok_visa"):             {"orderId"},
		payment(order, ""):                                      {"token"},
		payment(order, "tok_"):                                  {"token"},
		payment(order, "4242424242424242"):                      {"token"},
		payment(order, "tok_visa\n"):                            {"token"},
		payment(order, "tok_vi\x00sa"):                          {"token"},
		payment(order, "src_visa"):                              {"token"},
		payment(order, "tok_"+strings.Repeat("a", 252)):         {"token"},
		payment("a", "b"):                                       {"orderId", "token"},
		payment(order, strings.Repeat("a", 70_000)):             {"body"},
		payment(order, "tok_nobody"):                            {"token"}, // of the right shape, but Stripe does not know it
	} {
		w := s.post(body)
		require.Equal(t, http.StatusBadRequest, w.Code, "%.80s", body)
		var got []string
		for _, e := range s.problem(w).Errors {
			got = append(got, e.Field)
		}
		assert.Equal(t, fields, got, "%.80s", body)
	}
	assert.Equal(t, http.StatusCreated, s.post(payment(order, "tok_visa")).Code)
}

func TestUnauthenticated(t *testing.T) {
	s := start(t)
	o := s.order()
	assert.Equal(t, http.StatusUnauthorized, s.postAs(nil, payment(o.ID, "tok_visa")).Code)
	forged := s.session(buyer)
	forged.Value += "x"
	assert.Equal(t, http.StatusUnauthorized, s.postAs(forged, payment(o.ID, "tok_visa")).Code)
}

func TestDeclined(t *testing.T) {
	s := start(t)
	o := s.order()
	w := s.post(payment(o.ID, "tok_chargeDeclinedInsufficientFunds"))
	require.Equal(t, http.StatusPaymentRequired, w.Code)
	p := s.problem(w)
	assert.Equal(t, "insufficient_funds", p.Code)
	assert.Equal(t, "Your card has insufficient funds.", p.Detail)
	assert.Equal(t, "Your card has insufficient funds.", p.Errors[0].Message)
	assert.Equal(t, http.StatusCreated, s.post(payment(o.ID, "tok_visa")).Code)
}

func TestForbiddenAndNotFound(t *testing.T) {
	s := start(t)
	o := s.order()
	assert.Equal(t, http.StatusForbidden, s.postAs(s.session("another"), payment(o.ID, "tok_visa")).Code)
	assert.Equal(t, http.StatusNotFound, s.post(payment(ids.New(), "tok_visa")).Code)
}

func TestConflict(t *testing.T) {
	s := start(t)
	late := s.order()
	late.ExpiresAt = time.Now().Add(-time.Second)
	s.orders[late.ID] = late
	w := s.post(payment(late.ID, "tok_visa"))
	require.Equal(t, http.StatusConflict, w.Code)
	assert.Equal(t, "The time to pay for the order has passed.", s.problem(w).Detail)

	for status, says := range map[string]string{
		"cancelled": "The order has been cancelled.",
		"complete":  "The order is already complete.",
	} {
		o := s.order()
		o.Status = status
		s.orders[o.ID] = o
		w := s.post(payment(o.ID, "tok_visa"))
		require.Equal(t, http.StatusConflict, w.Code)
		assert.Equal(t, says, s.problem(w).Detail)
	}

	refunded := s.order()
	require.Equal(t, http.StatusCreated, s.post(payment(refunded.ID, "tok_visa")).Code)
	require.Equal(t, "SUCCESS", s.deliver(envelope(events.OrderCancelled, closed(refunded))))
	w = s.post(payment(refunded.ID, "tok_visa"))
	require.Equal(t, http.StatusConflict, w.Code)
	assert.Contains(t, s.problem(w).Detail, "given back")
}

func TestUnavailable(t *testing.T) {
	s := start(t)
	s.stripe.Close()
	w := s.post(payment(s.order().ID, "tok_visa"))
	require.Equal(t, http.StatusServiceUnavailable, w.Code)
	assert.NotEmpty(t, w.Header().Get("Retry-After"))
	s.problem(w)
}

func TestOtherMethodsAndPaths(t *testing.T) {
	s := start(t)
	for path, want := range map[string]int{"/api/payments": http.StatusMethodNotAllowed, "/api/payments/x": http.StatusMethodNotAllowed, "/api/payments/x/y": http.StatusNotFound} {
		w := httptest.NewRecorder()
		s.public.ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), http.MethodDelete, path, http.NoBody))
		assert.Equal(t, want, w.Code, path)
	}
}

// closed is what orders says when the buyer has cancelled.
func closed(o events.Order) events.Order {
	at := o.CreatedAt.Add(time.Second)
	o.Version += 2 // after awaiting payment
	o.Status, o.Reason, o.ClosedAt = "cancelled", "buyer", &at
	return o
}

func TestEvents(t *testing.T) {
	s := start(t)
	o := s.order()
	created, cancelled := envelope(events.OrderCreated, o), envelope(events.OrderCancelled, closed(o))
	assert.Equal(t, "SUCCESS", s.deliver(created))
	assert.Equal(t, "SUCCESS", s.deliver(created), "duplicate")
	assert.Equal(t, "SUCCESS", s.deliver(cancelled))
	assert.Equal(t, "SUCCESS", s.deliver(created), "out of order")
	assert.Equal(t, http.StatusConflict, s.post(payment(o.ID, "tok_visa")).Code)
	assert.Equal(t, "SUCCESS", s.deliver(envelope(events.OrderCancelled, closed(s.order()))), "unknown id")
}

func TestMalformedEvents(t *testing.T) {
	s := start(t)
	nobody := s.order()
	nobody.ID = ""
	for _, body := range []string{
		``, `{`, `[]`, `{"data":1}`, `{"data":{"id":1}}`, `{"data":{}}`, `{"data":{"id":"a||b","version":1}}`,
		envelope(events.OrderCancelled, nobody),
	} {
		assert.Equal(t, "DROP", s.deliver(body), body)
	}
}

// No token is in a log line, in an event or in an answer, whatever happens, and
// none stays in the store.
func TestTokensStaySecret(t *testing.T) {
	stderr := captureStderr(t)
	s := start(t)
	tokens := []string{
		"tok_visa", "pm_card_visa", "tok_chargeDeclined", "tok_chargeDeclinedExpiredCard", "tok_secretNobody", "pm_secretNobody",
		"tok_bad-shape",
	}
	var answers strings.Builder
	for _, token := range tokens {
		o := s.order()
		fmt.Fprintln(&answers, s.post(payment(o.ID, token)).Body)
		s.deliver(envelope(events.OrderCancelled, closed(o)))
		items, err := s.store.Read(t.Context(), "order:"+o.ID)
		require.NoError(t, err)
		assert.NotContains(t, string(items[0].Value), token)
	}
	o := s.order()
	secret := s.checkout(o)
	s.confirm(secret, "pm_card_threeDSecure2Required")
	id, _, _ := strings.Cut(secret, "_secret_")
	require.Equal(t, http.StatusOK, s.tell(signed("payment_intent.requires_action", "payment_intent", id, "whsec_new", time.Now())).Code)
	for where, text := range map[string]string{"log": s.logs.String(), "events": s.told.String()} {
		assert.NotContains(t, text, "_secret_", where)
		assert.NotContains(t, text, "whsec_", where)
		assert.NotContains(t, text, "/3ds/", where)
	}
	items, err := s.store.Read(t.Context(), "order:"+o.ID)
	require.NoError(t, err)
	assert.NotContains(t, string(items[0].Value), secret)

	s.stripe.Close()
	for _, token := range []string{tokens[0], tokens[1]} {
		fmt.Fprintln(&answers, s.post(payment(s.order().ID, token)).Body)
	}
	require.Contains(t, s.logs.String(), `"status":503`)
	require.Contains(t, s.told.String(), events.PaymentFailed)
	for _, token := range tokens {
		for where, text := range map[string]string{
			"log": s.logs.String(), "events": s.told.String(), "answers": answers.String(), "stderr": stderr(),
		} {
			assert.NotContains(t, text, token, where)
		}
	}
}

// captureStderr returns a function that says what was written past the logger.
func captureStderr(t *testing.T) func() string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "stderr")
	file, err := os.Create(path)
	require.NoError(t, err)
	before := os.Stderr
	os.Stderr = file
	t.Cleanup(func() { os.Stderr = before; _ = file.Close() })
	return func() string {
		text, err := os.ReadFile(path)
		require.NoError(t, err)
		return string(text)
	}
}

// The secret of an intent is kept nowhere, and asked for again.
func TestTheSameKeyOpensTheSameIntent(t *testing.T) {
	s := start(t)
	post := func(orderID string) *httptest.ResponseRecorder {
		r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/api/payments/intents", strings.NewReader(`{"orderId":"`+orderID+`"}`))
		r.AddCookie(s.session(buyer))
		r.Header.Set("Idempotency-Key", "k-1")
		answer := httptest.NewRecorder()
		s.public.ServeHTTP(answer, r)
		return answer
	}
	orderID := s.order().ID
	first := post(orderID)
	require.Equal(t, http.StatusOK, first.Code, "%s", first.Body)
	assert.JSONEq(t, first.Body.String(), post(orderID).Body.String())
	assert.Equal(t, http.StatusUnprocessableEntity, post(s.order().ID).Code, "another order needs another key")
}

func TestTheSameKeyHasTheSameAnswer(t *testing.T) {
	s := start(t)
	orderID := s.order().ID
	post := func(token string) *httptest.ResponseRecorder {
		r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/api/payments",
			strings.NewReader(`{"orderId":"`+orderID+`","token":"`+token+`"}`))
		r.AddCookie(s.session(buyer))
		r.Header.Set("Idempotency-Key", "k-1")
		answer := httptest.NewRecorder()
		s.public.ServeHTTP(answer, r)
		return answer
	}
	first := post("tok_chargeDeclined")
	require.Equal(t, http.StatusPaymentRequired, first.Code, "%s", first.Body)
	again := post("tok_chargeDeclined")
	assert.Equal(t, first.Code, again.Code)
	assert.Equal(t, http.StatusUnprocessableEntity, post("tok_visa").Code, "another card needs another key")
}
