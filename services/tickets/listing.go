package tickets

import (
	"time"

	"ticketx/kit/errs"
	"ticketx/kit/events"
	"ticketx/kit/money"
)

// Status says whether a ticket can be ordered.
type Status string

// The statuses.
const (
	Available Status = "available"
	Reserved  Status = "reserved"
	Sold      Status = "sold"
	// Withdrawn is a ticket that its seller has taken off sale for good.
	Withdrawn Status = "withdrawn"
	// Past is a ticket that would be for sale if the event had not started. It is
	// never stored: StatusAt finds it.
	Past Status = "past"
)

// Listing is what everybody may see of a ticket.
type Listing struct {
	ID      string `json:"id"` // UUIDv7: later listings have greater ids
	Version int64  `json:"version"`
	Offer
	SellerID string `json:"userId"`
	// Status is what the last order left behind. What it means now is what
	// StatusAt says.
	Status Status `json:"status"`
	// OrderID is the order that reserved or bought the ticket.
	OrderID string `json:"orderId,omitempty"`
	// ReservedUntil is when a reservation ends by itself.
	ReservedUntil time.Time `json:"reservedUntil,omitzero"`
	// SoldFor is the price in the order that bought the ticket. Proceeds reads it.
	SoldFor money.Minor `json:"soldForMinor,omitempty"`
	// Withdrawn says that the seller has taken the ticket off sale. An order that
	// came first still holds it until its end.
	Withdrawn bool      `json:"withdrawn,omitempty"`
	CreatedAt time.Time `json:"createdAt"`
	UpdatedAt time.Time `json:"updatedAt"`
}

// StatusAt returns the status of the ticket at a time. A reservation whose time
// has passed is over, whether or not anybody has said so yet, and what nobody
// holds is for sale until the event starts. Whoever needs to know a status asks
// here.
func (l Listing) StatusAt(now time.Time) Status {
	switch {
	case l.Status == Sold, l.Status == Reserved && now.Before(l.ReservedUntil):
		return l.Status
	case l.Withdrawn:
		return Withdrawn
	case !l.StartsAt.IsZero() && !now.Before(l.StartsAt):
		return Past
	}
	return Available
}

// Proceeds returns what the ticket was sold for, 0 while it is not sold.
func (l Listing) Proceeds() money.Minor {
	switch {
	case l.Status != Sold:
		return 0
	case l.SoldFor == 0: // sold before it was kept; its price has not changed since
		return l.Price
	}
	return l.SoldFor
}

// FromSnapshot returns the listing that a snapshot tells about. One without an
// id or version, or with an unknown status, is errs.KindInvalid.
func FromSnapshot(s events.Ticket) (Listing, error) {
	switch {
	case !ValidID(s.ID):
		return Listing{}, errs.Invalid("id", "Must be the id of a ticket.")
	case s.Version < 1:
		return Listing{}, errs.Invalid("version", "Must be positive.")
	}
	l := Listing{
		ID:        s.ID,
		Version:   s.Version,
		Offer:     Offer{Title: s.Title, Price: s.Price, Currency: money.Currency(s.Currency), OriginalPrice: s.OriginalPrice, Details: s.Details, Description: s.Description},
		SellerID:  s.SellerID,
		Status:    Status(s.Status),
		OrderID:   s.OrderID,
		SoldFor:   s.SoldFor,
		Withdrawn: s.Withdrawn,
		CreatedAt: s.CreatedAt,
		UpdatedAt: s.UpdatedAt,
	}
	if s.ReservedUntil != nil {
		l.ReservedUntil = *s.ReservedUntil
	}
	switch l.Status {
	case Available, Reserved, Sold, Withdrawn:
		return l, nil
	case Past: // never told: who looks finds it
	}
	return Listing{}, errs.Invalid("status", "Is not a status of a ticket.")
}
