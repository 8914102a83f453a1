//go:build linux

package e2e_test

import (
	"context"
	"net/http"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"ticketx/dev/demo"
	"ticketx/dev/shop"
	"ticketx/test/system"
)

func TestBrokerDown(t *testing.T) {
	ctx := t.Context()
	seller, buyer := newcomer(t, "seller"), newcomer(t, "buyer")
	before, err := seller.List(ctx, "Before the outage", 10)
	require.NoError(t, err)

	broker, err := sys.Process("nats")
	require.NoError(t, err)
	require.NoError(t, broker.Kill(soon(t)))
	restarted := false
	restart := func() {
		if !restarted {
			restarted = true
			require.NoError(t, broker.Restart())
		}
	}
	t.Cleanup(restart)

	// What is accepted before the outage is noticed is kept, and told later.
	var accepted []shop.Ticket
	refused, err := shop.Until(soon(t),
		func(ctx context.Context) (*shop.Refused, error) {
			ticket, err := seller.List(ctx, "During the outage", 10)
			if err == nil {
				accepted = append(accepted, ticket)
				return nil, nil
			}
			return refusal(t, err), nil
		},
		func(r *shop.Refused) bool { return r != nil })
	require.NoError(t, err)
	assert.Equal(t, http.StatusServiceUnavailable, refused.Status)
	assert.NotEmpty(t, refused.RetryAfter)
	for _, service := range []string{"tickets", "orders", "payments", "expiration"} {
		requireNotReady(t, sys, service)
	}
	_, err = seller.Tickets(ctx)
	require.NoError(t, err, "looking works all the same")

	restart()
	for _, service := range []string{"tickets", "orders", "payments", "expiration"} {
		requireReady(t, service)
	}
	for _, ticket := range append(accepted, before) {
		order, err := shop.Until(soon(t),
			func(ctx context.Context) (shop.Order, error) { return buyer.Reserve(ctx, ticket.ID, 0) },
			func(shop.Order) bool { return true })
		require.NoError(t, err)
		awaitTicket(t, seller, ticket.ID, "reserved")
		_, err = buyer.Pay(ctx, order.ID, "tok_visa")
		require.NoError(t, err)
		awaitTicket(t, seller, ticket.ID, "sold")
	}
}

func TestSidecarDown(t *testing.T) {
	ctx := t.Context()
	seller, buyer := newcomer(t, "seller"), newcomer(t, "buyer")
	ticket, err := seller.List(ctx, "Without a sidecar", 10)
	require.NoError(t, err)
	service, err := sys.PID("orders")
	require.NoError(t, err)

	sidecar, err := sys.Process("orders-daprd")
	require.NoError(t, err)
	require.NoError(t, sidecar.Kill(soon(t)))
	_, err = buyer.Reserve(ctx, ticket.ID, 0)
	refused := refusal(t, err)
	assert.Equal(t, http.StatusServiceUnavailable, refused.Status)
	assert.NotEmpty(t, refused.RetryAfter)
	requireNotReady(t, sys, "orders")

	require.NoError(t, sidecar.Restart())
	requireReady(t, "orders")
	assert.True(t, system.Alive(service), "the service is the same process as before")
	_, err = buyer.Reserve(ctx, ticket.ID, 0)
	require.NoError(t, err)
	awaitTicket(t, seller, ticket.ID, "reserved")
}

func TestServiceDownIsSaidByTheIngress(t *testing.T) {
	ctx := t.Context()
	payments, err := sys.Process("payments")
	require.NoError(t, err)
	buyer := newcomer(t, "buyer")
	require.NoError(t, payments.Kill(soon(t)))
	t.Cleanup(func() {
		require.NoError(t, payments.Restart())
		requireReady(t, "payments")
	})
	_, err = buyer.Pay(ctx, "0192f0c1-0000-7000-8000-000000000000", "tok_visa")
	refused := refusal(t, err)
	assert.Equal(t, http.StatusServiceUnavailable, refused.Status)
	assert.NotEmpty(t, refused.RetryAfter)
	assert.NotEmpty(t, refused.Errors)
}

// The same system on another store, which can be taken away and given back.
func TestOnRedisAndWithoutIt(t *testing.T) {
	ctx := t.Context()
	onRedis, err := system.Start(ctx, t.TempDir(), "STATE=redis", "ON_CRASH=report")
	require.NoError(t, err)
	t.Cleanup(onRedis.Stop)
	require.NoError(t, demo.Run(soon(t), t.Output(), onRedis.Base))

	seller := shop.NewPerson(onRedis.Base, "seller")
	_, err = seller.SignUp(ctx, email("seller"), password)
	require.NoError(t, err)
	ticket, err := seller.List(ctx, "Kept by Redis", 10)
	require.NoError(t, err)

	redis, err := onRedis.Process("redis")
	require.NoError(t, err)
	require.NoError(t, redis.Kill(soon(t)))
	_, err = seller.List(ctx, "Without a store", 10)
	refused := refusal(t, err)
	assert.Equal(t, http.StatusServiceUnavailable, refused.Status)
	assert.NotEmpty(t, refused.RetryAfter)
	for _, service := range []string{"auth", "tickets", "orders", "payments"} {
		requireNotReady(t, onRedis, service)
	}
	shown, err := seller.Ticket(ctx, ticket.ID)
	require.NoError(t, err, "looking works all the same")
	assert.Equal(t, ticket.ID, shown.ID)

	require.NoError(t, redis.Restart())
	_, err = shop.Until(soon(t),
		func(ctx context.Context) (shop.Ticket, error) {
			return seller.Edit(ctx, ticket.ID, "Kept by Redis, still", 11)
		},
		func(shop.Ticket) bool { return true })
	require.NoError(t, err)
}

func requireNotReady(t *testing.T, s *system.System, service string) {
	t.Helper()
	require.Eventually(t, func() bool {
		status, err := s.Ready(t.Context(), service)
		return err == nil && status == http.StatusServiceUnavailable
	}, patience, 50*time.Millisecond, "%s says that it is ready", service)
}

// The life of a system: what it keeps, what it leaves, and how it ends when a
// part of it dies.
func TestLife(t *testing.T) {
	ctx, dir := t.Context(), t.TempDir()
	life, err := system.Start(ctx, dir)
	require.NoError(t, err)
	t.Cleanup(life.Stop)
	address := email("seller")
	seller := shop.NewPerson(life.Base, "seller")
	_, err = seller.SignUp(ctx, address, password)
	require.NoError(t, err)
	ticket, err := seller.List(ctx, "Here to stay", 10)
	require.NoError(t, err)

	life.Stop()
	assert.Empty(t, system.Using(dir), "a stop leaves no process behind")

	life, err = system.Start(ctx, dir)
	require.NoError(t, err)
	t.Cleanup(life.Stop)
	seller = shop.NewPerson(life.Base, "seller")
	_, err = seller.SignIn(ctx, address, password)
	require.NoError(t, err, "accounts survive a restart")
	_, err = seller.Edit(ctx, ticket.ID, "Here to stay, edited", 11)
	require.NoError(t, err, "tickets survive a restart")

	ingress, err := life.Port("ingress")
	require.NoError(t, err)
	said, err := system.Fail(soon(t), t.TempDir(), portEnv("INGRESS_PORT", ingress))
	require.Error(t, err)
	assert.Contains(t, said, "INGRESS_PORT", "a port that is taken is named, with what moves it")

	part, err := life.Process("orders")
	require.NoError(t, err)
	require.NoError(t, part.Kill(ctx))
	said, err = life.Ended(soon(t))
	require.Error(t, err, "the crash of a part ends the system")
	assert.Contains(t, said, "orders")
	assert.Contains(t, said, `"service":"orders"`, "the last lines of the part's log")
	assert.Empty(t, system.Using(dir), "a crash leaves no process behind")
	assert.FileExists(t, filepath.Join(dir, "logs", "orders.log"))
}
