// Package aggregate saves what a service owns and tells the others about it.
// A Repository is the only way to change an aggregate, so a change without its
// event can't be written by mistake.
package aggregate

import (
	"context"
	"errors"
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

// onItsWay is how long a write that has failed may take to happen all the same. It
// is longer than the sidecar goes on with one (components/resiliency).
const onItsWay = 10 * time.Second

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
	r := &Repository[T]{docs: state.NewCollection[T](store, prefix), outbox: outbox, snapshots: snapshots}
	outbox.journal.owners[prefix] = r.look
	return r
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
// does, and publishes the snapshots that the change made new.
//
// Before the write the aggregate is in the journal, so its event comes out
// whatever dies. When the write happened the change stands: a publish that fails
// is tried again behind the caller's back, and until it is out further changes
// are refused as errs.KindUnavailable before anything is written. When it is not
// known whether the write happened, the aggregate is looked at again behind the
// caller's back, and told as it is.
func (r *Repository[T]) Update(ctx context.Context, id string, change func(doc *T, found bool) error) (T, error) {
	var zero T
	if err := r.outbox.Ready(); err != nil {
		return zero, err
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), saveTimeout)
	defer cancel()
	entry := r.outbox.journal.enter(r.docs.Key(id)) // written while the document is read

	look := func(ctx context.Context) error { return r.look(ctx, id) }
	panicked := true
	defer func() {
		if panicked {
			r.lookAgain(id, entry, look)
		}
	}()

	var known []events.Event
	decided, doubtful := false, false
	doc, err := r.docs.UpdateWithDoubts(ctx, id, func(doc *T, found bool) error {
		known, decided = nil, false
		if found {
			known = r.snapshots(*doc)
		}
		if err := change(doc, found); err != nil {
			return err
		}
		if err := entry.wait(ctx); err != nil {
			return err
		}
		decided = true
		return nil
	}, func() { doubtful = true })
	panicked = false
	switch {
	case decided && err == nil && doubtful:
		// An earlier round seemed to lose, and may have been written all the same,
		// with its answer lost and another write on top. Then what it made new was
		// known in the last round, and nobody has told it.
		r.outbox.send(ctx, entry.leave, r.snapshots(doc)...)
	case decided && err == nil:
		r.outbox.send(ctx, entry.leave, slices.DeleteFunc(r.snapshots(doc), func(e events.Event) bool {
			return slices.ContainsFunc(known, func(k events.Event) bool { return k.ID == e.ID })
		})...)
	case decided && !errors.Is(err, state.ErrConflict):
		began := time.Now()
		r.lookAgain(id, entry, func(ctx context.Context) error { return r.settle(ctx, id, began) })
	case doubtful: // what was written since has refused ours, or is built on it
		r.lookAgain(id, entry, look)
	default:
		entry.leave() // nothing was written
	}
	return doc, err
}

// lookAgain has the outbox find out what became of a change, and tell it.
func (r *Repository[T]) lookAgain(id string, entry *entry, look func(ctx context.Context) error) {
	r.outbox.keep(&parcel{name: r.docs.Key(id), deliver: look, done: entry.leave, look: true})
}

// errMissing says that there is no document to be written once more.
var errMissing = errors.New("aggregate: the document is not there, or not yet")

// settle ends the doubt about a write that has failed and may still be on its way,
// and tells the aggregate as it is then. The document is written once more as it
// is, and from then on a late write is refused for its ETag. Where there is none
// yet, only time tells.
func (r *Repository[T]) settle(ctx context.Context, id string, began time.Time) error {
	_, err := r.docs.Update(ctx, id, func(_ *T, found bool) error {
		if !found {
			return errMissing
		}
		return nil
	})
	if errors.Is(err, errMissing) && time.Since(began) >= onItsWay {
		return nil
	}
	if err != nil {
		return err
	}
	return r.look(ctx, id)
}

// Announce publishes the snapshots of doc again. Doing so too often is
// harmless. It does not depend on the caller's still being there: a publish that
// the caller broke off would look like a broker that is down.
func (r *Repository[T]) Announce(ctx context.Context, doc T) {
	r.outbox.send(context.WithoutCancel(ctx), func() {}, r.snapshots(doc)...)
}

// look publishes the snapshots of the aggregate as it is stored, if it is.
func (r *Repository[T]) look(ctx context.Context, id string) error {
	doc, found, err := r.docs.Load(ctx, id)
	if err != nil || !found {
		return err
	}
	for _, e := range r.snapshots(doc) {
		if err := r.outbox.publish(ctx, e); err != nil {
			return err
		}
	}
	return nil
}
