//go:build linux

package e2e_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/stretchr/testify/require"
)

// toldWithin is how long what a killed process could not tell may take to come
// out, and no longer.
const toldWithin = 30 * time.Second

// The broker is down, a change is accepted, and the process that has its event
// is killed, with its sidecar, whose client may have kept it as well. The journal
// brings the event out all the same.
func TestAnAcceptedChangeIsToldThoughItsProcessIsKilled(t *testing.T) {
	ctx := t.Context()
	seller := newcomer(t, "seller")
	ticket, err := seller.List(ctx, "Understudy", 20)
	require.NoError(t, err)
	broker, err := sys.Process("nats")
	require.NoError(t, err)
	service, err := sys.Process("tickets")
	require.NoError(t, err)
	sidecar, err := sys.Process("tickets-daprd")
	require.NoError(t, err)
	require.NoError(t, broker.Kill(soon(t)))
	edited, err := seller.Edit(ctx, ticket.ID, "Understudy", 35)
	require.NoError(t, err, "accepted: the outage is not known yet")
	require.NoError(t, service.Kill(soon(t)))
	require.NoError(t, sidecar.Kill(soon(t)))
	killed := time.Now()
	require.NoError(t, broker.Restart())
	require.NoError(t, sidecar.Restart())
	require.NoError(t, service.Restart())
	requireReady(t, "tickets")

	id := fmt.Sprintf("ticket:%s:%d", ticket.ID, edited.Version)
	awaitEvent(t, "tickets", id)
	t.Logf("told %s after the kill", time.Since(killed).Round(100*time.Millisecond))
}

// awaitEvent waits until the topic has the event, as the broker knows it.
func awaitEvent(t *testing.T, topic, id string) {
	t.Helper()
	port, err := sys.Port("nats")
	require.NoError(t, err)
	conn, err := nats.Connect(fmt.Sprintf("nats://127.0.0.1:%d", port))
	require.NoError(t, err)
	defer conn.Close()
	js, err := jetstream.New(conn)
	require.NoError(t, err)
	ctx, cancel := context.WithTimeout(t.Context(), toldWithin)
	defer cancel()
	consumer, err := js.OrderedConsumer(ctx, topic, jetstream.OrderedConsumerConfig{})
	require.NoError(t, err)
	messages, err := consumer.Messages()
	require.NoError(t, err)
	defer messages.Stop()
	for {
		message, err := messages.Next(jetstream.NextContext(ctx))
		require.NoError(t, err, "%s has no event %s", topic, id)
		if message.Headers().Get(jetstream.MsgIDHeader) == id {
			return
		}
	}
}
