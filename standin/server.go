package standin

import (
	"crypto/rand"
	"encoding/json"
	"errors"
	"log/slog"
	"mime"
	"net/http"
	"net/url"
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

// Option changes how a server is made.
type Option func(*server)

// WithLogger makes the server write one line for each request. It never
// writes parameters, keys or anything else that the client chose.
func WithLogger(log *slog.Logger) Option {
	return func(s *server) { s.log = log }
}

type server struct {
	book *Book
	log  *slog.Logger
}

// NewServer serves the book: Stripe's API below /v1, and for people and tests
// GET /book, the whole of it, and GET /healthz. Without a logger it is silent.
func NewServer(book *Book, options ...Option) http.Handler {
	s := &server{book: book, log: slog.New(slog.DiscardHandler)}
	for _, o := range options {
		o(s)
	}
	r := mux.NewRouter().SkipClean(true)
	r.HandleFunc("/healthz", s.healthz).Methods(http.MethodGet)
	r.HandleFunc("/book", s.contents).Methods(http.MethodGet)

	r.Handle("/v1/payment_intents", s.writing(createIntent)).Methods(http.MethodPost)
	r.Handle("/v1/payment_intents", s.reading(listIntents)).Methods(http.MethodGet)
	r.Handle("/v1/payment_intents/{id}", s.reading(showIntent)).Methods(http.MethodGet)
	r.Handle("/v1/payment_intents/{id}/confirm", s.writing(confirmIntent)).Methods(http.MethodPost)
	r.Handle("/v1/payment_intents/{id}/cancel", s.writing(cancelIntent)).Methods(http.MethodPost)
	r.Handle("/v1/refunds", s.writing(createRefund)).Methods(http.MethodPost)
	r.Handle("/v1/refunds", s.reading(listRefunds)).Methods(http.MethodGet)
	r.Handle("/v1/refunds/{id}", s.reading(showRefund)).Methods(http.MethodGet)
	r.Handle("/v1/charges/{id}", s.reading(showCharge)).Methods(http.MethodGet)

	r.NotFoundHandler = s.answering(unrecognized)
	r.MethodNotAllowedHandler = s.answering(unrecognized)
	return r
}

// endpoint reads the parameters of a request and returns what it asks for. An
// error is about the parameters: nothing has run, and nothing is kept for the
// idempotency key.
type endpoint func(id string, p *params) (operation, error)

func (s *server) writing(e endpoint) http.Handler {
	return s.answering(func(requestID string, r *http.Request) (answer, error) {
		op, values, err := prepare(e, r)
		if err != nil {
			return answer{}, err
		}
		return s.book.once(request{
			id:     requestID,
			key:    r.Header.Get("Idempotency-Key"),
			path:   r.URL.Path,
			params: values,
		}, op)
	})
}

func (s *server) reading(e endpoint) http.Handler {
	return s.answering(func(_ string, r *http.Request) (answer, error) {
		op, _, err := prepare(e, r)
		if err != nil {
			return answer{}, err
		}
		return s.book.read(op)
	})
}

// prepare checks the caller's key and the parameters.
func prepare(e endpoint, r *http.Request) (operation, url.Values, error) {
	if err := authenticate(r); err != nil {
		return nil, nil, err
	}
	values, err := readValues(r)
	if err != nil {
		return nil, nil, err
	}
	op, err := e(mux.Vars(r)["id"], newParams(values))
	return op, values, err
}

func unrecognized(_ string, r *http.Request) (answer, error) {
	return answer{}, unrecognizedURL(r.Method, r.URL.Path)
}

// answering writes what answer returns, with Stripe's headers, and one line
// of log.
func (s *server) answering(respond func(requestID string, r *http.Request) (answer, error)) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		started := time.Now()
		requestID := "req_" + rand.Text()[:14]
		r.Body = http.MaxBytesReader(w, r.Body, largestBody)

		ans, err := respond(requestID, r)
		if e := (*Error)(nil); errors.As(err, &e) {
			ans = refusal(e)
		} else if err != nil {
			ans = refusal(ownFailure())
		}

		h := w.Header()
		h.Set("Content-Type", "application/json")
		h.Set("Request-Id", requestID)
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
		w.WriteHeader(ans.status)
		_, _ = w.Write(ans.body) // the client may be gone; the book has the answer
		s.logRequest(r, requestID, ans, err, time.Since(started))
	})
}

func (s *server) logRequest(r *http.Request, requestID string, ans answer, err error, took time.Duration) {
	route := "none"
	if matched := mux.CurrentRoute(r); matched != nil {
		route, _ = matched.GetPathTemplate()
	}
	attrs := []slog.Attr{
		slog.String("request", requestID),
		slog.String("method", r.Method),
		slog.String("route", route),
		slog.Int("status", ans.status),
		slog.Duration("took", took),
	}
	if ans.object != "" {
		attrs = append(attrs, slog.String("object", ans.object))
	}
	if ans.code != "" {
		attrs = append(attrs, slog.String("error", ans.code))
	}
	if ans.replayed {
		attrs = append(attrs, slog.Bool("replayed", true))
	}
	level := slog.LevelInfo
	if ans.status >= http.StatusInternalServerError {
		level = slog.LevelError
		attrs = append(attrs, slog.Any("cause", err))
	}
	s.log.LogAttrs(r.Context(), level, "request", attrs...)
}

// authenticate wants a secret test key, as bearer token or as the user of
// basic authentication. Which one does not matter: there is one book.
func authenticate(r *http.Request) error {
	key, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	if !ok {
		key, _, _ = r.BasicAuth()
	}
	key = strings.TrimSpace(key)
	var e *Error
	switch {
	case strings.HasPrefix(key, "sk_test_"):
		return nil
	case key == "":
		e = invalid("", "", "You did not provide an API key. You need to provide your API key in the Authorization "+
			"header, using Bearer auth (e.g. 'Authorization: Bearer YOUR_SECRET_KEY').")
	default:
		e = invalid("", "", "Invalid API Key provided. The stand-in takes secret test keys only, which begin with sk_test_.")
	}
	e.Status = http.StatusUnauthorized
	return e
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
	w.Header().Set("Content-Type", "application/json")
	enc := json.NewEncoder(w)
	enc.SetIndent("", "  ")
	_ = enc.Encode(all) // the client may be gone
}
