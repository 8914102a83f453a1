package orders

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"ticketx/kit/errs"
	"ticketx/kit/events"
	"ticketx/kit/ids"
	"ticketx/kit/state"
)

// placeRounds bounds how often placing an order first has to close an overdue
// one. Each round closes one; a second one can only be overdue already when the
// hold is shorter than a write takes.
const placeRounds = 3

// Place reserves the ticket for buyer for the time of hold, or for the
// service's own when hold is zero. It is NotFound for a ticket that does not
// exist, Forbidden for the buyer's own and Conflict for one that somebody holds
// or has bought, that is withdrawn, or whose event has started.
//
// Of buyers at the same moment the one whose write comes first gets the ticket.
// A buyer who loses at the first look costs one read and no write.
func (s *Service) Place(ctx context.Context, buyer, ticketID string, hold time.Duration) (Order, error) {
	return s.PlaceAs(ctx, ids.New(), buyer, ticketID, hold)
}

// PlaceAs is Place with an id for the order. With the id of an order that was placed
// already it returns that one while it is in its ticket's slot, or closed and the
// ticket for sale again: whoever tries again after no answer has one order. Once
// somebody else has the ticket it is a Conflict, as for everybody.
func (s *Service) PlaceAs(ctx context.Context, orderID, buyer, ticketID string, hold time.Duration) (Order, error) {
	if hold == 0 || hold > s.hold {
		hold = s.hold
	}
	tried := false // before, under this id
	leaveHints := sync.OnceValue(func() (err error) {
		tried, err = s.leaveHints(ctx, orderID, ticketID, buyer)
		return err
	})
	var earlier *Order

	for range placeRounds {
		ticket, err := s.tickets.Update(ctx, ticketID, func(t *Ticket, found bool) error {
			if t.holds(orderID) {
				return errPlaced
			}
			if !found {
				snapshot, err := s.ask(ctx, ticketID)
				if err != nil {
					return err
				}
				t.learn(snapshot, s.now())
			}
			now := s.now()
			if t.Order != nil && t.Order.expire(now) {
				return nil // this write closes the overdue order; the next round takes the slot
			}
			if t.Order != nil && t.Lost == nil && t.Order.unsettled(now) {
				return errUnsettled
			}
			if err := t.offered(buyer, now); err != nil {
				return err
			}
			if err := t.Listing.onSale(now); err != nil {
				return err
			}
			if err := leaveHints(); err != nil {
				return err
			}
			if tried {
				var err error
				if earlier, err = s.archived(ctx, orderID); err == nil {
					return errPlaced // and it has left its slot since
				} else if !errors.Is(err, errNoOrder) {
					return err
				}
			}
			if err := s.archive(ctx, t.Order); err != nil {
				return err
			}
			t.place(orderID, buyer, now, hold)
			return nil
		})
		if errors.Is(err, errUnsettled) {
			if _, settled := s.settleBriefly(ctx, ticketID, ticket.Order.ID); settled {
				continue // the next round takes the slot, or finds it sold
			}
			return Order{}, ticket.reserved(buyer)
		}
		placed := errors.Is(err, errPlaced)
		if placed && earlier != nil {
			return *earlier, nil
		}
		if placed || errs.Is(err, errs.KindConflict) && ticket.heldBy(buyer) {
			s.announce(ctx, ticket.Order) // whoever asks again may have had no answer the first time
		}
		if err != nil && !placed {
			return Order{}, err
		}
		if ticket.holds(orderID) {
			return *ticket.Order, nil
		}
	}
	return Order{}, errs.Unavailable("Too many people are reserving this ticket at the moment. Please try again.", nil)
}

// ask returns the tickets service's snapshot of a ticket. An answer that can't
// be right is as good as none.
func (s *Service) ask(ctx context.Context, ticketID string) (events.Ticket, error) {
	snapshot, err := s.listings.Ticket(ctx, ticketID)
	if err != nil {
		return snapshot, fmt.Errorf("ask for ticket %s: %w", ticketID, err)
	}
	if err = checkTicket(snapshot); err == nil && snapshot.ID != ticketID {
		err = fmt.Errorf("asked for ticket %s, told of %s", ticketID, snapshot.ID)
	}
	if err != nil {
		return snapshot, errs.Unavailable("This ticket can't be reserved at the moment. Please try again.", err)
	}
	return snapshot, nil
}

// leaveHints writes what leads to the order, before the order exists: what
// reads it checks it against the ticket's slot. It reports whether they were there.
func (s *Service) leaveHints(ctx context.Context, orderID, ticketID, buyer string) (before bool, err error) {
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() error {
		created, err := s.records.Insert(ctx, orderID, record{TicketID: ticketID, BuyerID: buyer})
		before = !created
		return err
	})
	group.Go(func() error { return s.index.Add(ctx, buyer, orderID) })
	err = group.Wait()
	return before, err
}

// archive keeps a closed order before it is replaced in its slot. Its event is
// published once more: the process that closed it may have died before it could
// tell, and after the replacement nobody would know that it has to be told.
func (s *Service) archive(ctx context.Context, closed *Order) error {
	if closed == nil {
		return nil
	}
	_, err := s.records.Update(ctx, closed.ID, func(r *record, _ bool) error {
		if r.Archived != nil {
			return state.ErrUnchanged // closed orders never move again
		}
		r.TicketID, r.BuyerID, r.Archived = closed.Ticket.ID, closed.BuyerID, closed
		return nil
	})
	if err != nil {
		return fmt.Errorf("archive order %s: %w", closed.ID, err)
	}
	s.announce(ctx, closed)
	return nil
}
