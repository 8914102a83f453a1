package web_test

import (
	"context"
	"io"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"ticketx/kit/web"
)

// patience is how long a test waits for what must happen.
const patience = 10 * time.Second

// addresses learns from the log which address each listener got.
type addresses struct {
	slog.Handler
	mu    sync.Mutex
	known map[string]string
}

func (a *addresses) Enabled(context.Context, slog.Level) bool { return true }

func (a *addresses) Handle(_ context.Context, r slog.Record) error {
	var what, addr string
	r.Attrs(func(attr slog.Attr) bool {
		switch attr.Key {
		case "what":
			what = attr.Value.String()
		case "addr":
			addr = attr.Value.String()
		}
		return true
	})
	a.mu.Lock()
	defer a.mu.Unlock()
	a.known[what] = addr
	return nil
}

func (a *addresses) of(name string) string {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.known[name]
}

// start serves the listeners, each on a port of its own, until stop; ended then
// gives what Serve returned.
func start(t *testing.T, listeners ...web.Listener) (url func(name string) string, stop func(), ended <-chan error) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	t.Cleanup(cancel)
	known := &addresses{Handler: slog.DiscardHandler, known: make(map[string]string)}
	done := make(chan error, 1)
	for i := range listeners {
		listeners[i].Addr = "127.0.0.1:0"
	}
	go func() { done <- web.Serve(ctx, slog.New(known), listeners...) }()
	for _, l := range listeners {
		require.Eventually(t, func() bool { return known.of(l.Name) != "" }, patience, time.Millisecond)
	}
	return func(name string) string { return "http://" + known.of(name) }, cancel, done
}

func wait[T any](t *testing.T, from <-chan T) T {
	t.Helper()
	select {
	case v := <-from:
		return v
	case <-time.After(patience):
		require.FailNow(t, "nothing happened")
		panic("unreachable")
	}
}

// slow is a handler that answers when it is told to.
func slow() (h http.Handler, arrived, release chan struct{}) {
	arrived, release = make(chan struct{}, 1), make(chan struct{})
	return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		arrived <- struct{}{}
		<-release
		_, _ = io.WriteString(w, "done")
	}), arrived, release
}

// A request under way on either listener is finished before Serve returns, and
// nobody new is let in.
func TestServeDrains(t *testing.T) {
	api, apiArrived, apiRelease := slow()
	app, appArrived, appRelease := slow()
	url, stop, ended := start(t, web.Listener{Name: "api", Handler: api}, web.Listener{Name: "app channel", Handler: app})

	answers := make(chan string, 2)
	for _, name := range []string{"api", "app channel"} {
		go func() {
			res, err := http.Get(url(name))
			if err != nil {
				answers <- err.Error()
				return
			}
			defer func() { _ = res.Body.Close() }()
			body, _ := io.ReadAll(res.Body)
			answers <- string(body)
		}()
	}
	wait(t, apiArrived)
	wait(t, appArrived)
	stop()

	for _, name := range []string{"api", "app channel"} {
		addr := url(name)[len("http://"):]
		require.Eventually(t, func() bool {
			conn, err := net.Dial("tcp", addr)
			if err == nil {
				_ = conn.Close()
			}
			return err != nil
		}, patience, time.Millisecond, "the %s still takes connections", name)
	}
	close(apiRelease)
	assert.Equal(t, "done", wait(t, answers))
	select {
	case err := <-ended:
		require.FailNow(t, "Serve returned with a request under way", "%v", err)
	default:
	}
	close(appRelease)
	assert.Equal(t, "done", wait(t, answers))
	require.NoError(t, wait(t, ended))
}

func TestServeWithoutRequests(t *testing.T) {
	url, stop, ended := start(t, web.Listener{Name: "api", Handler: http.NotFoundHandler()})
	res, err := http.Get(url("api")) // leaves an idle connection behind
	require.NoError(t, err)
	_ = res.Body.Close()
	stop()
	require.NoError(t, wait(t, ended))
}

// An address that somebody else has ends Serve, with the listener's name and
// nothing left listening.
func TestServeNeedsItsAddresses(t *testing.T) {
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer func() { _ = taken.Close() }()
	free, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	freeAddr := free.Addr().String()
	require.NoError(t, free.Close())

	err = web.Serve(t.Context(), slog.New(slog.DiscardHandler),
		web.Listener{Name: "api", Addr: freeAddr, Handler: http.NotFoundHandler()},
		web.Listener{Name: "app channel", Addr: taken.Addr().String(), Handler: http.NotFoundHandler()})
	require.ErrorContains(t, err, "app channel")
	require.ErrorContains(t, err, taken.Addr().String())

	require.Eventually(t, func() bool {
		ln, err := net.Listen("tcp", freeAddr)
		if err == nil {
			_ = ln.Close()
		}
		return err == nil
	}, patience, time.Millisecond, "the first address is free again")
}
