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
	"ticketx/kit/idempotency"
	"ticketx/kit/web"
	"ticketx/services/payments"
)

// API serves payments.
type API struct {
	payments *payments.Service
	webhooks Webhooks
	browser  Browser
}

// Webhooks reads what Stripe tells by itself. Invalid says that it is not Stripe's.
type Webhooks interface {
	Read(body []byte, signature string) (payments.Notice, error)
}

// Browser is what a browser needs to talk to the same Stripe as payments.
type Browser struct {
	PublishableKey string
	StandIn        string // where the stand-in answers browsers; empty with Stripe itself
}

// New returns the API of the service.
func New(p *payments.Service, webhooks Webhooks, browser Browser) *API {
	return &API{payments: p, webhooks: webhooks, browser: browser}
}

// Public returns the handler of the public API.
func (a *API) Public(logger *slog.Logger, keys *auth.Keys, used *idempotency.Keys, ready func(context.Context) error) http.Handler {
	router := web.NewRouter(logger, ready)
	// Stripe has no session, and no browser that says where it comes from.
	router.Handle("/api/payments/webhooks", web.Handler(a.webhook)).Methods(http.MethodPost)
	// Not a PathPrefix: with one gorilla/mux 1.8.1 answers 404 instead of 405 to
	// a wrong method.
	r := router.NewRoute().Subrouter()
	r.Use(auth.Required(keys))
	r.Handle("/api/payments", used.Middleware(web.Handler(a.create))).Methods(http.MethodPost)
	r.Handle("/api/payments", web.QueryHandler(a.list)).Methods(http.MethodGet)
	// The order has one intent however often it is asked for, and its secret is not kept.
	r.Handle("/api/payments/intents", used.Unkept(web.Handler(a.checkout))).Methods(http.MethodPost)
	r.Handle("/api/payments/{orderId}", web.Handler(a.show)).Methods(http.MethodGet)
	return router
}

// Register puts what the sidecar calls on the app channel.
// The dead letters of payments are kept by kit/deadletter, in main.
func (a *API) Register(app *dapr.App) {
	dapr.Subscribe(app, events.TopicOrders, a.payments.OrderChanged)
	dapr.OnAnnounce(app, a.payments.AnnouncePage)
	app.Router().Handle("/orders/{id}", web.Handler(a.order)).Methods(http.MethodGet)
	app.Operator().Handle("/reconciliations", web.QueryHandler(a.reconcile)).Methods(http.MethodPost)
	app.From("orders").Handle("/orders/{id}/settle", web.Handler(a.settle)).Methods(http.MethodPost)
}
