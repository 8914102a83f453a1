// Package config reads a service's settings from its environment.
package config

import (
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"reflect"
	"strings"
	"time"

	"github.com/caarlos0/env/v11"
)

// maxStopDelay is longer than any balancer should take.
const maxStopDelay = 30 * time.Second

// Service holds the settings that every service has. Embed it.
type Service struct {
	// APIAddr is where the public API listens.
	APIAddr string `env:"API_ADDR,notEmpty"`
	// AppAddr is where the app channel listens, for the service's own sidecar.
	AppAddr string `env:"APP_ADDR,notEmpty"`
	// DaprGRPCPort is the sidecar's gRPC port on loopback; Dapr sets it.
	DaprGRPCPort int `env:"DAPR_GRPC_PORT" envDefault:"50001"`
	// DaprAPIToken is sent to the sidecar, where it asks for one; Dapr's name.
	DaprAPIToken string `env:"DAPR_API_TOKEN"`
	// AppAPIToken is what the sidecar must send on the app channel; Dapr's name.
	AppAPIToken string `env:"APP_API_TOKEN"`
	// StopDelay is how long the service goes on after it was asked to end, while
	// /readyz and /servez say so: as long as those who choose between replicas may
	// take to notice. Zero says that there is no other replica.
	StopDelay time.Duration `env:"STOP_DELAY" envDefault:"0s"`
	// LogLevel is debug, info, warn or error.
	LogLevel slog.Level `env:"LOG_LEVEL" envDefault:"info"`
}

// Validate says everything that is wrong with the settings. Without a token the
// app channel must stay on loopback: whoever reaches it can forge events.
func (s Service) Validate() error {
	var all []error
	for _, setting := range []struct{ name, addr string }{{"API_ADDR", s.APIAddr}, {"APP_ADDR", s.AppAddr}} {
		if setting.addr == "" {
			continue // said already where it must be given
		}
		if _, _, err := net.SplitHostPort(setting.addr); err != nil {
			all = append(all, fmt.Errorf("%s must be host:port: %w", setting.name, err))
		}
	}
	if s.StopDelay < 0 || s.StopDelay > maxStopDelay {
		all = append(all, fmt.Errorf("STOP_DELAY must be from 0s to %s, not %s", maxStopDelay, s.StopDelay))
	}
	if s.AppAPIToken == "" && s.AppAddr != "" && !isLoopback(s.AppAddr) {
		all = append(all, errors.New("APP_API_TOKEN is needed when APP_ADDR is not a loopback address"))
	}
	return errors.Join(all...)
}

func isLoopback(addr string) bool {
	host, _, err := net.SplitHostPort(addr)
	if err != nil {
		return false
	}
	ip := net.ParseIP(host)
	return host == "localhost" || (ip != nil && ip.IsLoopback())
}

// Load reads a T from environ, which has the form of os.Environ, and reports
// all problems at once, one per line. T may have Validate() error.
func Load[T any](environ []string) (T, error) {
	vars := make(map[string]string, len(environ))
	for _, kv := range environ {
		if k, v, ok := strings.Cut(kv, "="); ok {
			vars[k] = v
		}
	}
	cfg, err := env.ParseAsWithOptions[T](env.Options{Environment: vars})
	problems := []error{err}
	if parse, ok := errors.AsType[env.AggregateError](err); ok {
		problems = parse.Errors
		for i := range problems {
			problems[i] = explained[T](problems[i], vars)
		}
	}
	if v, ok := any(&cfg).(interface{ Validate() error }); ok {
		problems = append(problems, v.Validate())
	}
	if err := errors.Join(problems...); err != nil {
		return cfg, fmt.Errorf("configuration:\n%w", err)
	}
	return cfg, nil
}

// explained names the variable whose value can't be read, and what it may be. Other
// problems stay as they are.
func explained[T any](problem error, vars map[string]string) error {
	parse, ok := errors.AsType[env.ParseError](problem)
	if !ok {
		return problem
	}
	field, ok := reflect.TypeFor[T]().FieldByName(parse.Name)
	wanted := map[reflect.Type]string{
		reflect.TypeFor[int]():           "a number",
		reflect.TypeFor[bool]():          "true or false",
		reflect.TypeFor[time.Duration](): "a time, such as 90s or 15m",
		reflect.TypeFor[slog.Level]():    "debug, info, warn or error",
	}[field.Type]
	if !ok || wanted == "" {
		return problem
	}
	name, _, _ := strings.Cut(field.Tag.Get("env"), ",")
	return fmt.Errorf("%s is %q: it must be %s", name, vars[name], wanted)
}

// Logger returns the service's log on standard error, text for a person at a
// terminal and JSON for everything else, and writes there what is only fit for a
// laptop about the settings.
func (s Service) Logger(service string) *slog.Logger {
	opts := &slog.HandlerOptions{Level: s.LogLevel}
	var h slog.Handler = slog.NewJSONHandler(os.Stderr, opts)
	if info, err := os.Stderr.Stat(); err == nil && info.Mode()&os.ModeCharDevice != 0 {
		h = slog.NewTextHandler(os.Stderr, opts)
	}
	logger := slog.New(h).With("service", service)
	if s.AppAPIToken == "" {
		logger.Warn("the app channel asks for no token: every program on this machine can forge events; set APP_API_TOKEN")
	}
	return logger
}
