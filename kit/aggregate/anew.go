package aggregate

import (
	"context"
	"fmt"

	"ticketx/kit/errs"
)

// AnnounceAnew publishes the snapshots of docs, nil ones left out, as facts told
// again on purpose: under fresh ids, which no broker takes for a repetition. It
// returns how many it has published.
//
// It is for consumers that join late or have lost their store. Nothing is kept
// for later: when the broker does not answer it is errs.KindUnavailable, and what
// was to be told is told by asking again. Events of changes that happen meanwhile
// may overtake it, because consumers keep the newest version.
func (r *Repository[T]) AnnounceAnew(ctx context.Context, docs ...*T) (published int, err error) {
	if err := r.outbox.Ready(); err != nil {
		return 0, err
	}
	for _, doc := range docs {
		if doc == nil {
			continue
		}
		for _, e := range r.snapshots(*doc) {
			if err := r.outbox.publish(ctx, e.Again()); err != nil {
				return published, errs.Unavailable("The message broker does not answer. Please try again.",
					fmt.Errorf("announce %s anew: %w", e.ID, err))
			}
			published++
		}
	}
	return published, nil
}
