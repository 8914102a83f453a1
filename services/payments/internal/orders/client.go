// Package orders reaches the orders service.
package orders

import (
	"context"
	"encoding/json"
	"fmt"

	"ticketx/kit/dapr"
	"ticketx/kit/errs"
	"ticketx/kit/events"
	"ticketx/services/payments"
)

// Client asks the orders service by Dapr service invocation. It implements
// payments.Orders.
type Client struct {
	sidecar *dapr.Sidecar
}

var _ payments.Orders = (*Client)(nil)

// New returns the orders service behind the sidecar.
func New(s *dapr.Sidecar) *Client { return &Client{sidecar: s} }

// Order implements payments.Orders.
func (c *Client) Order(ctx context.Context, orderID string) (events.Order, error) {
	var snapshot events.Order
	body, err := c.sidecar.Invoke(ctx, "orders", "orders/"+orderID)
	if errs.Is(err, errs.KindNotFound) {
		return snapshot, errs.NotFound("There is no such order.")
	}
	if err != nil {
		return snapshot, err
	}
	if err := json.Unmarshal(body, &snapshot); err != nil {
		return snapshot, fmt.Errorf("decode order %s: %w", orderID, err)
	}
	return snapshot, nil
}

// OrderIDs implements payments.Orders.
func (c *Client) OrderIDs(ctx context.Context, position, limit int) (ids []string, next int, err error) {
	return c.sidecar.List(ctx, "orders", "orders", position, limit)
}
