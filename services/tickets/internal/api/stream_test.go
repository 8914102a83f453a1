package api_test

import (
	"bufio"
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"ticketx/kit/events"
)

// event is one block of an event stream.
type event struct{ name, id, data string }

// listening is a page that listens to a replica.
type listening struct {
	res   *http.Response
	lines *bufio.Scanner
	leave context.CancelFunc
}

// open has a page listen, from behind the event with the id on.
func open(t *testing.T, server *httptest.Server, query, id string) *listening {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	t.Cleanup(cancel)
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, server.URL+"/api/tickets/stream"+query, http.NoBody)
	require.NoError(t, err)
	if id != "" {
		req.Header.Set("Last-Event-ID", id)
	}
	res, err := server.Client().Do(req)
	require.NoError(t, err)
	t.Cleanup(func() { _ = res.Body.Close() })
	return &listening{res: res, lines: bufio.NewScanner(res.Body), leave: cancel}
}

// next returns the next block, and whether there is one.
func (l *listening) next() (e event, ok bool) {
	for l.lines.Scan() {
		name, value, _ := strings.Cut(l.lines.Text(), ": ")
		switch name {
		case "event":
			e.name = value
		case "id":
			e.id = value
		case "data":
			e.data = value
		case "":
			if l.lines.Text() == "" {
				return e, true
			}
		}
	}
	return e, false
}

func (l *listening) expect(t *testing.T, status string) event {
	t.Helper()
	e, ok := l.next()
	require.True(t, ok, l.lines.Err())
	require.Equal(t, "ticket", e.name)
	var ticket ticketJSON
	require.NoError(t, json.Unmarshal([]byte(e.data), &ticket))
	require.Equal(t, status, ticket.Status)
	return e
}

// begun checks how a stream begins and returns the id it begins at.
func (l *listening) begun(t *testing.T, name string) string {
	t.Helper()
	require.Equal(t, http.StatusOK, l.res.StatusCode)
	require.Equal(t, "text/event-stream", l.res.Header.Get("Content-Type"))
	e, ok := l.next()
	require.True(t, ok)
	require.Equal(t, name, e.name)
	require.NotEmpty(t, e.id)
	return e.id
}

func (r *replica) serve(t *testing.T) *httptest.Server {
	t.Helper()
	server := httptest.NewUnstartedServer(r.public)
	server.Config.ReadTimeout = 100 * time.Millisecond // the stream must outlive it
	server.Start()
	t.Cleanup(server.Close)
	t.Cleanup(r.feed.End)
	return server
}

func TestStream(t *testing.T) {
	w := newWorld()
	r := w.filled(t)
	server := r.serve(t)
	page := open(t, server, "", "")
	start := page.begun(t, "")

	id := r.list(t, "mara", "Row 3").ID
	created := page.expect(t, "available")
	require.Equal(t, "SUCCESS", r.deliver(t, ordersRoute, newOrder(w, id, 1, 1, "created")))
	page.expect(t, "reserved")

	t.Run("resumed", func(t *testing.T) {
		for from, want := range map[string][]string{start: {"available", "reserved"}, created.id: {"reserved"}} {
			again := open(t, server, "", from)
			again.begun(t, "")
			for _, status := range want {
				again.expect(t, status)
			}
			again.leave()
		}
	})
	t.Run("not known any more", func(t *testing.T) {
		again := open(t, server, "", "elsewhere-7")
		again.begun(t, "reset")
		again.leave()
	})
	t.Run("only some", func(t *testing.T) {
		other := r.hear(t, w, "mara", func(*events.Ticket) {})
		page.expect(t, "available")
		some := open(t, server, "?id="+other, start)
		some.begun(t, "")
		assert.Contains(t, some.expect(t, "available").data, other)
		some.leave()
	})
	t.Run("by time", func(t *testing.T) {
		w.now = w.now.Add(hold)
		r.get(t, "/api/tickets") // or the catalogue's own clock
		page.expect(t, "available")
	})
	t.Run("outlives the time to read a request", func(t *testing.T) {
		for began := time.Now(); time.Since(began) < 500*time.Millisecond; {
			r.hear(t, w, "mara", func(*events.Ticket) {})
			page.expect(t, "available")
		}
	})
	t.Run("ends", func(t *testing.T) {
		r.feed.End()
		_, ok := page.next()
		assert.False(t, ok)
		require.NoError(t, page.lines.Err(), "as an answer that is complete")
	})
}

func TestStreamsAreBounded(t *testing.T) {
	r := newWorld().filled(t)
	server := r.serve(t)
	var pages []*listening
	for range 3 {
		page := open(t, server, "", "")
		page.begun(t, "")
		pages = append(pages, page)
	}
	refused := open(t, server, "", "")
	assert.Equal(t, http.StatusServiceUnavailable, refused.res.StatusCode)
	assert.Equal(t, "5", refused.res.Header.Get("Retry-After"))
	pages[0].leave()
	require.Eventually(t, func() bool { return r.feed.Listeners() < 3 }, 10*time.Second, time.Millisecond)
	open(t, server, "", "").begun(t, "")
}

func TestStreamBadParameters(t *testing.T) {
	r := newWorld().filled(t)
	id := r.list(t, "mara", "Row 3").ID
	for query, field := range map[string]string{
		"ids=x": "ids", "id=x": "id", "id=": "id", "id=" + id + "&id=x": "id", "id=%zz": "query",
		strings.Repeat("id="+id+"&", 101) + "id=" + id: "id",
		"id=" + strings.Repeat("x", 10<<10):            "query",
	} {
		requireProblem(t, r.get(t, "/api/tickets/stream?"+query), http.StatusBadRequest, field)
	}
	req := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/api/tickets/stream", http.NoBody)
	req.Header.Set("Last-Event-ID", strings.Repeat("x", 65))
	requireProblem(t, serve(r.public, req), http.StatusBadRequest, "Last-Event-ID")
	requireProblem(t, newWorld().start(t).get(t, "/api/tickets/stream"), http.StatusServiceUnavailable)
}
