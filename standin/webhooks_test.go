package standin

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"github.com/stripe/stripe-go/v76"
	"github.com/stripe/stripe-go/v76/webhook"
)

const secret = "whsec_of_the_tests"

// receiver is the shop's side of webhooks: it checks every signature with
// stripe-go, and keeps what came.
type receiver struct {
	*httptest.Server

	t  *testing.T
	mu sync.Mutex
	// answer says how to answer the nth delivery of an event, counted from 1.
	answer  func(e stripe.Event, n int) int
	secrets []string // each of them must have signed
	got     []stripe.Event
	headers []string
}

func receive(t *testing.T) *receiver {
	t.Helper()
	r := &receiver{t: t, secrets: []string{secret}}
	r.Server = httptest.NewServer(http.HandlerFunc(r.take))
	t.Cleanup(r.Close)
	return r
}

func (r *receiver) take(w http.ResponseWriter, req *http.Request) {
	payload, err := io.ReadAll(req.Body)
	assert.NoError(r.t, err)
	r.mu.Lock()
	defer r.mu.Unlock()
	header := req.Header.Get("Stripe-Signature")
	r.headers = append(r.headers, header)
	var e stripe.Event
	for _, secret := range r.secrets {
		// ConstructEvent also checks that the API version is stripe-go's.
		e, err = webhook.ConstructEvent(payload, header, secret)
		assert.NoError(r.t, err)
	}
	for _, problem := range append(misshapen(payload), undescribed(payload)...) {
		assert.Fail(r.t, "the shape of an event", problem)
	}
	r.got = append(r.got, e)
	n := 0
	for _, g := range r.got {
		if g.ID == e.ID {
			n++
		}
	}
	if r.answer != nil {
		w.WriteHeader(r.answer(e, n))
	}
}

// types are the types of all deliveries, in the order in which they came.
func (r *receiver) types() []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	types := []string{}
	for _, e := range r.got {
		types = append(types, string(e.Type))
	}
	return types
}

func (r *receiver) ids() []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	ids := []string{}
	for _, e := range r.got {
		ids = append(ids, e.ID)
	}
	return ids
}

// quick tries again at once, so that tests need not wait.
var quick = WithRetries(0, 4)

func (s *stand) deliveries() []Delivery {
	return s.contents().Deliveries
}

func TestEventsAreDelivered(t *testing.T) {
	shop := receive(t)
	s := start(t, WithWebhook(shop.URL+"/api/payments/webhooks", secret), never)
	i := s.paid(1000)
	s.idle()
	assert.Equal(t, []string{"payment_intent.created", "charge.succeeded", "payment_intent.succeeded"}, shop.types())

	shop.mu.Lock()
	last := shop.got[2]
	shop.mu.Unlock()
	var carried stripe.PaymentIntent
	require.NoError(t, carried.UnmarshalJSON(last.Data.Raw))
	assert.Equal(t, i.ID, carried.ID)
	assert.Equal(t, stripe.PaymentIntentStatusSucceeded, carried.Status)
	assert.Equal(t, "o-1", carried.Metadata["order_id"])
	assert.Equal(t, stripe.APIVersion, last.APIVersion)

	e, err := s.events.Get(last.ID, nil)
	require.NoError(t, err)
	assert.Zero(t, e.PendingWebhooks)
	for _, d := range s.deliveries() {
		assert.Equal(t, Delivered, d.Status)
		assert.Len(t, d.Tries, 1)
	}
}

// While a secret is changed, both sign.
func TestTwoSecrets(t *testing.T) {
	shop := receive(t)
	shop.secrets = []string{"whsec_new", "whsec_old"}
	s := start(t, WithWebhook(shop.URL, "whsec_new", "whsec_old"))
	s.create(500)
	s.idle()
	require.Len(t, shop.types(), 1)
	assert.Equal(t, 2, strings.Count(shop.headers[0], "v1="))
}

func TestDeliveryIsTriedAgain(t *testing.T) {
	shop := receive(t)
	shop.answer = func(_ stripe.Event, n int) int {
		return map[int]int{1: 500, 2: 302}[n] + map[bool]int{true: 204}[n > 2]
	}
	s := start(t, WithWebhook(shop.URL, secret), quick)
	s.create(500)
	s.idle()
	d := s.deliveries()[0]
	assert.Equal(t, Delivered, d.Status)
	require.Len(t, d.Tries, 3)
	assert.Equal(t, []int{500, 302, 204}, []int{d.Tries[0].Status, d.Tries[1].Status, d.Tries[2].Status})
	assert.Len(t, slices.Compact(shop.ids()), 1, "the same event each time")
}

func TestDeliveryIsGivenUp(t *testing.T) {
	shop := receive(t)
	shop.answer = func(stripe.Event, int) int { return http.StatusServiceUnavailable }
	s := start(t, WithWebhook(shop.URL, secret), quick)
	s.create(500)
	s.idle()
	d := s.deliveries()[0]
	assert.Equal(t, GivenUp, d.Status)
	assert.Len(t, d.Tries, 4)
	e, err := s.events.Get(d.Event, nil)
	require.NoError(t, err)
	assert.Equal(t, int64(1), e.PendingWebhooks)

	shop.mu.Lock()
	shop.answer = nil
	shop.mu.Unlock()
	require.Equal(t, http.StatusOK, s.post("/events/"+d.Event+"/resend", "", nil).status)
	s.idle()
	assert.Equal(t, Delivered, s.deliveries()[0].Status)
	e, err = s.events.Get(d.Event, nil)
	require.NoError(t, err)
	assert.Zero(t, e.PendingWebhooks)
	require.Equal(t, http.StatusOK, s.post("/events/"+d.Event+"/resend", "", nil).status)
	s.idle()
	assert.Len(t, s.deliveries()[0].Tries, 6, "what was delivered can be delivered once more")
	assert.Equal(t, http.StatusNotFound, s.post("/events/evt_nobody/resend", "", nil).status)
}

// The pauses grow, and what waits for a try does not hold up what comes after.
func TestPausesGrow(t *testing.T) {
	s := newSettings([]Option{WithRetries(time.Second, 20)})
	var pauses []time.Duration
	for failed := range 12 {
		pauses = append(pauses, s.pauseAfter(failed+1)/time.Second)
	}
	assert.Equal(t, []time.Duration{1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300, 300}, pauses)

	shop := receive(t)
	shop.answer = func(e stripe.Event, _ int) int {
		if e.Type == "payment_intent.created" {
			return http.StatusInternalServerError
		}
		return http.StatusOK
	}
	stand := start(t, WithWebhook(shop.URL, secret), WithRetries(time.Hour, 3))
	stand.paid(500)
	stand.idle()
	assert.Equal(t, []string{"payment_intent.created", "charge.succeeded", "payment_intent.succeeded"}, shop.types())
	first := stand.deliveries()[0]
	assert.Equal(t, Waiting, first.Status)
	assert.Equal(t, time.Hour, first.Next.Sub(first.Tries[0].At).Round(time.Minute))
	stand.hurry()
	assert.Len(t, stand.deliveries()[0].Tries, 2)
	stand.hurry()
	assert.Equal(t, GivenUp, stand.deliveries()[0].Status)
}

// hang is an endpoint that does not answer before it is released.
func hang(t *testing.T) (address string, release func()) {
	t.Helper()
	released := make(chan struct{})
	hanging := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { <-released }))
	release = sync.OnceFunc(func() { close(released) })
	t.Cleanup(hanging.Close)
	t.Cleanup(release) // before Close, which waits for requests
	return hanging.URL, release
}

func TestEndpointThatHangs(t *testing.T) {
	address, _ := hang(t)
	s := start(t, WithWebhook(address, secret), WithTimeout(20*time.Millisecond), WithRetries(0, 2))
	s.create(500)
	s.idle()
	d := s.deliveries()[0]
	assert.Equal(t, GivenUp, d.Status)
	require.Len(t, d.Tries, 2)
	assert.NotEmpty(t, d.Tries[0].Error)
	assert.Zero(t, d.Tries[0].Status)
}

// What is slow for one endpoint is not for another.
func TestEndpointsDoNotHoldUpEachOther(t *testing.T) {
	address, release := hang(t)
	shop := receive(t)
	s := start(t, WithWebhook(address, secret), WithTimeout(time.Hour))
	made, err := s.endpoints.New(&stripe.WebhookEndpointParams{
		URL: stripe.String(shop.URL), EnabledEvents: stripe.StringSlice([]string{"*"}),
	})
	require.NoError(t, err)
	shop.mu.Lock()
	shop.secrets = []string{made.Secret}
	shop.mu.Unlock()
	i := s.paid(500)
	s.eventually(func() bool { return len(shop.types()) == 3 })
	for _, d := range s.deliveries() {
		if d.Endpoint == configuredEndpoint {
			assert.Equal(t, Waiting, d.Status)
		}
	}
	release()
	s.idle()
	for _, d := range s.deliveries() {
		assert.Equal(t, Delivered, d.Status)
	}
	assert.Len(t, s.types(i.ID), 2)
}

func TestWebhookEndpoints(t *testing.T) {
	s := start(t)
	shop := receive(t)
	p := &stripe.WebhookEndpointParams{
		URL:           stripe.String(shop.URL),
		EnabledEvents: stripe.StringSlice([]string{"charge.succeeded", "payment_intent.*"}),
		Description:   stripe.String("the shop"),
	}
	p.AddMetadata("a", "b")
	made, err := s.endpoints.New(p)
	require.NoError(t, err)
	assert.True(t, strings.HasPrefix(made.Secret, "whsec_"))
	assert.Equal(t, "enabled", made.Status)
	shop.mu.Lock()
	shop.secrets = []string{made.Secret}
	shop.mu.Unlock()

	got, err := s.endpoints.Get(made.ID, nil)
	require.NoError(t, err)
	assert.Empty(t, got.Secret, "it is shown once")
	assert.Equal(t, "the shop", got.Description)
	assert.Equal(t, map[string]string{"a": "b"}, got.Metadata)
	list := s.endpoints.List(nil)
	require.True(t, list.Next())
	assert.Equal(t, made.ID, list.WebhookEndpoint().ID)
	assert.NotContains(t, s.do(s.request(http.MethodGet, "/book", "")).body, made.Secret)

	i := s.paid(500)
	_, err = s.refunds.New(refundOf(i.ID, 0))
	require.NoError(t, err)
	s.idle()
	assert.Equal(t, []string{"payment_intent.created", "charge.succeeded", "payment_intent.succeeded"}, shop.types())

	_, err = s.endpoints.Update(made.ID, &stripe.WebhookEndpointParams{Disabled: stripe.Bool(true)})
	require.NoError(t, err)
	s.create(500)
	s.idle()
	assert.Len(t, shop.types(), 3)
	got, err = s.endpoints.Update(made.ID, &stripe.WebhookEndpointParams{
		Disabled: stripe.Bool(false), EnabledEvents: stripe.StringSlice([]string{"charge.refunded"}),
		URL: stripe.String(shop.URL + "/other"), Description: stripe.String("only refunds"),
	})
	require.NoError(t, err)
	assert.Equal(t, []string{"charge.refunded"}, got.EnabledEvents)
	assert.Equal(t, "only refunds", got.Description)

	deleted, err := s.endpoints.Del(made.ID, nil)
	require.NoError(t, err)
	assert.True(t, deleted.Deleted)
	_, err = s.endpoints.Get(made.ID, nil)
	_ = refused(t, err, http.StatusNotFound, stripe.ErrorCodeResourceMissing)

	for _, bad := range []*stripe.WebhookEndpointParams{
		{EnabledEvents: stripe.StringSlice([]string{"*"})},
		{URL: stripe.String(shop.URL)},
		{URL: stripe.String("ftp://shop.example/"), EnabledEvents: stripe.StringSlice([]string{"*"})},
		{
			URL: stripe.String(shop.URL), EnabledEvents: stripe.StringSlice([]string{"*"}),
			APIVersion: stripe.String("2020-08-27"),
		},
	} {
		_, err := s.endpoints.New(bad)
		var e *stripe.Error
		require.ErrorAs(t, err, &e)
		assert.Equal(t, http.StatusBadRequest, e.HTTPStatusCode)
	}
}

// What waits for an endpoint that is gone is given up.
func TestEndpointIsGone(t *testing.T) {
	s := start(t, WithRetries(time.Hour, 3))
	closed := httptest.NewServer(http.NotFoundHandler())
	closed.Close()
	made, err := s.endpoints.New(&stripe.WebhookEndpointParams{
		URL: stripe.String(closed.URL), EnabledEvents: stripe.StringSlice([]string{"*"}),
	})
	require.NoError(t, err)
	s.create(500)
	s.idle()
	assert.Equal(t, Waiting, s.deliveries()[0].Status)
	_, err = s.endpoints.Del(made.ID, nil)
	require.NoError(t, err)
	s.hurry()
	assert.Equal(t, GivenUp, s.deliveries()[0].Status)
	assert.Len(t, s.deliveries()[0].Tries, 1)
}

// Deliveries that wait are in the book, and go on when it is served anew.
func TestDeliveriesGoOnAfterARestart(t *testing.T) {
	path := filepath.Join(t.TempDir(), "book.db")
	shop := receive(t)
	book, err := Open(path)
	require.NoError(t, err)
	srv := httptest.NewServer(NewServer(book, WithWebhook("http://127.0.0.1:1/", secret), WithRetries(time.Hour, 9), never))
	s := connect(t, srv.URL)
	s.book = book
	s.confirmed(500, "tok_standin_processing")
	s.idle()
	assert.Empty(t, shop.types())
	srv.Close()
	require.NoError(t, book.Close())

	again := startOn(t, path, WithWebhook(shop.URL, secret), WithRetries(time.Hour, 9), never)
	again.hurry()
	again.eventually(func() bool { return len(shop.types()) == 5 })
	assert.Subset(t, shop.types(), []string{
		"payment_intent.created", "charge.pending", "payment_intent.processing", "charge.succeeded",
		"payment_intent.succeeded",
	}, "what was due before, and what came of it")
	for _, d := range again.deliveries() {
		again.eventually(func() bool { return again.delivery(d.ID).Status == Delivered })
	}

	without := again.contents().WebhookEndpoints
	require.Len(t, without, 1)
	assert.Equal(t, shop.URL, without[0].URL)
}

func (s *stand) delivery(id string) Delivery {
	s.t.Helper()
	all := s.deliveries()
	n := slices.IndexFunc(all, func(d Delivery) bool { return d.ID == id })
	require.GreaterOrEqual(s.t, n, 0)
	return all[n]
}

func TestEventsList(t *testing.T) {
	s := start(t)
	var intents []string
	for range 3 {
		intents = append(intents, s.paid(500).ID)
	}
	list := func(p *stripe.EventListParams) (all []*stripe.Event) {
		for it := s.events.List(p); ; {
			if !it.Next() {
				require.NoError(t, it.Err())
				return all
			}
			all = append(all, it.Event())
		}
	}
	all := list(&stripe.EventListParams{ListParams: stripe.ListParams{Limit: stripe.Int64(2)}})
	require.Len(t, all, 9, "over five pages")
	assert.Equal(t, stripe.EventType("payment_intent.succeeded"), all[0].Type, "newest first")
	assert.Equal(t, intents[2], all[0].Data.Object["id"])
	assert.NotEmpty(t, all[0].Request.ID)

	assert.Len(t, list(&stripe.EventListParams{Type: stripe.String("charge.succeeded")}), 3)
	assert.Len(t, list(&stripe.EventListParams{Type: stripe.String("payment_intent.*")}), 6)
	assert.Len(t, list(&stripe.EventListParams{
		Types: stripe.StringSlice([]string{"payment_intent.created", "charge.succeeded"}),
	}), 6)
	assert.Len(t, list(&stripe.EventListParams{DeliverySuccess: stripe.Bool(true)}), 9)
	assert.Empty(t, list(&stripe.EventListParams{DeliverySuccess: stripe.Bool(false)}))
	made := all[0].Created
	assert.Empty(t, list(&stripe.EventListParams{CreatedRange: &stripe.RangeQueryParams{GreaterThan: made}}))
	assert.Empty(t, list(&stripe.EventListParams{CreatedRange: &stripe.RangeQueryParams{LesserThan: made - 60}}))
	assert.Len(t, list(&stripe.EventListParams{CreatedRange: &stripe.RangeQueryParams{
		GreaterThanOrEqual: made - 60, LesserThanOrEqual: made,
	}}), 9)

	it := s.events.List(&stripe.EventListParams{
		Type: stripe.String("charge.failed"), Types: stripe.StringSlice([]string{"charge.failed"}),
	})
	assert.False(t, it.Next())
	_ = refused(t, it.Err(), http.StatusBadRequest, "")
	it = s.events.List(&stripe.EventListParams{ListParams: stripe.ListParams{StartingAfter: stripe.String("evt_nobody")}})
	assert.False(t, it.Next())
	_ = refused(t, it.Err(), http.StatusBadRequest, stripe.ErrorCodeResourceMissing)
	_, err := s.events.Get("evt_nobody", nil)
	_ = refused(t, err, http.StatusNotFound, stripe.ErrorCodeResourceMissing)
}

// An event shows what it is about as it stood then, and names the request.
func TestEventsAreSnapshots(t *testing.T) {
	s := start(t)
	p := cardIntent(500)
	p.SetIdempotencyKey("order:7")
	i, err := s.intents.New(p)
	require.NoError(t, err)
	_, err = s.intents.Confirm(i.ID, withToken("tok_visa"))
	require.NoError(t, err)
	created, err := s.events.Get(s.contents().Events[0].ID, nil)
	require.NoError(t, err)
	assert.Equal(t, "requires_payment_method", created.Data.Object["status"])
	assert.Equal(t, "order:7", created.Request.IdempotencyKey)
	assert.Equal(t, i.LastResponse.RequestID, created.Request.ID)
	r := s.do(s.request(http.MethodGet, "/v1/events/"+created.ID, ""))
	assert.NotContains(t, r.body, `"subject"`, "Stripe's events have no such field")
}

func TestSignatureIsStripes(t *testing.T) {
	at := time.Unix(1_700_000_000, 0)
	payload := []byte(`{"a":1}`)
	want := fmt.Sprintf("t=1700000000,v1=%x", webhook.ComputeSignature(at, payload, secret))
	assert.Equal(t, want, sign(payload, at, []string{secret}))
}
