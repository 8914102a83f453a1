package web

import (
	"context"
	"net/http"
	"os/signal"
	"sync/atomic"
	"syscall"

	"ticketx/kit/errs"
)

// UntilStopped returns a context that ends when the process is asked to end, by
// SIGTERM or Ctrl-C. Asked a second time, the process ends at once.
func UntilStopped() (ctx context.Context, release context.CancelFunc) {
	ctx, release = signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	context.AfterFunc(ctx, release) // from now on signals do what they do to any program
	return ctx, release
}

// tell says on a listener that it is about to end, once leaving is set: to those
// who ask whether to send anything, and to everybody else by closing the connection
// after the answer. A connection that is kept would be closed when the listener ends,
// perhaps just when a request is on its way.
func tell(leaving *atomic.Bool, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if leaving.Load() {
			w.Header().Set("Connection", "close")
			if r.URL.Path == readyPath || r.URL.Path == servePath {
				Fail(w, r, errs.Unavailable("This process is about to end.", nil))
				return
			}
		}
		next.ServeHTTP(w, r)
	})
}
