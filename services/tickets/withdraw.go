package tickets

import (
	"context"
	"fmt"
	"time"

	"ticketx/kit/errs"
	"ticketx/kit/events"
	"ticketx/kit/state"
)

// Orders decides who holds a ticket.
type Orders interface {
	// Holder has orders learn that a ticket is withdrawn, after which it takes no
	// order of it any more, and returns what one that came first has made of the
	// ticket: Reserved or Sold, or Withdrawn where there is none.
	Holder(ctx context.Context, withdrawn events.Ticket) (Status, error)
}

// Withdraw takes the ticket off sale for good, and reports whether that is news.
// It is errs.KindForbidden for anybody but the seller, and errs.KindConflict while
// the ticket is reserved or when it is sold.
func (t *Ticket) Withdraw(userID string, now time.Time) (news bool, err error) {
	if t.SellerID != userID {
		return false, errNotYours
	}
	status := t.StatusAt(now)
	if status == Withdrawn {
		return false, nil
	}
	if err := status.allows("withdrawn"); err != nil {
		return false, err
	}
	t.Withdrawn, t.Status = true, Withdrawn
	t.OrderID, t.ReservedUntil = "", time.Time{}
	t.written(now)
	return true, nil
}

// Withdraw takes a ticket off sale for its seller; see Ticket.Withdraw. Doing so
// twice is harmless. No such ticket is errs.KindNotFound.
//
// Which order holds a ticket is decided elsewhere, and may have been decided a
// moment ago without this service's having heard. So orders is told, and asked,
// before anybody is promised anything. When an order came first it goes on, and
// the answer is errs.KindConflict; the ticket stays withdrawn for the case that
// the order falls through. When orders does not answer, whoever withdraws again
// gets to know.
func (s *Service) Withdraw(ctx context.Context, id, userID string) error {
	if !ValidID(id) {
		return errNoTicket
	}
	var news bool
	t, err := s.store.Update(ctx, id, func(t *Ticket) (err error) {
		if news, err = t.Withdraw(userID, s.moment()); err == nil && !news {
			return state.ErrUnchanged
		}
		return err
	})
	if err != nil {
		return err
	}
	s.catalogue.Put(t.Listing)
	if !news {
		s.store.Announce(ctx, t) // the process that has withdrawn it may have died before it could tell
	}
	holder, err := s.orders.Holder(ctx, t.Snapshot())
	if err != nil {
		return fmt.Errorf("ask who holds ticket %s: %w", id, err)
	}
	switch holder {
	case Reserved:
		return errs.ConflictOf(string(Reserved), "Somebody has just reserved this ticket. If they do not buy it, it is withdrawn.")
	case Sold:
		return errs.ConflictOf(string(Sold), "Somebody has just bought this ticket.")
	case Available, Withdrawn, Past:
	}
	return nil
}

// allows returns errs.KindConflict for the status of a ticket with which its
// seller can do nothing any more. What can't be done is said as a participle.
func (s Status) allows(done string) error {
	switch s {
	case Reserved:
		return errs.ConflictOf(string(s), "This ticket is reserved and can't be "+done+" now.")
	case Sold, Withdrawn:
		return errs.ConflictOf(string(s), "This ticket is "+string(s)+" and can't be "+done+" any more.")
	case Available, Past:
	}
	return nil
}

var errNotYours = errs.Forbidden("This ticket belongs to somebody else.")
