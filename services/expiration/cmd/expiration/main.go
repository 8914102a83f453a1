// Command expiration is the expiration service.
package main

import (
	"context"
	"fmt"
	"os"
	"time"

	"ticketx/kit/config"
	"ticketx/kit/dapr"
	"ticketx/kit/deadletter"
	"ticketx/kit/events"
	"ticketx/kit/metrics"
	"ticketx/kit/web"
	"ticketx/services/expiration"
	"ticketx/services/expiration/internal/api"
	"ticketx/services/expiration/internal/reminders"
)

func main() {
	ctx, stop := web.UntilStopped()
	defer stop()
	if err := run(ctx, os.Environ()); err != nil {
		fmt.Fprintln(os.Stderr, "expiration:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, environ []string) error {
	cfg, err := config.Load[config.Service](environ)
	if err != nil {
		return err
	}
	logger := cfg.Logger("expiration")
	sidecar, err := dapr.Dial(cfg.DaprGRPCPort, cfg.DaprAPIToken)
	if err != nil {
		return err
	}
	defer sidecar.Leave(ctx)

	service := expiration.NewService(reminders.New(sidecar), dapr.NewPublisher(sidecar))
	app := dapr.NewApp(logger, cfg.AppAPIToken)
	api.Register(app, service)
	letters := deadletter.New(events.TopicExpirations, dapr.NewStore(sidecar), dapr.NewPublisher(sidecar), time.Now)
	letters.Register(app)
	watch := reminders.NewWatch(sidecar, app, logger)
	go watch.Run(ctx)

	return web.Serve(ctx, logger, cfg.StopDelay,
		web.Listener{
			Name:     "api",
			Addr:     cfg.APIAddr,
			Balanced: true,
			Handler:  metrics.Beside(api.Public(logger, dapr.Ready(sidecar.BrokerAnswers)), app, letters, watch),
		},
		web.Listener{Name: "app channel", Addr: cfg.AppAddr, Handler: app, HandOver: app.HandOver},
	)
}
