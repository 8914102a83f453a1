package orders

import (
	"context"
	"slices"
)

func (s *Service) find(ctx context.Context, orderID string) (record, error) {
	r, found, err := s.records.Load(ctx, orderID)
	if err != nil {
		return record{}, err
	}
	if !found {
		return record{}, errNoOrder
	}
	return r, nil
}

// archived returns an order that has left its ticket's slot.
func (s *Service) archived(ctx context.Context, orderID string) (*Order, error) {
	r, err := s.find(ctx, orderID)
	if err != nil {
		return nil, err
	}
	if r.Archived == nil {
		return nil, errNoOrder
	}
	return r.Archived, nil
}

// Order returns the caller's order as it is now. One whose time is over while it
// awaits its payment is settled first, if payments answers soon. Somebody else's is
// Forbidden, one that does not exist NotFound.
func (s *Service) Order(ctx context.Context, caller, orderID string) (Order, error) {
	o, err := s.Lookup(ctx, orderID)
	if err != nil {
		return Order{}, err
	}
	if o.BuyerID != caller {
		return Order{}, errNotYours
	}
	if o.unsettled(s.now()) {
		if settled, ok := s.settleBriefly(ctx, o.Ticket.ID, orderID); ok {
			return settled, nil
		}
	}
	return o.At(s.now()), nil
}

// Lookup returns an order as it was last written, for other services. One that
// does not exist is NotFound.
func (s *Service) Lookup(ctx context.Context, orderID string) (Order, error) {
	found, err := s.lookup(ctx, orderID)
	if err != nil {
		return Order{}, err
	}
	if len(found) == 0 {
		return Order{}, errNoOrder
	}
	return found[0], nil
}

// Of returns the caller's orders, newest first, at most limit of those before
// position, and the position to go on from, 0 at the end. A negative position
// is the newest.
func (s *Service) Of(ctx context.Context, caller string, position, limit int) (list []Order, next int, err error) {
	orderIDs, next, err := s.index.Before(ctx, caller, position, limit)
	if err != nil {
		return nil, 0, err
	}
	list, err = s.lookup(ctx, orderIDs...)
	if err != nil {
		return nil, 0, err
	}
	now := s.now()
	for i := range list {
		list[i] = list[i].At(now)
	}
	return list, next, nil
}

// lookup returns those of the orders that came to be, in their order: each from
// its ticket's slot, or from its archive when it has left the slot. It costs two
// calls, however many they are, and a third when some are in neither place.
func (s *Service) lookup(ctx context.Context, orderIDs ...string) ([]Order, error) {
	records, err := s.records.LoadMany(ctx, orderIDs...)
	if err != nil {
		return nil, err
	}
	slots, err := s.slotsOf(ctx, records)
	if err != nil {
		return nil, err
	}
	found := make(map[string]Order, len(orderIDs))
	var missing []string
	for i, id := range orderIDs {
		switch {
		case slots[id] != nil:
			found[id] = *slots[id]
		case records[i] != nil && records[i].Archived != nil:
			found[id] = *records[i].Archived
		case records[i] != nil:
			missing = append(missing, id)
		}
	}
	// What is missing never came to be, or left its slot between the two reads:
	// then it was archived before.
	records, err = s.records.LoadMany(ctx, missing...)
	if err != nil {
		return nil, err
	}
	for i, id := range missing {
		if records[i] != nil && records[i].Archived != nil {
			found[id] = *records[i].Archived
		}
	}
	list := make([]Order, 0, len(found))
	for _, id := range orderIDs {
		if o, ok := found[id]; ok {
			list = append(list, o)
		}
	}
	return list, nil
}

// slotsOf returns the orders in the slots of the tickets that records name, by
// order id.
func (s *Service) slotsOf(ctx context.Context, records []*record) (map[string]*Order, error) {
	var ticketIDs []string
	for _, r := range records {
		if r != nil && !slices.Contains(ticketIDs, r.TicketID) {
			ticketIDs = append(ticketIDs, r.TicketID)
		}
	}
	tickets, err := s.tickets.LoadMany(ctx, ticketIDs...)
	if err != nil {
		return nil, err
	}
	slots := make(map[string]*Order, len(tickets))
	for _, t := range tickets {
		if t != nil && t.Order != nil {
			slots[t.Order.ID] = t.Order
		}
	}
	return slots, nil
}
