package main

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestRefusesToStart(t *testing.T) {
	const key = "4eC39HqLyjWDarjtT1zdp7dc"
	err := run(t.Context(), []string{
		"API_ADDR=127.0.0.1", "APP_ADDR=127.0.0.1:0", "STRIPE_SECRET_KEY=" + key, "STRIPE_API_URL=localhost",
	})
	for _, name := range []string{"API_ADDR", "STRIPE_SECRET_KEY", "STRIPE_API_URL"} {
		require.ErrorContains(t, err, name, "everything that is wrong at once")
	}
	assert.NotContains(t, err.Error(), key)
}
