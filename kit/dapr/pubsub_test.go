package dapr_test

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"ticketx/kit/dapr"
	"ticketx/kit/daprtest"
	"ticketx/kit/errs"
	"ticketx/kit/events"
)

// What the code relies on about Dapr's pub/sub on JetStream, with the project's
// own components. See TestFactsOfStores.
func TestFactsOfPubSub(t *testing.T) {
	if testing.Short() {
		return // needs a real sidecar and a real broker
	}
	handled := newInbox()
	app := dapr.NewApp(quiet, "")
	dapr.Subscribe(app, events.TopicOrders, handled.take)
	broker := daprtest.StartBroker(t)
	sidecar := daprtest.Start(t, daprtest.Options{
		AppID: "facts",
		App:   app,
		Resources: []string{
			broker.Component(t),
			filepath.Join(daprtest.Root(t), "components", "resiliency"),
		},
	}).Dial(t)
	publisher := dapr.NewPublisher(sidecar)
	streams := connect(t, broker)
	publish := func(t *testing.T, id string) events.Event {
		t.Helper()
		e := events.NewOrder(events.OrderCreated, events.Order{ID: id, Version: 1})
		require.NoError(t, publisher.Publish(t.Context(), e))
		return e
	}

	t.Run("an event is delivered as it was published", func(t *testing.T) {
		e := publish(t, "delivered")
		handled.await(t, "delivered", 1)
		message := last(t, streams, events.TopicOrders)
		assert.Equal(t, e.ID, message.Header.Get(nats.MsgIdHdr), "the broker knows it by its id")
		assert.Contains(t, string(message.Data), fmt.Sprintf("%q", e.ID))
	})

	t.Run("the same event published again is dropped by the broker", func(t *testing.T) {
		publish(t, "twice")
		before := count(t, streams, events.TopicOrders)
		publish(t, "twice")
		assert.Equal(t, before, count(t, streams, events.TopicOrders))
		publish(t, "after")
		handled.await(t, "after", 1)
		assert.Equal(t, 1, handled.times("twice"))
	})

	t.Run("RETRY is delivered again", func(t *testing.T) {
		handled.outcomes("again", errs.Unavailable("later", nil), errors.New("what"), nil)
		publish(t, "again")
		handled.await(t, "again", 3)
		assert.Zero(t, count(t, streams, events.DeadLetterTopic(events.TopicOrders)))
	})

	t.Run("a panic is delivered again", func(t *testing.T) {
		handled.outcomes("panic", errPanic, nil)
		publish(t, "panic")
		handled.await(t, "panic", 2)
	})

	t.Run("DROP goes to the dead-letter topic and holds nothing up", func(t *testing.T) {
		handled.outcomes("wrong", errs.Invalid("status", "is none"))
		e := publish(t, "wrong")
		publish(t, "behind")
		handled.await(t, "behind", 1)
		dead := events.DeadLetterTopic(events.TopicOrders)
		require.Eventually(t, func() bool { return count(t, streams, dead) == 1 }, patience, 10*time.Millisecond)
		assert.Contains(t, string(last(t, streams, dead).Data), fmt.Sprintf("%q", e.ID), "it can be put back")
		assert.Equal(t, 1, handled.times("wrong"))
	})

	t.Run("readiness notices the broker and its return", func(t *testing.T) {
		require.NoError(t, sidecar.BrokerAnswers(t.Context()))
		broker.Kill()
		require.Eventually(t, func() bool {
			ctx, cancel := context.WithTimeout(t.Context(), time.Second)
			defer cancel()
			return errs.Is(sidecar.BrokerAnswers(ctx), errs.KindUnavailable)
		}, patience, 10*time.Millisecond)
		e := events.NewOrder(events.OrderCreated, events.Order{ID: "meanwhile", Version: 1})
		require.True(t, errs.Is(publisher.Publish(t.Context(), e), errs.KindUnavailable))

		broker.Restart(t)
		require.Eventually(t, func() bool { return sidecar.BrokerAnswers(t.Context()) == nil }, patience, 10*time.Millisecond)
		require.NoError(t, publisher.Publish(t.Context(), e))
		// Perhaps twice: the publish that failed may have been stored later.
		require.Eventually(t, func() bool { return handled.times("meanwhile") > 0 }, patience, 10*time.Millisecond)
	})
}

// patience is how long a test waits for what must happen.
const patience = 30 * time.Second

// errPanic makes an inbox panic.
var errPanic = errors.New("panic")

// inbox counts the orders that were delivered and gives each delivery of an
// order its outcome; success where none is left.
type inbox struct {
	mu    sync.Mutex
	seen  map[string]int
	fates map[string][]error
}

func newInbox() *inbox { return &inbox{seen: make(map[string]int), fates: make(map[string][]error)} }

func (b *inbox) take(_ context.Context, o events.Order) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.seen[o.ID]++
	fates := b.fates[o.ID]
	if len(fates) == 0 {
		return nil
	}
	b.fates[o.ID] = fates[1:]
	if errors.Is(fates[0], errPanic) {
		panic("what")
	}
	return fates[0]
}

func (b *inbox) outcomes(id string, fates ...error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.fates[id] = fates
}

func (b *inbox) times(id string) int {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.seen[id]
}

func (b *inbox) await(t *testing.T, id string, times int) {
	t.Helper()
	require.Eventually(t, func() bool { return b.times(id) >= times }, patience, 10*time.Millisecond, "%s was not delivered", id)
	assert.Equal(t, times, b.times(id))
}

func connect(t *testing.T, b *daprtest.Broker) jetstream.JetStream {
	t.Helper()
	conn, err := nats.Connect(fmt.Sprintf("nats://127.0.0.1:%d", b.Port))
	require.NoError(t, err)
	t.Cleanup(conn.Close)
	js, err := jetstream.New(conn)
	require.NoError(t, err)
	return js
}

func count(t *testing.T, js jetstream.JetStream, stream string) uint64 {
	t.Helper()
	s, err := js.Stream(t.Context(), stream)
	require.NoError(t, err)
	return s.CachedInfo().State.Msgs
}

func last(t *testing.T, js jetstream.JetStream, stream string) *jetstream.RawStreamMsg {
	t.Helper()
	s, err := js.Stream(t.Context(), stream)
	require.NoError(t, err)
	message, err := s.GetLastMsgForSubject(t.Context(), stream)
	require.NoError(t, err)
	return message
}
