// Package aggregate saves what a service owns and tells the others about it.
// A Repository is the only way to change an aggregate, so a change without its
// event can't be written by mistake.
package aggregate

import (
	"context"
	"slices"
	"time"

	"ticketx/kit/events"
	"ticketx/kit/state"
)

// saveTimeout bounds one change, from reading to publishing. It counts apart
// from the request's own time: a change that has begun is finished, whether or
// not the caller is still there, because a write without its event would leave
// the other services behind.
const saveTimeout = 10 * time.Second

// Snapshots returns the events that describe doc as it stands. It has no effect
// and gives the same events for the same document.
type Snapshots[T any] func(doc T) []events.Event

// Repository holds the aggregates of one type. It is safe for concurrent use.
type Repository[T any] struct {
	docs      *state.Collection[T]
	outbox    *Outbox
	snapshots Snapshots[T]
}

// NewRepository returns the aggregates that store keeps under prefix, announced
// through outbox by their snapshots.
func NewRepository[T any](store state.Store, prefix string, outbox *Outbox, snapshots Snapshots[T]) *Repository[T] {
	return &Repository[T]{docs: state.NewCollection[T](store, prefix), outbox: outbox, snapshots: snapshots}
}

// Load returns the aggregate with the id, and whether there is one.
func (r *Repository[T]) Load(ctx context.Context, id string) (doc T, found bool, err error) {
	return r.docs.Load(ctx, id)
}

// LoadMany returns the aggregates with the ids, in their order, nil where there
// is none, in one call.
func (r *Repository[T]) LoadMany(ctx context.Context, ids ...string) ([]*T, error) {
	return r.docs.LoadMany(ctx, ids...)
}

// Update changes the aggregate by one guarded write, as state.Collection.Update
// does, and publishes the snapshots that the change made new. When the write
// happened the change stands: a publish that fails is tried again behind the
// caller's back. While earlier publishes are failing, changes are refused as
// errs.KindUnavailable before anything is written.
func (r *Repository[T]) Update(ctx context.Context, id string, change func(doc *T, found bool) error) (T, error) {
	var zero T
	if err := r.outbox.Ready(); err != nil {
		return zero, err
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), saveTimeout)
	defer cancel()
	var known []events.Event
	changed := false
	doc, err := r.docs.Update(ctx, id, func(doc *T, found bool) error {
		known, changed = nil, false
		if found {
			known = r.snapshots(*doc)
		}
		if err := change(doc, found); err != nil {
			return err
		}
		changed = true
		return nil
	})
	if err != nil || !changed {
		return doc, err
	}
	r.outbox.Publish(ctx, slices.DeleteFunc(r.snapshots(doc), func(e events.Event) bool {
		return slices.ContainsFunc(known, func(k events.Event) bool { return k.ID == e.ID })
	})...)
	return doc, nil
}

// Announce publishes the snapshots of doc again. Doing so too often is
// harmless. It does not depend on the caller's still being there: a publish that
// the caller broke off would look like a broker that is down.
func (r *Repository[T]) Announce(ctx context.Context, doc T) {
	r.outbox.Publish(context.WithoutCancel(ctx), r.snapshots(doc)...)
}
