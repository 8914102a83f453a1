package main

import (
	"context"
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestRunSaysWhatIsMissing(t *testing.T) {
	err := run(t.Context(), []string{"LOG_LEVEL=loud", "ORDER_HOLD=soon"})
	for _, name := range []string{"API_ADDR", "APP_ADDR", "LOG_LEVEL", "ORDER_HOLD"} {
		assert.ErrorContains(t, err, name)
	}
}

func TestHoldHasBounds(t *testing.T) {
	for hold, fine := range map[string]bool{
		"1s": true, "15m": true, "24h": true,
		"0": false, "-5s": false, "999ms": false, "24h1s": false,
	} {
		err := startAndStop(t, "ORDER_HOLD="+hold)
		if fine {
			assert.NoError(t, err, hold)
		} else {
			assert.ErrorContains(t, err, "ORDER_HOLD", hold)
		}
	}
}

// The sidecar starts after the service, and may end before it.
func TestRunNeedsNoSidecar(t *testing.T) {
	assert.NoError(t, startAndStop(t, "DAPR_GRPC_PORT=1"))
}

// startAndStop runs the service with some settings, and tells it to stop as soon
// as it has started.
func startAndStop(t *testing.T, environ ...string) error {
	t.Helper()
	ctx, stop := context.WithCancel(t.Context())
	stop()
	return run(ctx, append(environ, "API_ADDR=127.0.0.1:0", "APP_ADDR=127.0.0.1:0", "LOG_LEVEL=error"))
}
