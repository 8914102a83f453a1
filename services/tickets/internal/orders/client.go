// Package orders reaches the orders service.
package orders

import (
	"context"
	"encoding/json"
	"fmt"

	"ticketx/kit/dapr"
	"ticketx/kit/errs"
	"ticketx/kit/events"
	"ticketx/services/tickets"
)

// Client asks the orders service by Dapr service invocation. It implements
// tickets.Orders.
type Client struct {
	sidecar *dapr.Sidecar
}

var _ tickets.Orders = (*Client)(nil)

// New returns the orders service behind the sidecar.
func New(s *dapr.Sidecar) *Client { return &Client{sidecar: s} }

// Holder implements tickets.Orders.
func (c *Client) Holder(ctx context.Context, withdrawn events.Ticket) (tickets.Status, error) {
	snapshot, err := json.Marshal(withdrawn)
	if err != nil {
		return "", fmt.Errorf("encode ticket %s: %w", withdrawn.ID, err)
	}
	body, err := c.sidecar.Command(ctx, "orders", "tickets/"+withdrawn.ID+"/withdrawal", snapshot)
	if err != nil {
		return "", unclear(err)
	}
	var answer struct {
		Status tickets.Status `json:"status"`
	}
	if err := json.Unmarshal(body, &answer); err != nil {
		return "", unclear(fmt.Errorf("decode what holds ticket %s: %w", withdrawn.ID, err))
	}
	switch answer.Status {
	case tickets.Reserved, tickets.Sold, tickets.Withdrawn:
		return answer.Status, nil
	case tickets.Available, tickets.Past:
	}
	return "", unclear(fmt.Errorf("ticket %s is told to be %q", withdrawn.ID, answer.Status))
}

// unclear says that nobody knows whether an order came first.
func unclear(cause error) error {
	return errs.Unavailable("Whether somebody has just reserved this ticket can't be told at the moment. Please try again.", cause)
}
