package config_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"ticketx/kit/config"
	"ticketx/kit/money"
)

func TestPrices(t *testing.T) {
	for value, want := range map[string]money.Currency{"": money.EUR, "jpy": "jpy", "kwd": "kwd"} {
		cfg, err := config.Load[config.Prices]([]string{"TICKET_CURRENCY=" + value})
		require.NoError(t, err)
		assert.Equal(t, want, cfg.Currency)
	}
	cfg, err := config.Load[config.Prices](nil)
	require.NoError(t, err)
	assert.Equal(t, money.EUR, cfg.Currency)

	for _, value := range []string{"EUR", "xyz", "€"} {
		_, err := config.Load[config.Prices]([]string{"TICKET_CURRENCY=" + value})
		require.ErrorContains(t, err, "TICKET_CURRENCY: \""+value+"\" is not one of the currencies that can be charged: aed, ")
	}
}
