package standin

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/url"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"github.com/stripe/stripe-go/v76"
)

const (
	createRoute  = "POST /v1/payment_intents"
	confirmRoute = "POST /v1/payment_intents/{id}/confirm"
)

// fault asks for a fault as people do.
func (s *stand) fault(form url.Values) Fault {
	s.t.Helper()
	r := s.post("/faults", "", form)
	require.Equal(s.t, http.StatusOK, r.status, r.body)
	var f Fault
	require.NoError(s.t, json.Unmarshal([]byte(r.body), &f))
	return f
}

func (s *stand) confirmWithKey(i *stripe.PaymentIntent, key string) (*stripe.PaymentIntent, error) {
	p := withToken("tok_visa")
	p.SetIdempotencyKey(key)
	return s.intents.Confirm(i.ID, p)
}

// Every fault of requests, met by a confirmation: what is answered, whether it
// charged, and what the same request is told when it is sent again.
func TestFaultsOfRequests(t *testing.T) {
	for name, c := range map[string]struct {
		form    url.Values
		status  int // 0: no answer
		charged bool
		again   int
	}{
		"late":                {url.Values{"kind": {"late"}, "delay": {"1ms"}}, 200, true, 200},
		"500 after":           {url.Values{"kind": {"error_after"}}, 500, true, 500},
		"500 after, not kept": {url.Values{"kind": {"error_after"}, "keep": {"false"}}, 500, true, 200},
		"502 after, not kept": {url.Values{"kind": {"error_after"}, "status": {"502"}, "keep": {"false"}}, 502, true, 200},
		"hang up after":       {url.Values{"kind": {"hang_up_after"}}, 0, true, 200},
		"500 before":          {url.Values{"kind": {"error_before"}}, 500, false, 200},
		"500 before, kept":    {url.Values{"kind": {"error_before"}, "keep": {"true"}}, 500, false, 500},
		"503 before":          {url.Values{"kind": {"error_before"}, "status": {"503"}}, 503, false, 200},
		"429 before":          {url.Values{"kind": {"error_before"}, "status": {"429"}}, 429, false, 200},
		"409 before":          {url.Values{"kind": {"error_before"}, "status": {"409"}}, 409, false, 200},
		"400 before":          {url.Values{"kind": {"error_before"}, "status": {"400"}}, 400, false, 200},
		"400 before, kept":    {url.Values{"kind": {"error_before"}, "status": {"400"}, "keep": {"true"}}, 400, false, 400},
		"401 before":          {url.Values{"kind": {"error_before"}, "status": {"401"}}, 401, false, 200},
		"403 before":          {url.Values{"kind": {"error_before"}, "status": {"403"}}, 403, false, 200},
		"hang up before":      {url.Values{"kind": {"hang_up_before"}}, 0, false, 200},
	} {
		t.Run(name, func(t *testing.T) {
			s := start(t)
			i := s.create(1000)
			c.form.Set("route", confirmRoute)
			c.form.Set("count", "1")
			s.fault(c.form)

			status := func() int {
				_, err := s.confirmWithKey(i, "order:1:1")
				var e *stripe.Error
				switch {
				case err == nil:
					return http.StatusOK
				case errors.As(err, &e):
					return e.HTTPStatusCode
				default:
					require.ErrorIs(t, err, io.EOF)
					return 0
				}
			}
			assert.Equal(t, c.status, status())
			assert.Equal(t, c.charged, len(s.contents().Charges) == 1)
			assert.Equal(t, c.again, status())
			assert.Empty(t, s.contents().Faults, "it was met as often as it was to be")
			if c.again != http.StatusOK {
				_, _ = s.confirmWithKey(i, "order:1:2") // a new attempt
			}
			assert.Equal(t, Sum{Charges: 1, Charged: 1000, Net: 1000}, s.contents().Sums["eur"])
		})
	}
}

// A client that gives up before the late answer has been charged all the same.
func TestClientTimesOutAfterCharging(t *testing.T) {
	s := start(t)
	i := s.create(1000)
	s.fault(url.Values{"kind": {"hang_up_after"}, "delay": {"1h"}, "route": {confirmRoute}})
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	done := make(chan error, 1)
	go func() {
		p := withToken("tok_visa")
		p.Context = ctx
		_, err := s.intents.Confirm(i.ID, p)
		done <- err
	}()
	s.eventually(func() bool { return len(s.contents().Charges) == 1 })
	cancel()
	require.ErrorIs(t, <-done, context.Canceled)
	got, err := s.intents.Get(i.ID, nil)
	require.NoError(t, err)
	assert.Equal(t, stripe.PaymentIntentStatusSucceeded, got.Status)
}

func TestErrorsOfFaultsAreStripes(t *testing.T) {
	s := start(t)
	for status, c := range map[string]struct {
		kind stripe.ErrorType
		code stripe.ErrorCode
	}{
		"400": {stripe.ErrorTypeInvalidRequest, stripe.ErrorCodeBalanceInsufficient},
		"401": {stripe.ErrorTypeInvalidRequest, ""},
		"403": {stripe.ErrorTypeInvalidRequest, ""},
		"409": {stripe.ErrorTypeIdempotency, "idempotency_key_in_use"},
		"429": {stripe.ErrorTypeInvalidRequest, stripe.ErrorCodeLockTimeout},
		"500": {stripe.ErrorTypeAPI, ""},
	} {
		s.fault(url.Values{"kind": {"error_before"}, "status": {status}, "count": {"1"}})
		_, err := s.intents.New(cardIntent(500))
		var e *stripe.Error
		require.ErrorAs(t, err, &e)
		assert.Equal(t, c.kind, e.Type)
		assert.Equal(t, c.code, e.Code)
		assert.NotEmpty(t, e.RequestID)
	}
}

// A fault meets what it was narrowed to, as often as it was to be.
func TestFaultsAreNarrowed(t *testing.T) {
	s := start(t)
	s.fault(url.Values{"kind": {"error_before"}, "route": {createRoute}, "idempotency_key": {"order:7"}, "count": {"2"}})
	create := func(key string) int { return s.post("/v1/payment_intents", key, intentForm()).status }
	assert.Equal(t, 200, create("order:8:1"))
	assert.Equal(t, 200, create(""))
	assert.Equal(t, 500, create("order:7:1"))
	assert.Equal(t, 1, s.contents().Faults[0].Met)
	assert.Equal(t, 200, s.do(s.request(http.MethodGet, "/v1/payment_intents", "")).status, "another route")
	assert.Equal(t, 500, create("order:7:1"))
	assert.Equal(t, 200, create("order:7:1"))

	first := s.fault(url.Values{"kind": {"error_before"}})
	s.fault(url.Values{"kind": {"error_before"}, "status": {"503"}})
	assert.Equal(t, 500, create(""), "the oldest of those that fit")
	assert.Equal(t, 500, s.do(s.request(http.MethodGet, "/v1/refunds", "")).status, "reading too")
	listed := s.do(s.request(http.MethodGet, "/faults", ""))
	assert.Contains(t, listed.body, first.ID)
	assert.Equal(t, 200, s.do(s.request(http.MethodGet, "/healthz", "")).status+200-204)

	assert.Equal(t, 200, s.do(s.request(http.MethodDelete, "/faults/"+first.ID, "")).status)
	assert.Equal(t, 404, s.do(s.request(http.MethodDelete, "/faults/"+first.ID, "")).status)
	assert.Equal(t, 503, create(""))
	assert.Equal(t, 200, s.do(s.request(http.MethodDelete, "/faults", "")).status)
	assert.Equal(t, 200, create(""))
	assert.Empty(t, s.contents().Faults)
}

func TestBadFaults(t *testing.T) {
	s := start(t)
	for name, c := range map[string]struct {
		form  url.Values
		param string
	}{
		"no kind":          {nil, "kind"},
		"unknown kind":     {url.Values{"kind": {"sometimes"}}, "kind"},
		"unknown param":    {url.Values{"kind": {"late"}, "chance": {"0.5"}}, "chance"},
		"late without":     {url.Values{"kind": {"late"}}, "delay"},
		"delay":            {url.Values{"kind": {"late"}, "delay": {"soon"}}, "delay"},
		"negative":         {url.Values{"kind": {"late"}, "delay": {"-1s"}}, "delay"},
		"error with delay": {url.Values{"kind": {"error_after"}, "delay": {"1s"}}, "delay"},
		"status":           {url.Values{"kind": {"error_after"}, "status": {"404"}}, "status"},
		"status of late":   {url.Values{"kind": {"late"}, "delay": {"1s"}, "status": {"500"}}, "status"},
		"keep":             {url.Values{"kind": {"hang_up_after"}, "keep": {"true"}}, "keep"},
		"count":            {url.Values{"kind": {"error_after"}, "count": {"0"}}, "count"},
		"route":            {url.Values{"kind": {"error_after"}, "route": {"/book"}}, "route"},
		"event":            {url.Values{"kind": {"error_after"}, "event": {"charge.*"}}, "event"},
		"webhook by route": {url.Values{"kind": {"webhook_never"}, "route": {createRoute}}, "route"},
	} {
		t.Run(name, func(t *testing.T) {
			r := s.post("/faults", "", c.form)
			assert.Equal(t, http.StatusBadRequest, r.status, r.body)
			assert.Equal(t, c.param, r.error(t).Param)
		})
	}
	assert.Empty(t, s.contents().Faults)

	foreign := s.request(http.MethodPost, "/faults", "kind=error_before")
	foreign.Header.Set("Sec-Fetch-Site", "cross-site")
	assert.Equal(t, http.StatusForbidden, s.do(foreign).status)
}

func TestFaultsSurviveARestart(t *testing.T) {
	path := filepath.Join(t.TempDir(), "book.db")
	book, err := Open(path)
	require.NoError(t, err)
	f, err := book.AddFault(Fault{Kind: ErrorBefore, Route: createRoute, Count: 3})
	require.NoError(t, err)
	assert.Equal(t, http.StatusInternalServerError, f.Status)
	require.NoError(t, book.Close())
	s := startOn(t, path)
	assert.Equal(t, http.StatusInternalServerError, s.post("/v1/payment_intents", "", intentForm()).status)
	left, err := s.book.Faults()
	require.NoError(t, err)
	assert.Equal(t, 1, left[0].Met)
	require.NoError(t, s.book.ClearFaults())
	_, err = s.book.AddFault(Fault{Kind: "sometimes"})
	require.Error(t, err)
}

func TestWebhooksTwice(t *testing.T) {
	shop := receive(t)
	s := start(t, WithWebhook(shop.URL, secret), WithRetries(time.Hour, 2)) // the second is no retry
	s.fault(url.Values{"kind": {"webhook_twice"}, "event": {"payment_intent.succeeded"}})
	s.paid(500)
	s.idle()
	types := shop.types()
	slices.Sort(types)
	assert.Equal(t, []string{
		"charge.succeeded", "payment_intent.created", "payment_intent.succeeded", "payment_intent.succeeded",
	}, types)
	d := s.deliveries()[2]
	assert.Equal(t, Delivered, d.Status)
	assert.Len(t, d.Tries, 2)
}

func TestWebhooksLate(t *testing.T) {
	shop := receive(t)
	s := start(t, WithWebhook(shop.URL, secret))
	s.fault(url.Values{"kind": {"webhook_late"}, "delay": {"1h"}, "event": {"charge.*"}, "count": {"1"}})
	s.paid(500)
	s.idle()
	assert.Equal(t, []string{"payment_intent.created", "payment_intent.succeeded"}, shop.types())
	late := s.deliveries()[1]
	assert.Equal(t, Waiting, late.Status)
	assert.WithinDuration(t, time.Now().Add(time.Hour), late.Next, time.Minute)
	s.hurry()
	assert.Equal(t, []string{"payment_intent.created", "payment_intent.succeeded", "charge.succeeded"}, shop.types())
}

func TestWebhooksReversed(t *testing.T) {
	reversed := []string{"payment_intent.succeeded", "charge.succeeded", "payment_intent.created"}
	t.Run("so many", func(t *testing.T) {
		shop := receive(t)
		s := start(t, WithWebhook(shop.URL, secret))
		s.fault(url.Values{"kind": {"webhook_reversed"}, "count": {"3"}})
		i := s.create(500)
		s.idle()
		assert.Empty(t, shop.types())
		assert.Equal(t, Held, s.deliveries()[0].Status)
		require.NoError(t, confirmError(s, i.ID, "tok_visa"))
		s.idle()
		assert.Equal(t, reversed, shop.types())
		s.create(500)
		s.idle()
		assert.Len(t, shop.types(), 4, "and then as always")
	})
	t.Run("until cleared", func(t *testing.T) {
		shop := receive(t)
		s := start(t, WithWebhook(shop.URL, secret))
		s.fault(url.Values{"kind": {"webhook_reversed"}})
		s.paid(500)
		s.idle()
		assert.Empty(t, shop.types())
		require.NoError(t, s.book.ClearFaults())
		s.idle()
		assert.Equal(t, reversed, shop.types())
	})
}

func TestWebhooksNever(t *testing.T) {
	shop := receive(t)
	s := start(t, WithWebhook(shop.URL, secret))
	s.fault(url.Values{"kind": {"webhook_never"}, "event": {"payment_intent.succeeded"}, "count": {"1"}})
	s.paid(500)
	s.hurry()
	assert.Equal(t, []string{"payment_intent.created", "charge.succeeded"}, shop.types())
	withheld := s.deliveries()[2]
	assert.Equal(t, Withheld, withheld.Status)
	e, err := s.events.Get(withheld.Event, nil)
	require.NoError(t, err, "who asks is told")
	assert.Equal(t, int64(1), e.PendingWebhooks)
	var missed []string
	for it := s.events.List(&stripe.EventListParams{DeliverySuccess: stripe.Bool(false)}); it.Next(); {
		missed = append(missed, it.Event().ID)
	}
	assert.Equal(t, []string{e.ID}, missed)
	require.NoError(t, s.book.Resend(e.ID))
	s.idle()
	assert.Len(t, shop.types(), 3)
}

func TestEveryFaultIsKnown(t *testing.T) {
	s := start(t)
	for _, kind := range FaultKinds {
		f := Fault{Kind: kind}
		if kind == Late || kind == WebhookLate {
			f.Delay = Duration(time.Second)
		}
		_, err := s.book.AddFault(f)
		assert.NoError(t, err, kind)
	}
	assert.Len(t, s.contents().Faults, len(FaultKinds))
}
