package config

import (
	"fmt"

	"ticketx/kit/money"
)

// Prices holds the settings of services that put prices up. Embed it, and have
// Validate call its own. Whoever only hears of a price hears of its currency too.
type Prices struct {
	// Currency is what new tickets are priced in.
	Currency money.Currency `env:"TICKET_CURRENCY" envDefault:"eur"`
}

// Validate says what is wrong with the settings.
func (p Prices) Validate() error {
	if _, err := money.ParseCurrency(string(p.Currency)); err != nil {
		return fmt.Errorf("TICKET_CURRENCY: %w", err)
	}
	return nil
}
