package api_test

import (
	"context"
	"encoding/json"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
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
	"ticketx/kit/ids"
	"ticketx/kit/state"
	"ticketx/kit/web"
	"ticketx/services/orders"
	"ticketx/services/orders/internal/api"
)

const hold = 15 * time.Minute

var noon = time.Date(2026, 5, 4, 12, 0, 0, 0, time.UTC)

// site is the service with both its listeners.
type site struct {
	*orders.Service
	public  http.Handler
	app     *dapr.App
	store   *outage
	market  market
	vault   vault
	till    till
	session func(userID string) *http.Cookie
	now     time.Time
}

func open(t *testing.T) *site {
	t.Helper()
	quiet := slog.New(slog.DiscardHandler)
	keys, session := authtest.NewKeys(t)
	memory := state.NewMemory()
	s := &site{
		store:   &outage{Store: memory},
		market:  make(market),
		vault:   make(vault),
		till:    make(till),
		session: session,
		now:     noon,
		app:     dapr.NewApp(quiet, ""),
	}
	outbox := aggregatetest.NewOutbox(nobody{}, quiet)
	s.Service = orders.NewService(s.store, outbox, s.market, s.vault, s.till, hold, func() time.Time { return s.now })
	handlers := api.New(s.Service)
	handlers.Register(s.app)
	s.public = handlers.Public(quiet, keys, idempotency.New(memory, func() time.Time { return s.now }), func(context.Context) error { return nil })
	return s
}

// ticket lists a ticket of sam's.
func (s *site) ticket() string {
	snapshot := newTicket(1)
	s.market[snapshot.ID] = snapshot
	return snapshot.ID
}

func newTicket(version int64) events.Ticket {
	return events.Ticket{
		ID: ids.New(), Version: version, Title: "Front row", Price: 2550, Currency: "eur", SellerID: "sam",
		Status: "available", CreatedAt: noon, UpdatedAt: noon,
	}
}

// order places an order of mara's.
func (s *site) order(t *testing.T) orders.Order {
	t.Helper()
	o, err := s.Place(t.Context(), "mara", s.ticket(), 0)
	require.NoError(t, err)
	return o
}

// status returns the status of an order as it was last written.
func (s *site) status(t *testing.T, orderID string) orders.Status {
	t.Helper()
	o, err := s.Lookup(t.Context(), orderID)
	require.NoError(t, err)
	return o.Status
}

// call makes a request as the user, or as nobody.
func (s *site) call(t *testing.T, user, method, target, body string) *httptest.ResponseRecorder {
	t.Helper()
	r := httptest.NewRequest(method, target, strings.NewReader(body))
	if user != "" {
		r.AddCookie(s.session(user))
	}
	w := httptest.NewRecorder()
	s.public.ServeHTTP(w, r)
	return w
}

func create(ticketID string) string { return `{"ticketId":"` + ticketID + `"}` }

// assertProblem checks an error answer and returns the names of the fields that
// it says are wrong.
func assertProblem(t *testing.T, w *httptest.ResponseRecorder, status int) (fields []string) {
	t.Helper()
	assert.Equal(t, status, w.Code, "%s", w.Body)
	assert.Equal(t, "application/problem+json", w.Header().Get("Content-Type"))
	var p web.Problem
	if !assert.NoError(t, json.Unmarshal(w.Body.Bytes(), &p)) {
		return nil
	}
	assert.Equal(t, status, p.Status)
	assert.NotEmpty(t, p.Errors, "TicketX's client shows these")
	for _, e := range p.Errors {
		assert.NotEmpty(t, e.Message)
		if e.Field != "" {
			fields = append(fields, e.Field)
		}
	}
	return fields
}

// market is the tickets service. It implements orders.Listings.
type market map[string]events.Ticket

func (m market) Ticket(_ context.Context, ticketID string) (events.Ticket, error) {
	snapshot, ok := m[ticketID]
	if !ok {
		return snapshot, errs.NotFound("There is no such ticket.")
	}
	return snapshot, nil
}

func (m market) TicketIDs(context.Context, int, int) (found []string, next int, err error) {
	for id := range m {
		found = append(found, id)
	}
	return found, 0, nil
}

// vault is the payments service. It implements orders.Copies.
type vault map[string]events.Order

func (v vault) Order(_ context.Context, orderID string) (o events.Order, paid bool, err error) {
	o, ok := v[orderID]
	if !ok {
		return o, false, errs.NotFound("There is no such order.")
	}
	return o, false, nil
}

// till is the payments service. It implements orders.Settlements: a payment ends as
// it says here, and is pending where it says nothing.
type till map[string]orders.Settlement

func (t till) Settle(_ context.Context, orderID string) (orders.Settlement, error) {
	s, ok := t[orderID]
	if !ok {
		return orders.Settlement{Outcome: orders.OutcomePending}, nil
	}
	return s, nil
}

// nobody listens to what is published. It implements aggregate.Publisher.
type nobody struct{}

func (nobody) Publish(context.Context, events.Event) error { return nil }

// outage is a store that answers unless it is down.
type outage struct {
	state.Store
	down atomic.Bool
}

func (o *outage) Read(ctx context.Context, keys ...string) ([]state.Item, error) {
	if o.down.Load() {
		return nil, errs.Unavailable("A part of the system does not answer.", nil)
	}
	return o.Store.Read(ctx, keys...)
}
