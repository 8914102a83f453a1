//go:build linux

package replicas_test

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"ticketx/dev/shop"
)

// toldWithin is how long what a killed process could not tell may take to come
// out, and no longer.
const toldWithin = 30 * time.Second

// The broker is down, a replica accepts a change, and is killed with its sidecar,
// for good. The other replica tells what was in its journal.
func TestTheOtherReplicaTellsWhatAKilledOneLeft(t *testing.T) {
	ctx := t.Context()
	seller := newcomer(t, "seller")
	dead, living := "tickets-2", "tickets"
	ticket, err := seller.List(ctx, "Understudy", 20)
	require.NoError(t, err)
	broker, err := sys.Process("nats")
	require.NoError(t, err)
	service, err := sys.Process(dead)
	require.NoError(t, err)
	sidecar, err := sys.Process(dead + "-daprd")
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, start(soon(t), service, sidecar, dead)) })

	require.NoError(t, broker.Kill(soon(t)))
	edited, err := at(t, seller, dead).Edit(ctx, ticket.ID, "Understudy", 35)
	require.NoError(t, err, "accepted: the outage is not known yet")
	require.NoError(t, service.Kill(soon(t)))
	require.NoError(t, sidecar.Kill(soon(t)))
	killed := time.Now()
	require.NoError(t, broker.Restart())

	id := fmt.Sprintf("ticket:%s:%d", ticket.ID, edited.Version)
	within, cancel := context.WithTimeout(ctx, toldWithin)
	defer cancel()
	_, err = shop.Until(within,
		func(ctx context.Context) ([]told, error) { return stream(ctx, "tickets") },
		func(all []told) bool { return slices.ContainsFunc(all, func(e told) bool { return e.id == id }) })
	require.NoError(t, err, "nobody tells %s", id)
	t.Logf("told %s after the kill", time.Since(killed).Round(100*time.Millisecond))
	require.Eventually(t, func() bool {
		return len(lines(t, living, func(l line) bool { return l.Msg == "announced what another instance left behind" })) > 0
	}, patience, 100*time.Millisecond, "%s was not the one", living)
}
