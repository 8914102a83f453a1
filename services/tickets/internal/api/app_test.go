package api_test

import (
	"bytes"
	"encoding/json"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"ticketx/kit/dapr"
	"ticketx/kit/events"
	"ticketx/kit/money"
	"ticketx/services/tickets"
	"ticketx/services/tickets/internal/api"
)

const (
	ordersRoute = "/topics/orders"
	feedRoute   = "/feeds/tickets"
	hold        = 15 * time.Minute
)

func newOrder(w *world, ticketID string, sequence, version int64, status string) events.Order {
	return events.Order{
		ID: "order-1", Sequence: sequence, Version: version, Status: status, BuyerID: "noah",
		CreatedAt: w.now, ExpiresAt: w.now.Add(hold), Ticket: events.OrderTicket{ID: ticketID},
	}
}

func TestSubscriptions(t *testing.T) {
	res := serve(newWorld().start(t).app, httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/dapr/subscribe", http.NoBody))
	assert.JSONEq(t, `[
		{"pubsubname":"pubsub","topic":"orders","route":"/topics/orders","deadLetterTopic":"orders-dead"},
		{"pubsubname":"feed","topic":"tickets","route":"/feeds/tickets"}]`, res.Body.String())
}

func TestAnInvocationIsOneLineInTheLog(t *testing.T) {
	var log bytes.Buffer
	app := dapr.NewApp(slog.New(slog.NewTextHandler(&log, nil)), "")
	api.New(tickets.NewService(nil, nil, nil, tickets.Market{}, time.Now), nil, nil, money.EUR, time.Now).Register(app)
	serve(app, httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/tickets/none", http.NoBody))
	assert.Equal(t, 1, strings.Count(log.String(), "\n"), log.String())
}

func TestOrderTwice(t *testing.T) {
	w := newWorld()
	r := w.filled(t)
	id := r.list(t, "mara", "Row 3").ID
	o := newOrder(w, id, 1, 1, "created")
	for range 2 {
		require.Equal(t, "SUCCESS", r.deliver(t, ordersRoute, o))
		shown := decode[ticketJSON](t, r.get(t, "/api/tickets/"+id))
		assert.Equal(t, "reserved", shown.Status)
		assert.Equal(t, 2, shown.Version)
	}
	// The second time it is announced again: the first announcement may have
	// died with the replica that made the write.
	last, n := w.said.last(t)
	assert.Equal(t, 3, n)
	assert.EqualValues(t, 2, last.Version)
	assert.Equal(t, "reserved", last.Status)
	require.NotNil(t, last.ReservedUntil)
	assert.Equal(t, w.now.Add(hold), *last.ReservedUntil)
}

func TestOrdersOutOfOrder(t *testing.T) {
	w := newWorld()
	r := w.filled(t)
	id := r.list(t, "mara", "Row 3").ID
	for _, o := range []events.Order{
		newOrder(w, id, 2, 1, "created"),
		newOrder(w, id, 1, 2, "cancelled"),
		newOrder(w, id, 2, 2, "complete"),
		newOrder(w, id, 2, 1, "created"),
		newOrder(w, id, 1, 1, "created"),
	} {
		require.Equal(t, "SUCCESS", r.deliver(t, ordersRoute, o))
	}
	shown := decode[ticketJSON](t, r.get(t, "/api/tickets/"+id))
	assert.Equal(t, "sold", shown.Status)
	assert.Equal(t, 3, shown.Version)
	_, n := w.said.last(t)
	assert.Equal(t, 3, n, "what is old is not announced")
}

func TestOrderOfAnUnknownTicket(t *testing.T) {
	w := newWorld()
	r := w.filled(t)
	id, err := tickets.NewID()
	require.NoError(t, err)
	assert.Equal(t, "RETRY", r.deliver(t, ordersRoute, newOrder(w, id, 1, 1, "created")))
}

func TestOrderWhileTheStoreIsDown(t *testing.T) {
	w := newWorld()
	r := w.filled(t)
	o := newOrder(w, r.list(t, "mara", "Row 3").ID, 1, 1, "created")
	w.docs.setDown(true)
	assert.Equal(t, "RETRY", r.deliver(t, ordersRoute, o))
}

func TestMalformedOrders(t *testing.T) {
	w := newWorld()
	r := w.filled(t)
	id := r.list(t, "mara", "Row 3").ID
	for name, spoil := range map[string]func(o *events.Order){
		"no id":           func(o *events.Order) { o.ID = "" },
		"no ticket":       func(o *events.Order) { o.Ticket.ID = "" },
		"odd ticket":      func(o *events.Order) { o.Ticket.ID = "a||b" },
		"no sequence":     func(o *events.Order) { o.Sequence = 0 },
		"no version":      func(o *events.Order) { o.Version = 0 },
		"unknown status":  func(o *events.Order) { o.Status = "lost" },
		"no end":          func(o *events.Order) { o.ExpiresAt = time.Time{} },
		"negative number": func(o *events.Order) { o.Version = -1 },
	} {
		t.Run(name, func(t *testing.T) {
			o := newOrder(w, id, 1, 1, "created")
			spoil(&o)
			assert.Equal(t, "DROP", r.deliver(t, ordersRoute, o))
		})
	}
	assert.Equal(t, "DROP", r.deliver(t, ordersRoute, "an order"))
	assert.Equal(t, "DROP", r.deliverRaw(t, ordersRoute, "not an event"))
	assert.Equal(t, "available", decode[ticketJSON](t, r.get(t, "/api/tickets/"+id)).Status)
}

func TestFeedBringsWhatOtherReplicasWrite(t *testing.T) {
	w := newWorld()
	elsewhere, here := w.filled(t), w.filled(t)
	ticket := elsewhere.list(t, "mara", "Row 3")
	first, _ := w.said.last(t)
	require.Equal(t, "SUCCESS", elsewhere.deliver(t, ordersRoute, newOrder(w, ticket.ID, 1, 2, "complete")))
	second, _ := w.said.last(t)

	before := w.docs.count()
	for _, s := range []events.Ticket{second, first, second} { // out of order, and twice
		require.Equal(t, "SUCCESS", here.deliver(t, feedRoute, s))
	}
	assert.Equal(t, [][]string{{ticket.ID}}, pages(t, here, "/api/tickets?status=sold"))
	assert.Equal(t, before, w.docs.count(), "the feed does not ask the store")
	assert.Equal(t, "DROP", here.deliver(t, feedRoute, events.Ticket{ID: ticket.ID}))
}

func TestSnapshotForOtherServices(t *testing.T) {
	w := newWorld()
	r := w.filled(t)
	id := r.list(t, "mara", "Row 3").ID
	get := func(id string) *httptest.ResponseRecorder {
		return serve(r.app, httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/tickets/"+id, http.NoBody))
	}
	res := get(id)
	require.Equal(t, http.StatusOK, res.Code)
	announced, _ := w.said.last(t)
	assert.Equal(t, announced, decode[events.Ticket](t, res))

	unknown, err := tickets.NewID()
	require.NoError(t, err)
	requireProblem(t, get(unknown), http.StatusNotFound)
	requireProblem(t, get("nope"), http.StatusNotFound)
	w.docs.setDown(true)
	requireProblem(t, get(id), http.StatusServiceUnavailable)
}

// Consumers that join late or have lost their store are told everything again.
func TestAnnouncingTickets(t *testing.T) {
	w := newWorld()
	r := w.filled(t)
	titles := map[string]bool{}
	for i := range 5 {
		title := "Row " + strconv.Itoa(i)
		titles[title] = true
		r.list(t, "mara", title)
	}
	require.Equal(t, "SUCCESS", r.deliver(t, ordersRoute, newOrder(w, r.list(t, "mara", "Sold").ID, 2, 2, "complete")))
	titles["Sold"] = true
	known := map[string]bool{}
	for _, e := range w.said.all() {
		known[e.ID] = true
	}

	announced, pages := 0, 0
	for query := "?limit=4"; query != ""; pages++ {
		res := post(t, r, "/announcements"+query)
		require.Equal(t, http.StatusOK, res.Code, res.Body)
		page := decode[pageJSON](t, res)
		announced, query = announced+page.Announced, ""
		if page.Next > 0 {
			query = "?limit=4&from=" + strconv.Itoa(page.Next)
		}
	}
	assert.Equal(t, 2, pages)
	assert.Equal(t, 6, announced)
	told := w.said.all()[len(known):]
	require.Len(t, told, 6)
	for _, e := range told {
		assert.False(t, known[e.ID], "a broker that knows %s would drop it", e.ID)
		var s events.Ticket
		require.NoError(t, json.Unmarshal(e.Data, &s))
		assert.True(t, titles[s.Title], s.Title)
		delete(titles, s.Title)
		if s.Title == "Sold" {
			assert.Equal(t, "sold", s.Status)
			assert.EqualValues(t, 2, s.OrderSequence, "orders goes on from here")
		}
	}
	assert.Empty(t, titles)

	requireProblem(t, post(t, r, "/announcements?limit=0"), http.StatusBadRequest, "limit")
	w.docs.setDown(true)
	requireProblem(t, post(t, r, "/announcements"), http.StatusServiceUnavailable)
}

// A page whose events can't be published is not answered as announced.
func TestAnnouncingWhileTheBrokerIsDown(t *testing.T) {
	w := newWorld()
	r := w.filled(t)
	r.list(t, "mara", "Row 3")
	w.said.setDown(true)
	requireProblem(t, post(t, r, "/announcements"), http.StatusServiceUnavailable)
	w.said.setDown(false)
	assert.Equal(t, 1, decode[pageJSON](t, post(t, r, "/announcements")).Announced)
}

// Orders pages through its own by the ids of the tickets.
func TestListForOtherServices(t *testing.T) {
	w := newWorld()
	r := w.filled(t)
	older, newer := r.list(t, "mara", "Row 3").ID, r.list(t, "mara", "Row 4").ID
	get := func(target string) *httptest.ResponseRecorder {
		return serve(r.app, httptest.NewRequestWithContext(t.Context(), http.MethodGet, target, http.NoBody))
	}
	assert.Equal(t, pageJSON{IDs: []string{newer}, Next: 1}, decode[pageJSON](t, get("/tickets?limit=1")))
	assert.Equal(t, pageJSON{IDs: []string{older}}, decode[pageJSON](t, get("/tickets?limit=1&from=1")))
}

// pageJSON is a page on the wire.
type pageJSON struct {
	IDs       []string `json:"ids"`
	Announced int      `json:"announced"`
	Next      int      `json:"next"`
}

func post(t *testing.T, r *replica, target string) *httptest.ResponseRecorder {
	t.Helper()
	return serve(r.app, httptest.NewRequestWithContext(t.Context(), http.MethodPost, target, http.NoBody))
}
