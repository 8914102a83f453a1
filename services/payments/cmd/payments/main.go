// Command payments is the payments service.
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
	"ticketx/kit/metrics"
	"ticketx/kit/web"
	"ticketx/services/payments"
	"ticketx/services/payments/internal/api"
	"ticketx/services/payments/internal/orders"
	"ticketx/services/payments/internal/stripe"
)

type settings struct {
	config.Service
	Stripe stripe.Config
}

// Validate says everything that is wrong with the settings.
func (s settings) Validate() error {
	return errors.Join(s.Service.Validate(), s.Stripe.Validate())
}

func main() {
	ctx, stop := web.UntilStopped()
	defer stop()
	if err := run(ctx, os.Environ()); err != nil {
		fmt.Fprintln(os.Stderr, "payments:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, environ []string) error {
	cfg, err := config.Load[settings](environ)
	if err != nil {
		return err
	}
	logger := cfg.Logger("payments")
	logger.Info(cfg.Stripe.Describe())
	sidecar, err := dapr.Dial(cfg.DaprGRPCPort, cfg.DaprAPIToken)
	if err != nil {
		return err
	}
	defer sidecar.Leave(ctx)

	store := dapr.NewStore(sidecar)
	journal := aggregate.NewJournal(store, dapr.NewJobs(sidecar), logger)
	outbox := aggregate.NewOutbox(dapr.NewPublisher(sidecar), journal, logger)
	service := payments.NewService(store, outbox, orders.New(sidecar), stripe.New(cfg.Stripe), time.Now)
	key, standIn := cfg.Stripe.Browser()
	handlers := api.New(service, stripe.NewWebhooks(cfg.Stripe), api.Browser{PublishableKey: key, StandIn: standIn})
	app := dapr.NewApp(logger, cfg.AppAPIToken)
	handlers.Register(app)
	dapr.OnJobs(app, aggregate.JournalJobPrefix, journal.Recover)
	letters := deadletter.New(events.TopicPayments, store, dapr.NewPublisher(sidecar), time.Now)
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
			Handler:  metrics.Beside(handlers.Public(logger, auth.NewKeys(sidecar.SigningKeys), dapr.Ready(sidecar.StoreAnswers, sidecar.BrokerAnswers, journal.Ready)), app, letters, service.Counts()),
		},
		web.Listener{Name: "app channel", Addr: cfg.AppAddr, Handler: app, HandOver: app.HandOver},
	)
}
