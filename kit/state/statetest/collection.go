package statetest

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"ticketx/kit/errs"
	"ticketx/kit/state"
)

// thing is a document for the tests.
type thing struct {
	Name  string `json:"name,omitempty"`
	Count int64  `json:"count,omitempty"`
}

func increment(doc *thing, _ bool) error {
	doc.Count++
	return nil
}

func runCollection(t *testing.T, open func(t *testing.T) state.Store) {
	store := open(t)
	fresh := func() *state.Collection[thing] { return state.NewCollection[thing](store, unique("things")) }
	load := func(t *testing.T, c *state.Collection[thing], id string) (thing, bool) {
		t.Helper()
		doc, found, err := c.Load(t.Context(), id)
		require.NoError(t, err)
		return doc, found
	}

	t.Run("nothing is found where nothing is", func(t *testing.T) {
		doc, found := load(t, fresh(), "none")
		assert.False(t, found)
		assert.Zero(t, doc)
	})

	t.Run("many are loaded in order, with gaps", func(t *testing.T) {
		c := fresh()
		for _, id := range []string{"a", "c", "d"} {
			created, err := c.Insert(t.Context(), id, thing{Name: id})
			require.NoError(t, err)
			require.True(t, created)
		}
		docs, err := c.LoadMany(t.Context(), "d", "b", "a", "c", "a")
		require.NoError(t, err)
		assert.Equal(t, []*thing{{Name: "d"}, nil, {Name: "a"}, {Name: "c"}, {Name: "a"}}, docs)

		docs, err = c.LoadMany(t.Context())
		require.NoError(t, err)
		assert.Empty(t, docs)
	})

	t.Run("an empty document is found", func(t *testing.T) {
		c := fresh()
		created, err := c.Insert(t.Context(), "empty", thing{})
		require.NoError(t, err)
		require.True(t, created)
		_, found := load(t, c, "empty")
		assert.True(t, found)
	})

	t.Run("insert keeps the first", func(t *testing.T) {
		c := fresh()
		created, err := c.Insert(t.Context(), "x", thing{Name: "first"})
		require.NoError(t, err)
		require.True(t, created)
		for _, doc := range []thing{{Name: "second"}, {Name: "first"}} {
			created, err = c.Insert(t.Context(), "x", doc)
			require.NoError(t, err)
			assert.False(t, created, "insert of %+v", doc)
		}
		doc, _ := load(t, c, "x")
		assert.Equal(t, thing{Name: "first"}, doc)
	})

	t.Run("of many inserts at once one is true", func(t *testing.T) {
		// Once with different documents and once with the same: a loser must
		// not take the winner's document for its own.
		for _, names := range []func(i int) string{
			func(i int) string { return string(rune('a' + i)) },
			func(int) string { return "same" },
		} {
			c := fresh()
			var won atomic.Int32
			var winner atomic.Value
			together(crowd, func(i int) {
				created, err := c.Insert(t.Context(), "x", thing{Name: names(i)})
				assert.NoError(t, err)
				if created {
					won.Add(1)
					winner.Store(names(i))
				}
			})
			require.EqualValues(t, 1, won.Load())
			doc, _ := load(t, c, "x")
			assert.Equal(t, winner.Load(), doc.Name)
		}
	})

	t.Run("update creates and changes", func(t *testing.T) {
		c := fresh()
		for want := int64(1); want <= 3; want++ {
			doc, err := c.Update(t.Context(), "x", func(doc *thing, found bool) error {
				assert.Equal(t, want > 1, found)
				return increment(doc, found)
			})
			require.NoError(t, err)
			assert.Equal(t, want, doc.Count)
			stored, _ := load(t, c, "x")
			assert.Equal(t, doc, stored)
		}
	})

	t.Run("concurrent increments lose nothing", func(t *testing.T) {
		const writers, each = 16, 5
		c := fresh()
		together(writers, func(int) {
			for range each {
				_, err := c.Update(t.Context(), "counter", increment)
				assert.NoError(t, err)
			}
		})
		doc, _ := load(t, c, "counter")
		assert.EqualValues(t, writers*each, doc.Count)
	})

	t.Run("of many who want the same change one makes it", func(t *testing.T) {
		c := fresh()
		_, err := c.Insert(t.Context(), "seat", thing{})
		require.NoError(t, err)
		var won, refused atomic.Int32
		together(crowd, func(int) {
			_, err := c.Update(t.Context(), "seat", func(doc *thing, _ bool) error {
				if doc.Name != "" {
					return errs.Conflict("taken")
				}
				doc.Name = "somebody"
				return nil
			})
			switch {
			case err == nil:
				won.Add(1)
			case errs.Is(err, errs.KindConflict):
				refused.Add(1)
			default:
				assert.NoError(t, err)
			}
		})
		assert.EqualValues(t, 1, won.Load())
		assert.EqualValues(t, crowd-1, refused.Load())
	})

	t.Run("an error of the change is returned and nothing is written", func(t *testing.T) {
		c := fresh()
		refusal := errors.New("no")
		_, err := c.Update(t.Context(), "x", func(doc *thing, _ bool) error {
			doc.Name = "written all the same"
			return refusal
		})
		require.Same(t, refusal, err)
		_, found := load(t, c, "x")
		assert.False(t, found)
	})

	t.Run("unchanged is no error and no write", func(t *testing.T) {
		c := fresh()
		_, err := c.Insert(t.Context(), "x", thing{Name: "as it is"})
		require.NoError(t, err)
		before := read(t, store, c.Key("x"))
		doc, err := c.Update(t.Context(), "x", func(*thing, bool) error { return state.ErrUnchanged })
		require.NoError(t, err)
		assert.Equal(t, thing{Name: "as it is"}, doc)
		assert.Equal(t, before, read(t, store, c.Key("x")))
	})

	t.Run("what is stored is a JSON object", func(t *testing.T) {
		c := fresh()
		_, err := c.Insert(t.Context(), "x", thing{Name: "$5"})
		require.NoError(t, err)
		assert.Equal(t, byte('{'), read(t, store, c.Key("x")).Value[0])

		numbers := state.NewCollection[int](store, unique("numbers"))
		_, err = numbers.Insert(t.Context(), "x", 5)
		require.Error(t, err)
		_, err = numbers.Update(t.Context(), "x", func(n *int, _ bool) error { *n = 5; return nil })
		require.Error(t, err)
		assert.Nil(t, read(t, store, numbers.Key("x")).Value)
	})

	t.Run("a write that happened though it reported an error is a success", func(t *testing.T) {
		prefix := unique("lost")
		faulty := FailNth(store, 1, FailsAfter)
		created, err := state.NewCollection[thing](faulty, prefix).Insert(t.Context(), "x", thing{Count: 1})
		require.NoError(t, err)
		assert.True(t, created)

		faulty = FailNth(store, 1, FailsAfter)
		doc, err := state.NewCollection[thing](faulty, prefix).Update(t.Context(), "x", increment)
		require.NoError(t, err)
		assert.EqualValues(t, 2, doc.Count)
		assert.Equal(t, 1, faulty.Writes(), "it is not done twice")
		stored, _ := load(t, state.NewCollection[thing](store, prefix), "x")
		assert.EqualValues(t, 2, stored.Count)
	})

	t.Run("a write that failed is an error and leaves nothing", func(t *testing.T) {
		prefix := unique("failed")
		c := state.NewCollection[thing](FailNth(store, 1, FailsBefore), prefix)
		created, err := c.Insert(t.Context(), "x", thing{Count: 1})
		require.True(t, errs.Is(err, errs.KindUnavailable), "%v", err)
		assert.False(t, created)
		assert.Nil(t, read(t, store, c.Key("x")).Value)

		before := create(t, store, c.Key("x"), `{"count":1}`)
		c = state.NewCollection[thing](FailNth(store, 1, FailsBefore), prefix)
		_, err = c.Update(t.Context(), "x", increment)
		require.True(t, errs.Is(err, errs.KindUnavailable), "%v", err)
		assert.Equal(t, before, read(t, store, c.Key("x")))
	})

	t.Run("a write that reported an error while another was first is decided anew", func(t *testing.T) {
		c := fresh()
		_, err := c.Insert(t.Context(), "x", thing{Count: 1})
		require.NoError(t, err)
		tries := 0
		doc, err := c.Update(t.Context(), "x", func(doc *thing, found bool) error {
			if tries++; tries == 1 {
				_, err := c.Update(t.Context(), "x", increment)
				require.NoError(t, err)
			}
			return increment(doc, found)
		})
		require.NoError(t, err)
		assert.Equal(t, 2, tries)
		assert.EqualValues(t, 3, doc.Count)
	})

	t.Run("a try that the store refused leaves no doubt", func(t *testing.T) {
		c := fresh()
		_, err := c.Insert(t.Context(), "x", thing{Count: 1})
		require.NoError(t, err)
		tries, doubts := 0, 0
		_, err = c.UpdateWithDoubts(t.Context(), "x", func(doc *thing, found bool) error {
			if tries++; tries == 1 {
				_, err := c.Update(t.Context(), "x", increment)
				require.NoError(t, err)
			}
			return increment(doc, found)
		}, func() { doubts++ })
		require.NoError(t, err)
		assert.Equal(t, 2, tries)
		assert.Zero(t, doubts)
	})

	t.Run("a try without an answer that another went over leaves a doubt", func(t *testing.T) {
		// Whether it was written can't be told from what is there.
		for _, fault := range []Fault{FailsBefore, FailsAfter} {
			prefix := unique("overtaken")
			c := state.NewCollection[thing](store, prefix)
			overtaken := &Overtaken{Store: FailNth(store, 1, fault), By: func() {
				_, err := c.Update(t.Context(), "x", increment)
				require.NoError(t, err)
			}}
			doubts := 0
			frail := state.NewCollection[thing](overtaken, prefix)
			_, err := frail.UpdateWithDoubts(t.Context(), "x", increment, func() { doubts++ })
			require.NoError(t, err)
			assert.Equal(t, 1, doubts, "%v", fault)
		}
	})

	t.Run("a cancelled context ends a change and writes nothing", func(t *testing.T) {
		c := fresh()
		ctx, cancel := context.WithCancel(t.Context())
		_, err := c.Update(ctx, "x", func(doc *thing, _ bool) error {
			cancel()
			return increment(doc, false)
		})
		require.Error(t, err)
		_, found := load(t, c, "x")
		assert.False(t, found)

		_, err = c.Insert(ctx, "x", thing{})
		require.Error(t, err)
		_, _, err = c.Load(ctx, "x")
		require.Error(t, err)
		_, err = c.LoadMany(ctx, "x", "y")
		require.Error(t, err)
	})
}
