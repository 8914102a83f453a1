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
)

// Listing is what everybody may see of a ticket.
type Listing struct {
	ID       string      `json:"id"` // UUIDv7: later listings have greater ids
	Version  int64       `json:"version"`
	Title    string      `json:"title"`
	Price    money.Minor `json:"priceMinor"`
	Currency string      `json:"currency"`
	SellerID string      `json:"userId"`
	// Status is what the last order left behind. What it means now is what
	// StatusAt says.
	Status Status `json:"status"`
	// OrderID is the order that reserved or bought the ticket.
	OrderID string `json:"orderId,omitempty"`
	// ReservedUntil is when a reservation ends by itself.
	ReservedUntil time.Time `json:"reservedUntil,omitzero"`
	CreatedAt     time.Time `json:"createdAt"`
	UpdatedAt     time.Time `json:"updatedAt"`
}

// StatusAt returns the status of the ticket at a time. A reservation whose time
// has passed is over, whether or not anybody has said so yet. Whoever needs to
// know a status asks here.
func (l Listing) StatusAt(now time.Time) Status {
	if l.Status == Reserved && !now.Before(l.ReservedUntil) {
		return Available
	}
	return l.Status
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
		Title:     s.Title,
		Price:     s.Price,
		Currency:  s.Currency,
		SellerID:  s.SellerID,
		Status:    Status(s.Status),
		OrderID:   s.OrderID,
		CreatedAt: s.CreatedAt,
		UpdatedAt: s.UpdatedAt,
	}
	if s.ReservedUntil != nil {
		l.ReservedUntil = *s.ReservedUntil
	}
	switch l.Status {
	case Available, Reserved, Sold:
		return l, nil
	}
	return Listing{}, errs.Invalid("status", "Is not a status of a ticket.")
}
