package payments

import (
	"context"

	"ticketx/kit/errs"
	"ticketx/kit/ids"
	"ticketx/kit/state"
)

// Notice is what the processor tells by itself: that something about one of these
// has changed. It says no more, because it may come late, twice and in any order:
// how the thing stands is looked at.
type Notice struct {
	Type      string // the processor's, or "other" for those that nobody needs
	IntentID  string
	RefundID  string
	DisputeID string
}

// about is the id of the thing.
func (n Notice) about() string { return n.IntentID + n.RefundID + n.DisputeID }

// The verdicts on a notice.
const (
	verdictTaken   = "taken"   // it changed a payment
	verdictKnown   = "known"   // it said nothing new
	verdictIgnored = "ignored" // nobody needs it
	verdictForeign = "foreign" // it is about no order of this shop
	verdictRefused = "refused" // its signature is wrong
	verdictFailed  = "failed"  // it has to come again
)

// heard is what came of a notice.
type heard struct {
	verdict string
	mended  Mended // where it is taken
}

// Notified takes a notice in. When it returns nil, what it is about is written
// down; otherwise it has to come again.
func (s *Service) Notified(ctx context.Context, n Notice) error {
	h, err := s.notified(ctx, n)
	if err != nil {
		h.verdict = verdictFailed
	}
	s.counts.Webhook(n.Type, h.verdict).Inc()
	return err
}

// RefuseNotice counts what came with a wrong signature.
func (s *Service) RefuseNotice() { s.counts.Webhook("other", verdictRefused).Inc() }

func (s *Service) notified(ctx context.Context, n Notice) (heard, error) {
	switch {
	case n.IntentID != "":
		return s.aboutIntent(ctx, n.IntentID, func(p *Payment, i Intent) bool { return p.see(i, s.now()) })
	case n.RefundID != "":
		made, err := s.processor.MadeRefund(ctx, n.RefundID)
		if err != nil {
			return strange(err)
		}
		all, err := s.processor.Refunds(ctx, made.IntentID)
		if err != nil {
			return heard{}, err
		}
		return s.aboutIntent(ctx, made.IntentID, func(p *Payment, _ Intent) bool { return p.refunded(all, s.now()) })
	case n.DisputeID != "":
		return s.disputed(ctx, n.DisputeID)
	default:
		return heard{verdict: verdictIgnored}, nil
	}
}

func (s *Service) disputed(ctx context.Context, disputeID string) (heard, error) {
	d, intentID, err := s.processor.Dispute(ctx, disputeID)
	if err != nil {
		return strange(err)
	}
	return s.aboutIntent(ctx, intentID, func(p *Payment, _ Intent) bool { return p.dispute(d, s.now()) })
}

// strange says that a thing that the processor does not know is not ours.
func strange(err error) (heard, error) {
	if errs.Is(err, errs.KindNotFound) {
		return heard{verdict: verdictForeign}, nil
	}
	return heard{}, err
}

// aboutIntent has the payment of an intent be as the processor shows the intent,
// then makes the transition, and then does what it leads to. A payment that this
// makes one to be followed is put down for Reconcile before it is written.
func (s *Service) aboutIntent(ctx context.Context, intentID string, transition func(*Payment, Intent) bool) (h heard, err error) {
	i, err := s.processor.Intent(ctx, intentID)
	if err != nil {
		return strange(err)
	}
	if !ids.Valid(i.OrderID) {
		return heard{verdict: verdictForeign}, nil
	}
	known, err := s.known(ctx, i.OrderID)
	if err != nil {
		return strange(err)
	}
	p, err := s.payments.Update(ctx, i.OrderID, func(p *Payment, _ bool) error {
		p.learn(known.Order)
		h.mended = Mended{OrderID: i.OrderID, From: p.Status}
		unknown, followed := p.ID == "", p.unsettled()
		changed := p.adopt(i, s.now())
		changed = p.see(i, s.now()) || changed
		if p.IntentID == i.ID {
			changed = transition(p, i) || changed
		}
		if h.verdict = verdictKnown; !changed {
			return state.ErrUnchanged
		}
		h.verdict = verdictTaken
		switch {
		case unknown:
			return s.hints.leave(ctx, i.OrderID, p.Order.BuyerID)
		case !followed && p.unsettled():
			return s.hints.owe(ctx, i.OrderID)
		}
		return nil
	})
	if err != nil {
		return heard{}, err
	}
	if p.IntentID != i.ID && i.State == IntentSucceeded {
		return s.aboutStray(ctx, p.Order, i, transition)
	}
	if p, err = s.owe(ctx, p); err != nil {
		return heard{}, err
	}
	h.mended.To = briefly(ctx, p, s.giveBack).Status
	return h, nil
}
