package reminders_test

import (
	"context"
	"errors"
	"log/slog"
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"ticketx/kit/dapr"
	"ticketx/kit/daprtest"
	"ticketx/kit/events"
	"ticketx/kit/ids"
	"ticketx/services/expiration/internal/reminders"
)

// host is an actor host: a real sidecar with a real control plane, whose app
// channel hands what fires to heard.
func host(t *testing.T, heard func(events.Expiration) error) *reminders.Reminders {
	t.Helper()
	if testing.Short() {
		t.Skip("needs a sidecar")
	}
	app := dapr.NewApp(slog.New(slog.DiscardHandler), "")
	reminders.Register(app, func(_ context.Context, e events.Expiration) error { return heard(e) })
	sidecar := daprtest.Start(t, daprtest.Options{
		AppID: "expiration",
		App:   app,
		Resources: []string{daprtest.Component(t, "state/sqlite", map[string]string{
			"connectionString": filepath.Join(t.TempDir(), "state.db"),
		})},
		ControlPlane: daprtest.StartControlPlane(t),
	})
	r := reminders.New(sidecar.Dial(t))
	// A sidecar hosts its actors a moment after it is healthy.
	require.Eventually(t, func() bool { return r.Remove(t.Context(), ids.New()) == nil }, 30*time.Second, 50*time.Millisecond)
	return r
}

func expiration(in time.Duration) events.Expiration {
	return events.Expiration{OrderID: ids.New(), TicketID: ids.New(), ExpiresAt: time.Now().Add(in).UTC()}
}

func TestReminderFiresAgainUntilItIsHeard(t *testing.T) {
	heard := make(chan events.Expiration, 10)
	var tries atomic.Int32
	r := host(t, func(e events.Expiration) error {
		heard <- e
		if tries.Add(1) <= 4 { // the Scheduler's own policy would give up after three
			return errors.New("the broker is down")
		}
		return nil
	})

	e := expiration(time.Second)
	require.NoError(t, r.Set(t.Context(), e))
	for range 5 {
		select {
		case got := <-heard:
			assert.Equal(t, e, got)
			assert.False(t, time.Now().Before(e.ExpiresAt), "fired before its time")
		case <-time.After(20 * time.Second):
			t.Fatalf("the reminder fired %d times, then no more", tries.Load())
		}
	}
}

func TestReminders(t *testing.T) {
	heard := make(chan events.Expiration, 10)
	r := host(t, func(e events.Expiration) error {
		heard <- e
		return nil
	})
	next := func() events.Expiration {
		t.Helper()
		select {
		case e := <-heard:
			return e
		case <-time.After(20 * time.Second):
			t.Fatal("no reminder fired")
			return events.Expiration{}
		}
	}

	t.Run("a time that has passed is now", func(t *testing.T) {
		late := expiration(-time.Hour)
		require.NoError(t, r.Set(t.Context(), late))
		assert.Equal(t, late.OrderID, next().OrderID)
	})

	t.Run("removed ones do not fire, and removing again is harmless", func(t *testing.T) {
		removed, kept := expiration(time.Second), expiration(2*time.Second)
		require.NoError(t, r.Set(t.Context(), removed))
		require.NoError(t, r.Set(t.Context(), kept))
		require.NoError(t, r.Remove(t.Context(), removed.OrderID))
		require.NoError(t, r.Remove(t.Context(), removed.OrderID))
		assert.Equal(t, kept.OrderID, next().OrderID)
	})

	t.Run("setting again replaces", func(t *testing.T) {
		e := expiration(time.Hour)
		require.NoError(t, r.Set(t.Context(), e))
		e.ExpiresAt = time.Now().UTC()
		require.NoError(t, r.Set(t.Context(), e))
		assert.Equal(t, e.OrderID, next().OrderID)
	})
}
