package aggregate_test

import (
	"context"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"ticketx/kit/errs"
	"ticketx/kit/state"
	"ticketx/kit/state/statetest"
)

// overtaken is a world whose writes fail as decide says, each with somebody else
// coming right after it, who leaves the event's id as it is.
func overtaken(t *testing.T, decide func(n int) statetest.Fault) *world {
	docs := state.NewMemory()
	others := state.NewCollection[seat](docs, "seat")
	return newWorld(&statetest.Overtaken{
		Store: &statetest.Faulty{Store: docs, Decide: decide},
		By: func() {
			_, err := others.Update(t.Context(), "1", func(*seat, bool) error { return nil }) // another mark
			assert.NoError(t, err)
		},
	})
}

func firstFails(n int) statetest.Fault {
	if n == 1 {
		return statetest.FailsAfter
	}
	return statetest.Passes
}

// The write of a change happens, its answer is lost, and another write goes on
// top that leaves the event's id as it is. Whatever becomes of the change then,
// its event is told.
func TestAnOvertakenWriteIsToldAllTheSame(t *testing.T) {
	for name, c := range map[string]struct {
		decide func(n int) statetest.Fault
		change func(s *seat, found bool) error
		err    errs.Kind
		told   string
	}{
		"nothing is left to decide": {
			decide: firstFails,
			change: func(s *seat, found bool) error {
				if found {
					return state.ErrUnchanged
				}
				return hold("mara")(s, found)
			},
			told: "ticket:1:1",
		},
		"it is refused": {
			decide: firstFails,
			change: func(s *seat, found bool) error {
				if found {
					return errs.Conflict("taken")
				}
				return hold("mara")(s, found)
			},
			err:  errs.KindConflict,
			told: "ticket:1:1",
		},
		"what is left is nothing to tell": {
			decide: firstFails,
			change: func(s *seat, found bool) error {
				if found {
					return nil // a write that makes no event new
				}
				return hold("mara")(s, found)
			},
			told: "ticket:1:1",
		},
		"every try is overtaken": {
			decide: func(int) statetest.Fault { return statetest.FailsAfter },
			change: func(s *seat, _ bool) error {
				s.Version, s.Holder = 7, "mara"
				return nil
			},
			err:  errs.KindUnavailable,
			told: "ticket:1:7",
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := overtaken(t, c.decide)
				stop := w.run(t)
				_, err := w.seats.Update(t.Context(), "1", c.change)
				if c.err == errs.KindInternal {
					require.NoError(t, err)
				} else {
					require.True(t, errs.Is(err, c.err), "%v", err)
				}
				pass(time.Second)
				assert.Equal(t, []string{c.told}, w.broker.published())
				stop()
			})
		})
	}
}

// tardy is a store whose next write, once it is armed, fails at the caller's and
// happens after that time all the same, if the store still takes it by then.
type tardy struct {
	state.Store
	after time.Duration
}

func (s *tardy) Write(ctx context.Context, key string, value []byte, etag string) error {
	if s.after == 0 {
		return s.Store.Write(ctx, key, value, etag)
	}
	time.AfterFunc(s.after, func() { _ = s.Store.Write(context.WithoutCancel(ctx), key, value, etag) })
	s.after = 0
	return errs.Unavailable("The store does not answer.", context.DeadlineExceeded)
}

// The process has looked at what is there, and only then a write happens that it
// took for failed. What the store says in the end has been told.
func TestAWriteThatLandsLateIsRefusedOrTold(t *testing.T) {
	for name, c := range map[string]struct {
		there bool
		after time.Duration
	}{
		"before the look, over another document": {true, time.Nanosecond},
		"after the look, over another document":  {true, time.Second},
		"before the look, as the first":          {false, time.Nanosecond},
		"after the look, as the first":           {false, 6 * time.Second}, // the sidecar's limit
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				docs := &tardy{Store: state.NewMemory()}
				w := newWorld(docs)
				stop := w.run(t)
				if c.there {
					_, err := w.seats.Update(t.Context(), "1", hold("mara"))
					require.NoError(t, err)
				}
				docs.after = c.after
				_, err := w.seats.Update(t.Context(), "1", hold("nils"))
				require.True(t, errs.Is(err, errs.KindUnavailable), "%v", err)
				pass(time.Minute)
				s, found, err := w.seats.Load(t.Context(), "1")
				require.NoError(t, err)
				require.True(t, found)
				assert.Contains(t, w.broker.published(), snapshots(s)[0].ID)
				stop()
			})
		})
	}
}

// countedStore counts the reads.
type countedStore struct {
	state.Store
	reads atomic.Int64
}

func (s *countedStore) Read(ctx context.Context, keys ...string) ([]state.Item, error) {
	s.reads.Add(1)
	return s.Store.Read(ctx, keys...)
}

// Whoever loses by the store's own word has written nothing: that costs no look
// behind the caller's back, and nothing is told again.
func TestACleanLossIsNotLookedAtAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		docs := state.NewMemory()
		store := &countedStore{Store: docs}
		w := newWorld(store)
		stop := w.run(t)
		_, err := w.seats.Update(t.Context(), "1", hold(""))
		require.NoError(t, err)
		winner := state.NewCollection[seat](docs, "seat") // in another process
		store.reads.Store(0)

		tries := 0
		_, err = w.seats.Update(t.Context(), "1", func(s *seat, found bool) error {
			if tries++; tries == 1 {
				_, err := winner.Update(t.Context(), "1", hold("winner"))
				require.NoError(t, err)
			}
			if s.Holder != "" {
				return errs.Conflict("taken")
			}
			return hold("loser")(s, found)
		})
		require.True(t, errs.Is(err, errs.KindConflict), "%v", err)
		pass(time.Minute)
		assert.EqualValues(t, 3, store.reads.Load(), "to decide, to see what refused the write, to decide anew")
		assert.Equal(t, []string{"ticket:1:1"}, w.broker.published())
		stop()
	})
}
