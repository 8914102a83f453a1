package web

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"sync/atomic"
	"time"

	"github.com/gorilla/mux"

	"ticketx/kit/errs"
)

// Limits on a connection. A request that is slower than this is not a person
// with a browser.
const (
	readTimeout  = 10 * time.Second
	idleTimeout  = 2 * time.Minute
	drainTimeout = 10 * time.Second
)

// Where a service says how it is, on its API listener.
const (
	livePath  = "/healthz"
	readyPath = "/readyz"
)

// NewRouter returns a router with what every API listener has: the request
// log, no changes by the pages of other sites, problem documents for unknown
// paths and methods, and health.
// ready returns why the service can't do its work now, or nil.
func NewRouter(logger *slog.Logger, ready func(context.Context) error) *mux.Router {
	r := mux.NewRouter()
	// gorilla/mux runs middleware on matched routes alone; the log wraps the
	// two fallbacks by hand so that a 404 has its line as well.
	logged := Log(logger)
	r.Use(logged, sameOrigin)
	r.NotFoundHandler = logged(NotFound)
	r.MethodNotAllowedHandler = logged(MethodNotAllowed(r))
	r.HandleFunc(livePath, alive).Methods(http.MethodGet)
	r.Handle(readyPath, readiness(logger, ready)).Methods(http.MethodGet)
	return r
}

// sameOrigin refuses what changes something when a browser says that another
// site's page asks for it. Cookies are SameSite, but signing in needs none.
func sameOrigin(next http.Handler) http.Handler {
	guard := http.NewCrossOriginProtection()
	guard.SetDenyHandler(Handler(func(http.ResponseWriter, *http.Request) error {
		return errs.Forbidden("Only this shop's own pages may do that.")
	}))
	return guard.Handler(next)
}

// alive answers that the process can serve; it asks nobody else.
func alive(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) }

// readiness answers 204 or what ready says, and logs when that changes.
func readiness(logger *slog.Logger, ready func(context.Context) error) Handler {
	var wasReady atomic.Bool
	return func(w http.ResponseWriter, r *http.Request) error {
		err := ready(r.Context())
		switch was := wasReady.Swap(err == nil); {
		case was && err != nil:
			logger.Warn("no longer ready", "err", err)
		case !was && err == nil:
			logger.Info("ready")
		}
		if err != nil {
			return err
		}
		w.WriteHeader(http.StatusNoContent)
		return nil
	}
}

// Listener is one address a service serves.
type Listener struct {
	Name    string // for logs and errors: "api", "app channel"
	Addr    string // host:port
	Handler http.Handler
}

// Serve serves all listeners until ctx ends, then stops accepting, lets the
// requests under way finish within drainTimeout, and returns. It fails when an
// address can't be had or a listener breaks.
func Serve(ctx context.Context, logger *slog.Logger, listeners ...Listener) error {
	servers := make([]*http.Server, 0, len(listeners))
	failed := make(chan error, len(listeners))
	defer func() {
		for _, s := range servers {
			_ = s.Close()
		}
	}()
	for _, l := range listeners {
		ln, err := (&net.ListenConfig{}).Listen(ctx, "tcp", l.Addr)
		if err != nil {
			return fmt.Errorf("listen for the %s: %w", l.Name, err)
		}
		s := &http.Server{
			Handler:           l.Handler,
			ReadHeaderTimeout: readTimeout,
			ReadTimeout:       readTimeout,
			IdleTimeout:       idleTimeout,
			ErrorLog:          slog.NewLogLogger(logger.Handler(), slog.LevelWarn),
		}
		servers = append(servers, s)
		go func() {
			if err := s.Serve(ln); !errors.Is(err, http.ErrServerClosed) {
				failed <- fmt.Errorf("serve the %s: %w", l.Name, err)
			}
		}()
		logger.Info("listening", "what", l.Name, "addr", ln.Addr().String())
	}

	select {
	case err := <-failed:
		return err
	case <-ctx.Done():
	}
	return drain(servers)
}

// drain shuts the servers down together.
func drain(servers []*http.Server) error {
	ctx, cancel := context.WithTimeout(context.Background(), drainTimeout)
	defer cancel()
	done := make(chan error, len(servers))
	for _, s := range servers {
		go func() { done <- s.Shutdown(ctx) }()
	}
	var all []error
	for range servers {
		all = append(all, <-done)
	}
	return errors.Join(all...)
}
