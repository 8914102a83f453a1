package config_test

import (
	"errors"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"ticketx/kit/config"
)

type settings struct {
	config.Service

	Hold   time.Duration `env:"HOLD" envDefault:"15m"`
	Secret string        `env:"SECRET"`
}

var good = []string{"API_ADDR=127.0.0.1:3001", "APP_ADDR=127.0.0.1:3101"}

func TestDefaults(t *testing.T) {
	cfg, err := config.Load[settings](good)
	require.NoError(t, err)
	assert.Equal(t, settings{
		Service: config.Service{
			APIAddr: "127.0.0.1:3001", AppAddr: "127.0.0.1:3101", DaprGRPCPort: 50001, LogLevel: slog.LevelInfo,
		},
		Hold: 15 * time.Minute,
	}, cfg)
}

func TestValues(t *testing.T) {
	cfg, err := config.Load[settings]([]string{
		"API_ADDR=0.0.0.0:80", "APP_ADDR=10.0.0.1:81", "APP_API_TOKEN=in", "DAPR_API_TOKEN=out=with=equals",
		"DAPR_GRPC_PORT=3601", "LOG_LEVEL=debug", "HOLD=5s", "UNKNOWN=ignored", "MALFORMED",
	})
	require.NoError(t, err)
	assert.Equal(t, settings{
		Service: config.Service{
			APIAddr: "0.0.0.0:80", AppAddr: "10.0.0.1:81", AppAPIToken: "in", DaprAPIToken: "out=with=equals",
			DaprGRPCPort: 3601, LogLevel: slog.LevelDebug,
		},
		Hold: 5 * time.Second,
	}, cfg)
}

// The process's own environment does not leak into what a test gives.
func TestOnlyTheGivenEnvironmentCounts(t *testing.T) {
	t.Setenv("API_ADDR", "127.0.0.1:1")
	_, err := config.Load[settings]([]string{"APP_ADDR=127.0.0.1:3101"})
	require.ErrorContains(t, err, "API_ADDR")
}

func TestAllProblemsAtOnce(t *testing.T) {
	_, err := config.Load[settings]([]string{
		"APP_ADDR=nonsense", "DAPR_GRPC_PORT=many", "LOG_LEVEL=loud", "HOLD=soon", "SECRET=hunter2",
	})
	require.Error(t, err)
	for _, want := range []string{
		"API_ADDR", "APP_ADDR must be host:port", `DAPR_GRPC_PORT is "many": it must be a number`,
		`LOG_LEVEL is "loud": it must be debug, info, warn or error`, `HOLD is "soon": it must be a time`,
	} {
		assert.ErrorContains(t, err, want)
	}
	assert.NotContains(t, err.Error(), "hunter2")

	lines := strings.Split(err.Error(), "\n")
	for _, line := range lines {
		named := 0
		for _, problem := range []string{"many", "loud", "soon", "API_ADDR", "APP_ADDR must"} {
			named += strings.Count(line, problem)
		}
		assert.LessOrEqual(t, named, 1, "one problem per line: %s", line)
	}
}

func TestMissing(t *testing.T) {
	_, err := config.Load[settings](nil)
	require.ErrorContains(t, err, "API_ADDR")
	require.ErrorContains(t, err, "APP_ADDR")
	assert.NotContains(t, err.Error(), "host:port", "what is missing is not malformed as well")
	assert.NotContains(t, err.Error(), "APP_API_TOKEN")
}

// Whoever reaches an app channel without a token can forge events.
func TestAppChannelIsOnLoopbackOrAsksForAToken(t *testing.T) {
	for addr, loopback := range map[string]bool{
		"127.0.0.1:3101": true, "127.8.8.8:1": true, "[::1]:3101": true, "localhost:3101": true,
		"0.0.0.0:3101": false, ":3101": false, "[::]:3101": false, "10.0.0.5:3101": false, "orders:3101": false,
		"localhost.example.com:3101": false,
	} {
		_, err := config.Load[settings]([]string{"API_ADDR=:80", "APP_ADDR=" + addr})
		if loopback {
			require.NoError(t, err, addr)
		} else {
			require.ErrorContains(t, err, "APP_API_TOKEN", addr)
		}
		_, err = config.Load[settings]([]string{"API_ADDR=:80", "APP_ADDR=" + addr, "APP_API_TOKEN=x"})
		require.NoError(t, err, addr)
	}
}

// demanding validates itself, and by a pointer.
type demanding struct {
	config.Service
	Port int `env:"PORT"`
}

func (d *demanding) Validate() error {
	var own error
	if d.Port == 0 {
		own = errors.New("PORT must not be 0")
	}
	return errors.Join(d.Service.Validate(), own)
}

func TestOwnValidation(t *testing.T) {
	_, err := config.Load[demanding]([]string{"API_ADDR=nonsense", "APP_ADDR=127.0.0.1:1", "PORT=0"})
	require.ErrorContains(t, err, "PORT must not be 0")
	require.ErrorContains(t, err, "API_ADDR must be host:port")
	_, err = config.Load[demanding](append(good, "PORT=1"))
	require.NoError(t, err)
}

func TestLogger(t *testing.T) {
	logger := config.Service{LogLevel: slog.LevelWarn, AppAPIToken: "s3cret"}.Logger("orders")
	assert.True(t, logger.Enabled(t.Context(), slog.LevelWarn))
	assert.False(t, logger.Enabled(t.Context(), slog.LevelInfo))
}
