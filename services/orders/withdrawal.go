package orders

import (
	"context"
	"time"

	"ticketx/kit/errs"
	"ticketx/kit/events"
	"ticketx/kit/state"
)

// Holder says what has become of a ticket that its seller withdraws.
type Holder string

// What a ticket that is withdrawn can turn out to be.
const (
	HolderNone  Holder = "withdrawn" // no order has it, and none will
	HolderOrder Holder = "reserved"  // a live order came first
	HolderBuyer Holder = "sold"
)

// onSale returns nil while the seller and the calendar let the ticket be ordered.
func (l *Listing) onSale(now time.Time) error {
	switch {
	case l.Withdrawn:
		return errs.ConflictOf(CodeWithdrawn, "The seller has withdrawn this ticket.")
	case !l.StartsAt.IsZero() && !now.Before(l.StartsAt):
		return errs.ConflictOf(CodePast, "The event has started: this ticket is no longer for sale.")
	}
	return nil
}

// Withdraw takes over that a ticket is withdrawn, and says whether an order came
// first. The two can't miss each other: who places an order writes the document
// that this has written, or whose order this has read.
func (s *Service) Withdraw(ctx context.Context, snapshot events.Ticket) (Holder, error) {
	if !snapshot.Withdrawn {
		return "", errs.Invalid("withdrawn", "Must be true.")
	}
	if err := s.Learn(ctx, snapshot); err != nil {
		return "", err
	}
	now := s.now()
	ticket, err := s.tickets.Update(ctx, snapshot.ID, func(t *Ticket, _ bool) error {
		if t.Order == nil || !t.Order.expire(now) {
			return state.ErrUnchanged
		}
		return nil
	})
	if err == nil && ticket.Lost == nil && ticket.Order != nil && ticket.Order.unsettled(now) {
		if o, settled := s.settleBriefly(ctx, snapshot.ID, ticket.Order.ID); settled {
			ticket.Order = &o
		}
	}
	return ticket.holder(now), err
}

// holder says who has the ticket.
func (t *Ticket) holder(now time.Time) Holder {
	switch {
	case t.Lost != nil && t.Lost.Sold, t.Lost == nil && t.Order != nil && t.Order.Status == StatusComplete:
		return HolderBuyer
	case t.Lost != nil && t.Lost.offered(now) != nil, t.Lost == nil && t.Order != nil && !t.Order.Closed():
		return HolderOrder
	default:
		return HolderNone
	}
}
