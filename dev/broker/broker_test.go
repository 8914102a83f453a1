package broker_test

import (
	"net"
	"os"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"ticketx/dev/broker"
	"ticketx/kit/events"
	"ticketx/kit/proc"
)

// start runs a broker and returns its address and a client.
func start(t *testing.T) (addr string, js jetstream.JetStream) {
	t.Helper()
	server := natsServer(t)
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	addr = ln.Addr().String()
	require.NoError(t, ln.Close())
	_, port, err := net.SplitHostPort(addr)
	require.NoError(t, err)

	p, err := proc.Start(proc.Command{
		Name: "nats", Path: server,
		Args: []string{"--addr", "127.0.0.1", "--port", port, "--jetstream", "--store_dir", t.TempDir()},
		Log:  filepath.Join(t.TempDir(), "nats.log"),
	})
	require.NoError(t, err)
	t.Cleanup(p.Kill)
	var conn *nats.Conn
	require.Eventually(t, func() bool {
		conn, err = nats.Connect("nats://" + addr)
		return err == nil
	}, 20*time.Second, 20*time.Millisecond)
	t.Cleanup(conn.Close)
	js, err = jetstream.New(conn)
	require.NoError(t, err)
	return addr, js
}

// natsServer finds the broker that setup built.
func natsServer(t *testing.T) string {
	t.Helper()
	if testing.Short() {
		t.Skip("-short: starts a broker")
	}
	folder := os.Getenv("TICKETX_TOOLS")
	if folder == "" {
		folder = filepath.Join("..", "..", ".ticketx", "tools", "bin")
	}
	path, err := filepath.Abs(filepath.Join(folder, "nats-server"))
	require.NoError(t, err)
	if _, err := os.Stat(path); err != nil {
		if must, _ := strconv.ParseBool(os.Getenv("REQUIRE_DAPRD")); must {
			t.Fatal("nats-server is not there: run make setup")
		}
		t.Skip("nats-server is not there: run make setup")
	}
	return path
}

func TestProvisionMakesAStreamForEachTopic(t *testing.T) {
	addr, js := start(t)

	for range 2 { // the second time changes nothing
		require.NoError(t, broker.Provision(t.Context(), addr, broker.Consumer{}))
	}

	for _, topic := range events.AllTopics() {
		stream, err := js.Stream(t.Context(), topic)
		require.NoError(t, err, topic)
		assert.Equal(t, []string{topic}, stream.CachedInfo().Config.Subjects)
		assert.Equal(t, 2*time.Minute, stream.CachedInfo().Config.Duplicates)
	}
}

// The component asks for its consumer with its own settings at every start, and
// the broker refuses when they differ from those that it was made with. This is
// what the component does.
func TestProvisionBringsConsumersUpToDate(t *testing.T) {
	addr, js := start(t)
	require.NoError(t, broker.Provision(t.Context(), addr, broker.Consumer{}))
	component := func(ackWait time.Duration) jetstream.ConsumerConfig {
		return jetstream.ConsumerConfig{
			Durable: "orders", DeliverGroup: "orders", DeliverSubject: nats.NewInbox(), FilterSubject: "tickets",
			AckPolicy: jetstream.AckExplicitPolicy, AckWait: ackWait, MaxAckPending: 1000,
		}
	}
	_, err := js.CreatePushConsumer(t.Context(), "tickets", component(30*time.Second))
	require.NoError(t, err)
	_, err = js.Publish(t.Context(), "tickets", []byte("{}"))
	require.NoError(t, err)
	_, err = js.CreatePushConsumer(t.Context(), "tickets", component(time.Minute))
	require.ErrorIs(t, err, jetstream.ErrConsumerExists)

	require.NoError(t, broker.Provision(t.Context(), addr, broker.Consumer{AckWait: time.Minute, MaxAckPending: 64}))

	consumer, err := js.PushConsumer(t.Context(), "tickets", "orders")
	require.NoError(t, err)
	assert.Equal(t, time.Minute, consumer.CachedInfo().Config.AckWait)
	assert.Equal(t, 64, consumer.CachedInfo().Config.MaxAckPending)
	assert.EqualValues(t, 1, consumer.CachedInfo().NumPending, "its place in the stream is kept")
}

func TestListeningNeedsASubscriber(t *testing.T) {
	addr, js := start(t)
	require.NoError(t, broker.Provision(t.Context(), addr, broker.Consumer{}))
	listening := func() bool {
		yes, err := broker.Listening(t.Context(), js, "tickets", "orders")
		require.NoError(t, err)
		return yes
	}
	assert.False(t, listening(), "no consumer")

	consumer, err := js.CreatePushConsumer(t.Context(), "tickets", jetstream.ConsumerConfig{
		Durable: "orders", DeliverGroup: "orders", DeliverSubject: nats.NewInbox(),
	})
	require.NoError(t, err)
	assert.False(t, listening(), "a consumer that nobody serves")

	subscription, err := consumer.Consume(func(jetstream.Msg) {})
	require.NoError(t, err)
	defer subscription.Stop()
	assert.Eventually(t, listening, 10*time.Second, 10*time.Millisecond)
}
