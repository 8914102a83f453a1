// Command auth runs the auth service.
package main

import (
	"context"
	"fmt"
	"os"
	"runtime"
	"time"

	kitauth "ticketx/kit/auth"
	"ticketx/kit/config"
	"ticketx/kit/dapr"
	"ticketx/kit/metrics"
	"ticketx/kit/web"
	"ticketx/services/auth"
	"ticketx/services/auth/internal/api"
	"ticketx/services/auth/internal/keyring"
	"ticketx/services/auth/internal/passwords"
)

type settings struct {
	config.Service
	// CookieSecure keeps cookies from travelling over plain HTTP. Only a
	// development environment without TLS turns it off.
	CookieSecure bool `env:"COOKIE_SECURE" envDefault:"true"`
}

func main() {
	ctx, stop := web.UntilStopped()
	defer stop()
	if err := run(ctx, os.Environ()); err != nil {
		fmt.Fprintln(os.Stderr, "auth:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, environ []string) error {
	cfg, err := config.Load[settings](environ)
	if err != nil {
		return err
	}
	logger := cfg.Logger("auth")
	sidecar, err := dapr.Dial(cfg.DaprGRPCPort, cfg.DaprAPIToken)
	if err != nil {
		return err
	}
	defer sidecar.Leave(ctx)

	ring := keyring.New(func(ctx context.Context) (map[string]string, error) {
		return sidecar.Secret(ctx, keyring.SecretName)
	}, logger)
	go ring.Run(ctx)

	hasher := passwords.New(passwords.OWASP, runtime.GOMAXPROCS(0))
	edge := &api.API{
		Users:         auth.NewService(dapr.NewStore(sidecar), hasher, ring, logger, time.Now),
		KeySet:        ring.JWKS,
		Keys:          kitauth.NewKeys(func(context.Context) ([]byte, error) { return ring.JWKS() }),
		SecureCookies: cfg.CookieSecure,
		Now:           time.Now,
	}
	router := web.NewRouter(logger, dapr.Ready(ring.Ready, sidecar.StoreAnswers))
	edge.Routes(router)
	app := dapr.NewApp(logger, cfg.AppAPIToken)
	edge.AppRoutes(app.Router())

	return web.Serve(ctx, logger, cfg.StopDelay,
		web.Listener{Name: "api", Addr: cfg.APIAddr, Balanced: true, Handler: metrics.Beside(router, app)},
		web.Listener{Name: "app channel", Addr: cfg.AppAddr, Handler: app, HandOver: app.HandOver})
}
