//go:build linux

package e2e_test

import (
	"context"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const shortHold = 2 * time.Second

func TestUnpaidOrderExpires(t *testing.T) {
	ctx := t.Context()
	seller, forgetful, next := newcomer(t, "seller"), newcomer(t, "forgetful"), newcomer(t, "next")
	ticket, err := seller.List(ctx, "Encore", 12.5)
	require.NoError(t, err)
	order, err := forgetful.Reserve(ctx, ticket.ID, shortHold)
	require.NoError(t, err)
	assert.WithinDuration(t, time.Now().Add(shortHold), order.ExpiresAt, time.Second)
	awaitTicket(t, seller, ticket.ID, "reserved")

	expired := awaitOrder(t, forgetful, order.ID, "cancelled")
	assert.Equal(t, "expired", expired.Reason)
	assert.False(t, time.Now().Before(order.ExpiresAt), "it expired before its time")
	awaitTicket(t, seller, ticket.ID, "available")
	_, err = forgetful.Pay(ctx, order.ID, "tok_visa")
	assert.Equal(t, http.StatusConflict, refusal(t, err).Status)
	assert.Empty(t, charges(t, order.ID))

	_, err = next.Reserve(ctx, ticket.ID, 0)
	require.NoError(t, err)
}

// The reminder, not only those who look, ends an order: the version of the
// ticket's document grows without anybody's asking for its order.
func TestExpiryIsWrittenByTheReminder(t *testing.T) {
	ctx := t.Context()
	seller, forgetful := newcomer(t, "seller"), newcomer(t, "forgetful")
	ticket, err := seller.List(ctx, "Interval", 10)
	require.NoError(t, err)
	_, err = forgetful.Reserve(ctx, ticket.ID, shortHold)
	require.NoError(t, err)
	reserved := awaitTicket(t, seller, ticket.ID, "reserved")

	require.Eventually(t, func() bool {
		freed, err := seller.Ticket(ctx, ticket.ID)
		return err == nil && freed.Version > reserved.Version
	}, patience, 50*time.Millisecond)
	freed := awaitTicket(t, seller, ticket.ID, "available")
	assert.Empty(t, freed.OrderID)
	_, err = seller.Edit(ctx, ticket.ID, "Interval, again", 11)
	require.NoError(t, err, "a freed ticket can be edited")
}

func TestTicketIsSoldAfterItsTimeWithoutTheExpirationService(t *testing.T) {
	ctx := t.Context()
	expiration, err := sys.Process("expiration")
	require.NoError(t, err)
	require.NoError(t, expiration.Kill(soon(t)))
	t.Cleanup(func() {
		require.NoError(t, expiration.Restart())
		requireReady(t, "expiration")
	})

	seller, forgetful, next := newcomer(t, "seller"), newcomer(t, "forgetful"), newcomer(t, "next")
	ticket, err := seller.List(ctx, "Afterpiece", 18)
	require.NoError(t, err)
	order, err := forgetful.Reserve(ctx, ticket.ID, shortHold)
	require.NoError(t, err)
	awaitOrder(t, forgetful, order.ID, "cancelled")
	awaitTicket(t, seller, ticket.ID, "available")

	bought, err := next.Reserve(ctx, ticket.ID, 0)
	require.NoError(t, err)
	_, err = next.Pay(ctx, bought.ID, "tok_visa")
	require.NoError(t, err)
	awaitOrder(t, next, bought.ID, "complete")
}

// requireReady waits until the service says that it is ready. It may be called
// in a clean-up, when the test's own context is over.
func requireReady(t *testing.T, service string) {
	t.Helper()
	ctx := context.WithoutCancel(t.Context())
	require.Eventually(t, func() bool {
		status, err := sys.Ready(ctx, service)
		return err == nil && status == http.StatusNoContent
	}, patience, 50*time.Millisecond, "%s does not become ready", service)
}
