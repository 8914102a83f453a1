// Command expiration is the expiration service.
package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"ticketx/kit/config"
	"ticketx/kit/dapr"
	"ticketx/kit/web"
	"ticketx/services/expiration"
	"ticketx/services/expiration/internal/api"
	"ticketx/services/expiration/internal/reminders"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
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
	defer func() { _ = sidecar.Close() }()

	service := expiration.NewService(reminders.New(sidecar), dapr.NewPublisher(sidecar))
	app := dapr.NewApp(logger, cfg.AppAPIToken)
	api.Register(app, service)

	return web.Serve(ctx, logger,
		web.Listener{Name: "app channel", Addr: cfg.AppAddr, Handler: app},
		web.Listener{
			Name:    "api",
			Addr:    cfg.APIAddr,
			Handler: api.Public(logger, dapr.Ready(sidecar.BrokerAnswers)),
		},
	)
}
