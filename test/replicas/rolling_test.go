//go:build linux

package replicas_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"ticketx/dev/ports"
	"ticketx/dev/shop"
	"ticketx/test/system"
)

// replace ends an instance as a cluster does, and starts it again. Its sidecar
// ends with it.
func replace(ctx context.Context, instance string) error {
	service, err := sys.Process(instance)
	if err != nil {
		return err
	}
	sidecar, err := sys.Process(instance + "-daprd")
	if err != nil {
		return err
	}
	if err := service.Terminate(ctx); err != nil {
		return err
	}
	if err := ended(ctx, sidecar); err != nil {
		return err
	}
	return start(ctx, service, sidecar, instance)
}

// Orders run out of time while the replica that hosts some of their reminders
// hands them over to the other, and while it starts again.
func TestRemindersMoveWhenAReplicaEnds(t *testing.T) {
	const buyers = 24
	seller, people := newcomer(t, "seller"), crowd(t, buyers)
	orders := reserve(t, seller, people, func(i int) time.Duration { return time.Duration(2+i/3) * time.Second })

	require.NoError(t, replace(soon(t), "expiration"))

	for i, order := range orders {
		assert.Equal(t, "expired", awaitOrder(t, people[i], order.ID, "cancelled").Reason)
	}
	told, latest := awaitExpirations(t, orders)
	for _, order := range orders {
		assert.Equal(t, 1, told[order.ID])
	}
	t.Logf("%d reminders, the latest %s after its time", buyers, latest.Round(time.Millisecond))
}

// Every service is replaced, replica by replica and all services at the same
// time, while people sign up, sell and buy. Nobody is refused but for a 503 that
// asks them to try again, and nothing is lost.
func TestRollingRestartUnderLoad(t *testing.T) {
	before := make(map[string]int)
	for _, instance := range ports.Instances(2) {
		pid, err := sys.PID(instance)
		require.NoError(t, err)
		before[instance] = pid
	}
	load := &load{}
	stop := make(chan struct{})
	var customers sync.WaitGroup
	for i := range 6 {
		customers.Go(func() { load.run(t.Context(), i, stop) })
	}

	began := time.Now()
	errs := atOnce(len(ports.Services), func(i int) error {
		for _, instance := range replicas(ports.Services[i]) {
			if err := replace(soon(t), instance); err != nil {
				return fmt.Errorf("replace %s: %w", instance, err)
			}
		}
		return nil
	})
	took := time.Since(began)
	close(stop)
	customers.Wait()
	require.NoError(t, errors.Join(errs...))
	require.NoError(t, errors.Join(load.failed...))
	require.NotEmpty(t, load.deals)
	for instance, pid := range before {
		assert.False(t, system.Alive(pid), "%s was not replaced", instance)
	}

	settled := time.Now()
	for _, d := range load.deals {
		awaitOrder(t, d.buyer, d.order, d.ends)
		awaitTicket(t, d.buyer, d.ticket, map[string]string{"complete": "sold", "cancelled": "available"}[d.ends])
	}
	t.Logf("replaced ten processes in %s; meanwhile %d requests for %d deals, %d of them sent again after a 503, none failed; everything agreed %s later",
		took.Round(time.Second), load.requests.Load(), len(load.deals), load.again.Load(), time.Since(settled).Round(time.Millisecond))
}

// load is people who sign up, sell and buy, and what came of it.
type load struct {
	requests, again atomic.Int64

	mu     sync.Mutex
	failed []error
	deals  []deal
}

// deal is an order that ought to end as its buyer wanted.
type deal struct {
	buyer               *shop.Person
	order, ticket, ends string
}

// run makes one deal after the other until stop is closed.
func (l *load) run(ctx context.Context, customer int, stop <-chan struct{}) {
	for n := 0; ; n++ {
		select {
		case <-stop:
			return
		default:
		}
		d, err := l.deal(ctx, fmt.Sprintf("c%d-%d", customer, n), n%3 == 0)
		l.mu.Lock()
		if err != nil {
			l.failed = append(l.failed, err)
		} else {
			l.deals = append(l.deals, d)
		}
		l.mu.Unlock()
	}
}

// deal has a new seller list a ticket, and a new buyer reserve it, and pay for it
// or cancel.
func (l *load) deal(ctx context.Context, name string, cancels bool) (d deal, err error) {
	seller, buyer := shop.NewPerson(sys.Base, "seller-"+name), shop.NewPerson(sys.Base, "buyer-"+name)
	for _, p := range []*shop.Person{seller, buyer} {
		address := email(p.Name)
		_, err := insist(ctx, l, func() (shop.User, error) { return p.SignUp(ctx, address, password) },
			// The account was made, and the answer got lost.
			func() (shop.User, error) { return p.SignIn(ctx, address, password) })
		if err != nil {
			return d, fmt.Errorf("sign up: %w", err)
		}
	}
	ticket, err := insist(ctx, l, func() (shop.Ticket, error) { return seller.List(ctx, "Rolling "+name, 20) }, nil)
	if err != nil {
		return d, fmt.Errorf("list: %w", err)
	}
	order, err := insist(ctx, l, func() (shop.Order, error) { return buyer.Reserve(ctx, ticket.ID, 0) },
		// The order was placed, and the answer got lost.
		func() (shop.Order, error) {
			orders, err := buyer.Orders(ctx)
			if err != nil || len(orders) != 1 {
				return shop.Order{}, errors.Join(err, errors.New("the ticket is somebody else's"))
			}
			return orders[0], nil
		})
	if err != nil {
		return d, fmt.Errorf("reserve: %w", err)
	}
	d = deal{buyer: buyer, order: order.ID, ticket: ticket.ID, ends: "complete"}
	if cancels {
		d.ends = "cancelled"
		_, err = insist(ctx, l, func() (any, error) { return nil, buyer.Cancel(ctx, order.ID) }, nil)
	} else {
		_, err = insist(ctx, l, func() (shop.Payment, error) { return buyer.Pay(ctx, order.ID, "tok_visa") }, nil)
	}
	if err != nil {
		return d, fmt.Errorf("end the order: %w", err)
	}
	return d, nil
}

// insist does as a patient client: it tries again what was answered with 503 and
// Retry-After, when it is told to. A conflict after that may be with the first
// attempt: recall looks.
func insist[T any](ctx context.Context, l *load, do, recall func() (T, error)) (T, error) {
	for attempts := 0; ; attempts++ {
		l.requests.Add(1)
		answer, err := do()
		refused, ok := errors.AsType[*shop.Refused](err)
		switch {
		case !ok:
			return answer, err
		case refused.Status == http.StatusConflict && attempts > 0 && recall != nil:
			do, recall = recall, nil
		case refused.Status == http.StatusServiceUnavailable && attempts < 10:
			after, err := strconv.Atoi(refused.RetryAfter)
			if err != nil {
				return answer, fmt.Errorf("a 503 without a time to try again: %w", refused)
			}
			l.again.Add(1)
			select {
			case <-ctx.Done():
				return answer, ctx.Err()
			case <-time.After(time.Duration(after) * time.Second):
			}
		default:
			return answer, err
		}
	}
}
