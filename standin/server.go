package standin

import (
	"cmp"
	"crypto/rand"
	"errors"
	"log/slog"
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/gorilla/mux"
)

const (
	// apiVersion is the one that stripe-go/v76 pins, and the only one spoken here.
	apiVersion = "2023-10-16"
	// largestBody is far above any request that the API in use here knows.
	largestBody = 64 << 10
)

type server struct {
	*settings

	book *Book
}

// NewServer serves the book: Stripe's API below /v1, the pages of 3-D Secure
// below /3ds, and for people and tests the book itself, as a page at / and as
// JSON at /book, and the calls that steer the stand-in. Without a logger it is
// silent.
//
// From now on until the book is closed, what takes its time happens, and
// events are delivered. A book has one server.
func NewServer(book *Book, options ...Option) http.Handler {
	s := &server{settings: newSettings(options), book: book}
	book.serve(s.settings)

	r := mux.NewRouter().SkipClean(true)
	r.HandleFunc("/healthz", s.healthz).Methods(http.MethodGet)
	r.HandleFunc("/book", s.contents).Methods(http.MethodGet)
	s.pages(r)
	s.steering(r)

	r.Handle("/v1/payment_intents/{id}", shared(s.reading(showIntent, publishable))).
		Methods(http.MethodGet, http.MethodOptions)
	r.Handle("/v1/payment_intents/{id}/confirm", shared(s.writing(confirmIntent, publishable))).
		Methods(http.MethodPost, http.MethodOptions)
	r.Handle("/v1/payment_methods", shared(s.writing(createMethod, publishable))).
		Methods(http.MethodPost, http.MethodOptions)
	for _, route := range []struct {
		method, path string
		handler      http.Handler
	}{
		{http.MethodPost, "/v1/payment_intents", s.writing(createIntent)},
		{http.MethodGet, "/v1/payment_intents", s.reading(listIntents)},
		{http.MethodPost, "/v1/payment_intents/{id}/capture", s.writing(captureIntent)},
		{http.MethodPost, "/v1/payment_intents/{id}/cancel", s.writing(cancelIntent)},
		{http.MethodGet, "/v1/payment_methods/{id}", s.reading(showMethod)},
		{http.MethodGet, "/v1/charges", s.reading(listCharges)},
		{http.MethodGet, "/v1/charges/{id}", s.reading(showCharge)},
		{http.MethodPost, "/v1/refunds", s.writing(createRefund)},
		{http.MethodGet, "/v1/refunds", s.reading(listRefunds)},
		{http.MethodGet, "/v1/refunds/{id}", s.reading(showRefund)},
		{http.MethodGet, "/v1/disputes", s.reading(listDisputes)},
		{http.MethodGet, "/v1/disputes/{id}", s.reading(showDispute)},
		{http.MethodPost, "/v1/disputes/{id}", s.writing(answerDispute)},
		{http.MethodPost, "/v1/disputes/{id}/close", s.writing(closeDispute)},
		{http.MethodGet, "/v1/events", s.reading(listEvents)},
		{http.MethodGet, "/v1/events/{id}", s.reading(showEvent)},
		{http.MethodPost, "/v1/webhook_endpoints", s.writing(createEndpoint)},
		{http.MethodGet, "/v1/webhook_endpoints", s.reading(listEndpoints)},
		{http.MethodGet, "/v1/webhook_endpoints/{id}", s.reading(showEndpoint)},
		{http.MethodPost, "/v1/webhook_endpoints/{id}", s.writing(updateEndpoint)},
		{http.MethodDelete, "/v1/webhook_endpoints/{id}", s.writing(deleteEndpoint)},
	} {
		r.Handle(route.path, route.handler).Methods(route.method)
	}
	r.NotFoundHandler = s.answering(unrecognized)
	r.MethodNotAllowedHandler = s.answering(unrecognized)
	return r
}

// serve takes over the settings, and starts what happens without a request.
func (b *Book) serve(s *settings) {
	b.settings.Store(s)
	err := b.update(func(t *tx) error { return t.configure(s.webhook) })
	if err != nil {
		s.log.Error("note the webhook endpoint", "cause", err)
	}
	b.worker.start(b.work)
}

// endpoint reads the parameters of a request and returns what it asks for. An
// error is about the parameters: nothing has run, and nothing is kept for the
// idempotency key.
type endpoint func(id string, p *params) (operation, error)

// call is one request to the API.
type call struct {
	*http.Request

	id    string // its Request-Id
	fault *Fault // that it meets, if any
}

// keys says who may call an endpoint: who has a secret key, or who has a
// publishable one as well.
type keys int

const publishable keys = 1

func (s *server) writing(e endpoint, who ...keys) http.Handler {
	return s.answering(func(c call) (answer, error) {
		op, values, err := s.prepare(e, c.Request, who)
		if err != nil {
			return answer{}, err
		}
		return s.book.once(request{
			id:     c.id,
			key:    c.Header.Get("Idempotency-Key"),
			path:   c.URL.Path,
			params: values,
			fault:  c.fault,
		}, op)
	})
}

func (s *server) reading(e endpoint, who ...keys) http.Handler {
	return s.answering(func(c call) (answer, error) {
		op, _, err := s.prepare(e, c.Request, who)
		if err != nil {
			return answer{}, err
		}
		return s.book.read(op)
	})
}

// prepare checks the caller's key and the parameters.
func (s *server) prepare(e endpoint, r *http.Request, who []keys) (operation, url.Values, error) {
	browser, err := authenticate(r, slices.Contains(who, publishable))
	if err != nil {
		return nil, nil, err
	}
	values, err := readValues(r)
	if err != nil {
		return nil, nil, err
	}
	p := newParams(values)
	p.browser = browser
	p.origin = cmp.Or(s.publicURL, "http://"+r.Host)
	op, err := e(mux.Vars(r)["id"], p)
	return op, values, err
}

func unrecognized(c call) (answer, error) {
	return answer{}, unrecognizedURL(c.Method, c.URL.Path)
}

// answering writes what respond returns, with Stripe's headers, and one line
// of log; or what a fault makes of it.
func (s *server) answering(respond func(call) (answer, error)) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		started := time.Now()
		c := call{Request: r, id: "req_" + rand.Text()[:14]}
		r.Body = http.MaxBytesReader(w, r.Body, largestBody)

		var ans answer
		var err error
		if route := routeOf(r); route != "" {
			c.fault, err = s.book.takeFault(r.Method+" "+route, r.Header.Get("Idempotency-Key"))
		}
		switch {
		case err != nil:
		case c.fault.instead(r):
			ans = c.fault.answer()
		default:
			ans, err = respond(c)
		}
		if e := (*Error)(nil); errors.As(err, &e) {
			ans = refusal(e)
		} else if err != nil {
			ans = refusal(ownFailure())
		}
		if c.fault != nil {
			ans = c.fault.spoil(r, ans)
		}

		h := w.Header()
		h.Set("Content-Type", "application/json")
		h.Set("Request-Id", c.id)
		h.Set("Stripe-Version", apiVersion)
		if ans.status == http.StatusUnauthorized {
			h.Set("WWW-Authenticate", `Bearer realm="Stripe"`)
		}
		if ans.original != "" {
			h.Set("Idempotency-Key", r.Header.Get("Idempotency-Key"))
			h.Set("Original-Request", ans.original)
		}
		if ans.replayed {
			h.Set("Idempotent-Replayed", "true")
		}
		s.logRequest(c, ans, err, time.Since(started))
		if ans.hangUp {
			panic(http.ErrAbortHandler)
		}
		w.WriteHeader(ans.status)
		_, _ = w.Write(ans.body) // the client may be gone; the book has the answer
	})
}

// routeOf is the path of the endpoint that is called, with {id} for the id, or
// empty where there is none.
func routeOf(r *http.Request) string {
	matched := mux.CurrentRoute(r)
	if matched == nil {
		return ""
	}
	path, _ := matched.GetPathTemplate()
	return path
}

func (s *server) logRequest(c call, ans answer, err error, took time.Duration) {
	attrs := []slog.Attr{
		slog.String("request", c.id),
		slog.String("method", c.Method),
		slog.String("route", cmp.Or(routeOf(c.Request), "none")),
		slog.Int("status", ans.status),
		slog.Duration("took", took),
	}
	// A payment method is a card: whoever knows its id and a key can charge it.
	if ans.object != "" && !strings.HasPrefix(ans.object, "pm_") {
		attrs = append(attrs, slog.String("object", ans.object))
	}
	if ans.code != "" {
		attrs = append(attrs, slog.String("error", ans.code))
	}
	if ans.replayed {
		attrs = append(attrs, slog.Bool("replayed", true))
	}
	level := slog.LevelInfo
	switch {
	case c.fault != nil:
		attrs = append(attrs, slog.String("fault", string(c.fault.Kind)))
	case ans.status >= http.StatusInternalServerError:
		level = slog.LevelError
		attrs = append(attrs, slog.Any("cause", err))
	}
	s.log.LogAttrs(c.Context(), level, "request", attrs...)
}

// authenticate wants a test key, as bearer token or as the user of basic
// authentication, and says whether it is a publishable one. Which one does not
// matter: there is one book.
func authenticate(r *http.Request, forBrowsers bool) (browser bool, err error) {
	key, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	if !ok {
		key, _, _ = r.BasicAuth()
	}
	key = strings.TrimSpace(key)
	var e *Error
	switch {
	case strings.HasPrefix(key, "sk_test_"), strings.HasPrefix(key, "rk_test_"):
		return false, nil
	case strings.HasPrefix(key, "pk_test_") && forBrowsers:
		return true, nil
	case strings.HasPrefix(key, "pk_test_"):
		e = invalid(codeSecretKeyRequired, "", "This API call cannot be made with a publishable API key. Please use a "+
			"secret API key.")
	case key == "":
		e = invalid("", "", "You did not provide an API key. You need to provide your API key in the Authorization "+
			"header, using Bearer auth (e.g. 'Authorization: Bearer YOUR_SECRET_KEY').")
	default:
		e = invalid("", "", "Invalid API Key provided. The stand-in takes test keys only, which begin with sk_test_, "+
			"rk_test_ or, in a browser, pk_test_.")
	}
	e.Status = http.StatusUnauthorized
	return false, e
}

// readValues reads the parameters in the query and in the form-encoded body.
func readValues(r *http.Request) (url.Values, error) {
	values, err := url.ParseQuery(r.URL.RawQuery)
	if err != nil {
		return nil, malformed()
	}
	if r.Method == http.MethodPost {
		body, err := readForm(r)
		if err != nil {
			return nil, err
		}
		for name, given := range body {
			values[name] = append(values[name], given...)
		}
	}
	for name, given := range values {
		if !utf8.ValidString(name) || !utf8.ValidString(strings.Join(given, "")) {
			return nil, malformed()
		}
	}
	return values, nil
}

func readForm(r *http.Request) (url.Values, error) {
	if r.ContentLength != 0 {
		if kind, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type")); kind != "application/x-www-form-urlencoded" {
			return nil, malformed()
		}
	}
	err := r.ParseForm()
	if tooLarge := (*http.MaxBytesError)(nil); errors.As(err, &tooLarge) {
		e := invalid("", "", "The request is too large; the limit is %d bytes.", tooLarge.Limit)
		e.Status = http.StatusRequestEntityTooLarge
		return nil, e
	}
	if err != nil {
		return nil, malformed()
	}
	return r.PostForm, nil
}

func malformed() *Error {
	return invalid("", "", "Invalid request (check that your POST content type is application/x-www-form-urlencoded).")
}

func ownFailure() *Error {
	e := newError(typeAPI, "", "", "The stand-in could not keep its book; its log says why.")
	e.Status = http.StatusInternalServerError
	return e
}

// healthz answers 204 while the book can be read.
func (s *server) healthz(w http.ResponseWriter, _ *http.Request) {
	if err := s.book.view(func(*tx) error { return nil }); err != nil {
		http.Error(w, "the book is closed", http.StatusServiceUnavailable)
		return
	}
	w.WriteHeader(http.StatusNoContent)
}

func (s *server) contents(w http.ResponseWriter, _ *http.Request) {
	all, err := s.book.Contents()
	if err != nil {
		s.log.Error("read the book", "cause", err)
		http.Error(w, "the book could not be read", http.StatusInternalServerError)
		return
	}
	writeJSON(w, http.StatusOK, all)
}
