// Package api is how expiration is reached: by its sidecar, and by whoever asks
// for its health.
package api

import (
	"context"
	"log/slog"
	"net/http"

	"ticketx/kit/dapr"
	"ticketx/kit/errs"
	"ticketx/kit/events"
	"ticketx/kit/ids"
	"ticketx/kit/web"
	"ticketx/services/expiration"
	"ticketx/services/expiration/internal/reminders"
)

// Public returns the handler of the public API, which is health alone.
func Public(logger *slog.Logger, ready func(context.Context) error) http.Handler {
	return web.NewRouter(logger, ready)
}

// Register puts what the sidecar calls on the app channel.
// The dead letters of expirations are kept by kit/deadletter, in main.
func Register(app *dapr.App, s *expiration.Service) {
	dapr.Subscribe(app, events.TopicOrders, func(ctx context.Context, o events.Order) error {
		if !ids.Valid(o.ID) || !ids.Valid(o.Ticket.ID) || o.Status == "" || o.ExpiresAt.IsZero() {
			return errs.Invalid("data", "An order needs an id, a ticket, a status and an end.")
		}
		return s.Follow(ctx, o)
	})
	reminders.Register(app, s.TimeOver)
}
