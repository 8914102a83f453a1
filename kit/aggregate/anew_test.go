package aggregate_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"ticketx/kit/errs"
	"ticketx/kit/state"
)

func TestAnnouncingAnewTakesFreshIDs(t *testing.T) {
	w := newWorld(state.NewMemory())
	mara, err := w.seats.Update(t.Context(), "1", hold("mara"))
	require.NoError(t, err)
	known := w.broker.published()
	require.Equal(t, []string{"ticket:1:1"}, known)

	for range 2 {
		published, err := w.seats.AnnounceAnew(t.Context(), &mara, nil, &seat{Version: 7})
		require.NoError(t, err)
		assert.Equal(t, 2, published)
		for _, id := range w.broker.published()[len(known):] {
			assert.NotContains(t, known, id, "a broker that knows it would drop it")
			assert.True(t, strings.HasPrefix(id, "ticket:1:"), id)
		}
		known = w.broker.published()
	}
	assert.Len(t, known, 5)
	assert.True(t, strings.HasSuffix(known[4], ":7"), known[4])
}

// What is answered as announced is out; nothing waits in the process.
func TestAnnouncingAnewKeepsNothingForLater(t *testing.T) {
	w := newWorld(state.NewMemory())
	w.broker.set(func(b *broker) { b.down = true })
	published, err := w.seats.AnnounceAnew(t.Context(), &seat{Version: 1}, &seat{Version: 2})
	assert.True(t, errs.Is(err, errs.KindUnavailable), "%v", err)
	assert.Zero(t, published)
	assert.Equal(t, 1, w.broker.tries, "the first failure ends it")
	require.NoError(t, w.outbox.Ready())

	_, err = w.seats.Update(t.Context(), "1", hold("mara"))
	require.NoError(t, err)
	_, err = w.seats.AnnounceAnew(t.Context(), &seat{Version: 1})
	assert.True(t, errs.Is(err, errs.KindUnavailable), "what waits already comes first: %v", err)
	assert.Equal(t, 2, w.broker.tries)
}
