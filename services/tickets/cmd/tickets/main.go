// Command tickets is the tickets service.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"runtime/debug"
	"slices"
	"strings"
	"sync"
	"time"

	"ticketx/kit/aggregate"
	"ticketx/kit/auth"
	"ticketx/kit/config"
	"ticketx/kit/dapr"
	"ticketx/kit/deadletter"
	"ticketx/kit/events"
	"ticketx/kit/idempotency"
	"ticketx/kit/metrics"
	"ticketx/kit/web"
	"ticketx/services/tickets"
	"ticketx/services/tickets/internal/api"
	"ticketx/services/tickets/internal/catalogue"
	"ticketx/services/tickets/internal/live"
	"ticketx/services/tickets/internal/orders"
	"ticketx/services/tickets/internal/state"
)

type settings struct {
	config.Service
	config.Prices
	// ResaleCap is the most that a ticket may cost, in percent of its original
	// price. 0 is no cap.
	ResaleCap int `env:"RESALE_CAP_PERCENT" envDefault:"0"`
	// CatalogueTickets is how many tickets the catalogue keeps in memory at most,
	// each of ticketBytes on the average. The service occupies little more than that;
	// see limitMemory.
	CatalogueTickets int `env:"CATALOGUE_TICKETS" envDefault:"120000"`
}

const (
	// maxResaleCap is more than any law allows.
	maxResaleCap = 1000
	// ticketBytes is how many bytes of memory a ticket costs on the average at most.
	// One with a long description costs several times as much, most cost less.
	ticketBytes = 1200
	// otherBytes is what the rest of the service needs, with what is garbage between
	// two collections.
	otherBytes = 36 << 20
	// leastBytes is enough for a thousand listeners and sixteen busy connections.
	leastBytes = 96 << 20
	// maxListeners is how many pages are told of changes at a time.
	maxListeners = 1000
)

// Validate says everything that is wrong with the settings.
func (s settings) Validate() error {
	err := errors.Join(s.Service.Validate(), s.Prices.Validate())
	if s.ResaleCap < 0 || s.ResaleCap > maxResaleCap {
		err = errors.Join(err, fmt.Errorf("RESALE_CAP_PERCENT must be from 0 (no cap) to %d, not %d", maxResaleCap, s.ResaleCap))
	}
	if s.CatalogueTickets < 1 {
		err = errors.Join(err, fmt.Errorf("CATALOGUE_TICKETS must be positive, not %d", s.CatalogueTickets))
	}
	return err
}

// limitMemory has the garbage collector work more as the service comes to what it is
// meant to occupy, instead of letting the heap grow to twice what is in use, as it does
// by itself. The catalogue's bound is below the limit, so there is always something to
// collect. GOMEMLIMIT wins.
func limitMemory(environ []string, cfg settings) {
	given := func(variable string) bool { return strings.HasPrefix(variable, "GOMEMLIMIT=") }
	if !slices.ContainsFunc(environ, given) {
		debug.SetMemoryLimit(max(leastBytes, int64(cfg.CatalogueTickets)*ticketBytes+otherBytes))
	}
}

func main() {
	ctx, stop := web.UntilStopped()
	err := run(ctx, os.Environ())
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "tickets:", err)
		os.Exit(1)
	}
}

// run serves until ctx ends. It returns when the requests under way are done
// and what they announced has been tried.
func run(ctx context.Context, environ []string) error {
	cfg, err := config.Load[settings](environ)
	if err != nil {
		return err
	}
	limitMemory(environ, cfg)
	logger := cfg.Logger("tickets")
	sidecar, err := dapr.Dial(cfg.DaprGRPCPort, cfg.DaprAPIToken)
	if err != nil {
		return err
	}
	defer sidecar.Leave(ctx)

	docs := dapr.NewStore(sidecar)
	journal := aggregate.NewJournal(docs, dapr.NewJobs(sidecar), logger)
	outbox := aggregate.NewOutbox(dapr.NewPublisher(sidecar), journal, logger)
	store := state.New(docs, outbox)
	feed := live.NewFeed(maxListeners)
	shop := catalogue.New(time.Now, catalogue.Size{Tickets: cfg.CatalogueTickets, TicketBytes: ticketBytes}, feed)
	market := tickets.Market{Currency: cfg.Currency, ResaleCap: cfg.ResaleCap}
	service := tickets.NewService(store, shop, orders.New(sidecar), market, time.Now)
	handlers := api.New(service, shop, feed, cfg.Currency, time.Now)
	app := dapr.NewApp(logger, cfg.AppAPIToken)
	handlers.Register(app)
	dapr.OnJobs(app, aggregate.JournalJobPrefix, journal.Recover)
	letters := deadletter.New(events.TopicTickets, docs, dapr.NewPublisher(sidecar), time.Now)
	letters.Register(app)
	answers := dapr.Ready(sidecar.StoreAnswers, sidecar.BrokerAnswers, journal.Ready)
	ready := func(ctx context.Context) error {
		if err := shop.Ready(); err != nil {
			return err
		}
		return answers(ctx)
	}

	// What works in the background ends after the last request.
	background, stop := context.WithCancel(context.WithoutCancel(ctx))
	var running sync.WaitGroup
	defer running.Wait()
	defer stop()
	running.Go(func() { outbox.Run(background) })
	running.Go(func() { shop.Run(background) })
	running.Go(func() { catalogue.NewSync(shop, store, logger).Run(background) })

	// Streams end when the listeners do, which wait for them.
	running.Go(func() {
		select {
		case <-ctx.Done():
		case <-background.Done():
		}
		select {
		case <-time.After(cfg.StopDelay):
		case <-background.Done():
		}
		feed.End()
	})

	return web.Serve(ctx, logger, cfg.StopDelay,
		web.Listener{Name: "api", Addr: cfg.APIAddr, Balanced: true, Handler: metrics.Beside(handlers.Public(logger, auth.NewKeys(sidecar.SigningKeys), idempotency.New(docs, time.Now), ready), app, letters, shop)},
		web.Listener{Name: "app channel", Addr: cfg.AppAddr, Handler: app, HandOver: app.HandOver},
	)
}
