//go:build linux

package chaos_test

import (
	"os"
	"slices"
	"strconv"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"ticketx/test/chaos"
	"ticketx/test/system"
)

// The parts that are killed. The ingress and the stand-in for Stripe are no
// parts of the product, and die all the same.
var parts = []string{
	"auth", "tickets", "orders", "payments", "expiration",
	"auth-daprd", "tickets-daprd", "orders-daprd", "payments-daprd", "expiration-daprd",
	"nats", "scheduler", "placement", "standin", "caddy",
}

// TestChaos plays CHAOS_ROUNDS rounds (one), the first with the seed CHAOS_SEED
// (1), on the state store STATE (redis, because its server can be killed too).
func TestChaos(t *testing.T) {
	if testing.Short() {
		t.Skip("needs the whole system")
	}
	seed := number(t, "CHAOS_SEED", 1)
	rounds := number(t, "CHAOS_ROUNDS", 1)
	store := os.Getenv("STATE")
	if store == "" {
		store = "redis"
	}
	killed := slices.Clone(parts)
	if store == "redis" {
		killed = append(killed, "redis")
	}
	dir, err := os.MkdirTemp("", "ticketx-chaos-") //nolint:usetesting // kept when the test fails
	require.NoError(t, err)
	sys, err := system.Start(t.Context(), dir, "STATE="+store, "ON_CRASH=report")
	require.NoError(t, err)
	t.Cleanup(sys.Stop)

	violations, err := chaos.Run(t.Context(), t.Output(), sys, killed, seed, int(rounds))
	assert.NoError(t, err)
	assert.Zero(t, violations)
	if t.Failed() {
		t.Logf("the system's data and logs are in %s", dir)
		return
	}
	assert.NoError(t, os.RemoveAll(dir))
}

func number(t *testing.T, name string, otherwise uint64) uint64 {
	t.Helper()
	text := os.Getenv(name)
	if text == "" {
		return otherwise
	}
	n, err := strconv.ParseUint(text, 10, 32)
	require.NoError(t, err, "%s must be a number", name)
	return n
}
