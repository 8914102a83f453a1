package payments

import (
	"context"
	"errors"
	"fmt"

	"ticketx/kit/errs"
	"ticketx/kit/state"
)

// settle brings the payment to where nothing is left to be done with the
// processor, and returns it as it is then. Any number of callers may do so at
// the same moment: they make the same requests under the same idempotency keys.
func (s *Service) settle(ctx context.Context, p Payment) (Payment, error) {
	p, err := s.conclude(ctx, p)
	if err == nil && p.owesRefund() {
		p, err = s.refund(ctx, p)
	}
	return p, err
}

// conclude finds out what becomes of an open attempt. For a live order that
// means to make it, or to make it again under the same key; for any other the
// intent is cancelled, and the processor says whether it charged before that.
func (s *Service) conclude(ctx context.Context, p Payment) (Payment, error) {
	p, err := s.open(ctx, p)
	if err != nil || !p.unsettled() {
		return p, err
	}
	attempt := p.Attempt
	var outcome Outcome
	if p.live(s.now()) {
		outcome, err = s.processor.Confirm(ctx, Confirmation{
			OrderID: p.Order.ID, IntentID: p.IntentID, Attempt: attempt.Number, Token: attempt.Token,
		})
	} else {
		outcome, err = s.processor.Cancel(ctx, p.IntentID)
	}
	if err != nil {
		return s.refused(ctx, p, err)
	}
	return s.change(ctx, p, func(p *Payment) bool {
		if outcome == Succeeded {
			return p.succeed(s.now())
		}
		return p.cancel(s.now())
	})
}

// open makes sure that an open attempt has an intent that is written down, or
// ends it when it has none and the order is no longer live.
func (s *Service) open(ctx context.Context, p Payment) (Payment, error) {
	if p.Status != StatusCharging || p.IntentID != "" {
		return p, nil
	}
	if !p.live(s.now()) {
		return s.change(ctx, p, func(p *Payment) bool { return p.void(s.now()) })
	}
	attempt := p.Attempt.Number
	intentID, err := s.processor.Create(ctx, p.Order)
	if err != nil {
		return s.refused(ctx, p, err)
	}
	return s.change(ctx, p, func(p *Payment) bool { return p.opened(attempt, intentID) })
}

// refused writes down that the attempt charged nothing, if that is what err
// says. Any other error is returned.
func (s *Service) refused(ctx context.Context, p Payment, err error) (Payment, error) {
	refusal, ok := refusalFrom(err)
	if !ok {
		return p, fmt.Errorf("pay for order %s: %w", p.Order.ID, err)
	}
	refusal.Attempt = p.Attempt.Number
	return s.change(ctx, p, func(p *Payment) bool { return p.fail(refusal, s.now()) })
}

func (s *Service) refund(ctx context.Context, p Payment) (Payment, error) {
	refundID, err := s.processor.Refund(ctx, p.Order.ID, p.IntentID)
	if err != nil {
		return p, fmt.Errorf("refund order %s: %w", p.Order.ID, err)
	}
	return s.change(ctx, p, func(p *Payment) bool { return p.refunded(refundID, s.now()) })
}

// change writes what a transition leaves behind, if it applies to the payment as
// it is stored, and returns it as it is stored then.
func (s *Service) change(ctx context.Context, p Payment, transition func(*Payment) (changed bool)) (Payment, error) {
	return s.payments.Update(ctx, p.Order.ID, func(p *Payment, _ bool) error {
		if !transition(p) {
			return state.ErrUnchanged
		}
		return nil
	})
}

// refusalFrom returns what err says against an attempt, if it is certain that
// the attempt charged nothing.
func refusalFrom(err error) (Refusal, bool) {
	e, ok := errors.AsType[*errs.Error](err)
	switch {
	case ok && e.Kind == errs.KindPaymentRequired:
		return Refusal{Code: e.Code, Message: e.Message}, true
	case ok && e.Kind == errs.KindInvalid:
		return Refusal{Message: e.Message, BadToken: true}, true
	default:
		return Refusal{}, false
	}
}
