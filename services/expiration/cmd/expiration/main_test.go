package main

import (
	"context"
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestRunSaysWhatIsMissing(t *testing.T) {
	err := run(t.Context(), []string{"LOG_LEVEL=loud"})
	for _, name := range []string{"API_ADDR", "APP_ADDR", "LOG_LEVEL"} {
		assert.ErrorContains(t, err, name)
	}
}

// The sidecar starts after the service, and may end before it.
func TestRunNeedsNoSidecar(t *testing.T) {
	ctx, stop := context.WithCancel(t.Context())
	stop() // as soon as it has started
	assert.NoError(t, run(ctx, []string{
		"API_ADDR=127.0.0.1:0", "APP_ADDR=127.0.0.1:0", "DAPR_GRPC_PORT=1", "LOG_LEVEL=error",
	}))
}
