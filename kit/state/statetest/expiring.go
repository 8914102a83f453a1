package statetest

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"ticketx/kit/state"
)

// within is how long a document may stay beyond its time.
const within = 30 * time.Second

func runExpiring(t *testing.T, open func(t *testing.T) state.Store) {
	store, ok := open(t).(state.ExpiringStore)
	require.True(t, ok, "%T does not let documents go by themselves", open(t))

	t.Run("they are documents like others until then", func(t *testing.T) {
		key := unique("expiring")
		require.NoError(t, store.WriteFor(t.Context(), key, []byte(`{"n":1}`), "", time.Hour))
		first := read(t, store, key)
		assert.Equal(t, `{"n":1}`, string(first.Value))
		require.Error(t, store.WriteFor(t.Context(), key, []byte(`{"n":2}`), "", time.Hour), "there is one")
		require.NoError(t, store.WriteFor(t.Context(), key, []byte(`{"n":2}`), first.ETag, time.Hour))
		require.ErrorIs(t, store.WriteFor(t.Context(), key, []byte(`{"n":3}`), first.ETag, time.Hour), state.ErrConflict)
		assert.Equal(t, `{"n":2}`, string(read(t, store, key).Value))
	})

	t.Run("they go, and not before", func(t *testing.T) {
		short, long := unique("short"), unique("long")
		require.NoError(t, store.WriteFor(t.Context(), short, []byte(`{}`), "", time.Second))
		require.NoError(t, store.WriteFor(t.Context(), long, []byte(`{}`), "", time.Second))
		require.NoError(t, store.WriteFor(t.Context(), long, []byte(`{"n":1}`), read(t, store, long).ETag, time.Hour))
		require.Eventually(t, func() bool { return read(t, store, short).Value == nil }, within, 50*time.Millisecond)
		assert.Equal(t, `{"n":1}`, string(read(t, store, long).Value), "the last write says for how long")
	})

	t.Run("a collection of them", func(t *testing.T) {
		docs := state.NewCollection[struct{ N int }](state.Expiring(store, time.Second), unique("expiring"))
		created, err := docs.Insert(t.Context(), "x", struct{ N int }{1})
		require.NoError(t, err)
		require.True(t, created)
		require.Eventually(t, func() bool {
			_, found, err := docs.Load(t.Context(), "x")
			return err == nil && !found
		}, within, 50*time.Millisecond)
	})
}
