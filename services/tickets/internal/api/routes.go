// Package api is the edges of the tickets service: the public HTTP API and the
// app channel.
package api

import (
	"context"
	"log/slog"
	"net/http"
	"time"

	"golang.org/x/time/rate"

	"ticketx/kit/auth"
	"ticketx/kit/dapr"
	"ticketx/kit/events"
	"ticketx/kit/idempotency"
	"ticketx/kit/money"
	"ticketx/kit/web"
	"ticketx/services/tickets"
	"ticketx/services/tickets/internal/catalogue"
	"ticketx/services/tickets/internal/live"
)

// API serves the tickets.
type API struct {
	tickets   *tickets.Service
	catalogue *catalogue.Catalogue
	feed      *live.Feed
	currency  money.Currency
	lookUps   *rate.Limiter // of tickets that the catalogue does not know
	now       func() time.Time
}

// How often the store is asked for a ticket that the catalogue does not know. A
// replica asks for that which another one listed less than a second ago.
const (
	lookUpsPerSecond = 50
	lookUpsAtOnce    = 100
)

// New returns the handlers over the service, the catalogue it writes to, and the
// feed of what changes there. New
// tickets are priced in currency.
func New(service *tickets.Service, shop *catalogue.Catalogue, feed *live.Feed, currency money.Currency, now func() time.Time) *API {
	return &API{tickets: service, catalogue: shop, feed: feed, currency: currency, lookUps: rate.NewLimiter(lookUpsPerSecond, lookUpsAtOnce), now: now}
}

// Public returns what browsers call, through the ingress.
func (a *API) Public(logger *slog.Logger, keys *auth.Keys, used *idempotency.Keys, ready func(context.Context) error) http.Handler {
	signedIn := auth.Required(keys)
	r := web.NewRouter(logger, ready)
	r.Handle(listPath, forOwn(signedIn, web.QueryHandler(a.list))).Methods(http.MethodGet)
	r.Handle("/api/tickets/facets", forOwn(signedIn, web.QueryHandler(a.facets))).Methods(http.MethodGet)
	r.Handle("/api/tickets", signedIn(used.Middleware(web.Handler(a.create)))).Methods(http.MethodPost)
	r.Handle("/api/tickets/stream", web.QueryHandler(a.stream)).Methods(http.MethodGet)
	r.Handle("/api/tickets/{id}", web.Handler(a.show)).Methods(http.MethodGet)
	r.Handle("/api/tickets/{id}", signedIn(web.Handler(a.edit))).Methods(http.MethodPut)
	r.Handle("/api/tickets/{id}", signedIn(web.Handler(a.withdraw))).Methods(http.MethodDelete)
	return r
}

// Register puts what the sidecar calls on the app channel: events, and what other
// services invoke.
// The dead letters of tickets are kept by kit/deadletter, in main.
func (a *API) Register(app *dapr.App) {
	dapr.Subscribe(app, events.TopicOrders, a.tickets.FollowOrder)
	dapr.Follow(app, events.TopicTickets, a.follow)
	dapr.OnAnnounce(app, a.tickets.AnnouncePage)
	dapr.OnList(app, "/tickets", a.tickets.IDs)
	app.Router().Handle("/tickets/{id}", web.Handler(a.snapshot)).Methods(http.MethodGet)
}
