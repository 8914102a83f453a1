package statetest

import (
	"context"
	"errors"
	"sync/atomic"
	"time"

	"ticketx/kit/errs"
	"ticketx/kit/state"
)

// Fault is what becomes of a write.
type Fault int

// The faults.
const (
	Passes      Fault = iota
	FailsBefore       // nothing is written, and an error is reported
	FailsAfter        // it is written, and an error is reported all the same
)

// Faulty is a Store whose writes fail as told: a server that goes away in the
// middle of a command, an answer that is lost on its way.
type Faulty struct {
	state.Store
	// Decide says what becomes of the nth write, counted from 1.
	Decide func(n int) Fault

	writes atomic.Int64
}

// FailNth returns store with its nth write, counted from 1, failing in the
// given way.
func FailNth(store state.Store, nth int, fault Fault) *Faulty {
	return &Faulty{Store: store, Decide: func(n int) Fault {
		if n == nth {
			return fault
		}
		return Passes
	}}
}

// Writes says how many writes were attempted.
func (f *Faulty) Writes() int { return int(f.writes.Load()) }

// Write implements state.Store.
func (f *Faulty) Write(ctx context.Context, key string, value []byte, etag string) error {
	switch f.Decide(int(f.writes.Add(1))) {
	case FailsBefore:
		return errLost
	case FailsAfter:
		if err := f.Store.Write(ctx, key, value, etag); err != nil {
			return err
		}
		return errLost
	default:
		return f.Store.Write(ctx, key, value, etag)
	}
}

// Overtaken is a Store where somebody else comes right after every write whose
// answer was lost, before the writer can look.
type Overtaken struct {
	state.Store
	By func() // what that somebody does
}

// Write implements state.Store.
func (o *Overtaken) Write(ctx context.Context, key string, value []byte, etag string) error {
	err := o.Store.Write(ctx, key, value, etag)
	if errors.Is(err, errLost) {
		o.By()
	}
	return err
}

var errLost = errs.Unavailable("A part of the system does not answer.", errors.New("statetest: the answer was lost"))

// Vague is a Store that, like Redis behind Dapr, does not say that a document
// was there already: create-if-absent then fails with an error that could mean
// anything.
type Vague struct {
	state.Store
}

// Write implements state.Store.
func (v Vague) Write(ctx context.Context, key string, value []byte, etag string) error {
	return v.vaguely(etag, v.Store.Write(ctx, key, value, etag))
}

// WriteFor implements state.ExpiringStore, over a store that does.
func (v Vague) WriteFor(ctx context.Context, key string, value []byte, etag string, ttl time.Duration) error {
	return v.vaguely(etag, v.Store.(state.ExpiringStore).WriteFor(ctx, key, value, etag, ttl))
}

// vaguely is err as such a store reports it.
func (Vague) vaguely(etag string, err error) error {
	if etag == "" && errors.Is(err, state.ErrConflict) {
		return errs.Unavailable("A part of the system does not answer.", errors.New("statetest: an internal error"))
	}
	return err
}
