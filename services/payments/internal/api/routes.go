// Package api is how payments is reached: over HTTP by people, over the app
// channel by its sidecar.
package api

import (
	"context"
	"log/slog"
	"net/http"

	"ticketx/kit/auth"
	"ticketx/kit/dapr"
	"ticketx/kit/events"
	"ticketx/kit/web"
	"ticketx/services/payments"
)

// API serves payments.
type API struct {
	payments *payments.Service
}

// New returns the API of the service.
func New(p *payments.Service) *API { return &API{payments: p} }

// Public returns the handler of the public API.
func (a *API) Public(logger *slog.Logger, keys *auth.Keys, ready func(context.Context) error) http.Handler {
	router := web.NewRouter(logger, ready)
	r := router.PathPrefix("/api/payments").Subrouter()
	r.Use(auth.Required(keys))
	r.Handle("", web.Handler(a.create)).Methods(http.MethodPost)
	return router
}

// Register puts what the sidecar calls on the app channel.
// The dead letters of payments are kept by kit/deadletter, in main.
func (a *API) Register(app *dapr.App) {
	dapr.Subscribe(app, events.TopicOrders, a.payments.OrderChanged)
	dapr.OnAnnounce(app, a.payments.AnnouncePage)
	app.Router().Handle("/orders/{id}", web.Handler(a.order)).Methods(http.MethodGet)
}
