package tickets

import (
	"time"

	"github.com/google/uuid"

	"ticketx/kit/events"
)

// Ticket is the aggregate: the listing, and how far it has followed the orders.
type Ticket struct {
	Listing
	// LastOrder is the newest order fact that was applied.
	LastOrder OrderFact `json:"lastOrder,omitzero"`
}

// NewID returns the id of a ticket that is listed now.
func NewID() (string, error) {
	id, err := uuid.NewV7()
	return id.String(), err
}

// ValidID reports whether id can be the id of a ticket. What can't be is never
// made part of a key: some characters mean something to a store or to Dapr.
func ValidID(id string) bool {
	u, err := uuid.Parse(id)
	return err == nil && u.Version() == 7 && u.String() == id
}

// List returns a new ticket, for sale.
func List(id, sellerID string, offer Offer, now time.Time) Ticket {
	return Ticket{Listing: Listing{
		ID:        id,
		Version:   1,
		Offer:     offer,
		SellerID:  sellerID,
		Status:    Available,
		CreatedAt: now,
		UpdatedAt: now,
	}}
}

// Edit changes what the seller says about the ticket. It is errs.KindForbidden
// for anybody but the seller, and errs.KindConflict while the ticket is reserved,
// when it is sold (somebody has agreed to the old words and price) or withdrawn.
// A ticket whose event has passed is for sale again when it gets a new date.
func (t *Ticket) Edit(userID string, offer Offer, now time.Time) error {
	if t.SellerID != userID {
		return errNotYours
	}
	if err := t.StatusAt(now).allows("edited"); err != nil {
		return err
	}
	t.Offer = offer
	t.written(now)
	return nil
}

// written counts a write.
func (t *Ticket) written(now time.Time) {
	t.Version++
	t.UpdatedAt = now
}

// Snapshot returns the ticket as other services are told about it.
func (t Ticket) Snapshot() events.Ticket {
	s := events.Ticket{
		ID:            t.ID,
		Version:       t.Version,
		Title:         t.Title,
		Price:         t.Price,
		Currency:      string(t.Currency),
		SellerID:      t.SellerID,
		Status:        string(t.Status),
		OrderID:       t.OrderID,
		OrderSequence: t.LastOrder.Sequence,
		CreatedAt:     t.CreatedAt,
		UpdatedAt:     t.UpdatedAt,
		Details:       t.Details,
		Description:   t.Description,
		OriginalPrice: t.OriginalPrice,
		SoldFor:       t.SoldFor,
		Withdrawn:     t.Withdrawn,
	}
	if !t.ReservedUntil.IsZero() {
		s.ReservedUntil = &t.ReservedUntil
	}
	return s
}

// Snapshots returns the event that tells about the ticket as it stands. It is
// the aggregate.Snapshots of tickets.
func Snapshots(t Ticket) []events.Event {
	eventType := events.TicketUpdated
	if t.Version == 1 {
		eventType = events.TicketCreated
	}
	return []events.Event{events.NewTicket(eventType, t.Snapshot())}
}
