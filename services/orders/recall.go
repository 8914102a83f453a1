package orders

import (
	"context"
	"errors"
	"fmt"

	"ticketx/kit/events"
	"ticketx/kit/state"
)

// Copies asks the payments service, which keeps a copy of every order, for one
// that this store has lost.
type Copies interface {
	// Order returns the order as payments last heard of it, and whether it is
	// paid, or errs.KindNotFound.
	Order(ctx context.Context, orderID string) (o events.Order, paid bool, err error)
}

// recall brings back an order of the ticket that others speak of and this store
// does not know, from the copy that payments keeps: into the ticket's slot, or,
// when the ticket has gone to somebody else meanwhile, into the archive as
// cancelled, which has payments give back what was paid. It may be called any
// number of times. An order of which there is no copy is NotFound.
func (s *Service) recall(ctx context.Context, ticketID, orderID string) error {
	snapshot, paid, err := s.copies.Order(ctx, orderID)
	if err != nil {
		return fmt.Errorf("recall order %s: %w", orderID, err)
	}
	o, err := orderFrom(snapshot)
	if err != nil || o.ID != orderID || o.Ticket.ID != ticketID {
		return errors.Join(errNoOrder, err) // a copy that can't be right is none
	}
	if o.Status == StatusCreated {
		// Payments may have begun one since, and this store have lost that: whether
		// there is one, it is asked before the order ends.
		o.awaitSince(s.now())
	}
	if _, err := s.leaveHints(ctx, orderID, ticketID, o.BuyerID); err != nil {
		return err
	}
	restored := false
	_, err = s.tickets.Update(ctx, ticketID, func(t *Ticket, found bool) error {
		if restored = t.holds(orderID); restored {
			return state.ErrUnchanged
		}
		if !found {
			snapshot, err := s.ask(ctx, ticketID)
			if err != nil {
				return err
			}
			t.learn(snapshot, s.now())
		}
		if !t.misses(o) {
			return state.ErrUnchanged
		}
		now := s.now()
		t.vacate(now)
		if err := s.archive(ctx, t.Order); err != nil {
			return err
		}
		t.restore(o, paid, now)
		restored = true
		return nil
	})
	if err != nil || restored {
		return err
	}
	if !o.Closed() {
		o.close(StatusCancelled, ReasonExpired, s.now())
	}
	return s.archive(ctx, &o)
}
