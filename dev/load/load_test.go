package load_test

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"ticketx/dev/load"
)

// serve counts the requests to a handler.
func serve(t *testing.T, answer http.HandlerFunc) (address string, asked *atomic.Int64) {
	t.Helper()
	asked = new(atomic.Int64)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked.Add(1)
		answer(w, r)
	}))
	t.Cleanup(server.Close)
	return server.URL, asked
}

func TestRunCountsAnswersAndErrors(t *testing.T) {
	var n atomic.Int64
	address, asked := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		switch i := n.Add(1); {
		case i > 1 && i%10 == 0:
			w.WriteHeader(http.StatusServiceUnavailable)
		case i > 1 && i%10 == 5:
			panic(http.ErrAbortHandler)
		default:
			fmt.Fprint(w, "hello")
		}
	})
	r, err := load.Run(t.Context(), address, load.Options{Connections: 4, Requests: 199})
	require.NoError(t, err)
	assert.EqualValues(t, 200, asked.Load(), "one is asked first, and none twice")
	assert.Equal(t, map[int]int64{503: 20}, r.Refused)
	assert.EqualValues(t, 20, r.Broken)
	require.Error(t, r.Err)
	assert.EqualValues(t, 159, r.Answers())
	assert.EqualValues(t, 40, r.Errors())
	assert.EqualValues(t, 159*len("hello"), r.Bytes)
	assert.Positive(t, r.PerSecond())
	assert.LessOrEqual(t, r.Percentile(50), r.Percentile(99))
	assert.LessOrEqual(t, r.Percentile(99), r.Max())

	total := load.NewResult()
	total.Add(r)
	total.Add(r)
	assert.EqualValues(t, 2*159, total.Answers())
	assert.EqualValues(t, 80, total.Errors())
	assert.Equal(t, 2*r.Elapsed, total.Elapsed)
}

// Who has to wait behind a slow answer is counted with the wait.
func TestARateIsCountedFromWhenItWasDue(t *testing.T) {
	const slow = 50 * time.Millisecond
	var n atomic.Int64
	address, _ := serve(t, func(http.ResponseWriter, *http.Request) {
		if n.Add(1) == 2 {
			<-time.After(slow)
		}
	})
	r, err := load.Run(t.Context(), address, load.Options{Connections: 1, Requests: 10, Rate: 1000})
	require.NoError(t, err)
	assert.GreaterOrEqual(t, r.Percentile(50), slow/2, "all of them came while the first one held everybody up")
	assert.GreaterOrEqual(t, r.Elapsed, slow)
}

func TestRunEndsWithItsTimeAndItsContext(t *testing.T) {
	address, asked := serve(t, func(http.ResponseWriter, *http.Request) {})
	r, err := load.Run(t.Context(), address, load.Options{Connections: 2, Duration: 20 * time.Millisecond})
	require.NoError(t, err)
	assert.Positive(t, r.Answers())

	ctx, cancel := context.WithCancel(t.Context())
	asked.Store(0)
	go func() {
		for asked.Load() < 10 {
			<-time.After(time.Millisecond)
		}
		cancel()
	}()
	_, err = load.Run(ctx, address, load.Options{Connections: 2, Duration: time.Minute})
	require.NoError(t, err)
	assert.GreaterOrEqual(t, asked.Load(), int64(10))
}

func TestRunRefuses(t *testing.T) {
	sorry, asked := serve(t, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusTeapot) })
	good := load.Options{Connections: 1, Requests: 1}
	for _, c := range []struct {
		address string
		options load.Options
		says    string
	}{
		{sorry, good, "418"},
		{"http://127.0.0.1:1", good, "refused"},
		{"localhost:8080", good, "is not the address"},
		{"ftp://localhost", good, "is not the address"},
		{"http://192.0.2.1", good, "is another machine"},
		{sorry, load.Options{Requests: 1}, "connections"},
		{sorry, load.Options{Connections: 100_000, Requests: 1}, "connections"},
		{sorry, load.Options{Connections: 1}, "it takes up to"},
		{sorry, load.Options{Connections: 1, Duration: time.Hour}, "it takes up to"},
		{sorry, load.Options{Connections: 1, Requests: 1, Rate: -1}, "the rate"},
	} {
		_, err := load.Run(t.Context(), c.address, c.options)
		require.ErrorContains(t, err, c.says, c.address)
	}
	assert.EqualValues(t, 1, asked.Load(), "what is refused asks nobody")

	r, err := load.Run(t.Context(), sorry, load.Options{Connections: 1, Requests: 1, Status: http.StatusTeapot})
	require.NoError(t, err)
	assert.EqualValues(t, 1, r.Answers(), "unless that is what is wanted")
}

func TestShop(t *testing.T) {
	tickets := `[{"id":"1","title":"By TicketX's client"},{"id":"2","title":"Nordlicht, Live","city":"Łódź","category":"concert"}]`
	address, _ := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/api/tickets/facets" {
			w.WriteHeader(http.StatusServiceUnavailable)
			return
		}
		fmt.Fprint(w, tickets)
	})
	targets, err := load.Shop(t.Context(), address)
	require.NoError(t, err)
	assert.Equal(t, []load.Target{
		{Name: "first page", URL: address + "/api/tickets?limit=50"},
		{Name: "filtered, by price", URL: address + "/api/tickets?category=concert&city=%C5%81%C3%B3d%C5%BA&limit=50&sort=price"},
		{Name: "search", URL: address + "/api/tickets?limit=50&q=Nordlicht"},
		{Name: "counts for filters", URL: address + "/api/tickets/facets"},
		{Name: "one ticket", URL: address + "/api/tickets/2"},
	}, targets)

	var out bytes.Buffer
	require.NoError(t, load.Report(t.Context(), &out, targets[:3], load.Options{Connections: 2, Requests: 20}))
	assert.Regexp(t, `(?m)^ *\d+ +[\d.]+ ms +[\d.]+ ms +[\d.]+ ms +20 +0 +\d+ +search$`, out.String())
	out.Reset()
	require.ErrorContains(t, load.Report(t.Context(), &out, targets, load.Options{Connections: 2, Requests: 20}), "503")
	assert.Contains(t, out.String(), "search", "what was found out until then is told")

	tickets = `[]`
	_, err = load.Shop(t.Context(), address)
	require.ErrorContains(t, err, "make seed")
}
