package deadletter_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/prometheus/client_golang/prometheus/testutil"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"ticketx/kit/dapr"
	"ticketx/kit/daprtest"
	"ticketx/kit/deadletter"
	"ticketx/kit/errs"
	"ticketx/kit/events"
	"ticketx/kit/state"
)

// patience is how long a test waits for what must happen.
const patience = 30 * time.Second

// consumer handles orders, and refuses those that it is told to.
type consumer struct {
	mu      sync.Mutex
	refuses map[string]bool
	handled []string
}

func (c *consumer) take(_ context.Context, o events.Order) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.refuses[o.ID] {
		return errs.Invalid("id", "A defect of this consumer.")
	}
	c.handled = append(c.handled, o.ID)
	return nil
}

func (c *consumer) mend(id string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.refuses, id)
}

func (c *consumer) has(id string) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, h := range c.handled {
		if h == id {
			return true
		}
	}
	return false
}

// A letter's whole way over real sidecars: a consumer refuses it, the owner keeps
// it, an operator looks at it and puts it back, and the consumer, mended, has it.
func TestOverDapr(t *testing.T) {
	if testing.Short() {
		return // needs real sidecars and a real broker
	}
	broker := daprtest.StartBroker(t)
	resources := []string{
		broker.Component(t),
		daprtest.Component(t, filepath.Join("state", "sqlite"), map[string]string{"connectionString": filepath.Join(t.TempDir(), "state.db")}),
		filepath.Join(daprtest.Root(t), "components", "resiliency"),
	}
	quiet := slog.New(slog.DiscardHandler)
	orders := &consumer{refuses: map[string]bool{"mended": true}}
	buyer := dapr.NewApp(quiet, "")
	dapr.Subscribe(buyer, events.TopicOrders, orders.take)
	daprtest.Start(t, daprtest.Options{AppID: "consumer", App: buyer, Resources: resources})

	// The keeper's own calls go through a second sidecar, which is there before the
	// first one asks the app for its subscriptions.
	sidecar := daprtest.Start(t, daprtest.Options{AppID: "owner", Resources: resources}).Dial(t)
	k := deadletter.New(events.TopicOrders, dapr.NewStore(sidecar), dapr.NewPublisher(sidecar), time.Now)
	app := dapr.NewApp(quiet, "")
	k.Register(app)
	owner := daprtest.Start(t, daprtest.Options{AppID: "owner", App: app, Resources: resources})

	list := func() (l deadletter.List) {
		invoke(t, owner, http.MethodGet, "dead-letters", http.StatusOK, &l)
		return l
	}
	awaitTotal := func(n int) deadletter.List {
		t.Helper()
		require.Eventually(t, func() bool { return list().Total == n }, patience, 10*time.Millisecond, "%d letters", n)
		l := list()
		require.Len(t, l.Letters, n)
		return l
	}
	assert.Equal(t, deadletter.List{Topic: events.TopicOrders, Letters: []deadletter.Row{}}, list())

	good := events.NewOrder(events.OrderCreated, events.Order{ID: "mended", Version: 1})
	require.NoError(t, dapr.NewPublisher(sidecar).Publish(t.Context(), good))
	row := awaitTotal(1).Letters[0]
	assert.Equal(t, good.ID, row.Event)
	assert.Equal(t, good.Type, row.Type)
	assert.Equal(t, good.Subject, row.Subject)
	assert.True(t, row.IsEvent)
	assert.WithinDuration(t, time.Now(), row.CameAt, time.Minute)
	publishRaw(t, broker, "garbage")
	publishRaw(t, broker, `{"id":"order:poison:1","type":"order.created","subject":"poison","data":null}`)
	l := awaitTotal(3)
	assert.False(t, l.Letters[1].IsEvent)

	var whole deadletter.Whole
	invoke(t, owner, http.MethodGet, "dead-letters/"+row.ID, http.StatusOK, &whole)
	var e events.Event
	require.NoError(t, json.Unmarshal(whole.JSON, &e))
	assert.Equal(t, good.ID, e.ID)
	invoke(t, owner, http.MethodGet, "dead-letters/"+l.Letters[1].ID, http.StatusOK, &whole)
	assert.Equal(t, "garbage", string(whole.Bytes))

	orders.mend("mended")
	var done deadletter.RedriveAnswer
	invoke(t, owner, http.MethodPost, "dead-letters/redrive?limit=2", http.StatusOK, &done)
	assert.Equal(t, 1, done.Redriven)
	assert.Equal(t, 1, done.Skipped)
	require.NotZero(t, done.Next)
	next, until := done.Next, done.Until
	done = deadletter.RedriveAnswer{}
	invoke(t, owner, http.MethodPost, fmt.Sprintf("dead-letters/redrive?from=%d&until=%d", next, until), http.StatusOK, &done)
	assert.Equal(t, deadletter.RedriveAnswer{Redriven: 1, Until: until}, done)
	require.Eventually(t, func() bool { return orders.has("mended") }, patience, 10*time.Millisecond,
		"within the time in which the broker drops an id that it has seen")

	// What is malformed comes back as a new letter; what is no event never left.
	require.Eventually(t, func() bool { return len(list().Letters) == 2 && list().Letters[1].Subject == "poison" }, patience, 10*time.Millisecond)
	last := list()
	assert.NotEqual(t, l.Letters[2].ID, last.Letters[1].ID)
	assert.NotEqual(t, l.Letters[2].Event, last.Letters[1].Event)
	assert.InDelta(t, 2, testutil.ToFloat64(k), 0)

	for _, letter := range last.Letters {
		invoke(t, owner, http.MethodPost, "dead-letters/"+letter.ID+"/discard", http.StatusNoContent, nil)
	}
	awaitTotal(0)
	assert.InDelta(t, 0, testutil.ToFloat64(k), 0)
	for _, wrong := range []string{"dead-letters?limit=0", "dead-letters?limit=101", "dead-letters?from=x", "dead-letters?from=-1"} {
		invoke(t, owner, http.MethodGet, wrong, http.StatusBadRequest, nil)
	}
	invoke(t, owner, http.MethodPost, "dead-letters/redrive?until=-1", http.StatusBadRequest, nil)
	invoke(t, owner, http.MethodGet, "dead-letters/none", http.StatusNotFound, nil)

	// With the broker away nothing is lost, and the answer is not that it worked.
	require.NoError(t, k.Keep(t.Context(), []byte(`{"id":"order:late:1","subject":"late","data":{"id":"late"}}`)))
	broker.Kill()
	invoke(t, owner, http.MethodPost, "dead-letters/redrive", http.StatusServiceUnavailable, nil)
	awaitTotal(1)
	broker.Restart(t)
	require.Eventually(t, func() bool {
		_, err := k.Redrive(t.Context(), 0, -1, 10)
		return err == nil && orders.has("late")
	}, patience, 10*time.Millisecond)
	awaitTotal(0)
}

// invoke calls the app through its own sidecar, as the command does.
func invoke(t *testing.T, sidecar *daprtest.Sidecar, method, path string, want int, answer any) {
	t.Helper()
	url := fmt.Sprintf("http://127.0.0.1:%d/v1.0/invoke/owner/method/%s", sidecar.HTTPPort, path)
	req, err := http.NewRequestWithContext(t.Context(), method, url, http.NoBody)
	require.NoError(t, err)
	res, err := http.DefaultClient.Do(req)
	require.NoError(t, err)
	defer func() { _ = res.Body.Close() }()
	body, err := io.ReadAll(res.Body)
	require.NoError(t, err)
	require.Equal(t, want, res.StatusCode, "%s %s: %s", method, path, body)
	if answer != nil {
		require.NoError(t, json.Unmarshal(body, answer), strings.TrimSpace(string(body)))
	}
}

// publishRaw puts a body on the topic past all sidecars.
func publishRaw(t *testing.T, broker *daprtest.Broker, body string) {
	t.Helper()
	conn, err := nats.Connect(fmt.Sprintf("nats://127.0.0.1:%d", broker.Port))
	require.NoError(t, err)
	defer conn.Close()
	require.NoError(t, conn.Publish(events.TopicOrders, []byte(body)))
	require.NoError(t, conn.Flush())
}

// The letters are kept alike on every store.
func TestOnEveryStore(t *testing.T) {
	daprtest.EachStore(t, func(t *testing.T, store state.Store) {
		p := &topic{}
		k := keeper(store, p)
		bodies := []string{string(order(t, "1")), "garbage", "\xff", string(order(t, "2"))}
		for _, b := range append(bodies, bodies...) {
			require.NoError(t, k.Keep(t.Context(), []byte(b)))
		}
		assert.Equal(t, bodies, waiting(t, k, 3))
		redriven, skipped := redrive(t, k, 3)
		assert.Equal(t, []int{2, 2}, []int{redriven, skipped})
		assert.Equal(t, []string{"garbage", "\xff"}, waiting(t, k, 3))
	})
}
