// Package api is how orders is reached: over HTTP by people, over the app
// channel by its sidecar and the other services.
package api

import (
	"context"
	"log/slog"
	"net/http"

	"ticketx/kit/auth"
	"ticketx/kit/dapr"
	"ticketx/kit/events"
	"ticketx/kit/idempotency"
	"ticketx/kit/web"
	"ticketx/services/orders"
)

// API serves orders.
type API struct {
	orders *orders.Service
}

// New returns the API of the service.
func New(o *orders.Service) *API { return &API{orders: o} }

// Public returns the handler of the public API.
func (a *API) Public(logger *slog.Logger, keys *auth.Keys, used *idempotency.Keys, ready func(context.Context) error) http.Handler {
	router := web.NewRouter(logger, ready)
	// Not a PathPrefix: with one gorilla/mux 1.8.1 answers 404 instead of 405 to
	// a wrong method.
	r := router.NewRoute().Subrouter()
	r.Use(auth.Required(keys))
	r.Handle("/api/orders", used.Middleware(web.Handler(a.create))).Methods(http.MethodPost)
	r.Handle("/api/orders", web.QueryHandler(a.list)).Methods(http.MethodGet)
	r.Handle("/api/orders/{id}", web.Handler(a.show)).Methods(http.MethodGet)
	r.Handle("/api/orders/{id}", web.Handler(a.cancel)).Methods(http.MethodDelete)
	return router
}

// Register puts what the sidecar calls on the app channel.
// The dead letters of orders are kept by kit/deadletter, in main.
func (a *API) Register(app *dapr.App) {
	dapr.Subscribe(app, events.TopicTickets, a.orders.Learn)
	dapr.Subscribe(app, events.TopicPayments, a.onPayment)
	dapr.Subscribe(app, events.TopicExpirations, a.onExpiration)
	dapr.OnAnnounce(app, a.orders.AnnouncePage)
	dapr.OnList(app, "/orders", a.orders.IDs)
	app.From("tickets").Handle("/tickets/{id}/withdrawal", web.Handler(a.withdraw)).Methods(http.MethodPost)
	app.From("payments").Handle("/orders/{id}/payment", web.Handler(a.beginPayment)).Methods(http.MethodPost)
	app.Router().Handle("/orders/{id}", web.Handler(a.snapshot)).Methods(http.MethodGet)
}
