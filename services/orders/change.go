package orders

import (
	"context"
	"errors"

	"ticketx/kit/errs"
	"ticketx/kit/state"
)

// announce publishes an order's snapshot once more. Whoever finds nothing left
// to do does so, because the process that did it may have died before it could
// tell. It does not depend on the caller's still being there.
func (s *Service) announce(ctx context.Context, o *Order) {
	s.tickets.Announce(context.WithoutCancel(ctx), Ticket{Order: o})
}

var (
	errNoOrder  = errs.NotFound("There is no such order.")
	errNotYours = errs.Forbidden("This order belongs to somebody else.")
)

// What a change finds in the slot, other than what it was to change.
var (
	errPlaced    = errors.New("orders: an earlier try has placed the order after all")
	errNotInSlot = errors.New("orders: the order is not in its ticket's slot")
)

// change changes the order where it is: in its ticket's slot, or in its archive,
// where it is closed and change sees a copy. An order that is in neither was never
// placed: NotFound. Where change finds nothing to change, the order is announced
// again.
func (s *Service) change(ctx context.Context, ticketID, orderID string, change func(*Order) (changed bool, err error)) (Order, error) {
	var changed bool
	ticket, err := s.tickets.Update(ctx, ticketID, func(t *Ticket, _ bool) (err error) {
		if !t.holds(orderID) {
			return errNotInSlot
		}
		if changed, err = change(t.Order); err == nil && !changed {
			return state.ErrUnchanged
		}
		return err
	})
	o := ticket.Order
	if errors.Is(err, errNotInSlot) {
		o, err = s.archived(ctx, orderID)
		if err == nil {
			changed, err = change(o)
		}
	}
	if err != nil {
		return Order{}, err
	}
	if !changed {
		s.announce(ctx, o)
	}
	return *o, nil
}
