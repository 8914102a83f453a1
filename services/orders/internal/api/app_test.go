package api_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"ticketx/kit/errs"
	"ticketx/kit/events"
	"ticketx/kit/ids"
	"ticketx/services/orders"
)

// deliver hands a topic's event to the app channel, as the sidecar does, and
// returns the verdict.
func (s *site) deliver(t *testing.T, e events.Event) string {
	t.Helper()
	body, err := json.Marshal(e)
	require.NoError(t, err)
	return s.deliverRaw(t, e.Topic, string(body))
}

func (s *site) deliverRaw(t *testing.T, topic, body string) string {
	t.Helper()
	r := httptest.NewRequest(http.MethodPost, "/topics/"+topic, strings.NewReader(body))
	r.Header.Set("Content-Type", "application/cloudevents+json")
	w := httptest.NewRecorder()
	s.app.ServeHTTP(w, r)
	require.Equal(t, http.StatusOK, w.Code, "other statuses have a meaning of their own for Dapr")
	var answer struct {
		Status string `json:"status"`
	}
	require.NoError(t, json.Unmarshal(w.Body.Bytes(), &answer))
	return answer.Status
}

// withData returns an event's JSON with other data.
func withData(t *testing.T, e events.Event, data string) string {
	t.Helper()
	e.Data = json.RawMessage(data)
	body, err := json.Marshal(e)
	require.NoError(t, err)
	return string(body)
}

// assertDropped checks that what can never be right is not tried again.
func (s *site) assertDropped(t *testing.T, e events.Event, data ...string) {
	t.Helper()
	bodies := []string{``, `{`, `null`, `[]`, `{"data":null}`, `{"specversion":"1.0"}`}
	for _, d := range append(data, `null`, `{}`, `[]`, `"text"`, `{"id":5,"orderId":5}`) {
		bodies = append(bodies, withData(t, e, d))
	}
	for _, body := range bodies {
		assert.Equal(t, "DROP", s.deliverRaw(t, e.Topic, body), body)
	}
}

// assertTriedAgain checks that nothing is lost while the store is down.
func (s *site) assertTriedAgain(t *testing.T, e events.Event) {
	t.Helper()
	s.store.down.Store(true)
	assert.Equal(t, "RETRY", s.deliver(t, e))
	s.store.down.Store(false)
	assert.Equal(t, "SUCCESS", s.deliver(t, e))
}

func TestSubscriptions(t *testing.T) {
	w := httptest.NewRecorder()
	open(t).app.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/dapr/subscribe", http.NoBody))
	assert.JSONEq(t, `[
		{"pubsubname": "pubsub", "topic": "tickets", "route": "/topics/tickets", "deadLetterTopic": "tickets-dead"},
		{"pubsubname": "pubsub", "topic": "payments", "route": "/topics/payments", "deadLetterTopic": "payments-dead"},
		{"pubsubname": "pubsub", "topic": "expirations", "route": "/topics/expirations", "deadLetterTopic": "expirations-dead"}
	]`, w.Body.String())
}

func TestTicketEvents(t *testing.T) {
	s := open(t) // whose market is empty: what it knows, it has from events
	first := newTicket(1)
	second := first
	second.Version, second.Price = 2, 9900
	created, updated := events.NewTicket(events.TicketCreated, first), events.NewTicket(events.TicketUpdated, second)

	t.Run("malformed", func(t *testing.T) {
		s.assertDropped(t, created,
			`{"id":"1","version":1,"title":"x","currency":"eur","userId":"sam"}`,
			`{"id":"`+first.ID+`","title":"x","currency":"eur","userId":"sam"}`,
			`{"id":"`+first.ID+`","version":1,"title":"x","priceMinor":25.5,"currency":"eur","userId":"sam"}`,
			`{"id":"`+first.ID+`","version":1,"title":"x","priceMinor":2550,"currency":"eur"}`,
		)
		_, err := s.Place(t.Context(), "mara", first.ID, 0)
		assert.Error(t, err, "nothing was learned")
	})

	t.Run("out of order and duplicate", func(t *testing.T) {
		for _, e := range []events.Event{updated, created, updated} {
			assert.Equal(t, "SUCCESS", s.deliver(t, e))
		}
		o, err := s.Place(t.Context(), "mara", first.ID, 0)
		require.NoError(t, err)
		assert.EqualValues(t, 9900, o.Ticket.Price)
		assert.Equal(t, "SUCCESS", s.deliver(t, updated), "an ordered one too")
		assert.Equal(t, orders.StatusCreated, s.status(t, o.ID))
	})

	t.Run("unknown id", func(t *testing.T) {
		fresh := newTicket(7)
		assert.Equal(t, "SUCCESS", s.deliver(t, events.NewTicket(events.TicketUpdated, fresh)), "versions before it may have been lost")
		_, err := s.Place(t.Context(), "mara", fresh.ID, 0)
		assert.NoError(t, err)
	})

	t.Run("fields of a later time are ignored", func(t *testing.T) {
		fresh := newTicket(1)
		body := `{"id":"` + fresh.ID + `","version":1,"title":"x","priceMinor":1,"currency":"eur","userId":"sam","status":"available","seat":"A1"}`
		assert.Equal(t, "SUCCESS", s.deliverRaw(t, events.TopicTickets, withData(t, created, body)))
	})

	t.Run("store down", func(t *testing.T) {
		s.assertTriedAgain(t, events.NewTicket(events.TicketCreated, newTicket(1)))
	})
}

// paymentOf returns the event that tells of a payment of the order.
func paymentOf(o orders.Order, eventType, status string, version int64) events.Event {
	return events.NewPayment(eventType, events.Payment{
		ID: "pi_1", Version: version, OrderID: o.ID, TicketID: o.Ticket.ID, BuyerID: o.BuyerID,
		Status: status, Amount: o.Ticket.Price, Currency: string(o.Ticket.Currency), UpdatedAt: noon,
	})
}

func paid(o orders.Order) events.Event { return paymentOf(o, events.PaymentCreated, "succeeded", 1) }

func TestPaymentEvents(t *testing.T) {
	s := open(t)

	t.Run("duplicate", func(t *testing.T) {
		o := s.order(t)
		for range 3 {
			assert.Equal(t, "SUCCESS", s.deliver(t, paid(o)))
			assert.Equal(t, orders.StatusComplete, s.status(t, o.ID))
		}
	})

	t.Run("out of order", func(t *testing.T) {
		refunded := s.order(t)
		for _, e := range []events.Event{
			paymentOf(refunded, events.PaymentRefunded, "refunded", 3),
			paymentOf(refunded, events.PaymentFailed, "failed", 1),
		} {
			assert.Equal(t, "SUCCESS", s.deliver(t, e))
			assert.Equal(t, orders.StatusCreated, s.status(t, refunded.ID), "only a success closes an order")
		}

		late := s.order(t)
		require.NoError(t, s.Cancel(t.Context(), "mara", late.ID))
		assert.Equal(t, "SUCCESS", s.deliver(t, paid(late)))
		assert.Equal(t, orders.StatusCancelled, s.status(t, late.ID))
		_, err := s.Place(t.Context(), "finn", late.Ticket.ID, 0)
		require.NoError(t, err)
		assert.Equal(t, "SUCCESS", s.deliver(t, paid(late)), "from its archive")

		done := s.order(t)
		assert.Equal(t, "SUCCESS", s.deliver(t, paid(done)))
		assert.Equal(t, "SUCCESS", s.deliver(t, paymentOf(done, events.PaymentFailed, "failed", 1)))
		assert.Equal(t, orders.StatusComplete, s.status(t, done.ID))
	})

	t.Run("unknown id", func(t *testing.T) {
		unknown := s.order(t)
		unknown.ID = ids.New()
		assert.Equal(t, "RETRY", s.deliver(t, paid(unknown)), "the money of an order must not be lost")
		elsewhere := s.order(t)
		elsewhere.Ticket.ID = ids.New()
		assert.Equal(t, "RETRY", s.deliver(t, paid(elsewhere)))
	})

	t.Run("malformed", func(t *testing.T) {
		o := s.order(t)
		s.assertDropped(t, paid(o),
			`{"orderId":"`+o.ID+`","status":"succeeded"}`,
			`{"ticketId":"`+o.Ticket.ID+`","status":"succeeded"}`,
			`{"orderId":"a||b","ticketId":"`+o.Ticket.ID+`","status":"succeeded"}`,
			`{"orderId":"`+o.ID+`","ticketId":"`+o.Ticket.ID+`"}`,
		)
		assert.Equal(t, orders.StatusCreated, s.status(t, o.ID))
	})

	t.Run("store down", func(t *testing.T) {
		o := s.order(t)
		s.assertTriedAgain(t, paid(o))
		assert.Equal(t, orders.StatusComplete, s.status(t, o.ID))
	})
}

func timeOver(o orders.Order) events.Event {
	return events.NewExpiration(events.Expiration{OrderID: o.ID, TicketID: o.Ticket.ID, ExpiresAt: o.ExpiresAt})
}

func TestExpirationEvents(t *testing.T) {
	s := open(t)
	// order places an order whose time is over.
	order := func(t *testing.T) orders.Order {
		t.Helper()
		o := s.order(t)
		s.now = s.now.Add(hold)
		return o
	}

	t.Run("duplicate", func(t *testing.T) {
		o := order(t)
		for range 3 {
			assert.Equal(t, "SUCCESS", s.deliver(t, timeOver(o)))
			assert.Equal(t, orders.StatusCancelled, s.status(t, o.ID))
		}
	})

	t.Run("out of order", func(t *testing.T) {
		early := s.order(t)
		assert.Equal(t, "RETRY", s.deliver(t, timeOver(early)), "this machine's clock is behind")
		s.now = s.now.Add(hold + time.Nanosecond)
		assert.Equal(t, "SUCCESS", s.deliver(t, timeOver(early)))
		assert.Equal(t, orders.StatusCancelled, s.status(t, early.ID))

		bought := s.order(t)
		require.NoError(t, s.Complete(t.Context(), bought.Ticket.ID, bought.ID))
		assert.Equal(t, "SUCCESS", s.deliver(t, timeOver(bought)), "before its time, but it is closed")
		assert.Equal(t, orders.StatusComplete, s.status(t, bought.ID))

		replaced := order(t)
		heir, err := s.Place(t.Context(), "finn", replaced.Ticket.ID, 0)
		require.NoError(t, err)
		assert.Equal(t, "SUCCESS", s.deliver(t, timeOver(replaced)))
		assert.Equal(t, orders.StatusCreated, s.status(t, heir.ID))
	})

	t.Run("unknown id", func(t *testing.T) {
		unknown := order(t)
		unknown.ID = ids.New()
		assert.Equal(t, "RETRY", s.deliver(t, timeOver(unknown)))
	})

	t.Run("malformed", func(t *testing.T) {
		o := order(t)
		s.assertDropped(t, timeOver(o), `{"orderId":"`+o.ID+`"}`, `{"ticketId":"`+o.Ticket.ID+`"}`, `{"orderId":"1","ticketId":"2"}`)
		assert.Equal(t, orders.StatusCreated, s.status(t, o.ID))
	})

	t.Run("store down", func(t *testing.T) {
		o := order(t)
		s.assertTriedAgain(t, timeOver(o))
		assert.Equal(t, orders.StatusCancelled, s.status(t, o.ID))
	})
}

// Other services ask for an order that they have not heard of yet.
func TestSnapshotForOtherServices(t *testing.T) {
	s := open(t)
	o := s.order(t)
	ask := func(id string) *httptest.ResponseRecorder {
		w := httptest.NewRecorder()
		s.app.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/orders/"+id, http.NoBody))
		return w
	}
	s.now = o.ExpiresAt.Add(time.Hour)
	w := ask(o.ID)
	require.Equal(t, http.StatusOK, w.Code)
	var got events.Order
	require.NoError(t, json.Unmarshal(w.Body.Bytes(), &got))
	assert.Equal(t, o.Snapshot(), got, "as it was last written, its version included")

	for _, id := range []string{ids.New(), "1", "a%7C%7Cb"} {
		assertProblem(t, ask(id), http.StatusNotFound)
	}
}

// What is asked page by page: orders announces anew, and payments follows its
// pages.
func TestPagesForOtherServices(t *testing.T) {
	s := open(t)
	o := s.order(t)
	s.ticket() // never ordered
	call := func(method, target string) *httptest.ResponseRecorder {
		w := httptest.NewRecorder()
		s.app.ServeHTTP(w, httptest.NewRequest(method, target, http.NoBody))
		return w
	}
	w := call(http.MethodGet, "/orders")
	assert.Equal(t, http.StatusOK, w.Code)
	assert.JSONEq(t, `{"ids":["`+o.ID+`"]}`, w.Body.String())
	assert.JSONEq(t, `{"announced":1}`, call(http.MethodPost, "/announcements").Body.String())
	assert.Equal(t, []string{"limit"}, assertProblem(t, call(http.MethodPost, "/announcements?limit=1000"), http.StatusBadRequest))
	s.store.down.Store(true)
	assertProblem(t, call(http.MethodPost, "/announcements"), http.StatusServiceUnavailable)
}

// An order that this store has lost is brought back by what others say of it.
func TestLostOrders(t *testing.T) {
	s := open(t)
	lost := func() (events.Ticket, events.Order) {
		ticket := newTicket(4)
		until := s.now.Add(hold)
		o := events.Order{
			ID: ids.New(), Version: 1, Sequence: 2, Status: "created", BuyerID: "mara", CreatedAt: s.now, ExpiresAt: until,
			Ticket: events.OrderTicket{ID: ticket.ID, Title: ticket.Title, Price: ticket.Price, Currency: "eur", SellerID: "sam"},
		}
		ticket.Status, ticket.OrderID, ticket.OrderSequence, ticket.ReservedUntil = "reserved", o.ID, 2, &until
		s.market[ticket.ID], s.vault[o.ID] = ticket, o
		return ticket, o
	}
	ticket, o := lost()
	assert.Equal(t, "SUCCESS", s.deliver(t, events.NewTicket(events.TicketUpdated, ticket)))
	assert.Equal(t, orders.StatusAwaitingPayment, s.status(t, o.ID))

	ticket, o = lost()
	assert.Equal(t, "SUCCESS", s.deliver(t, paid(orders.Order{ID: o.ID, Ticket: orders.Listing{ID: ticket.ID}})))
	assert.Equal(t, orders.StatusComplete, s.status(t, o.ID))

	ticket, o = lost()
	s.now = s.now.Add(hold)
	s.till[o.ID] = orders.Settlement{Outcome: orders.OutcomeCancelled}
	assert.Equal(t, "SUCCESS", s.deliver(t, timeOver(orders.Order{ID: o.ID, Ticket: orders.Listing{ID: ticket.ID}})))
	assert.Equal(t, orders.StatusCancelled, s.status(t, o.ID))

	malformed := newTicket(1)
	malformed.OrderSequence = -1
	assert.Equal(t, "DROP", s.deliver(t, events.NewTicket(events.TicketUpdated, malformed)))
}

// Services of before do not tell the sequence of a ticket's order.
func TestTicketEventsOfBefore(t *testing.T) {
	s := open(t)
	known := s.order(t)
	told := s.market[known.Ticket.ID]
	told.Version, told.Status, told.OrderID = 2, "reserved", known.ID
	assert.Equal(t, "SUCCESS", s.deliver(t, events.NewTicket(events.TicketUpdated, told)))
	require.NoError(t, s.Cancel(t.Context(), "mara", known.ID))
	heir, err := s.Place(t.Context(), "finn", told.ID, 0)
	require.NoError(t, err, "the slot knows better")
	assert.EqualValues(t, 2, heir.Sequence)

	unknown := newTicket(3)
	unknown.Status, unknown.OrderID = "sold", ids.New()
	assert.Equal(t, "SUCCESS", s.deliver(t, events.NewTicket(events.TicketUpdated, unknown)))
	_, err = s.Place(t.Context(), "finn", unknown.ID, 0)
	assert.True(t, errs.Is(err, errs.KindConflict), "%v", err)
}

// Only tickets tells of a withdrawal, and what it says beyond what is known here
// is ignored.
func TestWithdrawal(t *testing.T) {
	s := open(t)
	withdraw := func(caller, id, body string) *httptest.ResponseRecorder {
		r := httptest.NewRequest(http.MethodPost, "/tickets/"+id+"/withdrawal", strings.NewReader(body))
		r.Header.Set("dapr-caller-app-id", caller)
		w := httptest.NewRecorder()
		s.app.ServeHTTP(w, r)
		return w
	}
	o := s.order(t)
	gone := s.market[o.Ticket.ID]
	gone.Version, gone.Status, gone.Withdrawn = 2, "withdrawn", true
	body, err := json.Marshal(gone)
	require.NoError(t, err)
	extended := strings.Replace(string(body), "{", `{"later":true,`, 1)

	assertProblem(t, withdraw("payments", gone.ID, extended), http.StatusForbidden)
	for _, bad := range []string{``, `[]`, `{}`, `null`, strings.Replace(extended, gone.ID, ids.New(), 1), strings.Replace(extended, `"withdrawn":true`, `"withdrawn":false`, 1)} {
		assertProblem(t, withdraw("tickets", gone.ID, bad), http.StatusBadRequest)
	}
	w := withdraw("tickets", gone.ID, extended)
	assert.Equal(t, http.StatusOK, w.Code)
	assert.JSONEq(t, `{"status":"reserved"}`, w.Body.String())
	require.NoError(t, s.Cancel(t.Context(), "mara", o.ID))
	assert.JSONEq(t, `{"status":"withdrawn"}`, withdraw("tickets", gone.ID, extended).Body.String())

	s.store.down.Store(true)
	assertProblem(t, withdraw("tickets", gone.ID, extended), http.StatusServiceUnavailable)
}

// begin has payments, or another app, begin a payment of the order.
func (s *site) begin(caller, orderID string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(http.MethodPost, "/orders/"+orderID+"/payment", http.NoBody)
	r.Header.Set("dapr-caller-app-id", caller)
	w := httptest.NewRecorder()
	s.app.ServeHTTP(w, r)
	return w
}

func TestBeginPayment(t *testing.T) {
	s := open(t)
	o := s.order(t)
	assertProblem(t, s.begin("tickets", o.ID), http.StatusForbidden)
	assert.Equal(t, orders.StatusCreated, s.status(t, o.ID))

	for range 2 {
		w := s.begin("payments", o.ID)
		require.Equal(t, http.StatusOK, w.Code, "%s", w.Body)
		var got events.Order
		require.NoError(t, json.Unmarshal(w.Body.Bytes(), &got))
		assert.Equal(t, "awaiting:payment", got.Status)
		assert.EqualValues(t, 2, got.Version)
		assert.Equal(t, o.Snapshot().Ticket, got.Ticket)
		assert.Equal(t, noon, *got.AwaitingSince)
	}
	shown := s.call(t, "mara", http.MethodGet, "/api/orders/"+o.ID, "")
	assert.Contains(t, shown.Body.String(), `"status":"awaiting:payment"`)
	assert.Contains(t, shown.Body.String(), `"awaitingSince":"2026-05-04T12:00:00Z"`)

	for _, id := range []string{ids.New(), "1", "a%7C%7Cb"} {
		assertProblem(t, s.begin("payments", id), http.StatusNotFound)
	}
	s.now = s.now.Add(hold)
	assertProblem(t, s.begin("payments", o.ID), http.StatusConflict)
	s.store.down.Store(true)
	assertProblem(t, s.begin("payments", o.ID), http.StatusServiceUnavailable)
}

// A payment that comes to its end after the order's time ends the order.
func TestPaymentsThatWereWaitedFor(t *testing.T) {
	s := open(t)
	o := s.order(t)
	require.Equal(t, http.StatusOK, s.begin("payments", o.ID).Code)
	failed := paymentOf(o, events.PaymentFailed, "failed", 2)
	assert.Equal(t, "SUCCESS", s.deliver(t, failed))
	assert.Equal(t, orders.StatusAwaitingPayment, s.status(t, o.ID), "another card may be tried")

	s.now = s.now.Add(hold)
	assert.Equal(t, "SUCCESS", s.deliver(t, timeOver(o)), "Stripe can't tell yet, and others' time must not wait for it")
	assert.Equal(t, "SUCCESS", s.deliver(t, failed))
	assert.Equal(t, orders.StatusAwaitingPayment, s.status(t, o.ID))

	s.till[o.ID] = orders.Settlement{Outcome: orders.OutcomeCancelled, Failed: true}
	for range 2 {
		assert.Equal(t, "SUCCESS", s.deliver(t, paymentOf(o, "payment.cancelled", "cancelled", 3)))
		shown := s.call(t, "mara", http.MethodGet, "/api/orders/"+o.ID, "")
		assert.Contains(t, shown.Body.String(), `"status":"cancelled","reason":"payment_failed"`)
	}
}

// Payments had heard that the buyer gives up, and orders died before it wrote so.
func TestAPaymentThatIsOverEndsItsOrder(t *testing.T) {
	s := open(t)
	o := s.order(t)
	require.Equal(t, http.StatusOK, s.begin("payments", o.ID).Code)
	s.till[o.ID] = orders.Settlement{Outcome: orders.OutcomeCancelled}
	assert.Equal(t, "SUCCESS", s.deliver(t, paymentOf(o, "payment.cancelled", "cancelled", 2)))
	shown := s.call(t, "mara", http.MethodGet, "/api/orders/"+o.ID, "")
	assert.Contains(t, shown.Body.String(), `"status":"cancelled","reason":"buyer"`)
}

func TestGivingUpWhileAPaymentIsMade(t *testing.T) {
	s := open(t)
	o := s.order(t)
	require.Equal(t, http.StatusOK, s.begin("payments", o.ID).Code)
	w := s.call(t, "mara", http.MethodDelete, "/api/orders/"+o.ID, "")
	assertProblem(t, w, http.StatusConflict)
	assert.Contains(t, w.Body.String(), "A payment is just being made.")

	s.till[o.ID] = orders.Settlement{Outcome: orders.OutcomeCancelled}
	assert.Equal(t, http.StatusNoContent, s.call(t, "mara", http.MethodDelete, "/api/orders/"+o.ID, "").Code)
	assert.Equal(t, orders.StatusCancelled, s.status(t, o.ID))

	paid := s.order(t)
	require.Equal(t, http.StatusOK, s.begin("payments", paid.ID).Code)
	s.till[paid.ID] = orders.Settlement{Outcome: orders.OutcomeSucceeded}
	assertProblem(t, s.call(t, "mara", http.MethodDelete, "/api/orders/"+paid.ID, ""), http.StatusConflict)
	assert.Equal(t, orders.StatusComplete, s.status(t, paid.ID))
}
