package orders

import (
	"context"
	"errors"
	"fmt"
	"time"

	"ticketx/kit/errs"
)

// briefly bounds how long somebody waits for payments who only wants to see
// an order, or another's ticket.
const briefly = 3 * time.Second

// Outcome is how the payment of an order has ended.
type Outcome string

// The outcomes, in the words of payments.
const (
	OutcomeSucceeded Outcome = "succeeded"
	OutcomeCancelled Outcome = "cancelled" // nothing was charged, and nothing will be
	OutcomePending   Outcome = "pending"   // it can't be told yet
)

// Settlement is what payments answers when it is asked to end an order's payment.
type Settlement struct {
	Outcome Outcome `json:"outcome"`
	// Failed says of a cancelled payment that the last card was declined.
	Failed bool `json:"failed"`
}

// Settlements has payments end an order's payment, so that the order can end.
type Settlements interface {
	// Settle ends the payment, if it can, and says how it has ended. From a
	// cancelled one on none can be begun for the order. It may be asked again, and
	// is errs.KindUnavailable when payments does not answer.
	Settle(ctx context.Context, orderID string) (Settlement, error)
}

// settled ends an order that awaits its payment as payments says, for the reason
// where nothing was paid. It reports false for one whose payment is not over, and
// for one that has been closed meanwhile.
func (o *Order) settled(s Settlement, reason Reason, now time.Time) (changed bool) {
	switch {
	case o.Closed():
		return false
	case s.Outcome == OutcomeSucceeded:
		o.close(StatusComplete, "", now)
		return true
	case s.Outcome == OutcomeCancelled && o.Status == StatusAwaitingPayment:
		if o.overdue(now) {
			reason = ReasonExpired
			if s.Failed {
				reason = ReasonPaymentFailed
			}
		}
		o.close(StatusCancelled, reason, now)
		return true
	default:
		return false
	}
}

// BeginPayment has the order await its payment, and returns it. Payments asks
// before it charges, so nothing is charged for an order that is not live here. It
// may be asked again. A closed or overdue order is a Conflict, one that was never
// placed NotFound. One that this store has lost is brought back.
func (s *Service) BeginPayment(ctx context.Context, orderID string) (Order, error) {
	await := func(o *Order) (bool, error) { return o.await(s.now()) }
	r, err := s.find(ctx, orderID)
	if err == nil {
		return s.change(ctx, r.TicketID, orderID, await)
	}
	if !errors.Is(err, errNoOrder) {
		return Order{}, err
	}
	copied, _, err := s.copies.Order(ctx, orderID)
	if err != nil {
		return Order{}, err
	}
	if err := s.recall(ctx, copied.Ticket.ID, orderID); err != nil {
		return Order{}, err
	}
	return s.change(ctx, copied.Ticket.ID, orderID, await)
}

// Settle ends an order that awaits its payment, as payments says. It is for who has
// heard that the payment has come further. While the order's time lasts another card
// may be tried, unless the payment is over for good, as after a cancellation that was
// broken off. For any other order it does nothing.
func (s *Service) Settle(ctx context.Context, ticketID, orderID string, over bool) error {
	ticket, _, err := s.tickets.Load(ctx, ticketID)
	if err != nil || !ticket.holds(orderID) || ticket.Order.Status != StatusAwaitingPayment || !over && !ticket.Order.overdue(s.now()) {
		return err
	}
	_, err = s.settle(ctx, ticketID, orderID, ReasonBuyer) // once its time is over, another
	return err
}

// settle asks payments how an order ends that awaits its payment, and ends it that
// way; reason is why it was asked before its time. It returns the order as it is
// then, which still awaits its payment where payments can't tell yet. When payments
// does not answer nothing has changed, and asking again is right.
//
// The answer is written by the document's guarded write, and holds however late it
// comes: a payment that has succeeded or was cancelled stays so.
func (s *Service) settle(ctx context.Context, ticketID, orderID string, reason Reason) (Order, error) {
	settlement, err := s.settlements.Settle(ctx, orderID)
	if err != nil {
		return Order{}, errs.Unavailable("Whether this order has been paid can't be found out at the moment. Please try again.",
			fmt.Errorf("settle order %s: %w", orderID, err))
	}
	return s.change(ctx, ticketID, orderID, func(o *Order) (bool, error) {
		return o.settled(settlement, reason, s.now()), nil
	})
}

// settleBriefly is settle for who can go on without an answer.
func (s *Service) settleBriefly(ctx context.Context, ticketID, orderID string) (o Order, settled bool) {
	ctx, cancel := context.WithTimeout(ctx, briefly)
	defer cancel()
	o, err := s.settle(ctx, ticketID, orderID, ReasonExpired)
	return o, err == nil && o.Closed()
}
