package api_test

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"ticketx/kit/events"
)

// pipes is a network without buffers: what is written waits until it is read. In a
// bubble of synctest its deadlines are those of the bubble's time.
type pipes chan net.Conn

func (p pipes) Accept() (net.Conn, error) {
	if conn, ok := <-p; ok {
		return conn, nil
	}
	return nil, net.ErrClosed
}

func (p pipes) Addr() net.Addr { return &net.UnixAddr{Name: "pipes"} }
func (p pipes) Close() error   { return nil }

// served has a replica answer on such a network, until the test is over.
func served(t *testing.T, r *replica) pipes {
	t.Helper()
	network := make(pipes)
	server := &http.Server{Handler: r.public, ReadHeaderTimeout: time.Second}
	go func() { _ = server.Serve(network) }()
	t.Cleanup(func() {
		close(network)
		r.feed.End()
		_ = server.Close()
	})
	return network
}

// listen asks for the stream and leaves reading it to the caller.
func (p pipes) listen(t *testing.T, headers ...string) net.Conn {
	t.Helper()
	conn, server := net.Pipe()
	t.Cleanup(func() { _ = conn.Close() })
	p <- server
	lines := append([]string{"GET /api/tickets/stream HTTP/1.1", "Host: shop"}, headers...)
	_, err := fmt.Fprint(conn, strings.Join(lines, "\r\n"), "\r\n\r\n")
	require.NoError(t, err)
	return conn
}

// Who never reads is let go when their time is over. Nobody waits for them meanwhile:
// not who changes a ticket, and not who listens too.
func TestWhoNeverReadsIsLetGo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld()
		r := w.filled(t)
		network := served(t, r)

		network.listen(t)
		page := bufio.NewScanner(network.listen(t))
		synctest.Wait()
		require.Equal(t, 2, r.feed.Listeners())

		began := time.Now()
		const changes = 100
		for range changes {
			r.hear(t, w, "mara", func(*events.Ticket) {})
		}
		assert.Equal(t, began, time.Now(), "who changes a ticket waits for nobody")
		for heard := 0; heard < changes && page.Scan(); {
			if strings.HasPrefix(page.Text(), "event: ticket") {
				heard++
			}
		}
		require.NoError(t, page.Err())
		assert.Less(t, time.Since(began), time.Second)
		for r.feed.Listeners() == 2 && page.Scan() { // heartbeats, until the slow one's time is over
		}
		assert.Equal(t, 1, r.feed.Listeners())
		assert.Less(t, time.Since(began), 20*time.Second)
	})
}

// A page that watches a few tickets hears from the stream though nothing but others
// changes, and its place moves on.
func TestAQuietPageIsKeptAlive(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld()
		r := w.filled(t)
		watched := r.list(t, "mara", "Row 3").ID
		res := httptest.NewRecorder()
		ended := make(chan struct{})
		go func() {
			defer close(ended)
			r.public.ServeHTTP(res, httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/api/tickets/stream?id="+watched, http.NoBody))
		}()
		for range 50 {
			<-time.After(time.Second)
			r.hear(t, w, "mara", func(*events.Ticket) {})
		}
		r.feed.End()
		<-ended
		assert.Equal(t, 3, strings.Count(res.Body.String(), ":\nid: "), res.Body)
		assert.NotContains(t, res.Body.String(), "event:")
	})
}

// Who reads too late is let go when what they have missed is not known any more: their
// stream ends as one that is complete, and where they come again they are told to look.
func TestWhoReadsTooLateIsToldSo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld()
		r := w.filled(t)
		network := served(t, r)

		late := network.listen(t)
		synctest.Wait() // until its stream has begun
		for range 2100 {
			r.hear(t, w, "mara", func(*events.Ticket) {})
		}
		res, err := http.ReadResponse(bufio.NewReader(late), nil)
		require.NoError(t, err)
		body, err := io.ReadAll(res.Body)
		require.NoError(t, err, "it is complete")
		require.NoError(t, res.Body.Close())
		_, id, _ := strings.Cut(strings.TrimSpace(string(body)), "\nid: ")
		assert.NotContains(t, string(body), "event: ")
		assert.Zero(t, r.feed.Listeners())

		again := bufio.NewScanner(network.listen(t, "Last-Event-ID: "+id))
		for again.Scan() && again.Text() != "event: reset" {
		}
		assert.Equal(t, "event: reset", again.Text())
	})
}

// sizes notes how much is written at once.
type sizes struct {
	*httptest.ResponseRecorder
	all []int
}

func (s *sizes) Write(p []byte) (int, error) {
	s.all = append(s.all, len(p))
	return s.ResponseRecorder.Write(p)
}

// A rush of long tickets is written piece by piece.
func TestARushIsWrittenInPieces(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld()
		r := w.filled(t)
		page := &sizes{ResponseRecorder: httptest.NewRecorder()}
		ended := make(chan struct{})
		go func() {
			defer close(ended)
			r.public.ServeHTTP(page, httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/api/tickets/stream", http.NoBody))
		}()
		synctest.Wait()
		const rush = 1000
		for range rush {
			r.hear(t, w, "mara", func(s *events.Ticket) { s.Description = strings.Repeat("x", 2000) })
		}
		<-time.After(time.Second) // takes no time in a bubble
		r.feed.End()
		<-ended
		assert.Equal(t, rush, strings.Count(page.Body.String(), "event: ticket"))
		assert.LessOrEqual(t, slices.Max(page.all), 16<<10+3000)
		assert.Less(t, len(page.all), rush/4, "and yet not one by one")
	})
}
