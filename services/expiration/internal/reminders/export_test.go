package reminders

import (
	"context"
	"log/slog"
	"time"

	"ticketx/kit/dapr"
)

// The watch's usual pace.
var (
	Every = usualPace.every
	Limit = usualPace.limit
	Rest  = usualPace.rest
)

// NewWatchOf returns a watch at its usual pace over what stands for a sidecar and
// an app.
func NewWatchOf(h host, a rejoiner, logger *slog.Logger) *Watch {
	return newWatch(h, a, logger, usualPace)
}

// Hurry makes the watch look more often than a service does.
func (w *Watch) Hurry(every, limit time.Duration) {
	w.pace.every, w.pace.limit = every, limit
}

// Ping calls an actor through the sidecar.
func Ping(ctx context.Context, s *dapr.Sidecar) error { return canary{s}.Ping(ctx) }
