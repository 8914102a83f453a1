package dapr

import (
	"context"
	"net/http"
	"sync/atomic"
	"time"
)

const (
	// refusals is how many health probes are refused until the sidecar has
	// certainly acted on it: one more than its threshold (appHealthThreshold in
	// dapr.yaml).
	refusals = 4
	// silence is how long no probe may come before HandOver takes it that none
	// will: the sidecar has gone, or does not probe. They come every second.
	silence = 2500 * time.Millisecond
)

// health answers the sidecar's health probes.
type health struct {
	leaving atomic.Bool
	refused chan struct{} // a value for each probe that was refused
}

func newHealth() *health { return &health{refused: make(chan struct{}, refusals)} }

func (h *health) ServeHTTP(w http.ResponseWriter, _ *http.Request) {
	if !h.leaving.Load() {
		w.WriteHeader(http.StatusNoContent)
		return
	}
	w.WriteHeader(http.StatusServiceUnavailable)
	select {
	case h.refused <- struct{}{}:
	default: // nobody waits any more
	}
}

// HandOver has the sidecar stop bringing messages, jobs and reminders, which the
// other replicas get from then on, and moves the actors it hosts to them. It does
// so by refusing the sidecar's health probes, and returns when they have been
// refused often enough, no more come, or ctx ends. Whatever still comes meanwhile
// is served.
func (a *App) HandOver(ctx context.Context) {
	a.health.leaving.Store(true)
	quiet := time.NewTimer(silence)
	defer quiet.Stop()
	for range refusals {
		select {
		case <-a.health.refused:
			quiet.Reset(silence)
		case <-quiet.C:
			return
		case <-ctx.Done():
			return
		}
	}
}
