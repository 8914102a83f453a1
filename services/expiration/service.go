package expiration

import (
	"context"
	"fmt"

	"ticketx/kit/events"
)

// The statuses of a closed order, whose time no longer matters.
const (
	orderComplete  = "complete"
	orderCancelled = "cancelled"
)

// Reminders wakes the service when an order's time is over. Both calls may be
// repeated.
type Reminders interface {
	// Set arranges for Service.TimeOver(e) at e.ExpiresAt, and again until it
	// succeeds. A time that has passed is now.
	Set(ctx context.Context, e events.Expiration) error
	// Remove forgets the order's reminder, if there is one.
	Remove(ctx context.Context, orderID string) error
}

// Publisher sends an event to its topic.
type Publisher interface {
	Publish(ctx context.Context, e events.Event) error
}

// Service keeps a reminder for every live order.
type Service struct {
	reminders Reminders
	publisher Publisher
}

// NewService returns a service that is reminded by reminders and tells through
// publisher.
func NewService(r Reminders, p Publisher) *Service {
	return &Service{reminders: r, publisher: p}
}

// Follow keeps the reminder in step with the order: a closed order has none, any
// other has one, in whatever state orders may come to have. Snapshots may come
// again and in any order: a reminder that is set for a closed order ends with a
// message that changes nothing.
func (s *Service) Follow(ctx context.Context, o events.Order) error {
	if o.Status == orderComplete || o.Status == orderCancelled {
		if err := s.reminders.Remove(ctx, o.ID); err != nil {
			return fmt.Errorf("remove the reminder of order %s: %w", o.ID, err)
		}
		return nil
	}
	e := events.Expiration{OrderID: o.ID, TicketID: o.Ticket.ID, ExpiresAt: o.ExpiresAt}
	if err := s.reminders.Set(ctx, e); err != nil {
		return fmt.Errorf("set the reminder of order %s: %w", o.ID, err)
	}
	return nil
}

// TimeOver says that an order's time is over. When that can't be published it
// fails, so that the reminder fires again.
func (s *Service) TimeOver(ctx context.Context, e events.Expiration) error {
	return s.publisher.Publish(ctx, events.NewExpiration(e))
}
