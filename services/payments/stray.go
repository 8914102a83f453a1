package payments

import (
	"context"

	"ticketx/kit/events"
	"ticketx/kit/state"
)

// aboutStray gives back what an intent of the order has charged that is not the
// order's payment. Nobody was given its secret, so there should be none.
//
// It has a document of its own, by the intent's id, and moves as every payment does
// whose order is closed; but it is no payment, so it has no id, is told to nobody
// and shown to nobody.
func (s *Service) aboutStray(ctx context.Context, o events.Order, i Intent, transition func(*Payment, Intent) bool) (h heard, err error) {
	o.ID, o.Status = i.ID, orderCancelled
	p, err := s.payments.Update(ctx, i.ID, func(p *Payment, found bool) error {
		if !found {
			p.Order, p.IntentID = o, i.ID
		}
		h.mended = Mended{OrderID: i.ID, From: p.Status}
		seen := p.see(i, s.now())
		h.verdict = verdictKnown
		if moved := transition(p, i); !moved && !seen {
			return state.ErrUnchanged
		}
		h.verdict = verdictTaken
		return s.hints.owe(ctx, i.ID)
	})
	if err != nil {
		return heard{}, err
	}
	if p, err = s.owe(ctx, p); err != nil {
		return heard{}, err
	}
	h.mended.To = briefly(ctx, p, s.giveBack).Status
	return h, nil
}
