// Package config is what `ticketx` knows about the checkout it works for: where
// things are, which ports they use, and which profile is chosen.
package config

import (
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/joho/godotenv"

	"ticketx/dev/ports"
	"ticketx/kit/money"
)

// DefaultState is the state profile that dapr.yaml names.
const DefaultState = "sqlite"

// Config is the configuration. All paths are absolute.
type Config struct {
	// Root is the checkout.
	Root string
	// Dir holds everything a stack writes: data, logs and the files of the
	// current run. TICKETX_DIR moves it, so that several stacks can run side by
	// side.
	Dir string
	// Tools is the folder with the programs that setup makes. TICKETX_TOOLS
	// names another one, which is used as it is.
	Tools string
	// ReadyTools says that Tools was given, and nothing is to be built.
	ReadyTools bool
	Ports      ports.List
	// Replicas is how many processes of each service run, from 1 to
	// ports.MaxReplicas; zero is 1.
	Replicas int
	// State is the state profile: a folder of components/state.
	State string
	// RedisHost is the host:port of a Redis to use with STATE=redis; empty
	// means that the stack starts one.
	RedisHost string
	// MongoDB is the connection string to use with STATE=mongodb.
	MongoDB string
	// Stripe says that payments go to Stripe itself, with the caller's keys, so
	// that there is no stand-in.
	Stripe bool
	// Web is how the client runs.
	Web Web
	// Reload says that services and the stand-in are built and run anew when
	// their source changes.
	Reload bool
	// KeepGoing only reports when a part ends by itself, and goes on. It is for
	// tests that take parts away.
	KeepGoing bool
}

// Web is how the client runs.
type Web int

// The client is built and served, or served from its source and changes with it,
// or not there.
const (
	WebBuilt Web = iota
	WebDevelopment
	WebOff
)

// Client is the folder with the client's source.
func (c Config) Client() string { return filepath.Join(c.Root, "client") }

// Data is the folder with what survives a restart.
func (c Config) Data() string { return filepath.Join(c.Dir, "data") }

// Logs is the folder with the log of every part.
func (c Config) Logs() string { return filepath.Join(c.Dir, "logs") }

// Run is the folder with the files of the current run.
func (c Config) Run() string { return filepath.Join(c.Dir, "run") }

// Bin is the folder with the built services. Stacks side by side share it.
func (c Config) Bin() string { return filepath.Join(c.Root, ".ticketx", "bin") }

// Instances names the processes of the services.
func (c Config) Instances() []string { return ports.Instances(max(1, c.Replicas)) }

// Tool is the path of the tool with the name.
func (c Config) Tool(name string) string { return filepath.Join(c.Tools, name) }

// StartsRedis says whether the stack has a Redis of its own.
func (c Config) StartsRedis() bool { return c.State == "redis" && c.RedisHost == "" }

// UsedPorts is the ports that a run will listen on.
func (c Config) UsedPorts() ports.List {
	var used ports.List
	for _, p := range c.Ports {
		switch {
		case p.Name == ports.Redis && !c.StartsRedis(), p.Name == ports.StandIn && c.Stripe, p.Name == ports.Client && c.Web == WebOff:
		default:
			used = append(used, p)
		}
	}
	return used
}

// Moved says whether anything differs from what dapr.yaml and the components
// say, so that a run needs copies of them.
func (c Config) Moved() bool {
	return c.Reload || c.Ports.Moved() || c.Replicas > 1 || c.State != DefaultState || c.Dir != filepath.Join(c.Root, ".ticketx")
}

// Developing is the configuration for those who change the code meanwhile.
func (c Config) Developing() Config {
	c.Reload = true
	if c.Web == WebBuilt {
		c.Web = WebDevelopment
	}
	return c
}

// Load reads the configuration of the checkout around dir: from the environment
// and, for what that does not set, from the checkout's .env, whose variables
// also reach the services. All problems are reported at once.
func Load(dir string) (Config, error) {
	root, err := findRoot(dir)
	if err != nil {
		return Config{}, err
	}
	if err := godotenv.Load(filepath.Join(root, ".env")); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return Config{}, fmt.Errorf(".env cannot be read: %w", err)
	}
	return read(root, os.Getenv)
}

func read(root string, getenv func(string) string) (Config, error) {
	replicas, err := readReplicas(getenv("REPLICAS"))
	problems := []error{err}
	list, err := ports.Load(getenv, replicas)
	problems = append(problems, err)
	c := Config{
		Root:      root,
		Dir:       filepath.Join(root, ".ticketx"),
		Tools:     filepath.Join(root, ".ticketx", "tools", "bin"),
		Ports:     list,
		Replicas:  replicas,
		State:     DefaultState,
		RedisHost: getenv("REDIS_HOST"),
		MongoDB:   getenv("MONGODB_URL"),
		Stripe:    getenv(stripeSettings[0]) != "",
	}
	if dir := getenv("TICKETX_DIR"); dir != "" {
		c.Dir = absolute(root, dir)
	}
	if tools := getenv("TICKETX_TOOLS"); tools != "" {
		c.Tools, c.ReadyTools = absolute(root, tools), true
	}
	if state := getenv("STATE"); state != "" {
		c.State = state
	}
	switch c.State {
	case DefaultState, "redis":
	case "mongodb":
		if c.MongoDB == "" {
			problems = append(problems, errors.New("STATE=mongodb needs MONGODB_URL, for example mongodb://127.0.0.1:27017"))
		}
	default:
		problems = append(problems, fmt.Errorf("STATE is %q: it must be sqlite, redis or mongodb", c.State))
	}
	if c.RedisHost != "" && !strings.Contains(c.RedisHost, ":") {
		c.RedisHost += ":6379"
	}
	switch value := getenv("CLIENT"); value {
	case "", "on":
	case "off":
		c.Web = WebOff
	default:
		problems = append(problems, fmt.Errorf("CLIENT is %q: it must be on or off", value))
	}
	switch value := getenv("ON_CRASH"); value {
	case "", "stop":
	case "report":
		c.KeepGoing = true
	default:
		problems = append(problems, fmt.Errorf("ON_CRASH is %q: it must be stop or report", value))
	}
	problems = append(problems, checkServices(getenv)...)
	problems = append(problems, checkStripe(getenv))
	return c, errors.Join(problems...)
}

// checkServices looks at what the services read by themselves, so that it is said
// before anything is built and started.
func checkServices(getenv func(string) string) (problems []error) {
	for _, s := range []struct {
		name        string
		least, most time.Duration
		allowed     string
	}{{"ORDER_HOLD", time.Second, 24 * time.Hour, "1s to 24h"}, {"STOP_DELAY", 0, 30 * time.Second, "0s to 30s"}} {
		value := getenv(s.name)
		if d, err := time.ParseDuration(value); value != "" && (err != nil || d < s.least || d > s.most) {
			problems = append(problems, fmt.Errorf("%s is %q: it must be a time from %s, such as 20s", s.name, value, s.allowed))
		}
	}
	var level slog.Level
	if value := getenv("LOG_LEVEL"); value != "" && level.UnmarshalText([]byte(value)) != nil {
		problems = append(problems, fmt.Errorf("LOG_LEVEL is %q: it must be debug, info, warn or error", value))
	}
	if value := getenv("TICKET_CURRENCY"); value != "" {
		if _, err := money.ParseCurrency(value); err != nil {
			problems = append(problems, fmt.Errorf("TICKET_CURRENCY: %w", err))
		}
	}
	if value := getenv("RESALE_CAP_PERCENT"); value != "" {
		if percent, err := strconv.Atoi(value); err != nil || percent < 0 || percent > 1000 {
			problems = append(problems, fmt.Errorf("RESALE_CAP_PERCENT is %q: it must be from 0 (no cap) to 1000", value))
		}
	}
	if value := getenv("CATALOGUE_TICKETS"); value != "" {
		if n, err := strconv.Atoi(value); err != nil || n < 1 {
			problems = append(problems, fmt.Errorf("CATALOGUE_TICKETS is %q: it must be a positive number", value))
		}
	}
	return problems
}

// stripeSettings are what payments needs to charge at Stripe, all or none.
var stripeSettings = []string{"STRIPE_SECRET_KEY", "STRIPE_PUBLISHABLE_KEY", "STRIPE_WEBHOOK_SECRETS"}

// checkStripe says what is missing where some of it is there: the rest must not
// come from the stand-in.
func checkStripe(getenv func(string) string) error {
	var set, missing []string
	for _, name := range stripeSettings {
		if getenv(name) == "" {
			missing = append(missing, name)
		} else {
			set = append(set, name)
		}
	}
	if len(set) == 0 || len(missing) == 0 {
		return nil
	}
	return fmt.Errorf("%s is set and %s is not: payments needs all of them for Stripe, or none for the stand-in",
		strings.Join(set, ", "), strings.Join(missing, ", "))
}

// readReplicas reads REPLICAS; what cannot be read counts as one.
func readReplicas(value string) (int, error) {
	if value == "" {
		return 1, nil
	}
	replicas, err := strconv.Atoi(value)
	if err != nil || replicas < 1 || replicas > ports.MaxReplicas {
		return 1, fmt.Errorf("REPLICAS is %q: it must be a number from 1 to %d", value, ports.MaxReplicas)
	}
	return replicas, nil
}

func absolute(root, path string) string {
	if filepath.IsAbs(path) {
		return filepath.Clean(path)
	}
	return filepath.Join(root, path)
}

// findRoot is the folder at or above dir that has the workspace file.
func findRoot(dir string) (string, error) {
	for at := dir; ; at = filepath.Dir(at) {
		if _, err := os.Stat(filepath.Join(at, "go.work")); err == nil {
			return at, nil
		}
		if at == filepath.Dir(at) {
			return "", fmt.Errorf("%s is not inside a TicketX checkout: there is no go.work at or above it", dir)
		}
	}
}

// Display is the path as people want to read it: relative to the checkout where
// it is inside.
func (c Config) Display(path string) string {
	rel, err := filepath.Rel(c.Root, path)
	if err != nil || strings.HasPrefix(rel, "..") {
		return path
	}
	return rel
}
