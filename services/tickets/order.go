package tickets

import (
	"cmp"
	"time"

	"ticketx/kit/errs"
	"ticketx/kit/events"
)

// The statuses of an order, as events tell them.
const (
	orderCreated         = "created"
	orderAwaitingPayment = "awaiting:payment"
	orderComplete        = "complete"
	orderCancelled       = "cancelled"
)

// OrderFact names one state of one order of a ticket. Sequence counts the
// ticket's orders, Version the states of that order.
type OrderFact struct {
	Sequence int64 `json:"sequence"`
	Version  int64 `json:"version"`
}

func factOf(o events.Order) OrderFact { return OrderFact{Sequence: o.Sequence, Version: o.Version} }

// newerThan compares the sequence first: a ticket has one order at a time, so
// a later order means that the earlier ones are closed.
func (f OrderFact) newerThan(other OrderFact) bool {
	return cmp.Or(cmp.Compare(f.Sequence, other.Sequence), cmp.Compare(f.Version, other.Version)) > 0
}

// checkOrder returns errs.KindInvalid for an event that can't be right, however
// often it comes.
func checkOrder(o events.Order) error {
	switch {
	case o.ID == "":
		return errs.Invalid("id", "Must be given.")
	case !ValidID(o.Ticket.ID):
		return errs.Invalid("ticket.id", "Must be the id of a ticket.")
	case o.Sequence < 1:
		return errs.Invalid("sequence", "Must be positive.")
	case o.Version < 1:
		return errs.Invalid("version", "Must be positive.")
	}
	switch o.Status {
	case orderCreated, orderAwaitingPayment:
		if o.ExpiresAt.IsZero() {
			return errs.Invalid("expiresAt", "Must be given.")
		}
		return nil
	case orderComplete, orderCancelled:
		return nil
	}
	return errs.Invalid("status", "Is not a status of an order.")
}

// Follow lets the ticket follow its orders and reports whether o was news. The
// newest fact alone decides, so facts may come in any order, any number of
// times, and with gaps: a cancelled order frees the ticket even where its own
// reservation, or the end of the order before it, was never heard of. What its
// seller has withdrawn is not for sale again.
func (t *Ticket) Follow(o events.Order, now time.Time) bool {
	fact := factOf(o)
	if !fact.newerThan(t.LastOrder) {
		return false
	}
	t.OrderID, t.ReservedUntil, t.SoldFor = o.ID, time.Time{}, 0
	switch o.Status {
	case orderCreated, orderAwaitingPayment:
		t.Status, t.ReservedUntil = Reserved, o.ExpiresAt.UTC()
	case orderComplete:
		t.Status, t.SoldFor = Sold, o.Ticket.Price
	case orderCancelled:
		t.Status, t.OrderID = Available, ""
		if t.Withdrawn {
			t.Status = Withdrawn
		}
	}
	t.LastOrder = fact
	t.written(now)
	return true
}
