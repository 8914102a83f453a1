package orders

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"ticketx/kit/aggregate"
	"ticketx/kit/errs"
	"ticketx/kit/events"
	"ticketx/kit/ids"
	"ticketx/kit/state"
)

// placeRounds bounds how often placing an order first has to close an overdue
// one. Each round closes one; a second one can only be overdue already when the
// hold is shorter than a write takes.
const placeRounds = 3

// Listings asks the tickets service for tickets that orders has not heard of.
type Listings interface {
	// Ticket returns the ticket's snapshot, or errs.KindNotFound.
	Ticket(ctx context.Context, ticketID string) (events.Ticket, error)
	// TicketIDs returns at most limit ids of tickets that stand before position,
	// the newest first, and the position to go on from, 0 at the end. A negative
	// position is the newest.
	TicketIDs(ctx context.Context, position, limit int) (ids []string, next int, err error)
}

// record is the document order:{id}: where to look for an order, and the order
// itself once it has left its ticket's slot.
type record struct {
	TicketID string `json:"ticketId"`
	BuyerID  string `json:"buyerId"`
	Archived *Order `json:"archived,omitempty"`
}

// Service is what can be done with orders. It is safe for concurrent use.
type Service struct {
	tickets     *aggregate.Repository[Ticket]
	records     *state.Collection[record]
	index       *state.Index
	listings    Listings
	copies      Copies
	settlements Settlements
	hold        time.Duration
	now         func() time.Time
}

// NewService returns orders kept in store and announced through outbox. hold is
// how long a reservation lasts.
func NewService(store state.Store, outbox *aggregate.Outbox, listings Listings, copies Copies, settlements Settlements, hold time.Duration, now func() time.Time) *Service {
	return &Service{
		tickets:     aggregate.NewRepository(store, "ticket", outbox, snapshots),
		records:     state.NewCollection[record](store, "order"),
		index:       state.NewIndex(store, "orders-of"),
		listings:    listings,
		copies:      copies,
		settlements: settlements,
		hold:        hold,
		now:         func() time.Time { return now().UTC() },
	}
}

// Hold returns how long a reservation lasts when the buyer does not ask for
// less.
func (s *Service) Hold() time.Duration { return s.hold }

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
// already it returns that one, whatever has become of it: whoever tries again after
// no answer has one order.
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

// announce publishes an order's snapshot once more. Whoever finds nothing left
// to do does so, because the process that did it may have died before it could
// tell. It does not depend on the caller's still being there.
func (s *Service) announce(ctx context.Context, o *Order) {
	s.tickets.Announce(context.WithoutCancel(ctx), Ticket{Order: o})
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

var (
	errNoOrder  = errs.NotFound("There is no such order.")
	errNotYours = errs.Forbidden("This order belongs to somebody else.")
)

// What a change finds in the slot, other than what it was to change.
var (
	errPlaced    = errors.New("orders: an earlier try has placed the order after all")
	errNotInSlot = errors.New("orders: the order is not in its ticket's slot")
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

// Learn takes over what the tickets service says of a ticket. What is not newer
// than what is known is ignored; what can't be right is Invalid. An order that it
// names and that this store has lost is brought back, if payments has a copy.
func (s *Service) Learn(ctx context.Context, snapshot events.Ticket) error {
	if err := checkTicket(snapshot); err != nil {
		return err
	}
	ticket, err := s.tickets.Update(ctx, snapshot.ID, func(t *Ticket, _ bool) error {
		if !t.learn(snapshot, s.now()) {
			return state.ErrUnchanged
		}
		return nil
	})
	if err != nil || ticket.Lost == nil || ticket.Lost.OrderID == "" {
		return err
	}
	err = s.recall(ctx, snapshot.ID, ticket.Lost.OrderID)
	if errs.Is(err, errs.KindNotFound) {
		return nil // lost for good: the ticket is free when its time is over
	}
	return err
}

// Complete closes the order as paid. For an order that is closed already it
// does nothing: one that was cancelled is refunded by payments, which hears of
// the cancellation. An order that was never placed is NotFound.
func (s *Service) Complete(ctx context.Context, ticketID, orderID string) error {
	return s.closeHeardOf(ctx, ticketID, orderID, func(o *Order) (bool, error) { return o.complete(s.now()), nil })
}

// Expire closes the order if it is still open, settling its payment first where
// one was begun. Asked before the order's time by this machine's clock it fails, to
// be asked again, and so it does while payments can't tell.
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
	o, err := s.settle(ctx, ticketID, orderID, ReasonExpired)
	if err == nil && !o.Closed() {
		// Not Unavailable: a payment may be pending for hours, and meanwhile others
		// must expire. After some tries the reminder is put aside; the order ends
		// when payments tells more, or when somebody looks.
		err = fmt.Errorf("order %s: %w yet", orderID, errUnsettled)
	}
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
