package orders

import (
	"time"

	"ticketx/kit/errs"
	"ticketx/kit/events"
	"ticketx/kit/ids"
	"ticketx/kit/money"
)

// Ticket is the document that decides who holds a ticket.
type Ticket struct {
	Listing Listing `json:"listing"`
	// Order is the slot: the current or last order, nil before the first.
	Order *Order `json:"order,omitempty"`
	// Lost is an order that this store has lost, and newer than the slot. While
	// it is there it decides, not the slot.
	Lost *Lost `json:"lost,omitempty"`
}

// checkTicket returns errs.KindInvalid for a snapshot that can't be right,
// however often it comes: what lacks its seller or price must not be sold.
func checkTicket(t events.Ticket) error {
	switch {
	case !ids.Valid(t.ID):
		return errs.Invalid("id", "Must be the id of a ticket.")
	case t.Version < 1:
		return errs.Invalid("version", "Must be positive.")
	case t.Title == "":
		return errs.Invalid("title", "Must be given.")
	case t.Price < 0:
		return errs.Invalid("priceMinor", "Must not be negative.")
	case t.Currency == "":
		return errs.Invalid("currency", "Must be given.")
	case t.SellerID == "":
		return errs.Invalid("userId", "Must be given.")
	case t.OrderSequence < 0:
		return errs.Invalid("orderSequence", "Must not be negative.")
	}
	return nil
}

// learn takes over a snapshot of the listing that is newer than the one known. What
// it says of an order that this store has lost is news from one of the same version
// too.
func (t *Ticket) learn(snapshot events.Ticket, now time.Time) (changed bool) {
	if snapshot.Version < t.Listing.Version {
		return false
	}
	missed := t.miss(snapshot, now)
	if snapshot.Version == t.Listing.Version {
		return missed
	}
	t.Listing = Listing{
		ID:        snapshot.ID,
		Version:   snapshot.Version,
		Title:     snapshot.Title,
		Price:     snapshot.Price,
		Currency:  money.Currency(snapshot.Currency),
		SellerID:  snapshot.SellerID,
		Details:   snapshot.Details,
		Withdrawn: snapshot.Withdrawn,
	}
	return true
}

// offered returns nil when buyer could order the ticket: nobody holds or has
// bought it, and it is not the buyer's own.
func (t *Ticket) offered(buyer string, now time.Time) error {
	switch {
	case t.Listing.SellerID == buyer:
		return errs.Forbidden("You can't buy your own ticket.")
	case t.Lost != nil:
		return t.Lost.offered(now)
	case t.Order == nil || t.Order.Status == StatusCancelled:
		return nil
	case t.Order.Status == StatusComplete:
		return errSold
	default:
		return t.reserved(buyer)
	}
}

// reserved says who holds the ticket: buyer, or somebody else.
func (t *Ticket) reserved(buyer string) error {
	if t.Order.BuyerID != buyer {
		return errReserved
	}
	return &errs.Error{
		Kind: errs.KindConflict, Code: CodeReservedByYou, OrderID: t.Order.ID,
		Message: "You have already reserved this ticket.",
	}
}

// Why a ticket is not to be had, for machines.
const (
	CodeReserved      = "reserved"
	CodeReservedByYou = "reserved_by_you" // the error names the order
	CodeSold          = "sold"
	CodeWithdrawn     = "withdrawn"
	CodePast          = "past" // its event has started
)

var (
	errSold     = errs.ConflictOf(CodeSold, "The ticket is already sold.")
	errReserved = errs.ConflictOf(CodeReserved, "The ticket is reserved by somebody else.")
)

// place puts a new order into the slot of a ticket that is offered.
func (t *Ticket) place(orderID, buyer string, now time.Time, hold time.Duration) {
	t.Order = &Order{
		ID:        orderID,
		Version:   1,
		Sequence:  t.sequence() + 1,
		Status:    StatusCreated,
		BuyerID:   buyer,
		CreatedAt: now,
		ExpiresAt: now.Add(hold),
		Ticket:    t.Listing,
	}
	t.Lost = nil
}

// holds reports whether the order is the one in the slot.
func (t *Ticket) holds(orderID string) bool { return t.Order != nil && t.Order.ID == orderID }

// heldBy reports whether the order in the slot is the buyer's and still open.
func (t *Ticket) heldBy(buyer string) bool {
	return t.Order != nil && t.Order.BuyerID == buyer && !t.Order.Closed()
}
