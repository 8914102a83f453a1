// Command payments is the payments service.
package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
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
	jobs := dapr.NewJobs(sidecar)
	journal := aggregate.NewJournal(store, jobs, logger)
	outbox := aggregate.NewOutbox(dapr.NewPublisher(sidecar), journal, logger)
	service := payments.NewService(store, outbox, orders.New(sidecar), stripe.New(cfg.Stripe), time.Now)
	key, standIn := cfg.Stripe.Browser()
	handlers := api.New(service, stripe.NewWebhooks(cfg.Stripe), api.Browser{PublishableKey: key, StandIn: standIn})
	app := dapr.NewApp(logger, cfg.AppAPIToken)
	handlers.Register(app)
	dapr.OnJobs(app, aggregate.JournalJobPrefix, journal.Recover)
	dapr.OnJobs(app, reconcileJobPrefix, func(ctx context.Context, _ string) error { return reconcile(ctx, service, logger) })
	letters := deadletter.New(events.TopicPayments, store, dapr.NewPublisher(sidecar), time.Now)
	letters.Register(app)

	// The outbox goes on until the requests that fill it are done.
	publishing, stopPublishing := context.WithCancel(context.Background())
	var background sync.WaitGroup
	background.Go(func() { outbox.Run(publishing) })
	background.Go(func() { scheduleReconciliation(ctx, jobs) })
	defer background.Wait()
	defer stopPublishing()

	return web.Serve(ctx, logger, cfg.StopDelay,
		web.Listener{
			Name:     "api",
			Addr:     cfg.APIAddr,
			Balanced: true,
			Handler:  metrics.Beside(handlers.Public(logger, auth.NewKeys(sidecar.SigningKeys), idempotency.New(store, time.Now), dapr.Ready(sidecar.StoreAnswers, sidecar.BrokerAnswers, journal.Ready)), app, letters, service.Counts()),
		},
		web.Listener{Name: "app channel", Addr: cfg.AppAddr, Handler: app, HandOver: app.HandOver},
	)
}

// The job that has payments which stay open looked at. It comes to one replica.
const (
	reconcileJobPrefix = "reconcile-"
	reconcileJob       = reconcileJobPrefix + "payments"
	reconcileEvery     = time.Minute
)

// scheduleReconciliation sets the job, as soon as that can be done.
func scheduleReconciliation(ctx context.Context, jobs *dapr.Jobs) {
	for jobs.Every(ctx, reconcileJob, reconcileEvery) != nil {
		select {
		case <-ctx.Done():
			return
		case <-time.After(time.Second):
		}
	}
}

// reconcile does what the job is for. What it could not do waits for the next.
func reconcile(ctx context.Context, service *payments.Service, logger *slog.Logger) error {
	done, err := service.Reconcile(ctx)
	level := slog.LevelDebug
	switch {
	case err != nil || done.Failed > 0 || len(done.Stuck) > 0:
		level = slog.LevelWarn
	case len(done.Mended) > 0:
		level = slog.LevelInfo
	}
	attrs := []any{"looked", done.Looked, "mended", len(done.Mended), "waiting", done.Waiting, "failed", done.Failed}
	if len(done.Stuck) > 0 {
		attrs = append(attrs, "refunds_failed", done.Stuck)
	}
	if len(done.Causes) > 0 {
		attrs = append(attrs, "causes", done.Causes)
	}
	if err != nil {
		attrs = append(attrs, "err", err)
	}
	logger.Log(ctx, level, "reconciled", attrs...)
	return nil
}
