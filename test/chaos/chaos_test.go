//go:build linux

package chaos_test

import (
	"os"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"ticketx/test/chaos"
	"ticketx/test/system"
)

// TestChaos plays CHAOS_ROUNDS rounds (one), the first with the seed CHAOS_SEED
// (1), on the state store STATE (redis, because its server can be killed too),
// with REPLICAS of each service (one).
func TestChaos(t *testing.T) {
	if testing.Short() {
		t.Skip("needs the whole system")
	}
	store := os.Getenv("STATE")
	if store == "" {
		store = "redis"
	}
	game := chaos.Game{
		Out:      t.Output(),
		Replicas: int(number(t, "REPLICAS", 1)),
		// The ingress and the stand-in for Stripe are no parts of the product,
		// and die all the same.
		Others: []string{"nats", "scheduler", "placement", "standin", "caddy"},
		Seed:   number(t, "CHAOS_SEED", 1),
		Rounds: int(number(t, "CHAOS_ROUNDS", 1)),
	}
	require.Positive(t, game.Rounds, "ROUNDS must be one or more")
	if store == "redis" {
		game.Others = append(game.Others, "redis")
	}
	dir, err := os.MkdirTemp("", "ticketx-chaos-") //nolint:usetesting // kept when the test fails
	require.NoError(t, err)
	game.System, err = system.Start(t.Context(), dir, "STATE="+store, "ON_CRASH=report")
	require.NoError(t, err)
	t.Cleanup(game.System.Stop)

	violations, err := game.Play(t.Context())
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
	require.NoError(t, err, "%s must be a number", strings.TrimPrefix(name, "CHAOS_"))
	return n
}
