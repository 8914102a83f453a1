package config

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"ticketx/dev/ports"
)

func env(vars map[string]string) func(string) string {
	return func(name string) string { return vars[name] }
}

func TestDefaults(t *testing.T) {
	cfg, err := read("/checkout", env(nil))
	require.NoError(t, err)

	assert.False(t, cfg.Moved())
	assert.False(t, cfg.ReadyTools)
	assert.Equal(t, "/checkout/.ticketx/data", cfg.Data())
	assert.Equal(t, "/checkout/.ticketx/tools/bin/daprd", cfg.Tool("daprd"))
	assert.Equal(t, ".ticketx/logs", cfg.Display(cfg.Logs()))
	assert.NotContains(t, cfg.UsedPorts().Numbers(), ports.Redis)
}

func TestWhatMovesARun(t *testing.T) {
	for name, vars := range map[string]map[string]string{
		"a port":    {"ORDERS_API_PORT": "4003"},
		"the state": {"STATE": "redis"},
		"a folder":  {"TICKETX_DIR": "elsewhere"},
		"replicas":  {"REPLICAS": "2"},
	} {
		cfg, err := read("/checkout", env(vars))
		require.NoError(t, err, name)
		assert.True(t, cfg.Moved(), name)
	}
	cfg, err := read("/checkout", env(map[string]string{"TICKETX_DIR": "elsewhere", "TICKETX_TOOLS": "/tools"}))
	require.NoError(t, err)
	assert.Equal(t, "/checkout/elsewhere/logs", cfg.Logs())
	assert.Equal(t, "/tools/caddy", cfg.Tool("caddy"))
	assert.Equal(t, "/checkout/.ticketx/bin", cfg.Bin(), "the binaries are the same for all")
}

func TestReplicas(t *testing.T) {
	for value, want := range map[string]int{"": 5, "1": 5, "3": 15} {
		cfg, err := read("/checkout", env(map[string]string{"REPLICAS": value}))
		require.NoError(t, err, value)
		assert.Len(t, cfg.Instances(), want, value)
	}
	for _, value := range []string{"0", "4", "-1", "two"} {
		_, err := read("/checkout", env(map[string]string{"REPLICAS": value}))
		assert.ErrorContains(t, err, "it must be a number from 1 to 3", value)
	}
}

func TestRedisIsStartedUnlessOneIsGiven(t *testing.T) {
	cfg, err := read("/checkout", env(map[string]string{"STATE": "redis"}))
	require.NoError(t, err)
	assert.True(t, cfg.StartsRedis())
	assert.Contains(t, cfg.UsedPorts().Numbers(), ports.Redis)

	cfg, err = read("/checkout", env(map[string]string{"STATE": "redis", "REDIS_HOST": "cache"}))
	require.NoError(t, err)
	assert.False(t, cfg.StartsRedis())
	assert.Equal(t, "cache:6379", cfg.RedisHost)
}

func TestWithStripesKeysThereIsNoStandIn(t *testing.T) {
	cfg, err := read("/checkout", env(nil))
	require.NoError(t, err)
	assert.False(t, cfg.Stripe)
	assert.Contains(t, cfg.UsedPorts().Numbers(), ports.StandIn)

	keys := map[string]string{"STRIPE_SECRET_KEY": "sk_test_a", "STRIPE_PUBLISHABLE_KEY": "pk_test_a", "STRIPE_WEBHOOK_SECRETS": "whsec_a"}
	cfg, err = read("/checkout", env(keys))
	require.NoError(t, err)
	assert.True(t, cfg.Stripe)
	assert.NotContains(t, cfg.UsedPorts().Numbers(), ports.StandIn)

	delete(keys, "STRIPE_PUBLISHABLE_KEY")
	_, err = read("/checkout", env(keys))
	assert.EqualError(t, err, "STRIPE_SECRET_KEY, STRIPE_WEBHOOK_SECRETS is set and STRIPE_PUBLISHABLE_KEY is not: payments needs all of them for Stripe, or none for the stand-in")
}

func TestAllProblemsAreReportedAtOnce(t *testing.T) {
	_, err := read("/checkout", env(map[string]string{"INGRESS_PORT": "http", "STATE": "paper", "ON_CRASH": "cry", "REPLICAS": "4"}))
	assert.EqualError(t, err, `REPLICAS is "4": it must be a number from 1 to 3
INGRESS_PORT is "http": it must be a port, from 1 to 65535
STATE is "paper": it must be sqlite, redis or mongodb
ON_CRASH is "cry": it must be stop or report`)

	_, err = read("/checkout", env(map[string]string{"ORDER_HOLD": "25h", "STOP_DELAY": "soon", "LOG_LEVEL": "loud"}))
	require.EqualError(t, err, `ORDER_HOLD is "25h": it must be a time from 1s to 24h, such as 20s
STOP_DELAY is "soon": it must be a time from 0s to 30s, such as 20s
LOG_LEVEL is "loud": it must be debug, info, warn or error`)
	_, err = read("/checkout", env(map[string]string{"ORDER_HOLD": "24h", "STOP_DELAY": "0s", "LOG_LEVEL": "debug", "TICKET_CURRENCY": "jpy", "RESALE_CAP_PERCENT": "110", "CATALOGUE_TICKETS": "5000"}))
	require.NoError(t, err)
	for _, percent := range []string{"-1", "1001", "110%"} {
		_, err = read("/checkout", env(map[string]string{"RESALE_CAP_PERCENT": percent}))
		require.ErrorContains(t, err, "RESALE_CAP_PERCENT", percent)
	}
	_, err = read("/checkout", env(map[string]string{"CATALOGUE_TICKETS": "0"}))
	require.ErrorContains(t, err, "CATALOGUE_TICKETS")
	_, err = read("/checkout", env(map[string]string{"TICKET_CURRENCY": "EUR"}))
	require.ErrorContains(t, err, `TICKET_CURRENCY: "EUR" is not one of the currencies that can be charged: aed,`)

	_, err = read("/checkout", env(map[string]string{"STATE": "mongodb"}))
	assert.ErrorContains(t, err, "STATE=mongodb needs MONGODB_URL")
}

func TestLoadReadsTheFileBelowTheEnvironment(t *testing.T) {
	root := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(root, "go.work"), nil, 0o600))
	require.NoError(t, os.WriteFile(filepath.Join(root, ".env"), []byte("# mine\nINGRESS_PORT=9090\nSTANDIN_PORT=9091\n"), 0o600))
	t.Setenv("STANDIN_PORT", "9999")
	t.Setenv("INGRESS_PORT", "")
	require.NoError(t, os.Unsetenv("INGRESS_PORT")) // put back by Setenv when the test ends
	below := filepath.Join(root, "services", "orders")
	require.NoError(t, os.MkdirAll(below, 0o755))

	cfg, err := Load(below)

	require.NoError(t, err)
	assert.Equal(t, root, cfg.Root)
	assert.Equal(t, 9090, cfg.Ports.Number(ports.Ingress))
	assert.Equal(t, 9999, cfg.Ports.Number(ports.StandIn))
	assert.Equal(t, "9090", os.Getenv("INGRESS_PORT"), "the services get it too")

	require.NoError(t, os.WriteFile(filepath.Join(root, ".env"), []byte(`A="unfinished`), 0o600))
	_, err = Load(below)
	assert.ErrorContains(t, err, ".env cannot be read")
}

func TestLoadWantsACheckout(t *testing.T) {
	_, err := Load(t.TempDir())
	assert.ErrorContains(t, err, "is not inside a TicketX checkout")
}
