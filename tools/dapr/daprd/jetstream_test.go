package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"sync"
	"testing"
	"time"

	contrib "github.com/dapr/components-contrib/metadata"
	"github.com/dapr/components-contrib/pubsub"
	"github.com/dapr/kit/logger"
	"github.com/nats-io/nats.go"
)

// TestJetStreamOutlivesItsConnection makes the component's client give up for
// good. Two refused logins in a row do that as well as sixty failed
// attempts, and need seconds instead of minutes.
func TestJetStreamOutlivesItsConnection(t *testing.T) {
	longOutage = time.Second
	t.Run("the watch sees the broker return", func(t *testing.T) { outage(t, true) })
	t.Run("a publish finds the connection closed", func(t *testing.T) { outage(t, false) })
}

func outage(t *testing.T, watched bool) {
	t.Helper()
	b := newBroker(t)
	stop := b.start(t)
	b.connect(t, "", func(js nats.JetStreamContext) error {
		_, err := js.AddStream(&nats.StreamConfig{Name: "orders", Subjects: []string{"orders"}})
		return err
	})

	j := newJetStream(logger.NewLogger("test")).(*jetStream)
	closed := false
	t.Cleanup(func() {
		if !closed {
			_ = j.Close()
		}
	})
	must(t, j.Init(t.Context(), pubsub.Metadata{Base: contrib.Base{Properties: map[string]string{
		"natsURL": b.url(""), "durableName": "tickets", "queueGroupName": "tickets",
	}}}))
	if !watched {
		j.watch.Close()
	}
	var mu sync.Mutex
	got := map[string]bool{}
	received := func(id string) bool {
		mu.Lock()
		defer mu.Unlock()
		return got[id]
	}
	must(t, j.Subscribe(t.Context(), pubsub.SubscribeRequest{Topic: "orders"}, func(_ context.Context, msg *pubsub.NewMessage) error {
		mu.Lock()
		defer mu.Unlock()
		got[string(msg.Data)] = true
		return nil
	}))
	ended, end := context.WithCancel(t.Context())
	must(t, j.Subscribe(ended, pubsub.SubscribeRequest{Topic: "orders"}, func(context.Context, *pubsub.NewMessage) error {
		return errors.New("this subscription has ended")
	}))
	end()
	eventually(t, "the ended subscription is forgotten", func() bool {
		j.mu.Lock()
		defer j.mu.Unlock()
		return len(j.live) == 1
	})
	must(t, j.Publish(t.Context(), request(event("before"))))
	eventually(t, "delivery before the outage", func() bool { return received(event("before")) })

	original := j.inner
	stop()
	stop = b.start(t, "--user", "other", "--pass", "other")
	eventually(t, "the original gives up", func() bool {
		return errors.Is(original.Publish(t.Context(), request(event("lost"))), nats.ErrConnectionClosed)
	})
	b.connect(t, "other:other@", func(js nats.JetStreamContext) error {
		_, err := js.Publish("orders", []byte(event("during")))
		return err
	})
	stop()
	b.start(t)

	if watched {
		eventually(t, "delivery after the outage", func() bool { return received(event("during")) })
	}
	must(t, j.Publish(t.Context(), request(event("after"))))
	for _, id := range []string{"during", "after"} {
		eventually(t, "delivery after the outage", func() bool { return received(event(id)) })
	}
	closed = true
	must(t, j.Close())
}

// A subscription ends while it handles a message, with more of them fetched: the
// other member of the group has all of them long before the broker would have
// waited for answers.
func TestJetStreamGivesBackWhatItHasFetched(t *testing.T) {
	const messages = 20
	b := newBroker(t)
	b.start(t)
	b.connect(t, "", func(js nats.JetStreamContext) error {
		_, err := js.AddStream(&nats.StreamConfig{Name: "orders", Subjects: []string{"orders"}})
		return err
	})
	component := func() *jetStream {
		j := newJetStream(logger.NewLogger("test")).(*jetStream)
		must(t, j.Init(t.Context(), pubsub.Metadata{Base: contrib.Base{Properties: map[string]string{
			"natsURL": b.url(""), "durableName": "tickets", "queueGroupName": "tickets", "ackWait": "30s", "maxAckPending": "64",
		}}}))
		t.Cleanup(func() { _ = j.Close() })
		return j
	}
	one, other := component(), component()
	ending, end := context.WithCancel(t.Context())
	defer end()
	busy := make(chan struct{}, messages)
	must(t, one.Subscribe(ending, pubsub.SubscribeRequest{Topic: "orders"}, func(ctx context.Context, _ *pubsub.NewMessage) error {
		busy <- struct{}{}
		<-ctx.Done() // as the runtime does with what comes while it stops
		return ctx.Err()
	}))
	for i := range messages {
		must(t, one.Publish(t.Context(), request(event(strconv.Itoa(i)))))
	}
	<-busy
	var mu sync.Mutex
	got := map[string]bool{}
	must(t, other.Subscribe(t.Context(), pubsub.SubscribeRequest{Topic: "orders"}, func(_ context.Context, msg *pubsub.NewMessage) error {
		mu.Lock()
		defer mu.Unlock()
		got[string(msg.Data)] = true
		return nil
	}))

	end()

	eventually(t, "the other has all", func() bool {
		mu.Lock()
		defer mu.Unlock()
		return len(got) == messages
	})
}

func event(id string) string {
	return fmt.Sprintf(`{"specversion":"1.0","id":%q,"source":"test","type":"test"}`, id)
}

func request(data string) *pubsub.PublishRequest {
	return &pubsub.PublishRequest{Topic: "orders", Data: []byte(data)}
}

// broker is a real one, on a port and a folder that stay the same when it is
// started again.
type broker struct {
	program, data string
	port          int
}

func newBroker(t *testing.T) *broker {
	t.Helper()
	tools := os.Getenv("TICKETX_TOOLS")
	if tools == "" {
		tools = filepath.Join("..", "..", "..", ".ticketx", "tools", "bin")
	}
	program, err := exec.LookPath(filepath.Join(tools, "nats-server"))
	if err != nil {
		if os.Getenv("REQUIRE_DAPRD") != "" {
			t.Fatal("nats-server is not built: ", err)
		}
		t.Skip("nats-server is not built: ", err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	must(t, l.Close())
	return &broker{program: program, data: t.TempDir(), port: l.Addr().(*net.TCPAddr).Port}
}

func (b *broker) url(login string) string { return fmt.Sprintf("nats://%s127.0.0.1:%d", login, b.port) }

// start starts the broker and returns what stops it, at the latest when the test ends.
func (b *broker) start(t *testing.T, flags ...string) func() {
	t.Helper()
	cmd := exec.Command(b.program, append(flags, "-js", "-sd", b.data, "-a", "127.0.0.1", "-p", strconv.Itoa(b.port))...)
	must(t, cmd.Start())
	stop := sync.OnceFunc(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	})
	t.Cleanup(stop)
	return stop
}

// connect does something as soon as the broker lets a client of the test do it.
func (b *broker) connect(t *testing.T, login string, do func(nats.JetStreamContext) error) {
	t.Helper()
	eventually(t, "the broker answers", func() bool {
		nc, err := nats.Connect(b.url(login))
		if err != nil {
			return false
		}
		defer nc.Close()
		js, err := nc.JetStream()
		return err == nil && do(js) == nil
	})
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// patience is shorter than the broker's own, so that what the broker does when
// nobody answers cannot make a test pass.
const patience = defaultAckWait - 5*time.Second

func eventually(t *testing.T, what string, done func() bool) {
	t.Helper()
	for deadline := time.Now().Add(patience); !done(); time.Sleep(50 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("not in time: ", what)
		}
	}
}
