// Command daprd is the Dapr runtime with the components that TicketX's
// profiles use, and no others.
//
// The runtime's own command registers either every component or the stable
// ones. The stable ones lack pubsub.jetstream, and either set costs minutes of
// build time and tens of megabytes in each of our five sidecars. The runtime
// itself is a library, so this command does what the original does: parse the
// same flags, fill the same configuration, run. One thing differs on purpose:
// without --dapr-internal-grpc-listen-address it listens for other sidecars on
// the address DAPR_HOST_IP, which it tells them, and not on every address.
//
// On an upgrade compare this file with cmd/daprd/app/app.go of the new version: a
// new option that is not passed on here would be ignored without a word.
package main

import (
	"context"
	"fmt"
	"os"

	"github.com/dapr/dapr/cmd/daprd/options"
	"github.com/dapr/dapr/pkg/buildinfo"
	"github.com/dapr/dapr/pkg/healthz"
	"github.com/dapr/dapr/pkg/metrics"
	"github.com/dapr/dapr/pkg/modes"
	"github.com/dapr/dapr/pkg/runtime"
	"github.com/dapr/dapr/pkg/runtime/registry"
	"github.com/dapr/dapr/pkg/security"
	"github.com/dapr/kit/concurrency"
	"github.com/dapr/kit/logger"
	"github.com/dapr/kit/signals"
	"go.opencensus.io/stats/view"
	"go.uber.org/automaxprocs/maxprocs"
)

var (
	log        = logger.NewLogger("dapr.runtime")
	logContrib = logger.NewLogger("dapr.contrib")
)

func main() {
	// The error only says that the CPU quota could not be read.
	_, _ = maxprocs.Set()

	opts, err := options.New(os.Args[1:])
	if err != nil {
		log.Fatalf("Failed to parse flags: %v", err)
	}
	switch {
	case opts.RuntimeVersion:
		fmt.Println(buildinfo.Version())
		return
	case opts.BuildInfo:
		fmt.Printf("Version: %s\nGit Commit: %s\nGit Version: %s\n", buildinfo.Version(), buildinfo.Commit(), buildinfo.GitVersion())
		return
	case opts.WaitCommand:
		runtime.WaitUntilDaprOutboundReady(opts.DaprHTTPPort)
		return
	}

	opts.Logger.SetAppID(opts.AppID)
	if err := logger.ApplyOptionsToLoggers(&opts.Logger); err != nil {
		log.Fatal(err)
	}
	log.Infof("Starting Dapr Runtime -- version %s -- TicketX's components", buildinfo.Version())

	// Whoever reaches this port can call the service behind the sidecar, as the
	// sidecar: on a laptop that must be nobody on the network.
	if opts.DaprInternalGRPCListenAddress == "" {
		opts.DaprInternalGRPCListenAddress = os.Getenv("DAPR_HOST_IP")
	}

	serve(signals.Context(), opts)
	log.Info("Daprd shutdown gracefully")
}

// serve runs the runtime until ctx ends or it stops by itself, and anew on each
// SIGHUP, which the runtime sends itself when its Configuration or Resiliency
// has been edited.
func serve(ctx context.Context, opts *options.Options) {
	registered := components()
	runs := signals.OnHUP(ctx)
	for {
		select {
		case <-ctx.Done():
			return
		case current, ok := <-runs:
			if !ok {
				return
			}
			if err := run(current, opts, registered); err != nil {
				log.Fatalf("Fatal error from runtime: %s", err)
			}
			if current.Err() == nil {
				return
			}
		}
	}
}

// run serves until ctx ends or the runtime stops by itself.
func run(ctx context.Context, opts *options.Options, registered *registry.Options) error {
	health := healthz.New()
	sec, err := security.New(ctx, security.Options{
		SentryAddress:           opts.SentryAddress,
		ControlPlaneTrustDomain: opts.ControlPlaneTrustDomain,
		ControlPlaneNamespace:   opts.ControlPlaneNamespace,
		TrustAnchors:            opts.TrustAnchors,
		AppID:                   opts.AppID,
		MTLSEnabled:             opts.EnableMTLS,
		Mode:                    modes.DaprMode(opts.Mode),
		Healthz:                 health,
		JwtAudiences:            opts.SentryRequestJwtAudiences,
	})
	if err != nil {
		return err
	}

	sidecar := func(ctx context.Context) error {
		handler, err := sec.Handler(ctx)
		if err != nil {
			return err
		}
		cfg := config(opts)
		cfg.Registry = registered
		cfg.Security = handler
		cfg.Healthz = health
		cfg.Metrics = metrics.Options{
			Enabled:       opts.Metrics.Enabled(),
			Log:           log,
			Port:          opts.Metrics.Port(),
			Namespace:     metrics.DefaultMetricNamespace,
			Healthz:       health,
			ListenAddress: opts.Metrics.ListenAddress(),
			Meter:         view.NewMeter(),
		}
		rt, err := runtime.FromConfig(ctx, cfg)
		if err != nil {
			return err
		}
		return rt.Run(ctx)
	}
	return concurrency.NewRunnerManager(sec.Run, sidecar).Run(ctx)
}

// config is the runtime's configuration as the flags say.
func config(opts *options.Options) *runtime.Config {
	return &runtime.Config{
		AppID:                         opts.AppID,
		ActorsService:                 opts.ActorsService,
		ActorsDisseminationTimeout:    opts.ActorsDisseminationTimeout,
		RemindersService:              opts.RemindersService,
		SchedulerAddress:              opts.SchedulerAddress,
		SchedulerStreams:              opts.SchedulerJobStreams,
		AllowedOrigins:                opts.AllowedOrigins,
		ResourcesPath:                 opts.ResourcesPath,
		ControlPlaneAddress:           opts.ControlPlaneAddress,
		AppProtocol:                   opts.AppProtocol,
		Mode:                          opts.Mode,
		DaprHTTPPort:                  opts.DaprHTTPPort,
		DaprInternalGRPCPort:          opts.DaprInternalGRPCPort,
		DaprInternalGRPCListenAddress: opts.DaprInternalGRPCListenAddress,
		DaprAPIGRPCPort:               opts.DaprAPIGRPCPort,
		DaprAPIListenAddresses:        opts.DaprAPIListenAddresses,
		DaprPublicPort:                opts.DaprPublicPort,
		DaprPublicListenAddress:       opts.DaprPublicListenAddress,
		ApplicationPort:               opts.AppPort,
		ProfilePort:                   opts.ProfilePort,
		EnableProfiling:               opts.EnableProfiling,
		AppMaxConcurrency:             opts.AppMaxConcurrency,
		EnableMTLS:                    opts.EnableMTLS,
		SentryAddress:                 opts.SentryAddress,
		MaxRequestSize:                opts.MaxRequestSize,
		ReadBufferSize:                opts.ReadBufferSize,
		UnixDomainSocket:              opts.UnixDomainSocket,
		DaprGracefulShutdownSeconds:   opts.DaprGracefulShutdownSeconds,
		DaprBlockShutdownDuration:     opts.DaprBlockShutdownDuration,
		DisableBuiltinK8sSecretStore:  opts.DisableBuiltinK8sSecretStore,
		EnableAppHealthCheck:          opts.EnableAppHealthCheck,
		AppHealthCheckPath:            opts.AppHealthCheckPath,
		AppHealthProbeInterval:        opts.AppHealthProbeInterval,
		AppHealthProbeTimeout:         opts.AppHealthProbeTimeout,
		AppHealthThreshold:            opts.AppHealthThreshold,
		AppChannelAddress:             opts.AppChannelAddress,
		EnableAPILogging:              opts.EnableAPILogging,
		DisableInitEndpoints:          opts.DisableInitEndpoints,
		Config:                        opts.Config,
		AppSSL:                        opts.AppSSL,
		ComponentsPath:                opts.ComponentsPath,
	}
}
