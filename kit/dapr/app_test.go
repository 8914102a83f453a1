package dapr_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"ticketx/kit/dapr"
	"ticketx/kit/errs"
	"ticketx/kit/events"
	"ticketx/kit/web"
)

const token = "s3cret"

// quiet is a log nobody reads.
var quiet = slog.New(slog.DiscardHandler)

func call(h http.Handler, method, path, body, token string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, path, strings.NewReader(body))
	r.Header.Set("Content-Type", "application/cloudevents+json")
	if token != "" {
		r.Header.Set("dapr-api-token", token)
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

// deliver hands an event to the app as the sidecar does and returns the app's
// verdict.
func deliver(t *testing.T, app http.Handler, path, body string) string {
	t.Helper()
	w := call(app, http.MethodPost, path, body, "")
	require.Equal(t, http.StatusOK, w.Code, "another status has a meaning of its own for Dapr")
	var answer map[string]string
	require.NoError(t, json.Unmarshal(w.Body.Bytes(), &answer))
	require.Len(t, answer, 1)
	return answer["status"]
}

func example(t *testing.T, eventType string) string {
	t.Helper()
	body, err := os.ReadFile(filepath.Join("..", "events", "testdata", eventType+".json"))
	require.NoError(t, err)
	return string(body)
}

func TestSubscribeTable(t *testing.T) {
	app := dapr.NewApp(quiet, "")
	ask := func() string {
		w := call(app, http.MethodGet, "/dapr/subscribe", "", "")
		require.Equal(t, http.StatusOK, w.Code)
		assert.Equal(t, "application/json", w.Header().Get("Content-Type"))
		return w.Body.String()
	}
	assert.JSONEq(t, `[]`, ask(), "an empty list, not null")

	dapr.Subscribe(app, events.TopicOrders, func(context.Context, events.Order) error { return nil })
	dapr.Subscribe(app, events.TopicPayments, func(context.Context, events.Payment) error { return nil })
	dapr.Follow(app, events.TopicTickets, func(context.Context, events.Ticket) error { return nil })
	assert.JSONEq(t, `[
		{"pubsubname":"pubsub","topic":"orders","route":"/topics/orders","deadLetterTopic":"orders-dead"},
		{"pubsubname":"pubsub","topic":"payments","route":"/topics/payments","deadLetterTopic":"payments-dead"},
		{"pubsubname":"feed","topic":"tickets","route":"/feeds/tickets"}
	]`, ask())
}

// Nobody but the sidecar gets anything done on the app channel.
func TestAppToken(t *testing.T) {
	handled := 0
	app := dapr.NewApp(quiet, token)
	dapr.Subscribe(app, events.TopicOrders, func(context.Context, events.Order) error { handled++; return nil })
	dapr.Follow(app, events.TopicTickets, func(context.Context, events.Ticket) error { handled++; return nil })
	app.Router().HandleFunc("/invoked", func(w http.ResponseWriter, _ *http.Request) {
		handled++
		w.WriteHeader(http.StatusOK)
	}).Methods(http.MethodGet)
	app.Silent().HandleFunc("/silent", func(w http.ResponseWriter, _ *http.Request) {
		handled++
		w.WriteHeader(http.StatusOK)
	}).Methods(http.MethodGet)

	calls := []struct{ method, path, body string }{
		{http.MethodPost, "/topics/orders", example(t, events.OrderCreated)},
		{http.MethodPost, "/feeds/tickets", example(t, events.TicketCreated)},
		{http.MethodGet, "/invoked", ""},
		{http.MethodGet, "/silent", ""},
		{http.MethodGet, "/dapr/subscribe", ""},
	}
	for _, c := range calls {
		for _, wrong := range []string{"", "s3cre", "s3cret ", "S3CRET", token + "x"} {
			w := call(app, c.method, c.path, c.body, wrong)
			assert.Equal(t, http.StatusUnauthorized, w.Code, "%s with %q", c.path, wrong)
			assert.NotContains(t, w.Body.String(), token)
		}
	}
	assert.Zero(t, handled)
	for _, c := range calls {
		assert.Equal(t, http.StatusOK, call(app, c.method, c.path, c.body, token).Code, c.path)
	}
	assert.Equal(t, 4, handled)

	assert.Equal(t, http.StatusUnauthorized, call(app, http.MethodGet, "/unknown", "", "").Code, "nothing is told about what is there")
	assert.Equal(t, http.StatusNotFound, call(app, http.MethodGet, "/unknown", "", token).Code)
}

func TestAppHealth(t *testing.T) {
	assert.Equal(t, http.StatusNoContent, call(dapr.NewApp(quiet, ""), http.MethodGet, "/healthz", "", "").Code)
	assert.Equal(t, http.StatusNoContent, call(dapr.NewApp(quiet, token), http.MethodGet, "/healthz", "", "").Code,
		"Dapr's health probe carries no token")
}

func TestVerdicts(t *testing.T) {
	for name, c := range map[string]struct {
		outcome func() error
		verdict string
	}{
		"done":                   {func() error { return nil }, "SUCCESS"},
		"never right":            {func() error { return errs.Invalid("status", "is none") }, "DROP"},
		"never right, wrapped":   {func() error { return fmt.Errorf("x: %w", errs.InvalidFields([]errs.Field{{Message: "x"}})) }, "DROP"},
		"not there yet":          {func() error { return errs.NotFound("no such order") }, "RETRY"},
		"in the wrong state yet": {func() error { return errs.Conflict("not now") }, "RETRY"},
		"forbidden":              {func() error { return errs.Forbidden("no") }, "RETRY"},
		"store down":             {func() error { return errs.Unavailable("later", errors.New("down")) }, "RETRY"},
		"out of time":            {func() error { return context.DeadlineExceeded }, "RETRY"},
		"unclassified":           {func() error { return errors.New("what") }, "RETRY"},
		"a panic":                {func() error { panic("what") }, "RETRY"},
		"a panic with an error":  {func() error { panic(errs.Invalid("x", "y")) }, "RETRY"},
		"a panic with nil":       {func() error { panic(nil) }, "RETRY"},
	} {
		t.Run(name, func(t *testing.T) {
			app := dapr.NewApp(quiet, "")
			handle := func(context.Context, events.Order) error { return c.outcome() }
			dapr.Subscribe(app, events.TopicOrders, handle)
			dapr.Follow(app, events.TopicOrders, handle)
			assert.Equal(t, c.verdict, deliver(t, app, "/topics/orders", example(t, events.OrderCreated)))
			assert.Equal(t, c.verdict, deliver(t, app, "/feeds/orders", example(t, events.OrderCreated)))
		})
	}
}

func TestWhatKeepsFailingIsPutAsideAndAnOutageIsNot(t *testing.T) {
	var outcome error
	app := dapr.NewApp(quiet, "")
	dapr.Subscribe(app, events.TopicOrders, func(context.Context, events.Order) error { return outcome })
	verdicts := func(n int) (all []string) {
		for range n {
			all = append(all, deliver(t, app, "/topics/orders", example(t, events.OrderCreated)))
		}
		return all
	}
	const bound = 10

	outcome = errs.Unavailable("The store does not answer.", errors.New("down"))
	assert.NotContains(t, verdicts(5*bound), "DROP", "however long it lasts")

	outcome = errors.New("a defect of ours")
	failing := verdicts(bound)
	assert.NotContains(t, failing[:bound-1], "DROP")
	assert.Equal(t, "DROP", failing[bound-1])
	assert.NotContains(t, verdicts(bound-1), "DROP", "put back, it has all its tries again")

	outcome = nil
	assert.Equal(t, []string{"SUCCESS"}, verdicts(1))
	outcome = errors.New("a defect of ours")
	assert.NotContains(t, verdicts(bound-1), "DROP", "a success is forgotten failures")
}

func TestDelivery(t *testing.T) {
	var got []events.Order
	app := dapr.NewApp(quiet, "")
	dapr.Subscribe(app, events.TopicOrders, func(_ context.Context, o events.Order) error {
		got = append(got, o)
		return nil
	})
	var envelope events.Event
	var want events.Order
	require.NoError(t, json.Unmarshal([]byte(example(t, events.OrderCancelled)), &envelope))
	require.NoError(t, json.Unmarshal(envelope.Data, &want))

	// As the sidecar delivers it: with attributes of its own, and in another
	// order.
	var doc map[string]any
	require.NoError(t, json.Unmarshal([]byte(example(t, events.OrderCancelled)), &doc))
	doc["pubsubname"], doc["topic"], doc["traceid"], doc["tracestate"] = "pubsub", "orders", "00-0-0-01", ""
	extended, err := json.Marshal(doc)
	require.NoError(t, err)

	assert.Equal(t, "SUCCESS", deliver(t, app, "/topics/orders", string(extended)))
	assert.Equal(t, "SUCCESS", deliver(t, app, "/topics/orders", example(t, events.OrderCancelled)))
	assert.Equal(t, []events.Order{want, want}, got)
}

// What can never be decoded goes to the dead-letter topic at once and reaches no
// handler.
func TestMalformedEvents(t *testing.T) {
	app := dapr.NewApp(quiet, "")
	dapr.Subscribe(app, events.TopicOrders, func(context.Context, events.Order) error {
		assert.Fail(t, "handled")
		return nil
	})
	for name, body := range map[string]string{
		"nothing":                   ``,
		"no JSON":                   `hello`,
		"cut off":                   `{"specversion":"1.0","data":{`,
		"null":                      `null`,
		"an array":                  `[]`,
		"no data":                   `{"specversion":"1.0","id":"x","type":"order.created"}`,
		"null data":                 `{"id":"x","data":null}`,
		"data that is text":         `{"id":"x","data":"{\"id\":\"1\"}"}`,
		"data that is a number":     `{"id":"x","data":5}`,
		"data that is an array":     `{"id":"x","data":[{"id":"1"}]}`,
		"data in base64":            `{"id":"x","data_base64":"e30="}`,
		"a version that is text":    `{"id":"x","data":{"id":"1","version":"2"}}`,
		"a price with a fraction":   `{"id":"x","data":{"id":"1","ticket":{"priceMinor":25.5}}}`,
		"a date that is none":       `{"id":"x","data":{"id":"1","createdAt":"yesterday"}}`,
		"an envelope of wrong type": `{"id":5,"data":{"id":"1"}}`,
		"a time that is none":       `{"id":"x","time":"now","data":{"id":"1"}}`,
	} {
		t.Run(name, func(t *testing.T) {
			assert.Equal(t, "DROP", deliver(t, app, "/topics/orders", body))
		})
	}
}

// A handler that hangs is given up before the sidecar gives up on the app.
func TestHandlersAreBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		app := dapr.NewApp(quiet, "")
		dapr.Subscribe(app, events.TopicOrders, func(ctx context.Context, _ events.Order) error {
			<-ctx.Done()
			return ctx.Err()
		})
		start := time.Now()
		assert.Equal(t, "RETRY", deliver(t, app, "/topics/orders", `{"data":{}}`))
		assert.Less(t, time.Since(start), 10*time.Second, "the handler's limit in components/resiliency")
	})
}

func TestEventLog(t *testing.T) {
	for name, c := range map[string]struct {
		path  string
		body  string
		err   error
		level string
	}{
		"done":       {"/topics/orders", example(t, events.OrderCreated), nil, "INFO"},
		"followed":   {"/feeds/orders", example(t, events.OrderCreated), nil, "DEBUG"},
		"retried":    {"/topics/orders", example(t, events.OrderCreated), errors.New("cause"), "WARN"},
		"dropped":    {"/feeds/orders", example(t, events.OrderCreated), errs.Invalid("x", "cause"), "ERROR"},
		"undecoded":  {"/topics/orders", `{"id":"x","data":{"title":"hunter2"`, nil, "ERROR"},
		"wrong type": {"/topics/orders", `{"id":"x","data":{"id":5}}`, nil, "ERROR"},
	} {
		t.Run(name, func(t *testing.T) {
			var out bytes.Buffer
			app := dapr.NewApp(slog.New(slog.NewJSONHandler(&out, &slog.HandlerOptions{Level: slog.LevelDebug})), "")
			handle := func(context.Context, events.Order) error { return c.err }
			dapr.Subscribe(app, events.TopicOrders, handle)
			dapr.Follow(app, events.TopicOrders, handle)
			verdict := deliver(t, app, c.path, c.body)

			var line map[string]any
			require.NoError(t, json.Unmarshal(out.Bytes(), &line), "one line: %s", out.String())
			assert.Equal(t, c.level, line["level"])
			assert.Equal(t, verdict, line["verdict"])
			assert.Equal(t, events.TopicOrders, line["topic"])
			if c.body == example(t, events.OrderCreated) {
				assert.Equal(t, events.OrderCreated, line["type"])
				assert.Contains(t, line["event"], "order:")
				assert.NotEmpty(t, line["subject"])
			}
			assert.Equal(t, verdict != "SUCCESS", line["err"] != nil)
			if c.err != nil {
				assert.Contains(t, line["err"], "cause")
			}
			assert.NotContains(t, out.String(), "hunter2", "the data is not logged")
			assert.NotContains(t, out.String(), "priceMinor")
		})
	}
}

// What other services invoke has a line in the log and problem documents.
func TestInvokedRoutes(t *testing.T) {
	var out bytes.Buffer
	app := dapr.NewApp(slog.New(slog.NewJSONHandler(&out, nil)), "")
	app.Router().Handle("/things/{id}", web.Handler(func(http.ResponseWriter, *http.Request) error {
		return errs.NotFound("There is no such thing.")
	})).Methods(http.MethodGet)
	app.Router().Handle("/broken", web.Handler(func(http.ResponseWriter, *http.Request) error { panic("what") }))

	w := call(app, http.MethodGet, "/things/1", "", "")
	assert.Equal(t, http.StatusNotFound, w.Code)
	assert.Equal(t, "application/problem+json", w.Header().Get("Content-Type"))
	assert.Equal(t, http.StatusInternalServerError, call(app, http.MethodGet, "/broken", "", "").Code)
	assert.Equal(t, 2, strings.Count(out.String(), "\n"), out.String())
	assert.Contains(t, out.String(), "/things/1")
}
