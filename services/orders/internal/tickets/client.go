// Package tickets reaches the tickets service.
package tickets

import (
	"context"
	"encoding/json"
	"fmt"

	"ticketx/kit/dapr"
	"ticketx/kit/errs"
	"ticketx/kit/events"
	"ticketx/services/orders"
)

// Client asks the tickets service by Dapr service invocation. It implements
// orders.Listings.
type Client struct {
	sidecar *dapr.Sidecar
}

var _ orders.Listings = (*Client)(nil)

// New returns the tickets service behind the sidecar.
func New(s *dapr.Sidecar) *Client { return &Client{sidecar: s} }

// Ticket implements orders.Listings.
func (t *Client) Ticket(ctx context.Context, ticketID string) (events.Ticket, error) {
	var snapshot events.Ticket
	body, err := t.sidecar.Invoke(ctx, "tickets", "tickets/"+ticketID)
	if errs.Is(err, errs.KindNotFound) {
		return snapshot, errs.NotFound("There is no such ticket.")
	}
	if err != nil {
		return snapshot, err
	}
	if err := json.Unmarshal(body, &snapshot); err != nil {
		return snapshot, fmt.Errorf("decode ticket %s: %w", ticketID, err)
	}
	return snapshot, nil
}

// TicketIDs implements orders.Listings.
func (t *Client) TicketIDs(ctx context.Context, position, limit int) (ids []string, next int, err error) {
	return t.sidecar.List(ctx, "tickets", "tickets", position, limit)
}
