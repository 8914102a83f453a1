package payments

import (
	"context"
	"time"

	"ticketx/kit/errs"
)

// reconcileUnbegun sees to an order of which there is a hint and no attempt: whoever
// was about to open one has died, perhaps after orders had the order await its
// payment. While its time lasts its buyer may still pay; then it is ended as when
// orders asks, and orders hears of that and ends the order.
func (s *Service) reconcileUnbegun(ctx context.Context, p Payment, over bool, patience time.Duration) (r Reconciliation, err error) {
	o, err := s.orders.Order(ctx, p.Order.ID)
	switch {
	case errs.Is(err, errs.KindNotFound) || err == nil && o.Status != orderAwaiting:
		return r, nil // nobody waits for it
	case err != nil:
		r.count(s.counts, p, p, err)
	case s.now().Sub(o.ExpiresAt) < patience:
		r.Waiting = 1
	default:
		ended, err := s.close(ctx, o.ID)
		if err == nil {
			ended, err = s.end(ctx, ended)
		}
		r.count(s.counts, p, ended, err)
		if err == nil && !ended.unsettled() {
			return r, nil
		}
	}
	if over {
		return r, s.hints.owe(ctx, p.Order.ID)
	}
	return r, nil
}
