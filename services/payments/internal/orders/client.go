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
	body, err := c.sidecar.Invoke(ctx, "orders", "orders/"+orderID)
	return decode(orderID, body, err)
}

// AwaitPayment implements payments.Orders. An orders of before does not know the
// call; there the order is as good as awaiting payment while it is live.
func (c *Client) AwaitPayment(ctx context.Context, orderID string) (events.Order, error) {
	body, err := c.sidecar.Command(ctx, "orders", "orders/"+orderID+"/payment", nil)
	if errs.Is(err, errs.KindNotFound) {
		return c.Order(ctx, orderID)
	}
	return decode(orderID, body, err)
}

// decode reads the answer to a question about an order.
func decode(orderID string, body []byte, err error) (events.Order, error) {
	var snapshot events.Order
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
