package payments

import (
	"cmp"
	"context"
	"sync"
	"time"

	"ticketx/kit/errs"
	"ticketx/kit/state"
)

const (
	// toldPage is how many of the processor's notices are taken in at once: so few that
	// none waits for another, and a run has the time for a page.
	toldPage = reconcilers
	// toldTimeout bounds the taking in of one. Where that takes longer, it has failed, and
	// the walk goes on behind it.
	toldTimeout = 4 * time.Second
	// toldFrom begins the name of a place among them.
	toldFrom = "told@"
	// longAgo is how far back the processor can say what it has told: the walk begins
	// there when there has been none.
	longAgo = 30 * 24 * time.Hour
)

// toldWalk is how far Reconcile is in taking in what the processor has told, newest
// first, whether or not a webhook has brought it. One walk goes back to where the one
// before it began, a little further for what was late to appear, and may take several
// runs. One in which something could not be taken in is walked again, together with
// what is told meanwhile; so nothing is passed over, and nothing waits behind it.
type toldWalk struct {
	// Until is when the last walk began that took everything in.
	Until time.Time `json:"until,omitzero"`
	// Began is when the present one did; zero, there is none.
	Began time.Time `json:"began,omitzero"`
	// After is the last notice that it has come to.
	After string `json:"after,omitempty"`
	// Failed says that it has to be walked again.
	Failed bool `json:"failed,omitempty"`
}

// since is how far back the walk goes.
func (w toldWalk) since(now time.Time) time.Time {
	if w.Until.IsZero() {
		return now.Add(-longAgo)
	}
	return w.Until.Add(-settled)
}

// after is the walk when a page has been taken in: left is where it goes on, and empty
// at the end.
func (w toldWalk) after(left string, failed bool, now time.Time) toldWalk {
	w.Began = cmp.Or(w.Began, now)
	w.After, w.Failed = left, w.Failed || failed
	if left != "" {
		return w
	}
	if !w.Failed {
		w.Until = w.Began
	}
	return toldWalk{Until: w.Until}
}

// reconcileNextTold takes in a page of what the processor has told, and reports
// whether the walk has more. A payment that is at its end is in no list any more, and
// may have another all the same: its owner disputes it, somebody gives it back by
// hand, or the bank sends back weeks later what was given back.
func (s *Service) reconcileNextTold(ctx context.Context) (r Reconciliation, more bool, err error) {
	c, _, err := s.checkpoints.Load(ctx, checkpointID)
	if err != nil {
		return r, false, err
	}
	now := s.now()
	r, left, walked := s.reconcileTold(ctx, c.Told.since(now), c.Told.After)
	if !walked {
		return r, false, nil // the next one does
	}
	next := c.Told.after(left, r.Failed > 0, now)
	_, err = s.checkpoints.Update(ctx, checkpointID, func(stored *checkpoint, _ bool) error {
		if stored.Told != c.Told || next == c.Told {
			return state.ErrUnchanged // somebody else is at it, or nothing is new
		}
		stored.Told = next
		return nil
	})
	return r, left != "" && err == nil, err
}

// reconcileTold takes in a page of what the processor has told since a time, and
// returns where to go on, if there is more. Where the page could not be walked to its
// end, it has to be walked again.
func (s *Service) reconcileTold(ctx context.Context, since time.Time, after string) (r Reconciliation, left string, walked bool) {
	told, last, more, err := s.processor.Told(ctx, since, after, toldPage)
	if err != nil {
		r.fail("what was told", err)
		// One that the processor has forgotten is nowhere to go on: from the newest.
		return r, "", after != "" && errs.Is(err, errs.KindNotFound)
	}
	var mu sync.Mutex
	var looks []func()
	for _, n := range distinct(told) {
		looks = append(looks, func() {
			ctx, cancel := context.WithTimeout(ctx, toldTimeout)
			defer cancel()
			h, err := s.notified(ctx, n)
			mu.Lock()
			defer mu.Unlock()
			switch {
			case err != nil:
				r.fail(n.about(), err)
			case h.verdict == verdictTaken:
				r.Looked++
				r.Mended = append(r.Mended, h.mended)
				s.counts.reconciled.WithLabelValues("mended").Inc()
			}
		})
	}
	atOnce(looks)
	if more {
		left = last
	}
	return r, left, ctx.Err() == nil
}

// distinct leaves of several notices about one thing one: it is looked at as it is.
func distinct(told []Notice) (things []Notice) {
	seen := make(map[string]bool, len(told))
	for _, n := range told {
		if !seen[n.about()] {
			seen[n.about()] = true
			things = append(things, n)
		}
	}
	return things
}
