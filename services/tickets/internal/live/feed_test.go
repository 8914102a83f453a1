package live_test

import (
	"context"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"ticketx/kit/errs"
	"ticketx/services/tickets/internal/live"
)

func tell(f *live.Feed, from, to int) {
	for i := from; i <= to; i++ {
		f.Tell(fmt.Sprint(i), nil)
	}
}

// heard returns the tickets of the changes that stand behind the listener.
func heard(t *testing.T, l *live.Listener) (all []string) {
	t.Helper()
	for {
		changes, ok := l.Next(t.Context(), 100, time.Nanosecond)
		require.True(t, ok)
		if len(changes) == 0 {
			return all
		}
		for _, c := range changes {
			all = append(all, c.TicketID)
		}
	}
}

func listen(t *testing.T, f *live.Feed, id string) *live.Listener {
	t.Helper()
	l, err := f.Listen(id)
	require.NoError(t, err)
	t.Cleanup(l.Leave)
	return l
}

func TestListening(t *testing.T) {
	f := live.NewFeed(9)
	tell(f, 1, 3)
	l := listen(t, f, "")
	assert.Empty(t, heard(t, l), "from now on")
	start := l.ID()
	tell(f, 4, 6)
	assert.Equal(t, []string{"4", "5", "6"}, heard(t, l))
	middle := l.ID()
	tell(f, 7, 7)

	assert.Equal(t, []string{"4", "5", "6", "7"}, heard(t, listen(t, f, start)))
	again := listen(t, f, middle)
	assert.False(t, again.Lost)
	assert.Equal(t, []string{"7"}, heard(t, again))
}

func TestWhatIsNotKnownIsLost(t *testing.T) {
	f := live.NewFeed(9)
	start := listen(t, f, "").ID()
	tell(f, 1, 2048)
	assert.False(t, listen(t, f, start).Lost, "just known still")
	tell(f, 2049, 2049)
	for name, id := range map[string]string{
		"too long ago": start, "another process": listen(t, live.NewFeed(1), "").ID(), "no id": "x",
		"the future": listen(t, f, "").ID() + "9", "negative": start[:8] + "--1",
	} {
		l := listen(t, f, id)
		assert.True(t, l.Lost, name)
		assert.Empty(t, heard(t, l), name)
	}
}

// Who is too slow is let go, and can go on where they stood as long as that is known.
func TestSlowListeners(t *testing.T) {
	f := live.NewFeed(1)
	l := listen(t, f, "")
	tell(f, 1, 2048)
	changes, ok := l.Next(t.Context(), 10, time.Second)
	require.True(t, ok)
	assert.Equal(t, "1", changes[0].TicketID)
	id := l.ID()
	assert.Equal(t, id, l.IDOf(changes[9]))

	tell(f, 2049, 2060)
	_, ok = l.Next(t.Context(), 10, time.Second)
	assert.False(t, ok)
	assert.Equal(t, id, l.ID())
}

func TestListenersAreBounded(t *testing.T) {
	f := live.NewFeed(2)
	listen(t, f, "")
	l, err := f.Listen("")
	require.NoError(t, err)
	_, err = f.Listen("")
	require.True(t, errs.Is(err, errs.KindUnavailable))
	l.Leave()
	assert.Equal(t, 1, f.Listeners())
	listen(t, f, "")
}

func TestWaiting(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := live.NewFeed(3)
		l := listen(t, f, "")
		go func() {
			<-time.After(time.Second) // takes no time in a bubble
			tell(f, 1, 1)
		}()
		start := time.Now()
		changes, ok := l.Next(t.Context(), 10, time.Minute)
		require.True(t, ok)
		assert.Len(t, changes, 1)
		assert.Equal(t, time.Second, time.Since(start))

		changes, ok = l.Next(t.Context(), 10, time.Minute)
		assert.True(t, ok)
		assert.Empty(t, changes, "nothing happened")

		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		_, ok = l.Next(ctx, 10, time.Minute)
		assert.False(t, ok)

		go f.End()
		_, ok = l.Next(t.Context(), 10, time.Minute)
		assert.False(t, ok)
		_, err := f.Listen("")
		require.True(t, errs.Is(err, errs.KindUnavailable))
		f.End()
	})
}
