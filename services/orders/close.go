package orders

import (
	"context"
	"errors"
	"fmt"
	"time"

	"ticketx/kit/errs"
)

// Cancel gives up the caller's order and frees the ticket. Cancelling a
// cancelled order is harmless; a completed one is a Conflict, and so is one that
// has just been paid or is just being paid. Somebody else's order is Forbidden, one
// that does not exist NotFound.
func (s *Service) Cancel(ctx context.Context, caller, orderID string) error {
	r, err := s.find(ctx, orderID)
	if err != nil {
		return err
	}
	if r.BuyerID != caller {
		return errNotYours
	}
	_, err = s.change(ctx, r.TicketID, orderID, func(o *Order) (bool, error) { return o.cancel(s.now()) })
	if !errors.Is(err, errUnsettled) {
		return err
	}
	o, err := s.settle(ctx, r.TicketID, orderID, ReasonBuyer)
	switch {
	case err != nil:
		return err
	case o.Status == StatusComplete:
		return errComplete
	case !o.Closed():
		return errs.Conflict("A payment is just being made. Please look again in a moment.")
	}
	return nil
}

// Complete closes the order as paid. For an order that is closed already it
// does nothing: one that was cancelled is refunded by payments, which hears of
// the cancellation. An order that was never placed is NotFound.
func (s *Service) Complete(ctx context.Context, ticketID, orderID string) error {
	return s.closeHeardOf(ctx, ticketID, orderID, func(o *Order) (bool, error) { return o.complete(s.now()), nil })
}

// Expire closes the order if it is still open, settling its payment first where
// one was begun. Asked before the order's time by this machine's clock it fails, to
// be asked again. While payments can't tell how the payment ends, the order stays as
// it is, and others' time is not held up by that: payments follows what it can't tell
// (its Reconcile), and its event ends the order, as does whoever looks.
func (s *Service) Expire(ctx context.Context, ticketID, orderID string) error {
	err := s.closeHeardOf(ctx, ticketID, orderID, func(o *Order) (bool, error) {
		now := s.now()
		changed := o.expire(now)
		switch {
		case changed || o.Closed():
			return changed, nil
		case o.unsettled(now):
			return false, errUnsettled
		}
		return false, fmt.Errorf("order %s has time until %s", orderID, o.ExpiresAt.Format(time.RFC3339Nano))
	})
	if !errors.Is(err, errUnsettled) {
		return err
	}
	_, err = s.settle(ctx, ticketID, orderID, ReasonExpired)
	return err
}

// closeHeardOf closes an order that another service tells of. When this store
// does not know it, it may have been lost with the store, and is recalled first.
func (s *Service) closeHeardOf(ctx context.Context, ticketID, orderID string, closing func(*Order) (changed bool, err error)) error {
	_, err := s.change(ctx, ticketID, orderID, closing)
	if !errors.Is(err, errNoOrder) {
		return err
	}
	if err := s.recall(ctx, ticketID, orderID); err != nil {
		return err
	}
	_, err = s.change(ctx, ticketID, orderID, closing)
	return err
}
