package stack

import (
	"context"
	"crypto/rand"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"ticketx/dev/client"
	"ticketx/dev/config"
	"ticketx/dev/ports"
	"ticketx/kit/proc"
)

// The names of the parts, as the log files and pids.json have them.
const (
	natsName      = "nats"
	placementName = "placement"
	schedulerName = "scheduler"
	standInName   = "standin"
	redisName     = "redis"
	daprRunName   = "dapr-run"
	ingressName   = "caddy"
	clientName    = "client"
)

// newPart is a part with its log, environment and working folder.
func (s *stack) newPart(name, path string, ready func(context.Context) error, args ...string) *part {
	return &part{
		command: proc.Command{
			Name: name, Path: path, Args: args, Dir: s.cfg.Root, Env: environment(s.cfg),
			Log: filepath.Join(s.cfg.Logs(), name+".log"),
		},
		ready: ready,
	}
}

func (s *stack) number(name string) string { return strconv.Itoa(s.cfg.Ports.Number(name)) }

func (s *stack) nats() *part {
	return s.newPart(natsName, s.cfg.Tool("nats-server"),
		answers("http://"+s.cfg.Ports.Addr(ports.NATSMonitor)+"/healthz"),
		"--addr", "127.0.0.1",
		"--port", s.number(ports.NATS),
		"--http_port", s.number(ports.NATSMonitor),
		"--jetstream",
		"--store_dir", filepath.Join(s.cfg.Data(), "nats"),
	)
}

// placement tells the sidecars where actors live. It keeps nothing: sidecars
// tell it again.
func (s *stack) placement() *part {
	return s.newPart(placementName, s.cfg.Tool("placement"),
		answers("http://"+s.cfg.Ports.Addr(ports.PlacementHealth)+"/healthz"),
		"--listen-address", "127.0.0.1",
		"--port", s.number(ports.Placement),
		"--healthz-listen-address", "127.0.0.1",
		"--healthz-port", s.number(ports.PlacementHealth),
		"--initial-cluster", "dapr-placement-0="+s.cfg.Ports.Addr(ports.PlacementRaft),
		"--enable-metrics=false",
	)
}

// scheduler keeps reminders and jobs, in an etcd inside it.
func (s *stack) scheduler() *part {
	return s.newPart(schedulerName, s.cfg.Tool("scheduler"),
		answers("http://"+s.cfg.Ports.Addr(ports.SchedulerHealth)+"/healthz"),
		"--listen-address", "127.0.0.1",
		"--port", s.number(ports.Scheduler),
		// Outside Kubernetes it cannot tell by itself how sidecars reach it.
		"--override-broadcast-host-port", s.cfg.Ports.Addr(ports.Scheduler),
		"--healthz-listen-address", "127.0.0.1",
		"--healthz-port", s.number(ports.SchedulerHealth),
		"--etcd-data-dir", filepath.Join(s.cfg.Data(), "scheduler"),
		"--etcd-client-listen-address", "127.0.0.1",
		"--etcd-client-port", s.number(ports.SchedulerClient),
		"--etcd-initial-cluster", "dapr-scheduler-server-0=http://"+s.cfg.Ports.Addr(ports.SchedulerPeer),
		"--enable-metrics=false",
	)
}

func (s *stack) standIn() *part {
	addr := s.cfg.Ports.Addr(ports.StandIn)
	program := filepath.Join(s.cfg.Bin(), "standin")
	p := s.newPart(standInName, program, listens(addr))
	if s.cfg.Reload {
		p.command.Path, p.command.Args = s.self, []string{"keep", program}
	}
	p.command.Env = append(p.command.Env,
		"STANDIN_ADDR="+addr,
		"STANDIN_DATA="+filepath.Join(s.cfg.Data(), "standin", "book.db"),
		"STANDIN_WEBHOOK_URL=http://"+s.cfg.Ports.Addr(ports.Ingress)+"/api/payments/webhooks",
		"STANDIN_WEBHOOK_SECRETS="+s.secret,
	)
	if os.Getenv("STANDIN_PUBLIC_URL") == "" { // set where browsers come from elsewhere
		p.command.Env = append(p.command.Env, fmt.Sprintf("STANDIN_PUBLIC_URL=http://localhost:%d%s", s.cfg.Ports.Number(ports.Ingress), standInPrefix))
	}
	return p
}

// standInPrefix is where the ingress has what browsers may use of the stand-in,
// as the Caddyfile and payments know it.
const standInPrefix = "/stripe-standin"

// redis is Debian's redis-server, keeping every write.
func (s *stack) redis() *part {
	return s.newPart(redisName, "redis-server", listens(s.cfg.Ports.Addr(ports.Redis)),
		"--bind", "127.0.0.1",
		"--port", s.number(ports.Redis),
		"--dir", filepath.Join(s.cfg.Data(), "redis"),
		"--appendonly", "yes",
		// With the default, everysec, a write waits in memory for up to two seconds
		// while the disk is slow, acknowledged already: a kill loses it.
		"--appendfsync", "always",
		"--save", "",
		"--set-proc-title", "no", // its command line says how to start it again
	)
}

// daprRun is the Dapr CLI's multi-app run, which starts the services and their
// sidecars. It is asked to stop when this process dies, so that it can stop its
// children.
func (s *stack) daprRun() *part {
	// Its own word that it is running comes late and says little; whether the
	// services answer is looked at one by one.
	p := s.newPart(daprRunName, s.cfg.Tool("dapr"), func(context.Context) error { return nil }, "run", "-f", s.runFile)
	p.command.Orphaned = syscall.SIGTERM
	p.command.Env = append(p.command.Env,
		// `dapr run -f` ignores --runtime-path; it looks for .dapr/bin/daprd
		// under this folder.
		"DAPR_RUNTIME_PATH="+runtimePath(s.cfg),
		// Sidecars tell each other this address, and our daprd listens on it
		// alone: nobody on the network reaches a service behind its sidecar.
		"DAPR_HOST_IP=127.0.0.1",
		// The services are built already.
		"GO_BUILD=true",
	)
	if !s.cfg.Stripe {
		p.command.Env = append(p.command.Env,
			"STRIPE_API_URL=http://"+s.cfg.Ports.Addr(ports.StandIn),
			"STRIPE_WEBHOOK_SECRETS="+s.secret,
		)
	}
	// The environment of the CLI reaches services and sidecars alike, so both
	// sides of the app channel know the token.
	if os.Getenv("APP_API_TOKEN") == "" {
		p.command.Env = append(p.command.Env, "APP_API_TOKEN="+rand.Text())
	}
	return p
}

// webClient is Node.js with the pages. They are made of what the services answer,
// so whether it is well is asked when those are there.
func (s *stack) webClient() *part {
	path, args, dir, mode := "node", []string{"server.js"}, s.server, "production"
	if s.cfg.Web == config.WebDevelopment {
		path, args = client.New(s.cfg, s.out).Dev(s.cfg.Ports.Number(ports.Client))
		dir, mode = s.cfg.Client(), "development"
	}
	p := s.newPart(clientName, path, listens(s.cfg.Ports.Addr(ports.Client)), args...)
	p.command.Dir = dir
	p.command.Env = append(p.command.Env,
		"PORT="+s.number(ports.Client), "HOSTNAME=127.0.0.1",
		"API_ORIGIN=http://"+s.cfg.Ports.Addr(ports.Ingress),
		"NODE_ENV="+mode, "NEXT_TELEMETRY_DISABLED=1",
	)
	return p
}

func (s *stack) ingress() *part {
	deploy := filepath.Join(s.cfg.Root, "deploy", "local")
	p := s.newPart(ingressName, s.cfg.Tool("caddy"),
		listens(s.cfg.Ports.Addr(ports.Ingress)), // what is behind it may be still to come
		"run", "--adapter", "caddyfile", "--config", filepath.Join(deploy, "Caddyfile"),
	)
	own := filepath.Join(s.cfg.Run(), "caddy") // instead of the user's home
	p.command.Env = append(p.command.Env, s.cfg.Ports.Env()...)
	for _, service := range ports.Services {
		var upstreams []string
		for number := range max(1, s.cfg.Replicas) {
			upstreams = append(upstreams, s.cfg.Ports.Addr(ports.Instance(service, number+1)+ports.API))
		}
		p.command.Env = append(p.command.Env, strings.ToUpper(service)+"_UPSTREAMS="+strings.Join(upstreams, " "))
	}
	if s.cfg.Replicas > 1 {
		p.command.Env = append(p.command.Env, "BALANCE=replicas")
	}
	if !s.cfg.Stripe {
		p.command.Env = append(p.command.Env, "STANDIN=present", "STANDIN_UPSTREAM="+s.cfg.Ports.Addr(ports.StandIn))
	}
	if s.cfg.Web == config.WebOff {
		p.command.Env = append(p.command.Env, "CLIENT=off")
	} else {
		p.command.Env = append(p.command.Env, "CLIENT=on", "CLIENT_UPSTREAM="+s.cfg.Ports.Addr(ports.Client))
	}
	p.command.Env = append(p.command.Env,
		"TICKETX_DEPLOY="+deploy, "TICKETX_LOGS="+s.cfg.Logs(), "XDG_DATA_HOME="+own, "XDG_CONFIG_HOME="+own)
	return p
}

// answers says whether a GET is answered with success.
func answers(url string) func(context.Context) error {
	return func(ctx context.Context) error {
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, http.NoBody)
		if err != nil {
			return err
		}
		res, err := http.DefaultClient.Do(req)
		if err != nil {
			return err
		}
		defer func() { _ = res.Body.Close() }()
		if res.StatusCode >= http.StatusMultipleChoices {
			body, _ := io.ReadAll(io.LimitReader(res.Body, 300)) // whatever it says helps
			return fmt.Errorf("%s answers %d %s", url, res.StatusCode, body)
		}
		return nil
	}
}

// listens says whether somebody accepts connections at the address.
func listens(addr string) func(context.Context) error {
	return func(ctx context.Context) error {
		conn, err := (&net.Dialer{Timeout: time.Second}).DialContext(ctx, "tcp", addr)
		if err != nil {
			return err
		}
		return conn.Close()
	}
}
