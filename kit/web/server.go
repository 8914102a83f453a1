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
	readTimeout = 10 * time.Second
	idleTimeout = 2 * time.Minute
	// drainTimeout is how long Serve waits for what is under way, after the delay
	// that it is given. The ingress waits 30 seconds for an answer; handing over
	// takes 4, and the sidecar waits 10 for an answer.
	drainTimeout = 45 * time.Second
)

// Where a service says how it is, on its API listener.
const (
	livePath  = "/healthz"
	readyPath = "/readyz"
	servePath = "/servez"
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
	var once atomic.Bool
	ready = noting(&once, ready)
	r.Use(logged, sameOrigin)
	r.NotFoundHandler = logged(NotFound)
	r.MethodNotAllowedHandler = logged(MethodNotAllowed(r))
	r.HandleFunc(livePath, alive).Methods(http.MethodGet)
	r.Handle(readyPath, readiness(logger, ready)).Methods(http.MethodGet)
	r.Handle(servePath, serving(&once, ready)).Methods(http.MethodGet)
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

// noting is ready, and sets once when the process is: whoever asked.
func noting(once *atomic.Bool, ready func(context.Context) error) func(context.Context) error {
	return func(ctx context.Context) error {
		err := ready(ctx)
		if err == nil {
			once.Store(true)
		}
		return err
	}
}

// serving answers 204 once the process has been seen ready, whatever may fail
// since: then it has good answers, or good reasons for having none.
func serving(once *atomic.Bool, ready func(context.Context) error) Handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		if !once.Load() {
			if err := ready(r.Context()); err != nil {
				return err
			}
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
	// Balanced says that somebody chooses between this process and others, and
	// is told before it ends: it is not ready then, and keeps no connection.
	Balanced bool
	// HandOver, if not nil, has others do what came by this listener, while it
	// still serves and those before it have ended.
	HandOver func(context.Context)
}

// Serve serves all listeners until ctx ends. Balancers are then told, and delay
// passes, in which everything is still served. After it the listeners end in the
// order in which they are given: each stops accepting and lets the requests under
// way finish before the next, which they may need, does. When drainTimeout is
// over it returns with what is still under way. A delay of zero says that there is
// no other replica: then nothing is handed over.
//
// It fails when an address can't be had or a listener breaks.
func Serve(ctx context.Context, logger *slog.Logger, delay time.Duration, listeners ...Listener) error {
	servers := make([]*http.Server, 0, len(listeners))
	failed := make(chan error, len(listeners))
	defer func() {
		for _, s := range servers {
			_ = s.Close()
		}
	}()
	var leaving atomic.Bool
	for _, l := range listeners {
		if l.Balanced {
			l.Handler = tell(&leaving, l.Handler)
		}
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
	leaving.Store(true)
	logger.Info("stopping", "delay", delay.String())
	select {
	case err := <-failed:
		return err
	case <-time.After(delay):
	}
	ending, cancel := context.WithTimeout(context.WithoutCancel(ctx), drainTimeout)
	defer cancel()
	var all []error
	for i, s := range servers {
		if handOver := listeners[i].HandOver; handOver != nil && delay > 0 {
			handOver(ending)
		}
		all = append(all, s.Shutdown(ending))
	}
	return errors.Join(all...)
}
