package payments

import (
	"context"
	"fmt"

	"ticketx/kit/errs"
	"ticketx/kit/events"
)

// Order returns the order as payments last heard of it, and whether it is paid, for
// orders, should it have lost its own. One that payments has not heard of is
// errs.KindNotFound.
func (s *Service) Order(ctx context.Context, orderID string) (o events.Order, paid bool, err error) {
	p, found, err := s.payments.Load(ctx, orderID)
	if err != nil {
		return o, false, err
	}
	if !found || p.Order.ID == "" {
		return o, false, errs.NotFound("There is no such order.")
	}
	return p.Order, p.paid(), nil
}

// AnnouncePage tells anew what became of the payments of a page of orders, for
// those who have not heard of them or have lost what they knew. It returns how
// many there were and the position to go on from, as Orders.OrderIDs does. A page
// may be told any number of times.
//
// The pages are those of orders, so what is told is the payment of the newest
// order of each ticket: every one whose money was kept is among them.
func (s *Service) AnnouncePage(ctx context.Context, position, limit int) (announced, next int, err error) {
	ids, next, err := s.orders.OrderIDs(ctx, position, limit)
	if err != nil {
		return 0, 0, fmt.Errorf("list the orders: %w", err)
	}
	found, err := s.payments.LoadMany(ctx, ids...)
	if err != nil {
		return 0, 0, err
	}
	announced, err = s.payments.AnnounceAnew(ctx, found...)
	return announced, next, err
}
