// Package wire is the form that a ticket has on the public HTTP API. It is cut in
// two: what only a new version changes, which is encoded once and kept, and what
// changes with the time or with who looks, which is added for every answer.
package wire

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strconv"
	"time"

	"ticketx/kit/events"
	"ticketx/kit/money"
	"ticketx/services/tickets"
)

// fixed is what only a new version of the ticket changes.
type fixed struct {
	ID            string         `json:"id"`
	Title         string         `json:"title"`
	Price         money.Amount   `json:"price"`
	OriginalPrice money.Amount   `json:"originalPrice,omitzero"`
	Currency      money.Currency `json:"currency"`
	events.Details
	Description string    `json:"description,omitempty"`
	UserID      string    `json:"userId"`
	Version     int64     `json:"version"`
	CreatedAt   time.Time `json:"createdAt"`
	UpdatedAt   time.Time `json:"updatedAt"`
}

// Fixed returns the beginning of the ticket's JSON object, without what Moment
// adds and without the brace that ends it.
func Fixed(l tickets.Listing) []byte {
	f := fixed{
		ID:            l.ID,
		Title:         l.Title,
		Price:         money.Amount{Minor: l.Price, Currency: l.Currency},
		OriginalPrice: money.Amount{Minor: l.OriginalPrice, Currency: l.Currency},
		Currency:      l.Currency,
		Details:       l.Details,
		Description:   l.Description,
		UserID:        l.SellerID,
		Version:       l.Version,
		CreatedAt:     l.CreatedAt,
		UpdatedAt:     l.UpdatedAt,
	}
	f.Quantity = l.Lot()
	body, err := json.Marshal(f)
	if err != nil {
		// A time beyond the year 9999, which no offer lets through.
		body = fmt.Appendf(nil, `{"id":%q}`, l.ID)
	}
	return bytes.Clone(body[:len(body)-1]) // json.Marshal leaves room at the end
}

// Moment is the rest of the ticket's JSON object.
type Moment struct {
	Status   tickets.Status
	OrderID  string
	Proceeds money.Amount // nothing for everybody but the seller
}

// AtMoment returns what the listing's object ends with at a time, for everybody:
// without the order whose reservation is over.
func AtMoment(l tickets.Listing, now time.Time) Moment {
	return NewMoment(l.StatusAt(now), l.OrderID)
}

// NewMoment is a ticket with the status, which names its order while that holds it.
func NewMoment(status tickets.Status, orderID string) Moment {
	if status != tickets.Reserved && status != tickets.Sold {
		orderID = ""
	}
	return Moment{Status: status, OrderID: orderID}
}

// Append appends the whole object of a ticket to dst.
func Append(dst, fixed []byte, m Moment) []byte {
	dst = append(dst, fixed...)
	dst = append(dst, `,"status":"`...)
	dst = append(dst, m.Status...)
	dst = append(dst, '"')
	if m.OrderID != "" {
		dst = append(dst, `,"orderId":`...)
		dst = strconv.AppendQuote(dst, m.OrderID) // an id has nothing that JSON quotes otherwise
	}
	if !m.Proceeds.IsZero() {
		if amount, err := m.Proceeds.MarshalJSON(); err == nil {
			dst = append(append(dst, `,"proceeds":`...), amount...)
		}
	}
	return append(dst, '}')
}

// Ticket returns the listing as everybody sees it at a time.
func Ticket(l tickets.Listing, now time.Time) json.RawMessage {
	return Append(nil, Fixed(l), AtMoment(l, now))
}

// Parse reads back what Fixed has written: all of a listing but its status, its
// order and what it was sold for.
func Parse(body []byte) (tickets.Listing, error) {
	var f struct {
		tickets.Listing
		Price         json.RawMessage `json:"price"`
		OriginalPrice json.RawMessage `json:"originalPrice"`
	}
	if err := json.Unmarshal(append(bytes.Clone(body), '}'), &f); err != nil {
		return tickets.Listing{}, err
	}
	var err error
	if f.Listing.Price, err = f.Currency.Parse("price", f.Price); err != nil {
		return tickets.Listing{}, err
	}
	if f.OriginalPrice != nil {
		f.Listing.OriginalPrice, err = f.Currency.Parse("originalPrice", f.OriginalPrice)
	}
	return f.Listing, err
}
