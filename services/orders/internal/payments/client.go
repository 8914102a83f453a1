// Package payments reaches the payments service.
package payments

import (
	"context"
	"encoding/json"
	"fmt"

	"ticketx/kit/dapr"
	"ticketx/kit/errs"
	"ticketx/kit/events"
	"ticketx/services/orders"
)

// Client asks the payments service by Dapr service invocation. It implements
// orders.Copies and orders.Settlements.
type Client struct {
	sidecar *dapr.Sidecar
}

var (
	_ orders.Copies      = (*Client)(nil)
	_ orders.Settlements = (*Client)(nil)
)

// New returns the payments service behind the sidecar.
func New(s *dapr.Sidecar) *Client { return &Client{sidecar: s} }

// Order implements orders.Copies.
func (c *Client) Order(ctx context.Context, orderID string) (o events.Order, paid bool, err error) {
	body, err := c.sidecar.Invoke(ctx, "payments", "orders/"+orderID)
	if errs.Is(err, errs.KindNotFound) {
		return o, false, errs.NotFound("There is no such order.")
	}
	if err != nil {
		return o, false, err
	}
	var kept struct {
		Order events.Order `json:"order"`
		Paid  bool         `json:"paid"`
	}
	if err := json.Unmarshal(body, &kept); err != nil {
		return o, false, fmt.Errorf("decode the copy of order %s: %w", orderID, err)
	}
	return kept.Order, kept.Paid, nil
}

// Settle implements orders.Settlements.
func (c *Client) Settle(ctx context.Context, orderID string) (s orders.Settlement, err error) {
	body, err := c.sidecar.Command(ctx, "payments", "orders/"+orderID+"/settle", nil)
	if err != nil {
		return s, err
	}
	if err := json.Unmarshal(body, &s); err != nil {
		return s, fmt.Errorf("decode how the payment of order %s has ended: %w", orderID, err)
	}
	return s, nil
}
