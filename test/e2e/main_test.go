//go:build linux

// Package e2e drives the real system over HTTP through its ingress: real
// services, sidecars, broker and store.
package e2e_test

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"ticketx/dev/shop"
	"ticketx/test/described"
	"ticketx/test/system"
)

// sys is the system that all tests share. It does not end when a test kills one
// of its parts.
var sys *system.System

func TestMain(m *testing.M) {
	flag.Parse()
	if testing.Short() {
		fmt.Println("the end-to-end tests need the whole system; skipped with -short")
		return
	}
	os.Exit(run(m))
}

func run(m *testing.M) int {
	dir, err := os.MkdirTemp("", "ticketx-e2e-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	sys, err = system.Start(context.Background(), dir, "ON_CRASH=report")
	if err != nil {
		fmt.Fprintf(os.Stderr, "start the system (logs in %s): %v\n", dir, err)
		return 1
	}
	defer sys.Stop()
	api, err := described.Read(filepath.Join("..", "..", "docs", "openapi.yaml"))
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	front, end, err := api.Front(sys.Base)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer end()
	sys.Base = front // so that everything that the tests are answered is looked at
	code := max(m.Run(), tell(api))
	if code != 0 {
		fmt.Printf("the system's logs are in %s\n", dir)
		return code
	}
	_ = os.RemoveAll(dir)
	return code
}

// tell says how far the description of the API was gone through, and fails for
// what was not as it is described.
func tell(api *described.API) (code int) {
	fmt.Printf("%d operations were answered with %d different statuses in all; never with success: %v\n",
		api.Operations()-len(api.Unseen()), len(api.Seen()), api.Unseen())
	for _, wrong := range api.Wrong() {
		fmt.Println("not as docs/openapi.yaml describes it:", wrong)
		code = 1
	}
	return code
}

const password = "correct horse"

// patience is how long the system may take for what is not immediate. It bounds
// a test that is about to fail; no test waits for it to pass.
const patience = 20 * time.Second

// soon returns a context for what must happen without anybody's help.
func soon(t *testing.T) context.Context {
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	t.Cleanup(cancel)
	return ctx
}

// newcomer is a visitor with a new account.
func newcomer(t *testing.T, name string) *shop.Person {
	t.Helper()
	p := shop.NewPerson(sys.Base, name)
	_, err := p.SignUp(t.Context(), email(name), password)
	require.NoError(t, err)
	return p
}

func email(name string) string { return name + "." + uuid.NewString()[:13] + "@example.com" }

// refusal returns how the shop refused, and fails the test when it did not.
func refusal(t *testing.T, err error) *shop.Refused {
	t.Helper()
	refused, ok := errors.AsType[*shop.Refused](err)
	require.True(t, ok, "expected a refusal, got: %v", err)
	return refused
}

// awaitTicket waits until the ticket's page shows the status.
func awaitTicket(t *testing.T, p *shop.Person, id, status string) shop.Ticket {
	t.Helper()
	ticket, err := shop.Until(soon(t),
		func(ctx context.Context) (shop.Ticket, error) { return p.Ticket(ctx, id) },
		func(ticket shop.Ticket) bool { return ticket.Status == status })
	require.NoError(t, err)
	return ticket
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

// statuses counts answers by their HTTP status; a success is 200.
func statuses(errs []error) map[int]int {
	count := make(map[int]int)
	for _, err := range errs {
		switch refused, ok := errors.AsType[*shop.Refused](err); {
		case err == nil:
			count[http.StatusOK]++
		case ok:
			count[refused.Status]++
		default:
			count[0]++
		}
	}
	return count
}

// atOnce calls do for 0 to n-1 at the same moment and returns what came of it.
func atOnce(n int, do func(i int) error) []error {
	results := make([]error, n)
	gate := make(chan struct{})
	done := make(chan struct{})
	for i := range n {
		go func() {
			<-gate
			results[i] = do(i)
			done <- struct{}{}
		}()
	}
	close(gate)
	for range n {
		<-done
	}
	return results
}

func portEnv(name string, port int) string { return fmt.Sprintf("%s=%d", name, port) }
