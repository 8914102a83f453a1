package payments

import (
	"ticketx/kit/aggregate"
	"ticketx/kit/events"
	"ticketx/kit/state"
)

// newRepository returns the payments that store keeps, announced through outbox.
func newRepository(store state.Store, outbox *aggregate.Outbox) *aggregate.Repository[Payment] {
	return aggregate.NewRepository(store, "order", outbox, snapshots)
}

// eventTypes are what others hear of each status.
var eventTypes = map[Status]string{
	StatusCreated:        events.PaymentStarted,
	StatusRequiresAction: events.PaymentRequiresAction,
	StatusProcessing:     events.PaymentProcessing,
	StatusFailed:         events.PaymentFailed,
	StatusSucceeded:      events.PaymentCreated,
	StatusCancelled:      events.PaymentCancelled,
	StatusRefundPending:  events.PaymentRefundPending,
	StatusRefunded:       events.PaymentRefunded,
	StatusDisputed:       events.PaymentDisputed,
}

// snapshots returns the event about the payment, if there is anything to tell. Of
// one that nobody has begun there is nothing, and a token that named no card is
// nobody's business: no card was tried.
func snapshots(p Payment) []events.Event {
	eventType, ok := eventTypes[p.Status]
	failed := p.Status == StatusFailed && p.Refusal != nil
	if !ok || p.ID == "" || p.Order.ID == "" || failed && p.Refusal.BadToken {
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
	if p.Refund != nil {
		snapshot.Refund = string(p.Refund.Status)
	}
	if p.Dispute != nil {
		snapshot.Dispute = p.Dispute.Status
	}
	return []events.Event{events.NewPayment(eventType, snapshot)}
}
