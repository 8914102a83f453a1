//go:build linux

// Package replicas drives the real system with two processes of each service,
// each with a sidecar of its own.
package replicas_test

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"net/http"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/stretchr/testify/require"

	"ticketx/dev/shop"
	"ticketx/test/system"
)

// sys is the system that all tests share. It does not end when a test kills one
// of its parts.
var sys *system.System

func TestMain(m *testing.M) {
	flag.Parse()
	if testing.Short() {
		fmt.Println("the tests with replicas need the whole system; skipped with -short")
		return
	}
	os.Exit(run(m))
}

func run(m *testing.M) int {
	dir, err := os.MkdirTemp("", "ticketx-replicas-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	sys, err = system.Start(context.Background(), dir, "REPLICAS=2", "ON_CRASH=report")
	if err != nil {
		fmt.Fprintf(os.Stderr, "start the system (logs in %s): %v\n", dir, err)
		return 1
	}
	defer sys.Stop()
	code := m.Run()
	if code != 0 {
		fmt.Printf("the system's logs are in %s\n", dir)
		return code
	}
	_ = os.RemoveAll(dir)
	return code
}

const (
	password = "correct horse"
	// patience is how long the system may take for what is not immediate. What a
	// killed replica had fetched from the broker comes again after the half minute
	// of the component's ackWait. It bounds a test that is about to fail; no test
	// waits for it to pass.
	patience = 50 * time.Second
)

// replicas returns the names of a service's instances.
func replicas(service string) []string { return []string{service, service + "-2"} }

// soon returns a context for what must happen without anybody's help.
func soon(t *testing.T) context.Context {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(t.Context()), patience)
	t.Cleanup(cancel)
	return ctx
}

func email(name string) string { return name + "." + uuid.NewString()[:13] + "@example.com" }

// newcomer is a visitor with a new account.
func newcomer(t *testing.T, name string) *shop.Person {
	t.Helper()
	p := shop.NewPerson(sys.Base, name)
	_, err := p.SignUp(t.Context(), email(name), password)
	require.NoError(t, err)
	return p
}

// crowd is n visitors with new accounts. There are enough of them for the ingress
// to send some to each replica.
func crowd(t *testing.T, n int) []*shop.Person {
	t.Helper()
	people := make([]*shop.Person, n)
	for i := range people {
		people[i] = shop.NewPerson(sys.Base, fmt.Sprintf("buyer%d", i))
	}
	errs := atOnce(n, func(i int) error {
		_, err := people[i].SignUp(t.Context(), email(people[i].Name), password)
		return err
	})
	require.NoError(t, errors.Join(errs...))
	return people
}

// atOnce calls do for 0 to n-1 at the same time and returns what came of it.
func atOnce(n int, do func(i int) error) []error {
	results := make([]error, n)
	var all sync.WaitGroup
	for i := range n {
		all.Go(func() { results[i] = do(i) })
	}
	all.Wait()
	return results
}

// at is the visitor past the ingress, at one instance of a service.
func at(t testing.TB, p *shop.Person, instance string) *shop.Person {
	t.Helper()
	port, err := sys.Port(instance + "-api")
	require.NoError(t, err)
	return p.At(fmt.Sprintf("http://127.0.0.1:%d", port))
}

// awaitOrder waits until the order's page shows the status.
func awaitOrder(t *testing.T, p *shop.Person, id, status string) shop.Order {
	t.Helper()
	order, err := shop.Until(soon(t),
		func(ctx context.Context) (shop.Order, error) { return p.Order(ctx, id) },
		func(o shop.Order) bool { return o.Status == status })
	require.NoError(t, err)
	return order
}

// awaitTicket waits until the ticket's page shows the status.
func awaitTicket(t *testing.T, p *shop.Person, id, status string) {
	t.Helper()
	_, err := shop.Until(soon(t),
		func(ctx context.Context) (shop.Ticket, error) { return p.Ticket(ctx, id) },
		func(ticket shop.Ticket) bool { return ticket.Status == status })
	require.NoError(t, err)
}

// awaitReady waits until the instance says that it is ready. It may be called in
// a clean-up, when the test's own context is over.
func awaitReady(ctx context.Context, instance string) error {
	_, err := shop.Until(ctx,
		func(ctx context.Context) (int, error) { return sys.Ready(ctx, instance) },
		func(status int) bool { return status == http.StatusNoContent })
	return err
}

// ended waits until a sidecar has ended by itself.
func ended(ctx context.Context, p *system.Process) error {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	return p.Ended(ctx)
}

// start runs an instance that has ended, and its sidecar, again, and waits until
// both answer.
func start(ctx context.Context, service, sidecar *system.Process, instance string) error {
	if err := errors.Join(sidecar.Restart(), service.Restart()); err != nil {
		return err
	}
	return awaitReady(ctx, instance)
}

// line is what is read of a line of a service's log.
type line struct {
	Time                                               time.Time
	Msg, Method, Path, Topic, Event, Verdict, Instance string
}

// lines returns what an instance has logged, as far as it fits.
func lines(t *testing.T, instance string, fits func(line) bool) []line {
	t.Helper()
	log, err := sys.Log(instance)
	require.NoError(t, err)
	var found []line
	for text := range strings.Lines(log) {
		_, text, _ = strings.Cut(text, "{") // the Dapr CLI puts the app's name before it
		var l line
		if json.Unmarshal([]byte("{"+text), &l) == nil && fits(l) {
			found = append(found, l)
		}
	}
	return found
}

// told is an event as the broker has it.
type told struct {
	id string
	at time.Time
	// Subject is whom it is about.
	Subject string `json:"subject"`
}

// stream returns all events of a topic so far.
func stream(ctx context.Context, topic string) ([]told, error) {
	port, err := sys.Port("nats")
	if err != nil {
		return nil, err
	}
	conn, err := nats.Connect(fmt.Sprintf("nats://127.0.0.1:%d", port))
	if err != nil {
		return nil, err
	}
	defer conn.Close()
	js, err := jetstream.New(conn)
	if err != nil {
		return nil, err
	}
	info, err := js.Stream(ctx, topic)
	if err != nil {
		return nil, err
	}
	consumer, err := js.OrderedConsumer(ctx, topic, jetstream.OrderedConsumerConfig{})
	if err != nil {
		return nil, err
	}
	var all []told
	for last, sequence := info.CachedInfo().State.LastSeq, uint64(0); sequence < last; {
		message, err := consumer.Next(jetstream.FetchMaxWait(patience))
		if err != nil {
			return nil, err
		}
		meta, err := message.Metadata()
		if err != nil {
			return nil, err
		}
		sequence = meta.Sequence.Stream
		e := told{id: message.Headers().Get(jetstream.MsgIDHeader), at: meta.Timestamp}
		if err := json.Unmarshal(message.Data(), &e); err != nil {
			return nil, err
		}
		all = append(all, e)
	}
	return all, nil
}
