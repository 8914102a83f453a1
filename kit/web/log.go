package web

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"runtime/debug"
	"time"

	"github.com/google/uuid"
	"github.com/gorilla/mux"
)

type requestKey struct{}

// requestInfo is what the layers below tell the request log.
type requestInfo struct {
	id  string
	err error
}

// RequestID returns the id of the request that ctx belongs to, or "".
func RequestID(ctx context.Context) string {
	if info, ok := ctx.Value(requestKey{}).(*requestInfo); ok {
		return info.id
	}
	return ""
}

func recordFailure(ctx context.Context, err error) {
	if info, ok := ctx.Value(requestKey{}).(*requestInfo); ok {
		info.err = err
	}
}

// Log writes one line per request when it is done, with the cause of its
// failure, and turns a panic into a 500 that is logged with its stack. Bodies,
// queries, cookies and addresses of people are never logged.
func Log(logger *slog.Logger) mux.MiddlewareFunc {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			start := time.Now()
			info := &requestInfo{id: uuid.NewString()}
			r = r.WithContext(context.WithValue(r.Context(), requestKey{}, info))
			rec := &recorder{ResponseWriter: w}
			rec.Header().Set("X-Request-Id", info.id)

			serveRecovered(next, rec, r)

			attrs := append(make([]slog.Attr, 0, 7),
				slog.String("request", info.id), slog.String("method", r.Method), slog.String("path", r.URL.Path),
				slog.Int("status", rec.status()), slog.Float64("took_ms", Millis(time.Since(start))),
			)
			if trace := r.Header.Get("Traceparent"); trace != "" {
				attrs = append(attrs, slog.String("trace", trace))
			}
			if info.err != nil {
				attrs = append(attrs, slog.Any("err", info.err))
			}
			logger.LogAttrs(r.Context(), levelOf(r, info.err), "request", attrs...)
		})
	}
}

// levelOf says how much a request that ended with err matters.
func levelOf(r *http.Request, err error) slog.Level {
	if r.URL.Path == livePath || r.URL.Path == readyPath || r.URL.Path == servePath {
		return slog.LevelDebug // asked every second; NewRouter logs when the answer changes
	}
	if err == nil {
		return slog.LevelInfo
	}
	switch p, _ := problemFor(err); p.Status {
	case http.StatusInternalServerError:
		return slog.LevelError
	case http.StatusServiceUnavailable:
		return slog.LevelWarn
	default:
		return slog.LevelInfo
	}
}

// Millis returns d as the logs write it: milliseconds, to the microsecond.
func Millis(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }

// serveRecovered serves r and answers a panic with a 500. http.ErrAbortHandler
// goes on, because net/http gives it a meaning of its own.
func serveRecovered(next http.Handler, rec *recorder, r *http.Request) {
	defer func() {
		p := recover()
		if p == nil {
			return
		}
		if err, ok := p.(error); ok && errors.Is(err, http.ErrAbortHandler) {
			panic(p)
		}
		err := fmt.Errorf("panic: %v\n%s", p, debug.Stack())
		recordFailure(r.Context(), err)
		if rec.code == 0 {
			writeProblem(rec, r, err)
		}
	}()
	next.ServeHTTP(rec, r)
}

// recorder remembers the status for the request log.
type recorder struct {
	http.ResponseWriter
	code int
}

func (r *recorder) WriteHeader(code int) {
	if r.code == 0 {
		r.code = code
	}
	r.ResponseWriter.WriteHeader(code)
}

func (r *recorder) Write(b []byte) (int, error) {
	if r.code == 0 {
		r.code = http.StatusOK
	}
	return r.ResponseWriter.Write(b)
}

// Unwrap lets http.ResponseController reach the connection.
func (r *recorder) Unwrap() http.ResponseWriter { return r.ResponseWriter }

func (r *recorder) status() int {
	if r.code == 0 {
		return http.StatusOK
	}
	return r.code
}
