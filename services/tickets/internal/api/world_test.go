package api_test

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"ticketx/kit/aggregate/aggregatetest"
	"ticketx/kit/authtest"
	"ticketx/kit/dapr"
	"ticketx/kit/errs"
	"ticketx/kit/events"
	"ticketx/kit/idempotency"
	"ticketx/kit/money"
	"ticketx/kit/state"
	"ticketx/kit/web"
	"ticketx/services/tickets"
	"ticketx/services/tickets/internal/api"
	"ticketx/services/tickets/internal/catalogue"
	"ticketx/services/tickets/internal/live"
	ticketstate "ticketx/services/tickets/internal/state"
)

// world is a store that outlives the replicas of the service over it.
type world struct {
	docs *storeUnderWatch
	said *published
	now  time.Time
	// market is the rules of this shop.
	market tickets.Market
	// orders is the service that knows who holds a ticket.
	orders *holder
}

func newWorld() *world {
	return &world{
		docs:   &storeUnderWatch{ExpiringStore: state.NewMemory()},
		said:   &published{},
		now:    time.Date(2026, 5, 1, 12, 0, 0, 0, time.UTC),
		market: tickets.Market{Currency: money.EUR},
		orders: &holder{status: tickets.Withdrawn},
	}
}

// replica is one running service, without Dapr.
type replica struct {
	public, app http.Handler
	session     func(userID string) *http.Cookie
	shop        *catalogue.Catalogue
	feed        *live.Feed
	sync        *catalogue.Sync
}

// start returns a replica whose catalogue is not filled yet.
func (w *world) start(t *testing.T) *replica {
	t.Helper()
	logger := slog.New(slog.DiscardHandler)
	now := func() time.Time { return w.now }
	store := ticketstate.New(w.docs, aggregatetest.NewOutbox(w.said, logger))
	feed := live.NewFeed(3)
	shop := catalogue.New(now, catalogue.Size{Tickets: 1000, TicketBytes: 1 << 10}, feed)
	a := api.New(tickets.NewService(store, shop, w.orders, w.market, now), shop, feed, w.market.Currency, now)
	keys, session := authtest.NewKeys(t)
	app := dapr.NewApp(logger, "")
	a.Register(app)
	return &replica{
		public:  a.Public(logger, keys, idempotency.New(w.docs, now), func(context.Context) error { return shop.Ready() }),
		app:     app,
		session: session,
		shop:    shop,
		feed:    feed,
		sync:    catalogue.NewSync(shop, store, logger),
	}
}

// filled returns a replica whose catalogue is filled.
func (w *world) filled(t *testing.T) *replica {
	t.Helper()
	r := w.start(t)
	go r.sync.Run(t.Context())
	require.Eventually(t, func() bool { return r.shop.Ready() == nil }, 10*time.Second, time.Millisecond)
	return r
}

// as sends a request as the user, or as nobody where userID is empty.
func (r *replica) as(t *testing.T, userID, method, target, body string) *httptest.ResponseRecorder {
	t.Helper()
	return r.under(t, "", userID, method, target, body)
}

// under is as with an Idempotency-Key, if it is not empty.
func (r *replica) under(t *testing.T, key, userID, method, target, body string) *httptest.ResponseRecorder {
	t.Helper()
	req := httptest.NewRequestWithContext(t.Context(), method, target, strings.NewReader(body))
	if userID != "" {
		req.AddCookie(r.session(userID))
	}
	if key != "" {
		req.Header.Set(idempotency.Header, key)
	}
	return serve(r.public, req)
}

func (r *replica) get(t *testing.T, target string) *httptest.ResponseRecorder {
	t.Helper()
	return r.as(t, "", http.MethodGet, target, "")
}

// list puts a ticket up for sale and returns it as it was answered.
func (r *replica) list(t *testing.T, userID, title string) ticketJSON {
	t.Helper()
	res := r.as(t, userID, http.MethodPost, "/api/tickets", `{"title":"`+title+`","price":25.5}`)
	require.Equal(t, http.StatusCreated, res.Code, res.Body)
	return decode[ticketJSON](t, res)
}

// deliver has the sidecar deliver data to a route of the app channel and
// returns the verdict.
func (r *replica) deliver(t *testing.T, route string, data any) string {
	t.Helper()
	body, err := json.Marshal(map[string]any{"specversion": "1.0", "id": "x", "type": "x", "data": data})
	require.NoError(t, err)
	return r.deliverRaw(t, route, string(body))
}

func (r *replica) deliverRaw(t *testing.T, route, body string) string {
	t.Helper()
	res := serve(r.app, httptest.NewRequestWithContext(t.Context(), http.MethodPost, route, strings.NewReader(body)))
	require.Equal(t, http.StatusOK, res.Code)
	return decode[map[string]string](t, res)["status"]
}

func serve(h http.Handler, req *http.Request) *httptest.ResponseRecorder {
	res := httptest.NewRecorder()
	h.ServeHTTP(res, req)
	return res
}

// ticketJSON is a ticket on the wire.
type ticketJSON struct {
	ID        string    `json:"id"`
	StartsAt  time.Time `json:"startsAt"`
	Venue     string    `json:"venue"`
	Title     string    `json:"title"`
	Price     float64   `json:"price"`
	Currency  string    `json:"currency"`
	UserID    string    `json:"userId"`
	OrderID   *string   `json:"orderId"`
	Status    string    `json:"status"`
	Version   int       `json:"version"`
	CreatedAt time.Time `json:"createdAt"`
	UpdatedAt time.Time `json:"updatedAt"`
}

func decode[T any](t *testing.T, res *httptest.ResponseRecorder) T {
	t.Helper()
	var v T
	dec := json.NewDecoder(res.Body)
	require.NoError(t, dec.Decode(&v))
	return v
}

// requireProblem checks an error answer: its status, and the fields it names.
func requireProblem(t *testing.T, res *httptest.ResponseRecorder, status int, fields ...string) {
	t.Helper()
	require.Equal(t, status, res.Code, res.Body)
	require.Equal(t, "application/problem+json", res.Header().Get("Content-Type"))
	var named []string
	for _, f := range decode[web.Problem](t, res).Errors {
		assert.NotEmpty(t, f.Message)
		if f.Field != "" {
			named = append(named, f.Field)
		}
	}
	require.Equal(t, fields, named)
}

// holder is the orders service, asked about a ticket that is withdrawn. It
// implements tickets.Orders.
type holder struct {
	status tickets.Status
	down   error
	asked  []events.Ticket
	// meanwhile happens before it answers.
	meanwhile func()
}

func (h *holder) Holder(_ context.Context, withdrawn events.Ticket) (tickets.Status, error) {
	h.asked = append(h.asked, withdrawn)
	if h.meanwhile != nil {
		h.meanwhile()
	}
	return h.status, h.down
}

// storeUnderWatch counts calls, and fails them while it is down.
type storeUnderWatch struct {
	state.ExpiringStore
	mu     sync.Mutex
	calls  int
	writes int
	down   bool
	// goesDown is the write at which it goes down, if it is not 0. late has that
	// write happen all the same.
	goesDown int
	late     bool
}

var errStoreDown = errs.Unavailable("A part of the system does not answer.", errors.New("the store is down"))

func (s *storeUnderWatch) call() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.calls++
	if s.down {
		return errStoreDown
	}
	return nil
}

func (s *storeUnderWatch) count() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.calls
}

func (s *storeUnderWatch) setDown(down bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.down = down
}

func (s *storeUnderWatch) Read(ctx context.Context, keys ...string) ([]state.Item, error) {
	if err := s.call(); err != nil {
		return nil, err
	}
	return s.ExpiringStore.Read(ctx, keys...)
}

func (s *storeUnderWatch) Write(ctx context.Context, key string, value []byte, etag string) error {
	return s.write(func() error { return s.ExpiringStore.Write(ctx, key, value, etag) })
}

func (s *storeUnderWatch) WriteFor(ctx context.Context, key string, value []byte, etag string, ttl time.Duration) error {
	return s.write(func() error { return s.ExpiringStore.WriteFor(ctx, key, value, etag, ttl) })
}

func (s *storeUnderWatch) write(do func() error) error {
	if err := s.call(); err != nil {
		return err
	}
	s.mu.Lock()
	s.writes++
	s.down = s.writes == s.goesDown
	down, late := s.down, s.late
	s.mu.Unlock()
	if down && !late {
		return errStoreDown
	}
	if err := do(); err != nil || !down {
		return err
	}
	return errStoreDown
}

// published records what was announced.
type published struct {
	mu     sync.Mutex
	events []events.Event
	down   bool
}

func (p *published) Publish(_ context.Context, e events.Event) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.down {
		return errs.Unavailable("A part of the system does not answer.", errors.New("the broker is down"))
	}
	p.events = append(p.events, e)
	return nil
}

func (p *published) setDown(down bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.down = down
}

// all returns what was announced so far.
func (p *published) all() []events.Event {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Clone(p.events)
}

// last returns the newest snapshot and how many there were.
func (p *published) last(t *testing.T) (events.Ticket, int) {
	t.Helper()
	p.mu.Lock()
	defer p.mu.Unlock()
	var s events.Ticket
	if len(p.events) > 0 {
		require.NoError(t, json.Unmarshal(p.events[len(p.events)-1].Data, &s))
	}
	return s, len(p.events)
}
