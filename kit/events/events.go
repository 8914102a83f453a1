// Package events is what the services tell each other: CloudEvents 1.0 whose
// data is the whole public state of an aggregate and a version that only grows.
// A consumer keeps the newest and ignores the rest.
//
// The JSON Schemas in schemas/ are the contract for services in any language;
// testdata/ holds an example of every type. Unknown fields are ignored, and a
// field never changes its meaning.
package events

import (
	"encoding/json"
	"fmt"
	"time"

	"ticketx/kit/money"
)

// The topics, one per aggregate.
const (
	TopicTickets     = "tickets"
	TopicOrders      = "orders"
	TopicPayments    = "payments"
	TopicExpirations = "expirations"
)

// TopicProbes takes what readiness checks publish. Nobody listens to it.
const TopicProbes = "probes"

// DeadLetterTopic names the topic that takes what topic could not deliver.
func DeadLetterTopic(topic string) string { return topic + "-dead" }

// AllTopics returns every topic a broker must have, the dead-letter topics and
// the one for probes among them.
func AllTopics() []string {
	all := []string{TopicProbes}
	for _, topic := range []string{TopicTickets, TopicOrders, TopicPayments, TopicExpirations} {
		all = append(all, topic, DeadLetterTopic(topic))
	}
	return all
}

// The event types: what happened.
const (
	TicketCreated        = "ticket.created"
	TicketUpdated        = "ticket.updated"
	OrderCreated         = "order.created"
	OrderAwaitingPayment = "order.awaiting_payment"
	OrderCancelled       = "order.cancelled"
	OrderCompleted       = "order.completed"
	// PaymentCreated says that a payment has succeeded; that one was begun is
	// PaymentStarted.
	PaymentCreated        = "payment.created"
	PaymentStarted        = "payment.started"
	PaymentRequiresAction = "payment.requires_action"
	PaymentProcessing     = "payment.processing"
	PaymentFailed         = "payment.failed"
	PaymentCancelled      = "payment.cancelled"
	PaymentRefundPending  = "payment.refund_pending"
	PaymentRefunded       = "payment.refunded"
	PaymentDisputed       = "payment.disputed"
	ExpirationComplete    = "expiration.complete"
)

// Event is a CloudEvents 1.0 envelope in its JSON form. ID names the fact
// ("order:ID:VERSION"), so publishing it again is harmless: brokers drop it,
// consumers ignore it.
type Event struct {
	SpecVersion     string          `json:"specversion"`
	ID              string          `json:"id"`
	Source          string          `json:"source"`
	Type            string          `json:"type"`
	Subject         string          `json:"subject"`
	Time            time.Time       `json:"time"`
	DataContentType string          `json:"datacontenttype"`
	Data            json.RawMessage `json:"data"`

	// Topic is where the event goes; it is not part of the envelope.
	Topic string `json:"-"`
}

// Ticket is the snapshot on TopicTickets.
type Ticket struct {
	ID        string      `json:"id"`
	Version   int64       `json:"version"`
	Title     string      `json:"title"`
	Price     money.Minor `json:"priceMinor"`
	Currency  string      `json:"currency"`
	SellerID  string      `json:"userId"`
	Status    string      `json:"status"`            // available, reserved, sold, withdrawn
	OrderID   string      `json:"orderId,omitempty"` // the order that holds or bought it
	CreatedAt time.Time   `json:"createdAt"`
	UpdatedAt time.Time   `json:"updatedAt"`
	Details
	// Description is what else the seller says.
	Description string `json:"description,omitempty"`
	// OriginalPrice is what the lot cost at first, absent where the seller does
	// not say.
	OriginalPrice money.Minor `json:"originalPriceMinor,omitempty"`
	// SoldFor is the price in the order that bought it.
	SoldFor money.Minor `json:"soldForMinor,omitempty"`
	// Withdrawn says that the seller has taken it off sale for good. The status
	// says so too, unless an order that came first still holds it, or has bought
	// it.
	Withdrawn bool `json:"withdrawn,omitempty"`
	// ReservedUntil is when a reservation ends by itself.
	ReservedUntil *time.Time `json:"reservedUntil,omitempty"`
	// OrderSequence is the Sequence of the newest order that the ticket has
	// followed, cancelled or not. It is absent before the first one, and from
	// services of before it was added.
	OrderSequence int64 `json:"orderSequence,omitempty"`
}

// Details is what a buyer needs to know of a ticket beside its title and price.
// All of it may be absent.
type Details struct {
	StartsAt time.Time `json:"startsAt,omitzero"`
	TimeZone string    `json:"timeZone,omitempty"` // the IANA zone of the venue
	Venue    string    `json:"venue,omitempty"`
	City     string    `json:"city,omitempty"`
	Category string    `json:"category,omitempty"`
	Section  string    `json:"section,omitempty"`
	Row      string    `json:"row,omitempty"`
	Seat     string    `json:"seat,omitempty"`
	// Quantity is how many tickets are sold together. Lot reads it.
	Quantity int64 `json:"quantity,omitempty"`
}

// Lot returns how many tickets are sold together. Where nobody has said so, as
// before it could be said, it is one.
func (d Details) Lot() int64 { return max(d.Quantity, 1) }

// Order is the snapshot on TopicOrders.
type Order struct {
	ID      string `json:"id"`
	Version int64  `json:"version"`
	// Sequence counts the orders of one ticket. What is newest about a ticket
	// is decided by Sequence first and Version second.
	Sequence  int64     `json:"sequence"`
	Status    string    `json:"status"`           // created, awaiting:payment, complete, cancelled
	Reason    string    `json:"reason,omitempty"` // of a cancelled order: buyer, expired, payment_failed
	BuyerID   string    `json:"userId"`
	CreatedAt time.Time `json:"createdAt"`
	ExpiresAt time.Time `json:"expiresAt"`
	// AwaitingSince is when its first payment was begun, absent before.
	AwaitingSince *time.Time  `json:"awaitingSince,omitempty"`
	ClosedAt      *time.Time  `json:"closedAt,omitempty"`
	Ticket        OrderTicket `json:"ticket"`
}

// OrderTicket is the ticket as it was when it was ordered.
type OrderTicket struct {
	ID       string      `json:"id"`
	Title    string      `json:"title"`
	Price    money.Minor `json:"priceMinor"`
	Currency string      `json:"currency"`
	SellerID string      `json:"userId"`
	Details
}

// Payment is the snapshot on TopicPayments.
type Payment struct {
	ID       string `json:"id"`
	Version  int64  `json:"version"`
	OrderID  string `json:"orderId"`
	TicketID string `json:"ticketId"`
	BuyerID  string `json:"userId"`
	// Status is created, requires_action, processing, succeeded, failed, cancelled,
	// refund_pending, refunded or disputed.
	Status    string      `json:"status"`
	Amount    money.Minor `json:"amountMinor"`
	Currency  string      `json:"currency"`
	Code      string      `json:"code,omitempty"`    // of a failed payment: the card's decline code
	Refund    string      `json:"refund,omitempty"`  // of the newest refund: pending, succeeded, failed
	Dispute   string      `json:"dispute,omitempty"` // of the newest dispute: Stripe's status
	UpdatedAt time.Time   `json:"updatedAt"`
}

// Expiration is the snapshot on TopicExpirations: the hold of an order is over.
type Expiration struct {
	OrderID   string    `json:"orderId"`
	TicketID  string    `json:"ticketId"`
	ExpiresAt time.Time `json:"expiresAt"`
}

// NewTicket returns the event that says what became of a ticket.
func NewTicket(eventType string, t Ticket) Event {
	return newEvent(TopicTickets, eventType, "ticket", t.ID, t.Version, t.UpdatedAt, t)
}

// NewOrder returns the event that says what became of an order.
func NewOrder(eventType string, o Order) Event {
	at := o.CreatedAt
	switch {
	case o.ClosedAt != nil:
		at = *o.ClosedAt
	case o.AwaitingSince != nil:
		at = *o.AwaitingSince
	}
	return newEvent(TopicOrders, eventType, "order", o.ID, o.Version, at, o)
}

// NewPayment returns the event that says what became of a payment.
func NewPayment(eventType string, p Payment) Event {
	return newEvent(TopicPayments, eventType, "payment", p.OrderID, p.Version, p.UpdatedAt, p)
}

// NewExpiration returns the event that says that an order's hold is over.
func NewExpiration(e Expiration) Event {
	return newEvent(TopicExpirations, ExpirationComplete, "expiration", e.OrderID, 1, e.ExpiresAt, e)
}

func newEvent(topic, eventType, aggregate, id string, version int64, at time.Time, data any) Event {
	body, err := json.Marshal(data)
	if err != nil {
		panic(fmt.Sprintf("events: encode %s: %v", eventType, err)) // the types above always encode
	}
	return Event{
		SpecVersion:     "1.0",
		ID:              fmt.Sprintf("%s:%s:%d", aggregate, id, version),
		Source:          "ticketx/" + topic,
		Type:            eventType,
		Subject:         id,
		Time:            at.UTC(),
		DataContentType: "application/json",
		Data:            body,
		Topic:           topic,
	}
}
