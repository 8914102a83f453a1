package dapr

import (
	"bytes"
	"context"
	"crypto/subtle"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"sync"
	"time"

	"github.com/gorilla/mux"
	"github.com/prometheus/client_golang/prometheus"

	"ticketx/kit/errs"
	"ticketx/kit/events"
	"ticketx/kit/web"
)

// tokenHeader carries the API token in both directions (Dapr's name).
const tokenHeader = "dapr-api-token"

// handleTimeout bounds the handling of one event. It is shorter than the time
// the sidecar waits for it (components/resiliency), and that is shorter than the
// time after which the broker gives the event to somebody else.
const handleTimeout = 8 * time.Second

// App is the app channel: what the sidecar, and nobody else, calls. It listens
// apart from the public API and is not behind the ingress.
type App struct {
	router        *mux.Router
	guarded       *mux.Router // what asks for the token
	calls         *mux.Router // of that, what has a line in the log of its own
	logger        *slog.Logger
	subscriptions []subscription
	handled       *prometheus.CounterVec
	health        *health

	mu    sync.Mutex
	tries map[string]int // failures of events that are being tried again
}

// subscription is one row of the answer to GET /dapr/subscribe, in the form of
// Dapr's programmatic subscriptions.
type subscription struct {
	PubSub          string `json:"pubsubname"`
	Topic           string `json:"topic"`
	Route           string `json:"route"`
	DeadLetterTopic string `json:"deadLetterTopic,omitempty"`
	// Metadata is Dapr's own settings of the subscription.
	Metadata map[string]string `json:"metadata,omitempty"`

	keepsAll bool // nothing is ever dropped
}

// NewApp returns an app channel that asks for token where it is not empty.
func NewApp(logger *slog.Logger, token string) *App {
	a := &App{router: mux.NewRouter(), logger: logger, handled: newHandled(), health: new(health), tries: make(map[string]int)}
	// Dapr's health probe is the one call that does not carry the token. With
	// a status but 2xx the sidecar holds back every message.
	a.router.Handle("/healthz", a.health).Methods(http.MethodGet)

	guard := requireToken(token)
	a.router.NotFoundHandler = guard(web.NotFound)
	a.router.MethodNotAllowedHandler = guard(web.MethodNotAllowed(a.router))
	a.guarded = a.router.NewRoute().Subrouter()
	a.guarded.Use(guard)
	a.guarded.HandleFunc("/dapr/subscribe", a.serveSubscriptions).Methods(http.MethodGet)
	a.calls = a.guarded.NewRoute().Subrouter()
	a.calls.Use(web.Log(logger))
	return a
}

// ServeHTTP implements http.Handler.
func (a *App) ServeHTTP(w http.ResponseWriter, r *http.Request) { a.router.ServeHTTP(w, r) }

// Router takes further routes: what other services invoke, actors, jobs. Calls
// have a line in the log each.
func (a *App) Router() *mux.Router { return a.calls }

// Silent takes routes as Router does, whose calls have no line in the log: what
// comes all the time and says nothing.
func (a *App) Silent() *mux.Router { return a.guarded }

// callerHeader names the app that invokes. Dapr sets it on what comes from another
// app's sidecar, and on nothing that comes through the app's own (Dapr's name).
const callerHeader = "dapr-caller-app-id"

// Operator takes routes for whoever runs the system. They are called through this
// app's own sidecar; other apps are refused.
func (a *App) Operator() *mux.Router {
	r := a.calls.NewRoute().Subrouter()
	r.Use(refuseOtherApps)
	return r
}

// From takes routes for one other app alone.
func (a *App) From(appID string) *mux.Router {
	r := a.calls.NewRoute().Subrouter()
	r.Use(func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.Header.Get(callerHeader) != appID {
				web.Fail(w, r, errs.Forbidden("Only "+appID+" may call this."))
				return
			}
			next.ServeHTTP(w, r)
		})
	})
	return r
}

func refuseOtherApps(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get(callerHeader) != "" {
			web.Fail(w, r, errs.Forbidden("Only through this app's own sidecar."))
			return
		}
		next.ServeHTTP(w, r)
	})
}

// requireToken refuses callers that don't know what the sidecar was told.
func requireToken(token string) mux.MiddlewareFunc {
	return func(next http.Handler) http.Handler {
		if token == "" {
			return next
		}
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if subtle.ConstantTimeCompare([]byte(r.Header.Get(tokenHeader)), []byte(token)) != 1 {
				web.Fail(w, r, errs.Unauthenticated("Only the Dapr sidecar may call this."))
				return
			}
			next.ServeHTTP(w, r)
		})
	}
}

func (a *App) serveSubscriptions(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "application/json")
	rows := a.subscriptions
	if rows == nil {
		rows = []subscription{}
	}
	_ = json.NewEncoder(w).Encode(rows)
}

// Subscribe has every event of topic handled by one replica of the app. What
// fails for good goes to the topic's dead-letter topic.
func Subscribe[T any](a *App, topic string, handle func(ctx context.Context, data T) error) {
	row := subscription{PubSub: PubSub, Topic: topic, Route: "/topics/" + topic, DeadLetterTopic: events.DeadLetterTopic(topic)}
	a.serve(row, receiver(handle))
}

// Follow has every event of topic handled by every replica of the app, from now
// on, for read models.
func Follow[T any](a *App, topic string, handle func(ctx context.Context, data T) error) {
	a.serve(subscription{PubSub: Feed, Topic: topic, Route: "/feeds/" + topic}, receiver(handle))
}

// serve adds a subscription. receive decodes what was delivered, has it handled,
// and returns as much of the event as it could make out.
func (a *App) serve(row subscription, receive func(ctx context.Context, body []byte) (events.Event, error)) {
	a.subscriptions = append(a.subscriptions, row)
	a.expect(row)
	// Another app could invoke this path, and pass its event off as the broker's.
	a.guarded.Handle(row.Route, refuseOtherApps(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		start := time.Now()
		ctx, cancel := context.WithTimeout(r.Context(), handleTimeout)
		defer cancel()
		e, err := deliver(ctx, w, r, receive)
		verdict, reason := a.verdictOn(row, e, err)
		a.count(row, verdict, reason)
		a.log(ctx, row, e, verdict, err, time.Since(start))

		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(map[string]string{"status": verdict})
	}))).Methods(http.MethodPost)
}

// deliver reads what the sidecar delivers and has it received.
func deliver(ctx context.Context, w http.ResponseWriter, r *http.Request, receive func(context.Context, []byte) (events.Event, error)) (e events.Event, err error) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxMessage))
	if err != nil {
		return e, fmt.Errorf("read event: %w", err)
	}
	return receive(ctx, body)
}

// receiver decodes events and has them handled. What can't be decoded is
// errs.KindInvalid. A panic is an error like any other: the event is tried again
// and in the end put aside.
func receiver[T any](handle func(context.Context, T) error) func(context.Context, []byte) (events.Event, error) {
	return func(ctx context.Context, body []byte) (e events.Event, err error) {
		defer recoverAs(&err)
		if err := json.Unmarshal(body, &e); err != nil {
			return e, errors.Join(errs.Invalid("event", "The event is not a CloudEvent."), err)
		}
		if !bytes.HasPrefix(e.Data, []byte("{")) { // encoding/json takes null for any type
			return e, errs.Invalid("data", "The event's data is not an object.")
		}
		var data T
		if err := json.Unmarshal(e.Data, &data); err != nil {
			return e, errors.Join(errs.Invalid("data", "The event's data is malformed."), err)
		}
		return e, handle(ctx, data)
	}
}

// Dapr's answers to an event: done, never to be right, to be tried again. They
// are sent in the body: a status of 404 would make Dapr drop the event.
const (
	verdictSuccess = "SUCCESS"
	verdictDrop    = "DROP"
	verdictRetry   = "RETRY"
)

// The reasons for a drop.
const (
	reasonMalformed = "malformed" // it can never be right
	reasonExhausted = "exhausted" // it has failed maxTries times
)

// maxTries is how often this process tries an event whose handling fails for a
// reason that waiting may not mend.
const maxTries = 10

// verdictOn says what becomes of an event whose handling ended with err, and why
// when it is dropped. What can never be right is dropped, which puts it on the
// dead-letter topic, and so is what has failed maxTries times. While something
// that the handling needs does not answer, the event is tried again without end:
// an outage, however long, must not put aside what is in order.
func (a *App) verdictOn(row subscription, e events.Event, err error) (verdict, reason string) {
	tried := row.Topic + " " + e.ID
	a.mu.Lock()
	defer a.mu.Unlock()
	switch {
	case err == nil:
		delete(a.tries, tried)
		return verdictSuccess, ""
	case row.keepsAll:
		return verdictRetry, ""
	case errs.Is(err, errs.KindInvalid):
		return verdictDrop, reasonMalformed
	case errs.Is(err, errs.KindUnavailable), errors.Is(err, context.DeadlineExceeded), errors.Is(err, context.Canceled):
		return verdictRetry, ""
	}
	if a.tries[tried]++; a.tries[tried] < maxTries {
		return verdictRetry, ""
	}
	delete(a.tries, tried)
	return verdictDrop, reasonExhausted
}

func (a *App) log(ctx context.Context, row subscription, e events.Event, verdict string, err error, took time.Duration) {
	attrs := []any{
		"topic", row.Topic, "event", e.ID, "type", e.Type, "subject", e.Subject,
		"verdict", verdict, "took_ms", web.Millis(took),
	}
	level := slog.LevelInfo
	switch {
	case row.PubSub == Feed && err == nil:
		level = slog.LevelDebug // the same events again, in every replica
	case verdict == verdictDrop:
		level = slog.LevelError
	case verdict == verdictRetry:
		level = slog.LevelWarn
	}
	if err != nil {
		attrs = append(attrs, "err", err)
	}
	a.logger.Log(ctx, level, "event", attrs...)
}
