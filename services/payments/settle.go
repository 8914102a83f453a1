package payments

import (
	"context"
	"time"

	"ticketx/kit/errs"
	"ticketx/kit/state"
)

// settleTimeout bounds a settlement. It is shorter than the time that orders waits
// for it through the sidecars (components/resiliency).
const settleTimeout = 4 * time.Second

// SettledAs is what became of a payment that orders wants to see the end of.
type SettledAs string

// The ends of a payment, and that it has none yet.
const (
	SettledSucceeded SettledAs = "succeeded" // charged: the order is to be completed
	SettledCancelled SettledAs = "cancelled" // not charged, and never will be
	SettledPending   SettledAs = "pending"   // only the bank knows: ask again
)

// Settlement is the answer to orders.
type Settlement struct {
	Outcome SettledAs `json:"outcome"`
	Failed  bool      `json:"failed"` // the last card was declined
}

// Settle ends the payment of an order that orders is about to close, and says how
// it ended. A payment that nobody has begun can't be begun afterwards.
func (s *Service) Settle(ctx context.Context, orderID string) (Settlement, error) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), settleTimeout)
	defer cancel()
	p, err := s.close(ctx, orderID)
	if err != nil {
		return Settlement{}, err
	}
	if p.open() {
		ended, err := s.end(ctx, p)
		if err != nil {
			return Settlement{Outcome: SettledPending}, nil // the processor can't say yet
		}
		p = ended
	}
	return p.settlement(), nil
}

// close retires a payment that nobody has begun. Where nothing is known of one that
// orders waits for, the document may have been lost, though it may be there again
// with what orders has told since: then what the processor has under the first key
// is taken for it.
func (s *Service) close(ctx context.Context, orderID string) (Payment, error) {
	p, _, err := s.payments.Load(ctx, orderID)
	if err != nil || p.Status != StatusNone {
		return p, err
	}
	order, err := s.orders.Order(ctx, orderID)
	if err != nil && !errs.Is(err, errs.KindNotFound) {
		return p, err
	}
	p.learn(order)
	order = p.Order // the newer
	lost := order.Status == orderAwaiting
	if lost {
		if err := s.hints.leave(ctx, orderID, order.BuyerID); err != nil {
			return p, err
		}
	}
	p, err = s.payments.Update(ctx, orderID, func(p *Payment, _ bool) error {
		p.learn(order)
		switch {
		case lost && p.Status == StatusNone:
			p.begin("", "", s.now())
			p.Lost = true
		case !p.retire(s.now()):
			return state.ErrUnchanged
		}
		return nil
	})
	if err != nil || !lost {
		return p, err
	}
	created, err := s.create(ctx, p)
	if err != nil {
		return p, nil //nolint:nilerr // it stays open, so it is pending
	}
	return created, nil
}

// settlement says how the payment has ended, for orders.
func (p *Payment) settlement() Settlement {
	switch {
	case p.paid():
		return Settlement{Outcome: SettledSucceeded}
	case p.open():
		return Settlement{Outcome: SettledPending}
	default:
		declined := p.Refusal != nil && !p.Refusal.BadToken && p.Refusal.Code != codeLapsed && p.Refusal.Attempt == p.Attempt.Number
		return Settlement{Outcome: SettledCancelled, Failed: declined && p.Status == StatusCancelled}
	}
}
