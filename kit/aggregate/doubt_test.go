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
