package payments

import (
	"ticketx/kit/aggregate"
	"ticketx/kit/events"
	"ticketx/kit/state"
)

// NewRepository returns the payments that store keeps, announced through outbox.
func NewRepository(store state.Store, outbox *aggregate.Outbox) *aggregate.Repository[Payment] {
	return aggregate.NewRepository(store, "order", outbox, snapshots)
}

// eventTypes are the statuses that others hear of.
var eventTypes = map[Status]string{
	StatusSucceeded: events.PaymentCreated,
	StatusFailed:    events.PaymentFailed,
	StatusRefunded:  events.PaymentRefunded,
}

// snapshots returns the event about the payment, if there is anything to tell. A
// token that named no card is nobody's business: no card was tried.
func snapshots(p Payment) []events.Event {
	eventType, ok := eventTypes[p.Status]
	failed := p.Status == StatusFailed
	if !ok || failed && p.Refusal.BadToken {
		return nil
	}
	snapshot := events.Payment{
		ID:        p.ID,
		Version:   p.Version,
		OrderID:   p.Order.ID,
		TicketID:  p.Order.Ticket.ID,
		BuyerID:   p.Order.BuyerID,
		Status:    string(p.Status),
		Amount:    p.Order.Ticket.Price,
		Currency:  p.Order.Ticket.Currency,
		UpdatedAt: p.UpdatedAt,
	}
	if failed {
		snapshot.Code = p.Refusal.Code
	}
	return []events.Event{events.NewPayment(eventType, snapshot)}
}
