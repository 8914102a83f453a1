package orders

import (
	"context"
	"fmt"
)

// AnnouncePage tells anew of the newest order of each ticket of a page, for those
// who have not heard of them or have lost what they knew. It returns how many
// there were and the position to go on from, as Listings.TicketIDs does. A page
// may be told any number of times.
//
// The pages are those of tickets: a ticket that was ordered is listed there, so
// this service needs no list of its own, whose upkeep would make every order
// dearer. Orders that have left their slot are cancelled and hold nothing.
func (s *Service) AnnouncePage(ctx context.Context, position, limit int) (announced, next int, err error) {
	tickets, next, err := s.page(ctx, position, limit)
	if err != nil {
		return 0, 0, err
	}
	announced, err = s.tickets.AnnounceAnew(ctx, tickets...)
	return announced, next, err
}

// IDs lists the newest order of each ticket, in the pages of AnnouncePage.
func (s *Service) IDs(ctx context.Context, position, limit int) (ids []string, next int, err error) {
	tickets, next, err := s.page(ctx, position, limit)
	if err != nil {
		return nil, 0, err
	}
	for _, t := range tickets {
		if t != nil && t.Order != nil {
			ids = append(ids, t.Order.ID)
		}
	}
	return ids, next, nil
}

// page returns what there is of a page of tickets, nil for one that orders does
// not know.
func (s *Service) page(ctx context.Context, position, limit int) (tickets []*Ticket, next int, err error) {
	ids, next, err := s.listings.TicketIDs(ctx, position, limit)
	if err != nil {
		return nil, 0, fmt.Errorf("list the tickets: %w", err)
	}
	tickets, err = s.tickets.LoadMany(ctx, ids...)
	return tickets, next, err
}
