package orders

import (
	"time"

	"ticketx/kit/errs"
	"ticketx/kit/events"
	"ticketx/kit/money"
)

// Status is where an order stands, as TicketX names it.
type Status string

// A closed order, cancelled or complete, never moves again.
const (
	StatusCreated   Status = "created"
	StatusCancelled Status = "cancelled"
	StatusComplete  Status = "complete"
)

// Reason is why an order was cancelled.
type Reason string

// The reasons for which an order is cancelled.
const (
	ReasonBuyer   Reason = "buyer"
	ReasonExpired Reason = "expired"
)

// Order is one buyer's hold of one ticket, and what became of it.
type Order struct {
	ID      string `json:"id"`
	Version int64  `json:"version"` // grows by one with every change
	// Sequence counts the orders of the ticket, so that others can tell which
	// of two orders of one ticket is the newer.
	Sequence  int64      `json:"sequence"`
	Status    Status     `json:"status"`
	Reason    Reason     `json:"reason,omitempty"`
	BuyerID   string     `json:"buyerId"`
	CreatedAt time.Time  `json:"createdAt"`
	ExpiresAt time.Time  `json:"expiresAt"`
	ClosedAt  *time.Time `json:"closedAt,omitempty"`
	Ticket    Listing    `json:"ticket"` // as it was when it was ordered
}

// Listing is a ticket as orders knows it from the tickets service.
type Listing struct {
	ID       string         `json:"id"`
	Version  int64          `json:"version"`
	Title    string         `json:"title"`
	Price    money.Minor    `json:"priceMinor"`
	Currency money.Currency `json:"currency"`
	SellerID string         `json:"sellerId"`
	events.Details
	// Withdrawn says that the seller has taken the ticket off sale for good.
	Withdrawn bool `json:"withdrawn,omitempty"`
}

// Closed reports whether the order has come to its end.
func (o *Order) Closed() bool { return o.Status != StatusCreated }

// overdue reports whether the hold is over and nobody has said so yet.
func (o *Order) overdue(now time.Time) bool { return !o.Closed() && !now.Before(o.ExpiresAt) }

// At returns the order as it is for everybody who looks at it at now: one whose
// time has passed is expired, whether or not its expiry has been written.
func (o Order) At(now time.Time) Order {
	if o.overdue(now) {
		o.close(StatusCancelled, ReasonExpired, o.ExpiresAt)
	}
	return o
}

// cancel gives the ticket back. Cancelling twice is harmless and reports false.
// A completed order is a Conflict: the money has already moved.
func (o *Order) cancel(now time.Time) (changed bool, err error) {
	switch {
	case o.Status == StatusComplete:
		return false, errs.Conflict("The order is complete and can no longer be cancelled.")
	case o.Closed():
		return false, nil
	case o.overdue(now):
		o.close(StatusCancelled, ReasonExpired, now)
	default:
		o.close(StatusCancelled, ReasonBuyer, now)
	}
	return true, nil
}

// expire ends an order whose time has passed. It reports false for one that is
// closed or still has time.
func (o *Order) expire(now time.Time) (changed bool) {
	if !o.overdue(now) {
		return false
	}
	o.close(StatusCancelled, ReasonExpired, now)
	return true
}

// complete says that the order is paid. It does so for an overdue order too:
// the money has moved, and the slot shows that nobody else holds the ticket. It
// reports false for a closed one.
func (o *Order) complete(now time.Time) (changed bool) {
	if o.Closed() {
		return false
	}
	o.close(StatusComplete, "", now)
	return true
}

func (o *Order) close(s Status, r Reason, at time.Time) {
	at = at.UTC()
	o.Status, o.Reason, o.ClosedAt = s, r, &at
	o.Version++
}

// Snapshot returns the order as the other services see it.
func (o *Order) Snapshot() events.Order {
	return events.Order{
		ID:        o.ID,
		Version:   o.Version,
		Sequence:  o.Sequence,
		Status:    string(o.Status),
		Reason:    string(o.Reason),
		BuyerID:   o.BuyerID,
		CreatedAt: o.CreatedAt,
		ExpiresAt: o.ExpiresAt,
		ClosedAt:  o.ClosedAt,
		Ticket: events.OrderTicket{
			ID:       o.Ticket.ID,
			Title:    o.Ticket.Title,
			Price:    o.Ticket.Price,
			Currency: string(o.Ticket.Currency),
			SellerID: o.Ticket.SellerID,
			Details:  o.Ticket.Details,
		},
	}
}

var eventTypes = map[Status]string{
	StatusCreated:   events.OrderCreated,
	StatusCancelled: events.OrderCancelled,
	StatusComplete:  events.OrderCompleted,
}

// snapshots returns the event about the order in the ticket's slot.
func snapshots(t Ticket) []events.Event {
	if t.Order == nil {
		return nil
	}
	return []events.Event{events.NewOrder(eventTypes[t.Order.Status], t.Order.Snapshot())}
}
