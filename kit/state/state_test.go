package state_test

import (
	"context"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"ticketx/kit/errs"
	"ticketx/kit/state"
	"ticketx/kit/state/statetest"
)

func TestMemory(t *testing.T) {
	statetest.Run(t, func(*testing.T) state.Store { return state.NewMemory() })
}

// A store that does not tell a conflict from another failure is as good.
func TestVagueStore(t *testing.T) {
	statetest.Run(t, func(*testing.T) state.Store { return statetest.Vague{Store: state.NewMemory()} })
}

type counter struct {
	N int `json:"n"`
}

func increment(c *counter, _ bool) error {
	c.N++
	return nil
}

// contended is a store where somebody else is always first.
type contended struct{ state.Store }

func (c contended) Write(ctx context.Context, key string, _ []byte, _ string) error {
	items, err := c.Read(ctx, key)
	if err != nil {
		return err
	}
	if err := c.Store.Write(ctx, key, []byte(`{"n":1}`), items[0].ETag); err != nil {
		return err
	}
	return state.ErrConflict
}

func TestUpdateGivesUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := state.NewCollection[counter](contended{state.NewMemory()}, "counters")
		start, tries := time.Now(), 0
		_, err := c.Update(t.Context(), "x", func(doc *counter, found bool) error {
			tries++
			return increment(doc, found)
		})
		require.True(t, errs.Is(err, errs.KindUnavailable), "%v", err)
		assert.Greater(t, tries, 10)
		assert.Less(t, time.Since(start), 5*time.Second)
	})
}

// The time of the caller ends the tries.
func TestUpdateEndsWithItsContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := state.NewCollection[counter](contended{state.NewMemory()}, "counters")
		ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
		defer cancel()
		_, err := c.Update(ctx, "x", increment)
		require.ErrorIs(t, err, context.DeadlineExceeded)
	})
}

// A document somebody else spoiled is an error, not an empty one that is
// written over it.
func TestSpoiledDocument(t *testing.T) {
	store := state.NewMemory()
	c := state.NewCollection[counter](store, "counters")
	require.NoError(t, store.Write(t.Context(), c.Key("x"), []byte(`{"n":"many"}`), ""))
	_, _, err := c.Load(t.Context(), "x")
	require.ErrorContains(t, err, c.Key("x"))
	_, err = c.Update(t.Context(), "x", increment)
	require.ErrorContains(t, err, c.Key("x"))
	items, err := store.Read(t.Context(), c.Key("x"))
	require.NoError(t, err)
	assert.JSONEq(t, `{"n":"many"}`, string(items[0].Value))
}

// A document without a mark of its writer, as a person or a tool may leave it,
// is a document.
func TestDocumentsOfOthers(t *testing.T) {
	store := state.NewMemory()
	c := state.NewCollection[counter](store, "counters")
	require.NoError(t, store.Write(t.Context(), c.Key("x"), []byte(`{"n":1,"later":true}`), ""))
	doc, err := c.Update(t.Context(), "x", increment)
	require.NoError(t, err)
	assert.Equal(t, counter{N: 2}, doc)
}

// slow is a store whose writes wait until they may go on.
type slow struct {
	state.Store

	mu     sync.Mutex
	writes int
	gate   chan struct{}
}

func (s *slow) Write(ctx context.Context, key string, value []byte, etag string) error {
	s.mu.Lock()
	s.writes++
	s.mu.Unlock()
	<-s.gate
	return s.Store.Write(ctx, key, value, etag)
}

// While one write is under way the additions behind it gather and share the
// next, and a caller who hangs up takes nobody's addition along.
func TestIndexAdditionsShareAWrite(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := &slow{Store: state.NewMemory(), gate: make(chan struct{})}
		x := state.NewIndex(store, "index")
		var done sync.WaitGroup
		add := func(ctx context.Context, id string) <-chan error {
			result := make(chan error, 1)
			done.Go(func() { result <- x.Add(ctx, "list", id) })
			synctest.Wait()
			return result
		}
		first := add(t.Context(), "first")
		hasty, hangUp := context.WithCancel(t.Context())
		second := add(hasty, "second") // opens the batch, and hangs up
		var others []<-chan error
		for _, id := range []string{"third", "fourth", "fifth"} {
			others = append(others, add(t.Context(), id))
		}
		hangUp()
		require.ErrorIs(t, <-second, context.Canceled)

		close(store.gate)
		require.NoError(t, <-first)
		for _, other := range others {
			require.NoError(t, <-other)
		}
		done.Wait()
		assert.Equal(t, 2, store.writes)
		ids, _, err := x.Before(t.Context(), "list", -1, 10)
		require.NoError(t, err)
		assert.Equal(t, []string{"fifth", "fourth", "third", "second", "first"}, ids)
	})
}

// A failed write fails all who shared it, and nobody after them.
func TestIndexFailureIsShared(t *testing.T) {
	x := state.NewIndex(statetest.FailNth(state.NewMemory(), 1, statetest.FailsBefore), "index")
	require.True(t, errs.Is(x.Add(t.Context(), "list", "a"), errs.KindUnavailable))
	require.NoError(t, x.Add(t.Context(), "list", "b"))
	require.NoError(t, x.Add(t.Context(), "list", "a"))
	ids, _, err := x.Before(t.Context(), "list", -1, 10)
	require.NoError(t, err)
	assert.Equal(t, []string{"a", "b"}, ids)
}
