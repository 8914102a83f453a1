package statetest

import (
	"fmt"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"ticketx/kit/state"
)

func runIndex(t *testing.T, open func(t *testing.T) state.Store) {
	store := open(t)

	t.Run("an empty list has no ids", func(t *testing.T) {
		x := state.NewIndex(store, unique("index"))
		for _, position := range []int{-1, 0, 7} {
			ids, next, err := x.Before(t.Context(), "nobody", position, 10)
			require.NoError(t, err)
			assert.Empty(t, ids)
			assert.Zero(t, next)
		}
	})

	t.Run("newest first, lists apart, an id once", func(t *testing.T) {
		x := state.NewIndex(store, unique("index"))
		for _, id := range []string{"a", "b", "c", "a", "c"} {
			require.NoError(t, x.Add(t.Context(), "mine", id))
		}
		require.NoError(t, x.Add(t.Context(), "yours", "z"))
		assert.Equal(t, []string{"c", "b", "a"}, all(t, x, "mine"))
		assert.Equal(t, []string{"z"}, all(t, x, "yours"))
	})

	t.Run("an id added by many at once is there once", func(t *testing.T) {
		prefix := unique("index")
		together(crowd, func(int) {
			assert.NoError(t, state.NewIndex(store, prefix).Add(t.Context(), "list", "same"))
		})
		assert.Equal(t, []string{"same"}, all(t, state.NewIndex(store, prefix), "list"))
	})

	t.Run("a list is read in pieces, over its pages", func(t *testing.T) {
		x := state.NewIndex(store, unique("index"))
		var want []string
		for _, name := range []string{"early", "middle"} {
			fill(t, x, name, state.PageSize)
			ids, _, err := x.Before(t.Context(), "list", -1, state.PageSize)
			require.NoError(t, err)
			assert.ElementsMatch(t, numbered(name, state.PageSize), ids)
			want = append(ids, want...)
		}
		for _, id := range []string{"late-1", "late-2", "late-3"} {
			require.NoError(t, x.Add(t.Context(), "list", id))
			want = append([]string{id}, want...)
		}
		for _, limit := range []int{1, 2, 3, 4, state.PageSize - 1, state.PageSize, 10 * state.PageSize} {
			assert.Equal(t, want, pieces(t, x, "list", limit), "%d at a time", limit)
		}
	})

	t.Run("a position means the same after additions", func(t *testing.T) {
		x := state.NewIndex(store, unique("index"))
		fill(t, x, "early", state.PageSize-1)
		require.NoError(t, x.Add(t.Context(), "list", "last"))
		_, position, err := x.Before(t.Context(), "list", -1, 1)
		require.NoError(t, err)
		before, next, err := x.Before(t.Context(), "list", position, 10)
		require.NoError(t, err)

		fill(t, x, "late", 2*state.PageSize)
		after, nextAfter, err := x.Before(t.Context(), "list", position, 10)
		require.NoError(t, err)
		assert.Equal(t, before, after)
		assert.Equal(t, next, nextAfter)

		ids, next, err := x.Before(t.Context(), "list", position, 0)
		require.NoError(t, err)
		assert.Empty(t, ids)
		assert.Equal(t, position, next)
	})

	t.Run("a position beyond the end is the end", func(t *testing.T) {
		x := state.NewIndex(store, unique("index"))
		for _, id := range []string{"a", "b"} {
			require.NoError(t, x.Add(t.Context(), "list", id))
		}
		ids, next, err := x.Before(t.Context(), "list", 1<<40, 1)
		require.NoError(t, err)
		assert.Equal(t, []string{"b"}, ids)
		assert.Equal(t, 1, next)
	})

	t.Run("an id that a full page has is not added again", func(t *testing.T) {
		x := state.NewIndex(store, unique("index"))
		fill(t, x, "id", state.PageSize)
		require.NoError(t, x.Add(t.Context(), "list", "id-0"))
		assert.Len(t, all(t, x, "list"), state.PageSize)
	})

	t.Run("concurrent additions of several processes lose nothing", func(t *testing.T) {
		const processes, each = 4, 2*state.PageSize/3 + 1 // turns a page twice
		prefix := unique("index")
		var want []string
		for p := range processes {
			want = append(want, numbered(fmt.Sprintf("p%d", p), each)...)
		}
		together(processes, func(p int) {
			fill(t, state.NewIndex(store, prefix), fmt.Sprintf("p%d", p), each)
		})
		assert.ElementsMatch(t, want, all(t, state.NewIndex(store, prefix), "list"))
	})

	t.Run("a page that another process turns first stays turned", func(t *testing.T) {
		prefix := unique("index")
		fill(t, state.NewIndex(store, prefix), "id", state.PageSize)
		overtaken := &Faulty{Store: store, Decide: func(n int) Fault {
			if n == 1 { // this process is about to keep the full page
				assert.NoError(t, state.NewIndex(store, prefix).Add(t.Context(), "list", "winner"))
			}
			return Passes
		}}
		require.NoError(t, state.NewIndex(overtaken, prefix).Add(t.Context(), "list", "late"))
		ids := all(t, state.NewIndex(store, prefix), "list")
		require.Len(t, ids, state.PageSize+2)
		assert.Equal(t, []string{"late", "winner"}, ids[:2])
	})

	t.Run("a crash while a page turns loses nothing", func(t *testing.T) {
		// The writes of the additions below: the last id of the page, the page,
		// the new head, the id in it, the next id.
		for nth := 1; nth <= 5; nth++ {
			for name, fault := range map[string]Fault{"before": FailsBefore, "after": FailsAfter} {
				t.Run(fmt.Sprintf("%s write %d", name, nth), func(t *testing.T) { runCrash(t, store, nth, fault) })
			}
		}
	})
}

// runCrash adds ids over the end of a page, with the nth write failing. A
// failed addition is done again by a new process.
func runCrash(t *testing.T, store state.Store, nth int, fault Fault) {
	prefix := unique("index")
	fill(t, state.NewIndex(store, prefix), "id", state.PageSize-1)

	faulty := FailNth(store, nth, fault)
	x := state.NewIndex(faulty, prefix)
	late := []string{"late-1", "late-2", "late-3"}
	for _, id := range late {
		if err := x.Add(t.Context(), "list", id); err != nil {
			require.Equal(t, FailsBefore, fault, "what happened is a success: %v", err)
			x = state.NewIndex(faulty, prefix)
			require.NoError(t, x.Add(t.Context(), "list", id))
		}
	}
	require.GreaterOrEqual(t, faulty.Writes(), nth, "the fault was met")

	ids := all(t, state.NewIndex(store, prefix), "list")
	slices.Reverse(late)
	assert.Equal(t, late, ids[:len(late)])
	assert.ElementsMatch(t, numbered("id", state.PageSize-1), ids[len(late):])
}

// fill adds n ids to the list "list", all at once.
func fill(t *testing.T, x *state.Index, name string, n int) {
	t.Helper()
	ids := numbered(name, n)
	together(n, func(i int) { assert.NoError(t, x.Add(t.Context(), "list", ids[i])) })
}

func numbered(name string, n int) []string {
	ids := make([]string, n)
	for i := range ids {
		ids[i] = fmt.Sprintf("%s-%d", name, i)
	}
	return ids
}

// all reads the whole list, newest first.
func all(t *testing.T, x *state.Index, list string) []string {
	t.Helper()
	return pieces(t, x, list, state.PageSize)
}

// pieces reads the whole list, newest first, with at most limit ids a time.
func pieces(t *testing.T, x *state.Index, list string, limit int) []string {
	t.Helper()
	var all []string
	for position := -1; position != 0; {
		ids, next, err := x.Before(t.Context(), list, position, limit)
		require.NoError(t, err)
		require.LessOrEqual(t, len(ids), limit)
		require.True(t, next == 0 || len(ids) == limit, "a short piece in the middle")
		all = append(all, ids...)
		position = next
	}
	return all
}
