package web_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"ticketx/kit/errs"
	"ticketx/kit/web"
)

// secret must not leave this side, in an answer or in the log.
const secret = "hunter2"

// logged is a logger whose lines a test can read.
func logged() (*slog.Logger, func(t *testing.T) []map[string]any) {
	var out bytes.Buffer
	logger := slog.New(slog.NewJSONHandler(&out, &slog.HandlerOptions{Level: slog.LevelDebug}))
	return logger, func(t *testing.T) []map[string]any {
		t.Helper()
		var lines []map[string]any
		for line := range strings.Lines(out.String()) {
			var fields map[string]any
			require.NoError(t, json.Unmarshal([]byte(line), &fields))
			lines = append(lines, fields)
		}
		return lines
	}
}

// serve answers one request through everything an API listener has, and returns
// the answer and the one line in the log.
func serve(t *testing.T, h http.Handler, r *http.Request) (*httptest.ResponseRecorder, map[string]any) {
	t.Helper()
	logger, lines := logged()
	router := web.NewRouter(logger, func(context.Context) error { return nil })
	router.Handle("/things/{id}", h).Methods(http.MethodGet, http.MethodPost)
	w := httptest.NewRecorder()
	router.ServeHTTP(w, r)
	require.Len(t, lines(t), 1, "one line per request")
	return w, lines(t)[0]
}

func failing(err error) web.Handler {
	return func(http.ResponseWriter, *http.Request) error { return err }
}

func get(path string) *http.Request { return httptest.NewRequest(http.MethodGet, path, http.NoBody) }

func problem(t *testing.T, w *httptest.ResponseRecorder) web.Problem {
	t.Helper()
	assert.Equal(t, "application/problem+json", w.Header().Get("Content-Type"))
	assert.Equal(t, "no-store", w.Header().Get("Cache-Control"))
	var p web.Problem
	require.NoError(t, json.Unmarshal(w.Body.Bytes(), &p))
	assert.Equal(t, w.Code, p.Status)
	assert.Equal(t, http.StatusText(w.Code), p.Title)
	assert.Equal(t, "about:blank", p.Type)
	assert.NotEmpty(t, p.Errors, "TicketX's client reads errors")
	return p
}

// A form on another site can send JSON as text/plain. SameSite keeps our cookies
// out of it, but nothing keeps it from signing somebody in as somebody else.
func TestOtherSitesChangeNothing(t *testing.T) {
	for name, c := range map[string]struct {
		method, header, value string
		status                int
	}{
		"a program":             {http.MethodPost, "", "", 204},
		"our own page":          {http.MethodPost, "Sec-Fetch-Site", "same-origin", 204},
		"our page, old browser": {http.MethodPost, "Origin", "http://example.com", 204}, // httptest's host
		"another site":          {http.MethodPost, "Sec-Fetch-Site", "cross-site", 403},
		"a neighbour's host":    {http.MethodPost, "Sec-Fetch-Site", "same-site", 403},
		"another, old browser":  {http.MethodPost, "Origin", "https://evil.example", 403},
		"a link from elsewhere": {http.MethodGet, "Sec-Fetch-Site", "cross-site", 204},
	} {
		t.Run(name, func(t *testing.T) {
			r := httptest.NewRequest(c.method, "/things/1", http.NoBody)
			r.Header.Set(c.header, c.value)
			w, _ := serve(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) }), r)
			assert.Equal(t, c.status, w.Code)
			if c.status == http.StatusForbidden {
				problem(t, w)
			}
		})
	}
}

func TestProblems(t *testing.T) {
	cause := errors.New("dial tcp: " + secret)
	for name, c := range map[string]struct {
		err        error
		status     int
		detail     string
		errors     []errs.Field
		code       string
		retryAfter string
		level      string
	}{
		"invalid": {
			err: errs.Invalid("title", "Must not be empty."), status: 400,
			detail: "Must not be empty.", errors: []errs.Field{{Message: "Must not be empty.", Field: "title"}}, level: "INFO",
		},
		"invalid fields": {
			err:    errs.InvalidFields([]errs.Field{{Message: "a", Field: "x"}, {Message: "b", Field: "y"}}),
			status: 400, detail: "The request has invalid fields.",
			errors: []errs.Field{{Message: "a", Field: "x"}, {Message: "b", Field: "y"}}, level: "INFO",
		},
		"unauthenticated": {err: errs.Unauthenticated("Sign in."), status: 401, detail: "Sign in.", level: "INFO"},
		"declined": {
			err: errs.PaymentRequired("card_declined", "Declined."), status: 402,
			detail: "Declined.", code: "card_declined", level: "INFO",
		},
		"forbidden":            {err: errs.Forbidden("Not yours."), status: 403, detail: "Not yours.", level: "INFO"},
		"not found":            {err: errs.NotFound("None."), status: 404, detail: "None.", level: "INFO"},
		"conflict":             {err: errs.Conflict("Sold."), status: 409, detail: "Sold.", level: "INFO"},
		"conflict with a code": {err: errs.ConflictOf("sold", "Sold."), status: 409, detail: "Sold.", code: "sold", level: "INFO"},
		"contradiction":        {err: errs.Unprocessable("Another body."), status: 422, detail: "Another body.", level: "INFO"},
		"unavailable":          {err: errs.Unavailable("Later.", cause), status: 503, detail: "Later.", retryAfter: "1", level: "WARN"},
		"unavailable, said":    {err: &errs.Error{Kind: errs.KindUnavailable, Message: "Later.", RetryAfter: 1500 * time.Millisecond}, status: 503, detail: "Later.", retryAfter: "2", level: "WARN"},
		"wrapped":              {err: fmt.Errorf("buy for %s: %w", secret, errs.Conflict("Sold.")), status: 409, detail: "Sold.", level: "INFO"},
		"joined":               {err: errors.Join(cause, errs.NotFound("None.")), status: 404, detail: "None.", level: "INFO"},
		"unclassified":         {err: cause, status: 500, detail: "Something went wrong on our side.", level: "ERROR"},
		"internal":             {err: &errs.Error{Message: secret}, status: 500, detail: "Something went wrong on our side.", level: "ERROR"},
		"out of time": {
			err: fmt.Errorf("read: %w", context.DeadlineExceeded), status: 503,
			detail: "The service did not answer in time. Please try again.", retryAfter: "1", level: "WARN",
		},
		"the caller has gone": {
			err: fmt.Errorf("read: %w", context.Canceled), status: 503,
			detail: "The service did not answer in time. Please try again.", retryAfter: "1", level: "WARN",
		},
	} {
		t.Run(name, func(t *testing.T) {
			w, line := serve(t, failing(c.err), get("/things/1"))
			assert.Equal(t, c.status, w.Code)
			p := problem(t, w)
			assert.Equal(t, c.detail, p.Detail)
			assert.Equal(t, c.code, p.Code)
			if c.errors == nil {
				c.errors = []errs.Field{{Message: c.detail}}
			}
			assert.Equal(t, c.errors, p.Errors)
			assert.Equal(t, c.retryAfter, w.Header().Get("Retry-After"))
			assert.NotContains(t, w.Body.String(), secret)

			assert.Equal(t, c.err.Error(), line["err"], "the cause is in the log")
			assert.Equal(t, c.level, line["level"])
			assert.EqualValues(t, c.status, line["status"])
			assert.Equal(t, p.RequestID, line["request"])
			assert.Equal(t, p.RequestID, w.Header().Get("X-Request-Id"))
			assert.NotEmpty(t, p.RequestID)
		})
	}
}

func TestUnknownAddresses(t *testing.T) {
	w, line := serve(t, failing(nil), get("/nothing"))
	assert.Equal(t, http.StatusNotFound, w.Code)
	problem(t, w)
	assert.Equal(t, "/nothing", line["path"])

	w, line = serve(t, failing(nil), httptest.NewRequest(http.MethodDelete, "/things/1", http.NoBody))
	assert.Equal(t, http.StatusMethodNotAllowed, w.Code)
	assert.Contains(t, problem(t, w).Detail, http.MethodDelete)
	assert.EqualValues(t, http.StatusMethodNotAllowed, line["status"])
}

func TestEncode(t *testing.T) {
	w, line := serve(t, web.Handler(func(w http.ResponseWriter, _ *http.Request) error {
		return web.Encode(w, http.StatusCreated, map[string]int{"n": 1})
	}), get("/things/1"))
	assert.Equal(t, http.StatusCreated, w.Code)
	assert.Equal(t, "application/json", w.Header().Get("Content-Type"))
	assert.Equal(t, "no-store", w.Header().Get("Cache-Control"))
	assert.JSONEq(t, `{"n":1}`, w.Body.String())
	assert.EqualValues(t, http.StatusCreated, line["status"])
	assert.NotContains(t, line, "err")

	w, _ = serve(t, web.Handler(func(w http.ResponseWriter, _ *http.Request) error {
		return web.Encode(w, http.StatusOK, func() {})
	}), get("/things/1"))
	assert.Equal(t, http.StatusInternalServerError, w.Code, "what can't be encoded is answered as a failure")
	problem(t, w)
}

func TestPanics(t *testing.T) {
	t.Run("a panic is a 500 with its stack in the log", func(t *testing.T) {
		w, line := serve(t, web.Handler(func(http.ResponseWriter, *http.Request) error { panic("lost " + secret) }), get("/things/1"))
		assert.Equal(t, http.StatusInternalServerError, w.Code)
		assert.NotContains(t, w.Body.String(), "lost")
		problem(t, w)
		assert.Equal(t, "ERROR", line["level"])
		assert.Contains(t, line["err"], "lost "+secret)
		assert.Contains(t, line["err"], "handler_test.go", "the stack")
	})

	t.Run("an answer that has begun is left alone", func(t *testing.T) {
		w, line := serve(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			_, _ = w.Write([]byte("half"))
			panic("too late")
		}), get("/things/1"))
		assert.Equal(t, http.StatusOK, w.Code)
		assert.Equal(t, "half", w.Body.String())
		assert.Contains(t, line["err"], "too late")
		assert.Equal(t, "ERROR", line["level"])
	})

	t.Run("an abort is left to net/http", func(t *testing.T) {
		logger, _ := logged()
		h := web.Log(logger)(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }))
		assert.PanicsWithValue(t, http.ErrAbortHandler, func() { h.ServeHTTP(httptest.NewRecorder(), get("/")) })
	})
}

// The log says what happened, and nothing that belongs to the caller.
func TestRequestLog(t *testing.T) {
	body := strings.NewReader(`{"password":"` + secret + `","title":5,`)
	r := httptest.NewRequest(http.MethodPost, "/things/1?token="+secret, body)
	r.Header.Set("Authorization", "Bearer "+secret)
	r.Header.Set("User-Agent", secret)
	r.Header.Set("Traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01")
	r.AddCookie(&http.Cookie{Name: "session", Value: secret})
	r.RemoteAddr = "203.0.113.7:1234"

	w, line := serve(t, web.Handler(func(w http.ResponseWriter, r *http.Request) error {
		_, err := web.Decode[struct {
			Password string `json:"password"`
			Title    string `json:"title"`
		}](w, r)
		return err
	}), r)
	assert.Equal(t, http.StatusBadRequest, w.Code)
	assert.Equal(t, "request", line["msg"])
	assert.Equal(t, http.MethodPost, line["method"])
	assert.Equal(t, "/things/1", line["path"])
	assert.Equal(t, "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", line["trace"])
	assert.Contains(t, line, "took_ms")
	assert.Contains(t, line, "err")
	for key, value := range line {
		assert.NotContains(t, fmt.Sprint(value), secret, key)
		assert.NotContains(t, fmt.Sprint(value), "203.0.113.7", key)
	}
}

func TestRequestIDs(t *testing.T) {
	var inside []string
	h := web.Handler(func(_ http.ResponseWriter, r *http.Request) error {
		inside = append(inside, web.RequestID(r.Context()))
		return nil
	})
	for range 2 {
		w, _ := serve(t, h, get("/things/1"))
		assert.Equal(t, w.Header().Get("X-Request-Id"), inside[len(inside)-1])
	}
	assert.NotEqual(t, inside[0], inside[1])
	assert.Empty(t, web.RequestID(t.Context()))
}

func TestHealth(t *testing.T) {
	logger, lines := logged()
	var down error
	router := web.NewRouter(logger, func(context.Context) error { return down })
	ask := func(path string) *httptest.ResponseRecorder {
		w := httptest.NewRecorder()
		router.ServeHTTP(w, get(path))
		return w
	}

	// news returns the lines about readiness that are more than a probe's own.
	news := func() (told []string) {
		for _, line := range lines(t) {
			if line["level"] != "DEBUG" {
				told = append(told, line["level"].(string)+" "+line["msg"].(string))
			}
		}
		return told
	}

	assert.Equal(t, http.StatusNoContent, ask("/healthz").Code)
	assert.Equal(t, http.StatusNoContent, ask("/readyz").Code)
	assert.Equal(t, http.StatusNoContent, ask("/readyz").Code)
	assert.Equal(t, []string{"INFO ready"}, news(), "said once")

	down = errs.Unavailable("The store does not answer.", errors.New(secret))
	w := ask("/readyz")
	assert.Equal(t, http.StatusServiceUnavailable, w.Code)
	assert.Equal(t, "1", w.Header().Get("Retry-After"))
	assert.Equal(t, "The store does not answer.", problem(t, w).Detail)
	assert.Equal(t, http.StatusServiceUnavailable, ask("/readyz").Code)
	assert.Equal(t, http.StatusNoContent, ask("/healthz").Code, "alive, though not ready")
	assert.Equal(t, []string{"INFO ready", "WARN no longer ready"}, news(), "said once")

	down = nil
	assert.Equal(t, http.StatusNoContent, ask("/readyz").Code)
	assert.Equal(t, []string{"INFO ready", "WARN no longer ready", "INFO ready"}, news())
}

func TestMethodNotAllowedNamesThoseThatAre(t *testing.T) {
	logger, _ := logged()
	router := web.NewRouter(logger, func(context.Context) error { return nil })
	things := router.PathPrefix("/things").Subrouter()
	things.Handle("/{id}", failing(nil)).Methods(http.MethodGet, http.MethodDelete)

	w := httptest.NewRecorder()
	router.ServeHTTP(w, httptest.NewRequest(http.MethodPatch, "/things/1", http.NoBody))
	assert.Equal(t, http.StatusMethodNotAllowed, w.Code)
	assert.Equal(t, []string{http.MethodGet, http.MethodDelete}, w.Header().Values("Allow"))
	assert.Equal(t, http.StatusMethodNotAllowed, problem(t, w).Status)
}

// A conflict can name the caller's order that is in the way; nothing else does.
func TestProblemsNameTheOrderInTheWay(t *testing.T) {
	w, _ := serve(t, failing(&errs.Error{Kind: errs.KindConflict, Message: "Yours.", Code: "reserved_by_you", OrderID: "o-1"}), get("/things/1"))
	assert.Equal(t, "o-1", problem(t, w).OrderID)
	w, _ = serve(t, failing(errs.Conflict("No.")), get("/things/1"))
	assert.NotContains(t, w.Body.String(), "orderId")
	assert.NotContains(t, w.Body.String(), "code")
}

func TestOnlyAQueryHandlerTakesQueryParameters(t *testing.T) {
	done := func(w http.ResponseWriter, _ *http.Request) error {
		w.WriteHeader(http.StatusNoContent)
		return nil
	}
	for _, tc := range []struct {
		handler http.Handler
		target  string
		want    int
	}{
		{web.Handler(done), "/", http.StatusNoContent},
		{web.Handler(done), "/?limit=3", http.StatusBadRequest},
		{web.QueryHandler(done), "/?limit=3", http.StatusNoContent},
	} {
		answer := httptest.NewRecorder()
		tc.handler.ServeHTTP(answer, httptest.NewRequestWithContext(t.Context(), http.MethodGet, tc.target, http.NoBody))
		assert.Equal(t, tc.want, answer.Code, tc.target)
	}
}
