package dapr

import (
	"context"
	"errors"
	"net/http"
	"sync"
	"time"
)

const (
	// refusals is how many health probes are refused until the sidecar has
	// certainly acted on it: one more than its threshold (appHealthThreshold in
	// dapr.yaml).
	refusals = 4
	// silence is how long no probe may come before it is taken that none will:
	// the sidecar has gone, or does not probe. They come every second.
	silence = 2500 * time.Millisecond
)

var (
	errSilence  = errors.New("the sidecar does not probe the app's health")
	errRefusing = errors.New("the app refuses its sidecar's probes already")
)

// health answers the sidecar's health probes.
type health struct {
	mu sync.Mutex
	// refused takes a value for each probe that is refused; it is nil while they
	// are not.
	refused chan struct{}
	left    bool // they are refused for good
}

func (h *health) ServeHTTP(w http.ResponseWriter, _ *http.Request) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.refused == nil {
		w.WriteHeader(http.StatusNoContent)
		return
	}
	w.WriteHeader(http.StatusServiceUnavailable)
	select {
	case h.refused <- struct{}{}:
	default: // nobody waits any more
	}
}

// leave has probes refused from now on, for good.
func (h *health) leave() (refused <-chan struct{}) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.refused, h.left = make(chan struct{}, refusals), true
	return h.refused
}

// pause has probes refused until resume. It fails where they are refused already.
func (h *health) pause() (refused <-chan struct{}, err error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.refused != nil {
		return nil, errRefusing
	}
	h.refused = make(chan struct{}, refusals)
	return h.refused, nil
}

func (h *health) resume() {
	h.mu.Lock()
	defer h.mu.Unlock()
	if !h.left {
		h.refused = nil
	}
}

// HandOver has the sidecar stop bringing messages, jobs and reminders, which the
// other replicas get from then on, and moves the actors it hosts to them. It does
// so by refusing the sidecar's health probes, and returns when they have been
// refused often enough, no more come, or ctx ends. Whatever still comes meanwhile
// is served.
func (a *App) HandOver(ctx context.Context) {
	_ = awaitRefusals(ctx, a.health.leave()) // the app ends, whatever came of it
}

// Rejoin has the sidecar take the actor types of the app out of the placement
// service's table and report them anew, by refusing its health probes until it has
// acted on it. Meanwhile it brings no messages, jobs and reminders either, as in
// HandOver; they are late by a few seconds.
//
// It returns when probes are accepted again, which the sidecar notices within a
// second. It fails when the sidecar does not probe, when ctx ends, and while the
// app hands over, which is not undone.
func (a *App) Rejoin(ctx context.Context) error {
	refused, err := a.health.pause()
	if err != nil {
		return err
	}
	defer a.health.resume()
	return awaitRefusals(ctx, refused)
}

// awaitRefusals waits until the sidecar has certainly acted on the refusals.
func awaitRefusals(ctx context.Context, refused <-chan struct{}) error {
	quiet := time.NewTimer(silence)
	defer quiet.Stop()
	for range refusals {
		select {
		case <-refused:
			quiet.Reset(silence)
		case <-quiet.C:
			return errSilence
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return nil
}
