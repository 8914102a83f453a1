package web_test

import (
	"context"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"ticketx/kit/errs"
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
func start(t *testing.T, delay time.Duration, listeners ...web.Listener) (url func(name string) string, stop func(), ended <-chan error) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	t.Cleanup(cancel)
	known := &addresses{Handler: slog.DiscardHandler, known: make(map[string]string)}
	done := make(chan error, 1)
	for i := range listeners {
		listeners[i].Addr = "127.0.0.1:0"
	}
	go func() { done <- web.Serve(ctx, slog.New(known), delay, listeners...) }()
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

// Requests under way are finished before Serve returns. The listeners end one
// after the other: the second serves until the first is done.
func TestServeDrainsOneListenerAfterTheOther(t *testing.T) {
	api, apiArrived, apiRelease := slow()
	app, appArrived, appRelease := slow()
	url, stop, ended := start(t, 0, web.Listener{Name: "api", Handler: api}, web.Listener{Name: "app channel", Handler: app})

	answers := make(chan string, 2)
	ask := func(name string) {
		res, err := http.Get(url(name))
		if err != nil {
			answers <- err.Error()
			return
		}
		defer func() { _ = res.Body.Close() }()
		body, _ := io.ReadAll(res.Body)
		answers <- string(body)
	}
	go ask("api")
	wait(t, apiArrived)
	stop()
	requireClosed(t, url("api"))

	go ask("app channel")
	wait(t, appArrived) // let in, because the api may need what it does
	close(apiRelease)
	assert.Equal(t, "done", wait(t, answers))
	requireClosed(t, url("app channel"))
	select {
	case err := <-ended:
		require.FailNow(t, "Serve returned with a request under way", "%v", err)
	default:
	}
	close(appRelease)
	assert.Equal(t, "done", wait(t, answers))
	require.NoError(t, wait(t, ended))
}

// requireClosed waits until nobody takes connections any more.
func requireClosed(t *testing.T, url string) {
	t.Helper()
	require.Eventually(t, func() bool {
		conn, err := net.Dial("tcp", url[len("http://"):])
		if err == nil {
			_ = conn.Close()
		}
		return err != nil
	}, patience, time.Millisecond, "%s still takes connections", url)
}

// Whoever chooses between replicas is told before a listener ends, and everything
// is served meanwhile.
func TestServeTellsBalancersBeforeItEnds(t *testing.T) {
	const delay = time.Minute // the test does not wait for it
	router := func() http.Handler {
		r := web.NewRouter(slog.New(slog.DiscardHandler), func(context.Context) error { return nil })
		r.HandleFunc("/thing", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusOK) })
		return r
	}
	url, stop, ended := start(t, delay, web.Listener{Name: "api", Balanced: true, Handler: router()}, web.Listener{Name: "app channel", Handler: router()})
	get := func(name, path string) *http.Response {
		res, err := http.Get(url(name) + path)
		require.NoError(t, err)
		_ = res.Body.Close()
		return res
	}
	for _, path := range []string{"/healthz", "/readyz", "/servez"} {
		require.Equal(t, http.StatusNoContent, get("api", path).StatusCode)
	}
	assert.False(t, get("api", "/thing").Close)

	stop()

	for _, path := range []string{"/readyz", "/servez"} {
		require.Eventually(t, func() bool {
			return get("api", path).StatusCode == http.StatusServiceUnavailable
		}, patience, time.Millisecond, "%s does not tell", path)
		assert.Equal(t, http.StatusNoContent, get("app channel", path).StatusCode, "the sidecar is not to stop yet")
	}
	assert.Equal(t, http.StatusNoContent, get("api", "/healthz").StatusCode, "it lives")
	served := get("api", "/thing")
	assert.Equal(t, http.StatusOK, served.StatusCode)
	assert.True(t, served.Close, "the connection is not kept")
	assert.Empty(t, ended)
}

// Nobody is sent to a process before it has been ready, and everybody is after
// that, also while something that it needs is away.
func TestServezRemembersThatItWasReady(t *testing.T) {
	for _, asked := range []string{"/servez", "/readyz"} {
		t.Run("seen by "+asked, func(t *testing.T) { servezRemembers(t, asked) })
	}
}

func servezRemembers(t *testing.T, asked string) {
	t.Helper()
	var away atomic.Bool
	away.Store(true)
	router := web.NewRouter(slog.New(slog.DiscardHandler), func(context.Context) error {
		if away.Load() {
			return errs.Unavailable("Not yet.", nil)
		}
		return nil
	})
	status := func(path string) int {
		w := httptest.NewRecorder()
		router.ServeHTTP(w, httptest.NewRequest(http.MethodGet, path, http.NoBody))
		return w.Code
	}
	assert.Equal(t, http.StatusServiceUnavailable, status("/servez"))
	away.Store(false)
	assert.Equal(t, http.StatusNoContent, status(asked))
	away.Store(true)
	assert.Equal(t, http.StatusNoContent, status("/servez"))
	assert.Equal(t, http.StatusServiceUnavailable, status("/readyz"))
}

func TestServeWithoutRequests(t *testing.T) {
	url, stop, ended := start(t, 0, web.Listener{Name: "api", Handler: http.NotFoundHandler()})
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

	err = web.Serve(t.Context(), slog.New(slog.DiscardHandler), 0,
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
