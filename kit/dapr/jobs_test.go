package dapr_test

import (
	"context"
	"errors"
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"ticketx/kit/dapr"
	"ticketx/kit/daprtest"
)

func TestJobs(t *testing.T) {
	if testing.Short() {
		t.Skip("-short: no sidecars")
	}
	fired := make(chan string, 20)
	var failures atomic.Int32 // that "failing" has before it
	app := dapr.NewApp(quiet, "")
	dapr.OnJobs(app, "journal-", func(_ context.Context, rest string) error {
		fired <- rest
		if rest == "failing" && failures.Add(-1) >= 0 {
			return errors.New("not now")
		}
		return nil
	})
	sidecar := daprtest.Start(t, daprtest.Options{
		AppID: "jobs",
		App:   app,
		Resources: []string{daprtest.Component(t, "state/sqlite", map[string]string{
			"connectionString": filepath.Join(t.TempDir(), "state.db"),
		})},
		ControlPlane: daprtest.StartControlPlane(t),
	})
	jobs := dapr.NewJobs(sidecar.Dial(t))
	require.Eventually(t, func() bool { return jobs.Schedule(t.Context(), "journal-warm-up", time.Hour) == nil }, 30*time.Second, 50*time.Millisecond)
	next := func() string {
		t.Helper()
		select {
		case name := <-fired:
			return name
		case <-time.After(20 * time.Second):
			t.Fatal("no job came")
			return ""
		}
	}

	require.NoError(t, jobs.Delete(t.Context(), "journal-warm-up"))
	require.NoError(t, jobs.Delete(t.Context(), "journal-warm-up"), "deleting again is harmless")

	t.Run("pushed forward, it does not come", func(t *testing.T) {
		require.NoError(t, jobs.Schedule(t.Context(), "journal-pushed", time.Second))
		require.NoError(t, jobs.Schedule(t.Context(), "journal-pushed", time.Hour))
		require.NoError(t, jobs.Schedule(t.Context(), "journal-other", 2*time.Second))
		assert.Equal(t, "other", next())
	})

	t.Run("one whose handler fails comes again", func(t *testing.T) {
		failures.Store(4) // the Scheduler's own policy would give up after three
		require.NoError(t, jobs.Schedule(t.Context(), "journal-failing", 0))
		for range 5 {
			assert.Equal(t, "failing", next())
		}
	})

	t.Run("one that is due again and again comes again", func(t *testing.T) {
		require.NoError(t, jobs.Every(t.Context(), "journal-recurring", time.Second))
		for range 3 {
			assert.Equal(t, "recurring", next())
		}
		require.NoError(t, jobs.Delete(t.Context(), "journal-recurring"))
	})
}
