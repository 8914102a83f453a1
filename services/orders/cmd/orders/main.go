// Command orders is the orders service.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
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
	"ticketx/services/orders"
	"ticketx/services/orders/internal/api"
	"ticketx/services/orders/internal/payments"
	"ticketx/services/orders/internal/tickets"
)

type settings struct {
	config.Service
	// Hold is how long a reservation lasts.
	Hold time.Duration `env:"ORDER_HOLD" envDefault:"15m"`
}

// Validate says everything that is wrong with the settings.
func (s settings) Validate() error {
	err := s.Service.Validate()
	if s.Hold < time.Second || s.Hold > 24*time.Hour {
		err = errors.Join(err, fmt.Errorf("ORDER_HOLD must be from 1s to 24h, not %s", s.Hold))
	}
	return err
}

func main() {
	ctx, stop := web.UntilStopped()
	defer stop()
	if err := run(ctx, os.Environ()); err != nil {
		fmt.Fprintln(os.Stderr, "orders:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, environ []string) error {
	cfg, err := config.Load[settings](environ)
	if err != nil {
		return err
	}
	logger := cfg.Logger("orders")
	sidecar, err := dapr.Dial(cfg.DaprGRPCPort, cfg.DaprAPIToken)
	if err != nil {
		return err
	}
	defer sidecar.Leave(ctx)

	store := dapr.NewStore(sidecar)
	journal := aggregate.NewJournal(store, dapr.NewJobs(sidecar), logger)
	outbox := aggregate.NewOutbox(dapr.NewPublisher(sidecar), journal, logger)
	paid := payments.New(sidecar)
	service := orders.NewService(store, outbox, tickets.New(sidecar), paid, paid, cfg.Hold, time.Now)
	handlers := api.New(service)
	app := dapr.NewApp(logger, cfg.AppAPIToken)
	handlers.Register(app)
	dapr.OnJobs(app, aggregate.JournalJobPrefix, journal.Recover)
	letters := deadletter.New(events.TopicOrders, store, dapr.NewPublisher(sidecar), time.Now)
	letters.Register(app)

	// The outbox goes on until the requests that fill it are done.
	publishing, stopPublishing := context.WithCancel(context.Background())
	var background sync.WaitGroup
	background.Go(func() { outbox.Run(publishing) })
	defer background.Wait()
	defer stopPublishing()

	return web.Serve(ctx, logger, cfg.StopDelay,
		web.Listener{
			Name:     "api",
			Addr:     cfg.APIAddr,
			Balanced: true,
			Handler:  metrics.Beside(handlers.Public(logger, auth.NewKeys(sidecar.SigningKeys), idempotency.New(store, time.Now), dapr.Ready(sidecar.StoreAnswers, sidecar.BrokerAnswers, journal.Ready)), app, letters),
		},
		web.Listener{Name: "app channel", Addr: cfg.AppAddr, Handler: app, HandOver: app.HandOver},
	)
}
