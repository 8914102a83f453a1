package orders

import (
	"errors"
	"time"

	"ticketx/kit/errs"
	"ticketx/kit/events"
	"ticketx/kit/money"
)

// Status is where an order stands, as TicketX names it.
type Status string

// A closed order, cancelled or complete, never moves again.
const (
	StatusCreated Status = "created"
	// StatusAwaitingPayment is an order of which a payment has been begun. Whether
	// it has been paid only payments can tell, so such an order is never cancelled
	// before payments has settled it.
	StatusAwaitingPayment Status = "awaiting:payment"
	StatusCancelled       Status = "cancelled"
	StatusComplete        Status = "complete"
)

// Reason is why an order was cancelled.
type Reason string

// The reasons for which an order is cancelled.
const (
	ReasonBuyer   Reason = "buyer"
	ReasonExpired Reason = "expired"
	// ReasonPaymentFailed is ReasonExpired where the last card was declined.
	ReasonPaymentFailed Reason = "payment_failed"
)

// Order is one buyer's hold of one ticket, and what became of it.
type Order struct {
	ID      string `json:"id"`
	Version int64  `json:"version"` // grows by one with every change
	// Sequence counts the orders of the ticket, so that others can tell which
	// of two orders of one ticket is the newer.
	Sequence  int64     `json:"sequence"`
	Status    Status    `json:"status"`
	Reason    Reason    `json:"reason,omitempty"`
	BuyerID   string    `json:"buyerId"`
	CreatedAt time.Time `json:"createdAt"`
	ExpiresAt time.Time `json:"expiresAt"`
	// AwaitingSince is when its first payment was begun.
	AwaitingSince *time.Time `json:"awaitingSince,omitempty"`
	ClosedAt      *time.Time `json:"closedAt,omitempty"`
	Ticket        Listing    `json:"ticket"` // as it was when it was ordered
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
func (o *Order) Closed() bool { return o.Status == StatusComplete || o.Status == StatusCancelled }

// overdue reports whether the hold is over and nobody has said so yet.
func (o *Order) overdue(now time.Time) bool { return !o.Closed() && !now.Before(o.ExpiresAt) }

// unsettled reports whether the hold is over and only payments can tell how it
// ends.
func (o *Order) unsettled(now time.Time) bool {
	return o.Status == StatusAwaitingPayment && o.overdue(now)
}

// At returns the order as it is for everybody who looks at it at now: one whose
// time has passed without a payment is expired, whether or not its expiry has been
// written.
func (o Order) At(now time.Time) Order {
	o.expireAt(now, o.ExpiresAt)
	return o
}

// await says that a payment is begun. Doing so again is harmless and reports
// false. A closed or overdue order is a Conflict: nothing must be charged for it.
func (o *Order) await(now time.Time) (changed bool, err error) {
	switch {
	case o.Status == StatusComplete:
		return false, errs.Conflict("The order is complete.")
	case o.Closed() || o.overdue(now):
		return false, errs.Conflict("The order is cancelled, or its time is over.")
	case o.Status == StatusAwaitingPayment:
		return false, nil
	}
	o.awaitSince(now)
	return true, nil
}

func (o *Order) awaitSince(at time.Time) {
	at = at.UTC()
	o.Status, o.AwaitingSince = StatusAwaitingPayment, &at
	o.Version++
}

// cancel gives the ticket back. Cancelling twice is harmless and reports false.
// A completed order is a Conflict: the money has already moved. One that awaits
// its payment is errUnsettled.
func (o *Order) cancel(now time.Time) (changed bool, err error) {
	switch {
	case o.Status == StatusComplete:
		return false, errComplete
	case o.Closed():
		return false, nil
	case o.Status == StatusAwaitingPayment:
		return false, errUnsettled
	case o.overdue(now):
		o.close(StatusCancelled, ReasonExpired, now)
	default:
		o.close(StatusCancelled, ReasonBuyer, now)
	}
	return true, nil
}

var (
	errComplete  = errs.Conflict("The order is complete and can no longer be cancelled.")
	errUnsettled = errors.New("orders: only payments can tell how the order ends")
)

// expire ends an order whose time has passed without a payment. It reports false
// for one that is closed, awaits its payment, or still has time.
func (o *Order) expire(now time.Time) (changed bool) { return o.expireAt(now, now) }

func (o *Order) expireAt(now, at time.Time) (changed bool) {
	if o.Status != StatusCreated || !o.overdue(now) {
		return false
	}
	o.close(StatusCancelled, ReasonExpired, at)
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
		ID:            o.ID,
		Version:       o.Version,
		Sequence:      o.Sequence,
		Status:        string(o.Status),
		Reason:        string(o.Reason),
		BuyerID:       o.BuyerID,
		CreatedAt:     o.CreatedAt,
		ExpiresAt:     o.ExpiresAt,
		AwaitingSince: o.AwaitingSince,
		ClosedAt:      o.ClosedAt,
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
	StatusCreated:         events.OrderCreated,
	StatusAwaitingPayment: events.OrderAwaitingPayment,
	StatusCancelled:       events.OrderCancelled,
	StatusComplete:        events.OrderCompleted,
}

// snapshots returns the event about the order in the ticket's slot.
func snapshots(t Ticket) []events.Event {
	if t.Order == nil {
		return nil
	}
	return []events.Event{events.NewOrder(eventTypes[t.Order.Status], t.Order.Snapshot())}
}
