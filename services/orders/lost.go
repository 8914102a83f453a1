package orders

import (
	"time"

	"ticketx/kit/errs"
	"ticketx/kit/events"
	"ticketx/kit/ids"
	"ticketx/kit/money"
)

// Lost is what the tickets service tells of a ticket's newest order when this
// store does not know that order: the store was lost, or is one from before. It
// keeps the ticket from being sold twice, and the count of its orders from
// starting anew, which would have the others ignore the next order.
type Lost struct {
	// OrderID is the order that holds or has bought the ticket, empty when it
	// was cancelled.
	OrderID string `json:"orderId,omitempty"`
	// Sequence is 0 when it was not told.
	Sequence int64 `json:"sequence"`
	Sold     bool  `json:"sold,omitempty"`
	// Until is when the ticket is free again, unless it is sold. It is how a
	// ticket whose order is lost for good comes free.
	Until time.Time `json:"until,omitzero"`
}

// ticketSold is the status of a ticket that an order has bought, as events tell.
const ticketSold = "sold"

// offered returns nil when the lost order does not hold the ticket.
func (l *Lost) offered(now time.Time) error {
	switch {
	case l.Sold:
		return errSold
	case l.OrderID != "" && now.Before(l.Until):
		return errReserved
	default:
		return nil
	}
}

// miss keeps what the snapshot says of the ticket's newest order when the slot is
// behind, and reports whether that is news. Tickets hears of an order after it was
// put into the slot, so the slot is behind only when this store has lost something.
func (t *Ticket) miss(s events.Ticket, now time.Time) (changed bool) {
	if s.OrderSequence == 0 && (s.OrderID == "" || t.Order != nil || t.Lost != nil) {
		return false // never ordered, or told by a service that does not tell the sequence yet
	}
	if t.Order != nil && !t.behind(s.OrderSequence, s.OrderID) {
		return false
	}
	lost := Lost{OrderID: s.OrderID, Sequence: s.OrderSequence, Sold: s.Status == ticketSold}
	if s.ReservedUntil != nil {
		lost.Until = s.ReservedUntil.UTC()
	}
	if t.Lost != nil && *t.Lost == lost {
		return false
	}
	t.vacate(now)
	t.Lost = &lost
	return true
}

// behind reports whether the order with the sequence came after the one in the
// slot. Nothing comes after one that is complete. An order of the same sequence
// under another id was placed before the slot's, and lost: whoever placed the
// slot's did not know.
func (t *Ticket) behind(sequence int64, orderID string) bool {
	switch slot := t.Order; {
	case slot.Status == StatusComplete:
		return false
	case slot.Sequence == sequence:
		return orderID != "" && orderID != slot.ID
	default:
		return slot.Sequence < sequence
	}
}

// vacate closes the order in the slot, because a newer one of the ticket is known
// and no two are open at once. Who closed it is lost.
func (t *Ticket) vacate(now time.Time) {
	if t.Order != nil && !t.Order.Closed() {
		t.Order.close(StatusCancelled, ReasonExpired, now)
	}
}

// sequence returns the sequence of the ticket's newest order.
func (t *Ticket) sequence() int64 {
	var newest int64
	if t.Order != nil {
		newest = t.Order.Sequence
	}
	if t.Lost != nil {
		newest = max(newest, t.Lost.Sequence)
	}
	return newest
}

// misses reports whether the order is the one that the ticket has lost, or newer
// than all that is known of the ticket.
func (t *Ticket) misses(o Order) bool {
	if t.Lost != nil && t.Lost.OrderID == o.ID {
		return !t.Lost.Sold || o.Status != StatusCancelled // a sold ticket is not freed by an odd copy
	}
	return o.Sequence > t.sequence()
}

// restore puts an order that the ticket misses into the slot, whose own is closed.
// It is complete when it is paid, or tickets has heard so.
func (t *Ticket) restore(o Order, paid bool, now time.Time) {
	if paid || t.Lost != nil && t.Lost.OrderID == o.ID && t.Lost.Sold {
		o.complete(now)
	}
	t.Order, t.Lost = &o, nil
}

// orderFrom returns the order that a snapshot tells about. One that can't be right
// is errs.KindInvalid.
func orderFrom(s events.Order) (Order, error) {
	switch {
	case !ids.Valid(s.ID):
		return Order{}, errs.Invalid("id", "Must be the id of an order.")
	case !ids.Valid(s.Ticket.ID):
		return Order{}, errs.Invalid("ticket.id", "Must be the id of a ticket.")
	case s.Version < 1 || s.Sequence < 1:
		return Order{}, errs.Invalid("version", "It and the sequence must be positive.")
	case s.BuyerID == "" || s.ExpiresAt.IsZero():
		return Order{}, errs.Invalid("userId", "It and the order's end must be given.")
	case eventTypes[Status(s.Status)] == "":
		return Order{}, errs.Invalid("status", "Is not a status of an order.")
	}
	return Order{
		ID:            s.ID,
		Version:       s.Version,
		Sequence:      s.Sequence,
		Status:        Status(s.Status),
		Reason:        Reason(s.Reason),
		BuyerID:       s.BuyerID,
		CreatedAt:     s.CreatedAt,
		ExpiresAt:     s.ExpiresAt,
		AwaitingSince: s.AwaitingSince,
		ClosedAt:      s.ClosedAt,
		Ticket: Listing{
			ID:       s.Ticket.ID,
			Title:    s.Ticket.Title,
			Price:    s.Ticket.Price,
			Currency: money.Currency(s.Ticket.Currency),
			SellerID: s.Ticket.SellerID,
			Details:  s.Ticket.Details,
		},
	}, nil
}
