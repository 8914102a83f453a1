package payments

import (
	"context"
	"fmt"
	"time"

	"ticketx/kit/aggregate"
	"ticketx/kit/errs"
	"ticketx/kit/events"
	"ticketx/kit/ids"
	"ticketx/kit/state"
)

const (
	// payTimeout bounds the processor's part of one request to pay. It is
	// shorter than lease, so that whoever holds an attempt is done with it
	// before somebody else may take it over.
	payTimeout = 20 * time.Second
	// payRounds bounds how often a request to pay starts over after it has
	// finished what others left behind.
	payRounds = 3
)

// Orders asks the orders service for orders that payments has not heard of.
type Orders interface {
	// Order returns the order's snapshot, or errs.KindNotFound.
	Order(ctx context.Context, orderID string) (events.Order, error)
	// OrderIDs returns the ids of a page of orders, the newest of each ticket,
	// and the position to go on from, 0 at the end. A negative position is the
	// start. It reads at most limit tickets.
	OrderIDs(ctx context.Context, position, limit int) (ids []string, next int, err error)
}

// Processor moves the money. Every call may be made again with the same
// arguments and then does nothing new.
//
// An errs.KindPaymentRequired, and an errs.KindInvalid for the token, say for
// certain that nothing was charged. Any other error leaves open what has
// happened: call again to find out.
type Processor interface {
	// Create opens the order's intent, for the price of its ticket, and returns
	// its id. An order has one intent.
	Create(ctx context.Context, o events.Order) (intentID string, err error)

	// Confirm charges the intent to the card that token stands for, or finds
	// that the intent has ended already.
	Confirm(ctx context.Context, c Confirmation) (Outcome, error)

	// Cancel ends the intent for good, or finds that it has ended already.
	Cancel(ctx context.Context, intentID string) (Outcome, error)

	// Refund gives back all that the intent charged.
	Refund(ctx context.Context, orderID, intentID string) (refundID string, err error)
}

// Confirmation is one attempt to charge an intent.
type Confirmation struct {
	OrderID  string
	IntentID string
	Attempt  int64
	Token    Token
}

// Service is what can be done with payments. It is safe for concurrent use.
type Service struct {
	payments  *aggregate.Repository[Payment]
	orders    Orders
	processor Processor
	now       func() time.Time
}

// NewService returns the payments of the repository, charged by processor.
func NewService(payments *aggregate.Repository[Payment], orders Orders, processor Processor, now func() time.Time) *Service {
	return &Service{
		payments:  payments,
		orders:    orders,
		processor: processor,
		now:       func() time.Time { return now().UTC() },
	}
}

// Pay charges the order to the card that token stands for and returns the
// payment's id. However often and by however many it is called, an order is
// charged at most once: a paid order answers with the same id again.
//
// It is PaymentRequired when the card was declined, Invalid for token when it
// names no card, NotFound, Forbidden for somebody else's order, Conflict when
// the order is not live, and Unavailable when it could not be found out what
// happened; then the attempt stays open and the next call finds out.
//
// Of calls at the same moment one charges. The others wait for what comes of it
// and answer the same, a decline included: they do not charge another card
// behind the back of somebody who has just been told of the first. A call that
// finishes an attempt left behind by an earlier one, and finds it declined, goes
// on with its own token if that is another.
func (s *Service) Pay(ctx context.Context, buyer, orderID string, token Token) (paymentID string, err error) {
	for range payRounds {
		claimed, next, err := s.claim(ctx, buyer, orderID, token)
		if err != nil {
			return "", err
		}
		var p Payment
		switch next {
		case turnPaid:
			// Whoever charged may have died before it could tell.
			s.payments.Announce(ctx, claimed)
			return claimed.ID, nil
		case turnWait:
			p, err = s.await(ctx, claimed)
		default:
			p, err = s.work(ctx, claimed)
		}
		if err != nil {
			return "", err
		}
		if next == turnFinish && p.Status != StatusSucceeded && claimed.Attempt.Token != token {
			continue
		}
		return p.ID, p.answer(claimed.Attempt.Number)
	}
	return "", errPending
}

// claim opens or takes over an attempt, or finds that neither is needed, by one
// guarded write.
func (s *Service) claim(ctx context.Context, buyer, orderID string, token Token) (Payment, turn, error) {
	var next turn
	p, err := s.payments.Update(ctx, orderID, func(p *Payment, found bool) (err error) {
		if !found {
			o, err := s.orders.Order(ctx, orderID)
			if err != nil {
				return fmt.Errorf("ask for order %s: %w", orderID, err)
			}
			p.learn(o)
		}
		before := p.Attempt
		next, err = p.claim(buyer, token, s.now())
		if err == nil && p.Attempt == before {
			return state.ErrUnchanged
		}
		return err
	})
	return p, next, err
}

// work settles the payment for the caller who holds its attempt. Once begun it
// goes on whether or not the caller still listens; when it fails, the next one
// need not wait until the hold is over.
func (s *Service) work(ctx context.Context, claimed Payment) (Payment, error) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), payTimeout)
	defer cancel()
	p, err := s.settle(ctx, claimed)
	if err != nil {
		// Should this fail as well, the attempt is free when the hold is over.
		_, _ = s.change(ctx, claimed, func(p *Payment) bool { return p.release(claimed.Attempt) })
	}
	return p, err
}

// OrderChanged takes over what orders says of an order. What is not newer than
// what is known is ignored, but what it asks for is still seen to, because it
// may come again after a crash: the money of a cancelled order is given back,
// and what is still open with the processor is cancelled first. When that fails
// it fails, to be called again.
func (s *Service) OrderChanged(ctx context.Context, o events.Order) error {
	if !ids.Valid(o.ID) || !ids.Valid(o.Ticket.ID) || o.Version < 1 || o.BuyerID == "" || o.ExpiresAt.IsZero() {
		return errs.Invalid("data", "An order needs an id, a ticket, a version, a buyer and an end.")
	}
	known := false
	p, err := s.payments.Update(ctx, o.ID, func(p *Payment, _ bool) error {
		if known = !p.learn(o); known {
			return state.ErrUnchanged
		}
		return nil
	})
	if err != nil || p.Order.Status != orderCancelled {
		return err
	}
	if p, err = s.settle(ctx, p); err != nil {
		return err
	}
	if known {
		s.payments.Announce(ctx, p) // the event came again: perhaps after a crash before this was told
	}
	return nil
}
