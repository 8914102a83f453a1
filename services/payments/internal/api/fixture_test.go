package api_test

import (
	"bytes"
	"context"
	"encoding/json"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"ticketx/kit/aggregate/aggregatetest"
	"ticketx/kit/authtest"
	"ticketx/kit/dapr"
	"ticketx/kit/errs"
	"ticketx/kit/events"
	"ticketx/kit/idempotency"
	"ticketx/kit/ids"
	"ticketx/kit/state"
	"ticketx/kit/web"
	"ticketx/services/payments"
	"ticketx/services/payments/internal/api"
	"ticketx/services/payments/internal/stripe"
	"ticketx/standin"
)

const buyer = "buyer"

// service is payments with everything but Dapr.
type service struct {
	*payments.Service
	t       *testing.T
	store   *state.Memory
	stripe  *httptest.Server
	book    *standin.Book
	public  http.Handler
	app     http.Handler
	session func(userID string) *http.Cookie
	logs    *synced
	told    *synced
	orders  orders
}

func start(t *testing.T) *service { return startWith(t, "whsec_new", "whsec_old") }

// startWith starts it with the secrets that sign webhooks.
func startWith(t *testing.T, secrets ...string) *service {
	t.Helper()
	book, err := standin.OpenScratch(filepath.Join(t.TempDir(), "book.db"))
	require.NoError(t, err)
	t.Cleanup(func() { _ = book.Close() })
	s := &service{t: t, book: book, store: state.NewMemory(), logs: &synced{}, told: &synced{}, orders: orders{}}
	s.stripe = httptest.NewServer(standin.NewServer(book))
	t.Cleanup(s.stripe.Close)

	logger := slog.New(slog.NewJSONHandler(s.logs, &slog.HandlerOptions{Level: slog.LevelDebug}))
	config := stripe.Config{APIURL: s.stripe.URL, WebhookSecrets: secrets}
	outbox := aggregatetest.NewOutbox(broker{s.told}, logger)
	s.Service = payments.NewService(s.store, outbox, s.orders, stripe.New(config), time.Now)
	key, standIn := config.Browser()
	handlers := api.New(s.Service, stripe.NewWebhooks(config), api.Browser{PublishableKey: key, StandIn: standIn})
	keys, session := authtest.NewKeys(t)
	s.session = session
	s.public = handlers.Public(logger, keys, idempotency.New(s.store, time.Now), func(context.Context) error { return nil })
	app := dapr.NewApp(logger, "")
	handlers.Register(app)
	s.app = app
	return s
}

// order places an order that payments has not heard of.
func (s *service) order() events.Order {
	now := time.Now().UTC()
	o := events.Order{
		ID: ids.New(), Version: 1, Sequence: 1, Status: "created", BuyerID: buyer, CreatedAt: now, ExpiresAt: now.Add(time.Minute),
		Ticket: events.OrderTicket{ID: ids.New(), Title: "A ticket", Price: 25_50, Currency: "eur", SellerID: "seller"},
	}
	s.orders[o.ID] = o
	return o
}

// post sends body as the buyer.
func (s *service) post(body string) *httptest.ResponseRecorder {
	return s.postAs(s.session(buyer), body)
}

func (s *service) postAs(who *http.Cookie, body string) *httptest.ResponseRecorder {
	r := httptest.NewRequestWithContext(s.t.Context(), http.MethodPost, "/api/payments", strings.NewReader(body))
	if who != nil {
		r.AddCookie(who)
	}
	w := httptest.NewRecorder()
	s.public.ServeHTTP(w, r)
	return w
}

func payment(orderID, token string) string {
	body, _ := json.Marshal(map[string]string{"orderId": orderID, "token": token})
	return string(body)
}

// problem reads an error's answer.
func (s *service) problem(w *httptest.ResponseRecorder) web.Problem {
	s.t.Helper()
	var p web.Problem
	require.Equal(s.t, "application/problem+json", w.Header().Get("Content-Type"))
	require.NoError(s.t, json.Unmarshal(w.Body.Bytes(), &p))
	require.Equal(s.t, w.Code, p.Status)
	require.NotEmpty(s.t, p.Errors)
	return p
}

// deliver hands an event's envelope to the topic, as the sidecar does, and
// returns the verdict.
func (s *service) deliver(envelope string) string {
	s.t.Helper()
	r := httptest.NewRequestWithContext(s.t.Context(), http.MethodPost, "/topics/orders", strings.NewReader(envelope))
	w := httptest.NewRecorder()
	s.app.ServeHTTP(w, r)
	require.Equal(s.t, http.StatusOK, w.Code)
	var verdict struct {
		Status string `json:"status"`
	}
	require.NoError(s.t, json.Unmarshal(w.Body.Bytes(), &verdict))
	return verdict.Status
}

func envelope(eventType string, o events.Order) string {
	body, _ := json.Marshal(events.NewOrder(eventType, o))
	return string(body)
}

type orders map[string]events.Order

func (k orders) Order(_ context.Context, id string) (events.Order, error) {
	o, ok := k[id]
	if !ok {
		return o, errs.NotFound("There is no such order.")
	}
	return o, nil
}

func (k orders) AwaitPayment(_ context.Context, id string) (events.Order, error) {
	o, ok := k[id]
	switch {
	case !ok:
		return o, errs.NotFound("There is no such order.")
	case o.Status == "created":
		o.Status = "awaiting:payment"
		o.Version++
		k[id] = o
	case o.Status != "awaiting:payment":
		return o, errs.Conflict("The order is closed.")
	}
	return o, nil
}

func (k orders) OrderIDs(context.Context, int, int) (found []string, next int, err error) {
	for id := range k {
		found = append(found, id)
	}
	return found, 0, nil
}

// broker writes down what is published.
type broker struct{ to *synced }

func (b broker) Publish(_ context.Context, e events.Event) error {
	return json.NewEncoder(b.to).Encode(e)
}

// synced is a buffer for several writers.
type synced struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (s *synced) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.buf.Write(p)
}

func (s *synced) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.buf.String()
}
