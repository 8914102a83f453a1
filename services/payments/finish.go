package payments

import (
	"context"
	"errors"
	"fmt"
	"time"

	"ticketx/kit/errs"
	"ticketx/kit/state"
)

// finish brings the payment to where nothing is left to be done with the
// processor, and returns it as it is then. Any number of callers may do so at
// the same moment: they make the same requests under the same idempotency keys.
func (s *Service) finish(ctx context.Context, p Payment) (Payment, error) {
	p, err := s.conclude(ctx, p)
	if err != nil {
		return p, err
	}
	return s.giveBack(ctx, p)
}

// moment bounds what is done at once for somebody who brings news one after the
// other, and has others waiting.
const moment = 3 * time.Second

// briefly tries for a moment to bring a payment further, and returns it as it is
// then. Whether that works is nobody's business here: a payment that is open or owed
// back is in the lists of Reconcile since before it was, so what fails goes on there,
// however long the processor is away and whatever it refuses. Its troubles hold up
// no news.
func briefly(ctx context.Context, p Payment, try func(context.Context, Payment) (Payment, error)) Payment {
	ctx, cancel := context.WithTimeout(ctx, moment)
	defer cancel()
	further, err := try(ctx, p)
	if err != nil {
		return p
	}
	return further
}

// conclude finds out what becomes of an open attempt. For a live order that
// means to make it, or to make it again under the same key; for any other the
// intent is cancelled, and the processor says whether it charged before that.
func (s *Service) conclude(ctx context.Context, p Payment) (Payment, error) {
	switch {
	case !p.open():
		return p, nil
	case p.live(s.now()) && p.Attempt.Token == "":
		return p, nil // the browser's
	case p.live(s.now()):
		return s.confirm(ctx, p)
	case p.Status == StatusFailed && p.Order.Status != orderCancelled:
		return p, nil // orders settles it
	default:
		return s.end(ctx, p)
	}
}

// confirm makes the open attempt.
func (s *Service) confirm(ctx context.Context, p Payment) (Payment, error) {
	p, err := s.create(ctx, p)
	if err != nil || p.Status != StatusCreated || p.Attempt.Token == "" || p.IntentID == "" {
		return p, err
	}
	if !p.live(s.now()) {
		return s.end(ctx, p)
	}
	attempt := p.Attempt
	i, err := s.processor.Confirm(ctx, Confirmation{
		OrderID: p.Order.ID, IntentID: p.IntentID, Attempt: attempt.Number, Token: attempt.Token, ReturnURL: attempt.ReturnURL,
	})
	if err != nil {
		return s.refused(ctx, p, err)
	}
	return s.change(ctx, p, func(p *Payment) bool { return p.confirmed(attempt.Number, i, s.now()) })
}

// maxCreations bounds how many numbers one call gives up.
const maxCreations = 3

// create makes sure that an open payment has an intent that is written down.
func (s *Service) create(ctx context.Context, p Payment) (Payment, error) {
	for range maxCreations {
		if p.Status != StatusCreated || p.IntentID != "" {
			return p, nil
		}
		number := p.intentNumber()
		i, err := s.processor.Create(ctx, p.Order, number)
		switch {
		case errors.Is(err, ErrKeySpent):
			p, err = s.change(ctx, p, func(p *Payment) bool { return p.spend(number) })
		case errs.Is(err, errs.KindUnavailable):
			// Whoever asks at the same moment may have had more luck.
			if seen, _, loadErr := s.payments.Load(ctx, p.Order.ID); loadErr == nil && seen.IntentID != "" {
				return seen, nil
			}
			return p, fmt.Errorf("pay for order %s: %w", p.Order.ID, err)
		case err != nil:
			return s.refused(ctx, p, err)
		default:
			p, err = s.change(ctx, p, func(p *Payment) bool { return p.opened(number, i.ID) })
		}
		if err != nil {
			return p, err
		}
	}
	if p.Status == StatusCreated && p.IntentID == "" {
		return p, errPending
	}
	return p, nil
}

// end has the payment never charge again: its intent is cancelled, unless it has
// charged, or the bank is at it.
func (s *Service) end(ctx context.Context, p Payment) (Payment, error) {
	if p.Status == StatusCreated && p.IntentID == "" && p.Lost {
		var err error
		if p, err = s.create(ctx, p); err != nil {
			return p, err
		}
	}
	if !p.open() {
		return p, nil
	}
	if p.IntentID == "" {
		return s.change(ctx, p, func(p *Payment) bool { return p.void(s.now()) })
	}
	i, err := s.processor.Cancel(ctx, p.IntentID)
	if err != nil {
		return p, fmt.Errorf("cancel the payment of order %s: %w", p.Order.ID, err)
	}
	return s.change(ctx, p, func(p *Payment) bool {
		if i.State == IntentCancelled {
			return p.cancel(i, s.now())
		}
		return p.see(i, s.now())
	})
}

// look has the payment be as the processor shows it.
func (s *Service) look(ctx context.Context, p Payment) (Payment, error) {
	if !p.open() || p.IntentID == "" {
		return p, nil
	}
	i, err := s.processor.Intent(ctx, p.IntentID)
	if err != nil {
		return p, fmt.Errorf("look at the intent of order %s: %w", p.Order.ID, err)
	}
	return s.change(ctx, p, func(p *Payment) bool { return p.see(i, s.now()) })
}

// refused writes down that the attempt charged nothing, if that is what err
// says. Any other error is returned.
func (s *Service) refused(ctx context.Context, p Payment, err error) (Payment, error) {
	refusal, ok := refusalFrom(err)
	if !ok {
		return p, fmt.Errorf("pay for order %s: %w", p.Order.ID, err)
	}
	refusal.Attempt = p.Attempt.Number
	return s.change(ctx, p, func(p *Payment) bool { return p.refuse(refusal, s.now()) })
}

// owe writes down that what was charged for an order that is closed has to go back.
// From then on Reconcile sees to it.
func (s *Service) owe(ctx context.Context, p Payment) (Payment, error) {
	if !p.owesRefund() {
		return p, nil
	}
	if err := s.hints.owe(ctx, p.Order.ID); err != nil {
		return p, err
	}
	return s.change(ctx, p, func(p *Payment) bool { return p.owe(s.now()) })
}

// giveBack gives back what was charged for an order that is closed. A refund that
// has failed is tried again under another key, a few times; one that the processor
// refuses is tried again later.
func (s *Service) giveBack(ctx context.Context, p Payment) (Payment, error) {
	p, err := s.owe(ctx, p)
	if err != nil {
		return p, err
	}
	for p.Status == StatusRefundPending && !p.Refund.rests(p.Order.Ticket.Price, s.now()) {
		if number := p.Refund.Number; p.Refund.Status == RefundFailed {
			if number >= maxRefunds {
				return p, nil
			}
			if p, err = s.change(ctx, p, func(p *Payment) bool { return p.refundAgain(number, s.now()) }); err != nil {
				return p, err
			}
		}
		var shown bool
		if p, shown, err = s.refund(ctx, p); err != nil {
			return p, fmt.Errorf("refund order %s: %w", p.Order.ID, err)
		}
		if shown {
			return p, nil // followed by webhooks and Reconcile
		}
	}
	return p, nil
}

// refund makes the refund that is due, or looks at those that are made. Where the
// processor makes none under this number, none may be shown.
func (s *Service) refund(ctx context.Context, p Payment) (_ Payment, shown bool, err error) {
	if p.Status != StatusRefundPending {
		return p, true, nil
	}
	if !p.Refund.due(p.Order.Ticket.Price) {
		made, err := s.processor.Refunds(ctx, p.IntentID)
		if err != nil {
			return p, false, err
		}
		p, err = s.change(ctx, p, func(p *Payment) bool { return p.refunded(made, s.now()) })
		return s.counted(p), true, err
	}
	number := p.Refund.Number
	one, err := s.processor.Refund(ctx, p.Order.ID, p.IntentID, number)
	if refusal, ok := errors.AsType[*RefusalError](err); ok {
		return s.deny(ctx, p, refusal)
	}
	if errors.Is(err, ErrDisputed) {
		p, err = s.contest(ctx, p)
		return p, true, err
	}
	made := []MadeRefund{one}
	none := errors.Is(err, ErrKeySpent) || errors.Is(err, ErrNothingLeft)
	if none || err == nil && one.Amount < p.Order.Ticket.Price { // the rest was given back by hand
		made, err = s.processor.Refunds(ctx, p.IntentID)
	}
	if err != nil {
		return p, false, err
	}
	p, err = s.change(ctx, p, func(p *Payment) bool { return p.tried(number, one.ID, made, s.now()) })
	return s.counted(p), !none, err
}

// contest has a refund that the processor refuses wait for what the bank decides.
func (s *Service) contest(ctx context.Context, p Payment) (Payment, error) {
	number := p.Refund.Number
	d, err := s.processor.DisputeOf(ctx, p.IntentID)
	if errs.Is(err, errs.KindNotFound) {
		p, _, err = s.deny(ctx, p, &RefusalError{Code: "charge_disputed"}) // and it does not say by which
		return p, err
	}
	if err != nil {
		return p, err
	}
	return s.change(ctx, p, func(p *Payment) bool { return p.contested(number, d, s.now()) })
}

// deny has a refund that the processor refuses for good rest.
func (s *Service) deny(ctx context.Context, p Payment, refusal *RefusalError) (_ Payment, shown bool, err error) {
	number := p.Refund.Number
	p, err = s.change(ctx, p, func(p *Payment) bool { return p.denied(number, refusal.Code, s.now()) })
	s.counts.refundRefused()
	return p, true, err
}

// counted counts a look at the refunds of the payment.
func (s *Service) counted(p Payment) Payment {
	if p.Refund != nil {
		s.counts.refund(p.Refund.Status)
	}
	return p
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
