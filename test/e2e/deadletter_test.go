//go:build linux

package e2e_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"regexp"
	"strconv"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/nats-io/nats.go"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"ticketx/dev/shop"
)

// A payment that can't be right is put aside and seen; one that is in order and
// was put aside all the same is put back, and its order completes.
func TestDeadLettersAreSeenAndPutBack(t *testing.T) {
	ctx := t.Context()
	seller, buyer := newcomer(t, "seller"), newcomer(t, "buyer")
	ticket, err := seller.List(ctx, "Dress circle", 30)
	require.NoError(t, err)
	order, err := buyer.Reserve(ctx, ticket.ID, 0)
	require.NoError(t, err)
	dropped := figure(t, "orders", `ticketx_events_handled_total{component="pubsub",reason="malformed",topic="payments",verdict="drop"}`)

	poison := uuid.NewString()
	broadcast(t, "payments", paymentEvent(poison, map[string]any{"orderId": "none", "ticketId": ticket.ID, "status": "succeeded"}))
	letter := awaitLetter(t, "payments", poison)
	assert.Regexp(t, `payment\.created .* orders: .*ids of its order`, letter.line, "who dropped it, and why")
	assert.InDelta(t, dropped+1, figure(t, "orders", `ticketx_events_handled_total{component="pubsub",reason="malformed",topic="payments",verdict="drop"}`), 0)

	broadcast(t, "payments-dead", paymentEvent(order.ID, map[string]any{
		"id": uuid.NewString(), "version": 1, "orderId": order.ID, "ticketId": ticket.ID, "userId": uuid.NewString(),
		"status": "succeeded", "amountMinor": 3000, "currency": "usd", "updatedAt": time.Now(),
	}))
	awaitLetter(t, "payments", order.ID)
	waiting := figure(t, "payments", `ticketx_dead_letters{topic="payments"}`)
	assert.GreaterOrEqual(t, waiting, 2.0)
	said, err := sys.Command(ctx, "dead-letters", "payments", letter.id)
	require.NoError(t, err, said)
	assert.Contains(t, said, `"orderId": "none"`)

	said, err = sys.Command(ctx, "redrive", "payments")
	require.NoError(t, err, said)
	assert.Equal(t, fmt.Sprintf("payments: %.0f put back\n", waiting), said)
	awaitOrder(t, buyer, order.ID, "complete")

	back, err := shop.Until(soon(t),
		func(context.Context) (deadLetter, error) { return findLetter(t, "payments", poison), nil },
		func(l deadLetter) bool { return l.id != "" && l.id != letter.id })
	require.NoError(t, err, "what can't be right comes back, as a new letter")
	assert.Empty(t, findLetter(t, "payments", order.ID).id)
	said, err = sys.Command(ctx, "discard", "payments", back.id)
	require.NoError(t, err, said)
	assert.Empty(t, findLetter(t, "payments", poison).id)
	assert.InDelta(t, waiting-2, figure(t, "payments", `ticketx_dead_letters{topic="payments"}`), 0)

	said, err = sys.Command(ctx, "redrive", "paymens")
	require.Error(t, err)
	assert.Contains(t, said, `there is no topic "paymens"; there are tickets, orders, payments, expirations`)
}

// What is no event at all is kept as well, by the owner of each topic.
func TestGarbageIsKept(t *testing.T) {
	for topic, owner := range map[string]string{
		"tickets": "tickets", "orders": "orders", "payments": "payments", "expirations": "expiration",
	} {
		t.Run(topic, func(t *testing.T) {
			waiting := fmt.Sprintf("ticketx_dead_letters{topic=%q}", topic)
			before := figure(t, owner, waiting)
			broadcast(t, topic, "garbage "+uuid.NewString())
			_, err := shop.Until(soon(t),
				func(context.Context) (float64, error) { return figure(t, owner, waiting), nil },
				func(n float64) bool { return n > before })
			require.NoError(t, err)
			said, err := sys.Command(t.Context(), "dead-letters", topic)
			require.NoError(t, err, said)
			found := regexp.MustCompile(`(?m)^` + topic + ` +([0-9a-f]+) .*it is no event`).FindStringSubmatch(said)
			require.NotNil(t, found, said)
			said, err = sys.Command(t.Context(), "discard", topic, found[1])
			require.NoError(t, err, said)
		})
	}
}

// Dead letters and figures are for whoever runs the system.
func TestDeadLettersAndFiguresAreForOperators(t *testing.T) {
	visitor := newcomer(t, "curious")
	for _, path := range []string{"/metrics", "/dead-letters", "/api/orders/../../metrics"} {
		res, _ := send(t, visitor, http.MethodGet, path, "")
		assert.Equal(t, http.StatusNotFound, res.StatusCode, path)
	}
	assert.Equal(t, http.StatusOK, invoke(t, "orders", http.MethodGet, "orders", "dead-letters"))
	assert.Equal(t, http.StatusForbidden, invoke(t, "tickets", http.MethodGet, "orders", "dead-letters"), "other services")
	assert.Equal(t, http.StatusForbidden, invoke(t, "tickets", http.MethodPost, "orders", "topics/payments"), "nor can they forge events")
	app, err := sys.Port("orders-app")
	require.NoError(t, err)
	res, _ := send(t, shop.NewPerson(fmt.Sprintf("http://127.0.0.1:%d", app), "inside"), http.MethodGet, "/dead-letters", "")
	assert.Equal(t, http.StatusUnauthorized, res.StatusCode, "past the sidecar")

	for _, service := range []string{"auth", "tickets", "orders", "payments", "expiration"} {
		assert.Positive(t, figure(t, service, "go_goroutines"), service)
	}
}

// invoke has a service's sidecar invoke another service.
func invoke(t *testing.T, through, verb, service, method string) int {
	t.Helper()
	port, err := sys.Port(through + "-dapr-http")
	require.NoError(t, err)
	res, _ := send(t, shop.NewPerson(fmt.Sprintf("http://127.0.0.1:%d", port), "operator"), verb,
		"/v1.0/invoke/"+service+"/method/"+method, "")
	return res.StatusCode
}

func paymentEvent(subject string, data map[string]any) string {
	body, _ := json.Marshal(map[string]any{ // maps of strings and numbers always encode
		"specversion": "1.0", "id": "payment:" + subject + ":1", "source": "ticketx/payments", "type": "payment.created",
		"subject": subject, "time": time.Now(), "datacontenttype": "application/json", "data": data,
	})
	return string(body)
}

// broadcast puts a message on a topic past all sidecars.
func broadcast(t *testing.T, topic, body string) {
	t.Helper()
	port, err := sys.Port("nats")
	require.NoError(t, err)
	conn, err := nats.Connect(fmt.Sprintf("nats://127.0.0.1:%d", port))
	require.NoError(t, err)
	defer conn.Close()
	require.NoError(t, conn.Publish(topic, []byte(body)))
	require.NoError(t, conn.Flush())
}

// deadLetter is a line that `ticketx dead-letters` prints.
type deadLetter struct{ id, line string }

// findLetter returns the letter with the subject, or nothing.
func findLetter(t *testing.T, topic, subject string) deadLetter {
	t.Helper()
	said, err := sys.Command(t.Context(), "dead-letters", topic)
	require.NoError(t, err, said)
	found := regexp.MustCompile(`(?m)^` + topic + ` +([0-9a-f]+) .* ` + subject + ` .*$`).FindStringSubmatch(said)
	if found == nil {
		return deadLetter{}
	}
	return deadLetter{id: found[1], line: found[0]}
}

func awaitLetter(t *testing.T, topic, subject string) deadLetter {
	t.Helper()
	letter, err := shop.Until(soon(t),
		func(context.Context) (deadLetter, error) { return findLetter(t, topic, subject), nil },
		func(l deadLetter) bool { return l.id != "" })
	require.NoError(t, err)
	return letter
}

// figure returns what the service's page of figures says.
func figure(t *testing.T, service, name string) float64 {
	t.Helper()
	port, err := sys.Port(service + "-api")
	require.NoError(t, err)
	page := shop.NewPerson(fmt.Sprintf("http://127.0.0.1:%d", port), "watcher")
	res, body, err := page.Send(t.Context(), http.MethodGet, "/metrics", nil)
	require.NoError(t, err)
	require.Equal(t, http.StatusOK, res.StatusCode)
	found := regexp.MustCompile(`(?m)^` + regexp.QuoteMeta(name) + ` (\S+)$`).FindSubmatch(body)
	require.NotNil(t, found, "%s has no %s: %s", service, name, body)
	n, err := strconv.ParseFloat(string(found[1]), 64)
	require.NoError(t, err)
	return n
}
