package orders

import (
	"context"
	"time"

	"ticketx/kit/aggregate"
	"ticketx/kit/errs"
	"ticketx/kit/events"
	"ticketx/kit/state"
)

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
