package payments

import (
	"context"
	"sync"

	"ticketx/kit/errs"
	"ticketx/kit/state"
)

const (
	// disputesPage is how many disputes are looked at in one go.
	disputesPage = 20
	// disputesFrom begins the name of a place among them.
	disputesFrom = "disputes@"
)

// reconcileNextDisputes takes in some of the disputes of the last day that nobody
// was told of: those after the last that was looked at. After the oldest come the
// newest again. Once one is known, it is followed with its payment.
func (s *Service) reconcileNextDisputes(ctx context.Context, c checkpoint) (Reconciliation, error) {
	r, left := s.reconcileDisputes(ctx, c.Dispute)
	if left == c.Dispute {
		return r, nil
	}
	_, err := s.checkpoints.Update(ctx, checkpointID, func(stored *checkpoint, _ bool) error {
		if stored.Dispute != c.Dispute {
			return state.ErrUnchanged // somebody else is at it
		}
		stored.Dispute = left
		return nil
	})
	return r, err
}

// reconcileDisputes takes in a page of disputes, and returns the last of them where
// there are more.
func (s *Service) reconcileDisputes(ctx context.Context, after string) (r Reconciliation, left string) {
	opened, more, err := s.processor.Disputes(ctx, s.now().Add(-farBack), after, disputesPage)
	switch {
	case after != "" && errs.Is(err, errs.KindNotFound):
		return r, "" // the processor has forgotten it: from the newest
	case err != nil:
		return Reconciliation{Failed: 1}, after
	}
	var mu sync.Mutex
	var looks []func()
	for _, disputeID := range opened {
		looks = append(looks, func() {
			h, err := s.disputed(ctx, disputeID)
			mu.Lock()
			defer mu.Unlock()
			switch {
			case err != nil:
				r.Failed++
			case h.verdict == verdictTaken:
				r.Looked++
				r.Mended = append(r.Mended, h.mended)
				s.counts.reconciled.WithLabelValues("mended").Inc()
			}
		})
	}
	atOnce(looks)
	if ctx.Err() != nil {
		return r, after // what it did not get to, the next one does
	}
	if more && len(opened) > 0 {
		left = opened[len(opened)-1]
	}
	return r, left
}
