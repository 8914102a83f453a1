package api_test

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"ticketx/kit/dapr"
	"ticketx/kit/errs"
	"ticketx/kit/events"
	"ticketx/kit/ids"
	"ticketx/services/expiration"
	"ticketx/services/expiration/internal/api"
)

// site is the service's app channel, with what is behind it in the test's hands.
type site struct {
	app  *dapr.App
	set  map[string]events.Expiration
	told []events.Event
	down error
}

func open() *site {
	s := &site{
		app: dapr.NewApp(slog.New(slog.DiscardHandler), ""),
		set: make(map[string]events.Expiration),
	}
	api.Register(s.app, expiration.NewService(s, s))
	return s
}

// Set, Remove and Publish implement what the service needs.
func (s *site) Set(_ context.Context, e events.Expiration) error {
	if s.down == nil {
		s.set[e.OrderID] = e
	}
	return s.down
}

func (s *site) Remove(_ context.Context, orderID string) error {
	if s.down == nil {
		delete(s.set, orderID)
	}
	return s.down
}

func (s *site) Publish(_ context.Context, e events.Event) error {
	if s.down == nil {
		s.told = append(s.told, e)
	}
	return s.down
}

func (s *site) call(method, path, body string) *httptest.ResponseRecorder {
	w := httptest.NewRecorder()
	s.app.ServeHTTP(w, httptest.NewRequest(method, path, strings.NewReader(body)))
	return w
}

// deliver hands an order's event to the app channel, as the sidecar does, and
// returns the verdict.
func (s *site) deliver(t *testing.T, o events.Order) string {
	t.Helper()
	body, err := json.Marshal(events.NewOrder(events.OrderCreated, o))
	require.NoError(t, err)
	return s.deliverRaw(t, string(body))
}

func (s *site) deliverRaw(t *testing.T, body string) string {
	t.Helper()
	w := s.call(http.MethodPost, "/topics/orders", body)
	require.Equal(t, http.StatusOK, w.Code, "other statuses have a meaning of their own for Dapr")
	var answer struct {
		Status string `json:"status"`
	}
	require.NoError(t, json.Unmarshal(w.Body.Bytes(), &answer))
	return answer.Status
}

func newOrder() events.Order {
	return events.Order{
		ID: ids.New(), Version: 1, Sequence: 1, Status: "created", BuyerID: "mara",
		CreatedAt: time.Date(2026, 5, 4, 12, 0, 0, 0, time.UTC),
		ExpiresAt: time.Date(2026, 5, 4, 12, 15, 0, 0, time.UTC),
		Ticket:    events.OrderTicket{ID: ids.New()},
	}
}

func closed(o events.Order) events.Order {
	o.Status, o.Version = "complete", 2
	return o
}

func TestOrderEvents(t *testing.T) {
	t.Run("duplicate", func(t *testing.T) {
		s, o := open(), newOrder()
		for range 3 {
			assert.Equal(t, "SUCCESS", s.deliver(t, o))
			assert.Equal(t, events.Expiration{OrderID: o.ID, TicketID: o.Ticket.ID, ExpiresAt: o.ExpiresAt}, s.set[o.ID])
		}
		for range 3 {
			assert.Equal(t, "SUCCESS", s.deliver(t, closed(o)))
			assert.Empty(t, s.set)
		}
	})

	t.Run("out of order", func(t *testing.T) {
		s, o := open(), newOrder()
		assert.Equal(t, "SUCCESS", s.deliver(t, closed(o)))
		assert.Equal(t, "SUCCESS", s.deliver(t, o), "one reminder too many is harmless: orders ignores it")
	})

	t.Run("unknown id", func(t *testing.T) {
		s := open()
		assert.Equal(t, "SUCCESS", s.deliver(t, closed(newOrder())), "there is no reminder to remove")
		assert.Empty(t, s.set)
	})

	t.Run("malformed", func(t *testing.T) {
		s := open()
		for name, spoil := range map[string]func(*events.Order){
			"no id":           func(o *events.Order) { o.ID = "" },
			"an id with ||":   func(o *events.Order) { o.ID = "a||b" },
			"no ticket":       func(o *events.Order) { o.Ticket.ID = "" },
			"no status":       func(o *events.Order) { o.Status = "" },
			"no end":          func(o *events.Order) { o.ExpiresAt = time.Time{} },
			"nothing but ids": func(o *events.Order) { *o = events.Order{ID: o.ID, Ticket: o.Ticket} },
		} {
			o := newOrder()
			spoil(&o)
			assert.Equal(t, "DROP", s.deliver(t, o), name)
		}
		for _, body := range []string{``, `{`, `null`, `[]`, `{"data":null}`, `{"data":5}`, `{"data":{"id":5}}`} {
			assert.Equal(t, "DROP", s.deliverRaw(t, body), body)
		}
		assert.Empty(t, s.set)
	})

	t.Run("scheduler down", func(t *testing.T) {
		s, o := open(), newOrder()
		for _, told := range []events.Order{o, closed(o)} {
			s.down = errors.New("the scheduler does not answer")
			assert.Equal(t, "RETRY", s.deliver(t, told))
			s.down = nil
			assert.Equal(t, "SUCCESS", s.deliver(t, told))
		}
	})
}

func TestSubscriptions(t *testing.T) {
	w := open().call(http.MethodGet, "/dapr/subscribe", "")
	assert.JSONEq(t, `[{"pubsubname": "pubsub", "topic": "orders", "route": "/topics/orders", "deadLetterTopic": "orders-dead"}]`, w.Body.String())
}

// reminder is the body with which Dapr calls when a reminder fires.
func reminder(t *testing.T, data any) string {
	t.Helper()
	inner, err := json.Marshal(data)
	require.NoError(t, err)
	body, err := json.Marshal(map[string]any{"data": inner, "dueTime": "1s", "period": ""})
	require.NoError(t, err)
	return string(body)
}

func TestReminderFires(t *testing.T) {
	s, o := open(), newOrder()
	e := events.Expiration{OrderID: o.ID, TicketID: o.Ticket.ID, ExpiresAt: o.ExpiresAt}
	path := "/actors/OrderExpiration/" + o.ID + "/method/remind/expire"

	s.down = errs.Unavailable("The broker does not answer.", nil)
	assert.Equal(t, http.StatusServiceUnavailable, s.call(http.MethodPut, path, reminder(t, e)).Code, "any status but 2xx: it fires again")
	assert.Empty(t, s.told)

	s.down = nil
	assert.Equal(t, http.StatusOK, s.call(http.MethodPut, path, reminder(t, e)).Code)
	assert.Equal(t, []events.Event{events.NewExpiration(e)}, s.told)

	for _, body := range []string{``, `{`, `{}`, `{"data":"!"}`, reminder(t, "text"), reminder(t, events.Expiration{}), reminder(t, nil)} {
		w := s.call(http.MethodPut, path, body)
		assert.GreaterOrEqual(t, w.Code, 400, "it is not lost in silence: %s", body)
	}
	assert.Len(t, s.told, 1)
}

func TestActorHost(t *testing.T) {
	s := open()
	w := s.call(http.MethodGet, "/dapr/config", "")
	require.Equal(t, http.StatusOK, w.Code)
	var config struct {
		Entities []string `json:"entities"`
	}
	require.NoError(t, json.Unmarshal(w.Body.Bytes(), &config))
	assert.Equal(t, []string{"OrderExpiration"}, config.Entities)

	assert.Equal(t, http.StatusOK, s.call(http.MethodDelete, "/actors/OrderExpiration/"+ids.New(), "").Code)
	assert.Equal(t, http.StatusOK, s.call(http.MethodPut, "/actors/OrderExpiration/canary-"+ids.New()+"/method/ping", "").Code)
	assert.Equal(t, http.StatusNotFound, s.call(http.MethodPut, "/actors/Another/"+ids.New()+"/method/remind/expire", "{}").Code)
}

func TestPublicAPIIsHealthAlone(t *testing.T) {
	var ready error
	public := api.Public(slog.New(slog.DiscardHandler), func(context.Context) error { return ready })
	ask := func(path string) int {
		w := httptest.NewRecorder()
		public.ServeHTTP(w, httptest.NewRequest(http.MethodGet, path, http.NoBody))
		return w.Code
	}
	assert.Equal(t, http.StatusNoContent, ask("/healthz"))
	assert.Equal(t, http.StatusNoContent, ask("/readyz"))
	ready = errs.Unavailable("The broker does not answer.", nil)
	assert.Equal(t, http.StatusServiceUnavailable, ask("/readyz"))
	for _, path := range []string{"/", "/topics/orders", "/dapr/config", "/actors/OrderExpiration/" + ids.New()} {
		assert.Equal(t, http.StatusNotFound, ask(path), "nobody outside forges an event")
	}
}
