// Package stack runs the whole system on one machine: the broker, Dapr's control
// plane, the stand-in for Stripe, the five services with their sidecars, the
// client, and the ingress. It starts and stops them in order, and when one of them ends by
// itself it stops the others and says which one it was.
package stack

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"ticketx/dev/client"
	"ticketx/dev/config"
	"ticketx/dev/daprfile"
	"ticketx/dev/ports"
	"ticketx/dev/reload"
	"ticketx/kit/proc"
)

const (
	// startLimit is how long a part may take until it answers.
	startLimit = 60 * time.Second
	// stopLimit is how long a part may take to end when it is asked to.
	stopLimit = 10 * time.Second
	// serviceStopLimit is that for a service, whose requests under way may wait
	// for a bank (docs/operations.md).
	serviceStopLimit = 50 * time.Second
	// cliStopLimit is that for the Dapr CLI, whose children have ended by then.
	// While it still writes their metadata it does not listen to signals, and
	// tries for many seconds.
	cliStopLimit = time.Second
	// shownLines is how much of the log of a part that crashed is shown.
	shownLines = 12
)

// Crash is the error of a run that ended because a part of it did.
type Crash struct {
	Part string
	// How it ended, as far as known.
	How string
	// Log is its log file.
	Log string
	// Lines are the last of the log.
	Lines []string
}

func (c *Crash) Error() string {
	var text strings.Builder
	fmt.Fprintf(&text, "%s %s", c.Part, c.How)
	if len(c.Lines) == 0 {
		fmt.Fprintf(&text, " and left nothing in %s", c.Log)
		return text.String()
	}
	fmt.Fprintf(&text, ". The last lines of %s:", c.Log)
	for _, line := range c.Lines {
		text.WriteString("\n    " + line)
	}
	return text.String()
}

// part is a program that this process itself starts and stops.
type part struct {
	command proc.Command
	ready   func(context.Context) error
	process *proc.Process
}

// stack is a system that runs.
type stack struct {
	cfg     config.Config
	out     io.Writer
	began   time.Time
	secret  string // signs the stand-in's webhooks, made anew for each run
	runFile string
	server  string // the folder with the client's server
	self    string // this program
	apps    []daprfile.App
	watcher *reload.Watcher // of the source, where it may change meanwhile
	crashes chan *Crash

	mu       sync.Mutex
	parts    []*part // in the order in which they were started
	services *services
}

// Run runs the system until ctx ends, and then stops it: an error means that it
// did not start, or did not last. When hurry is closed, whatever still runs is
// killed.
func Run(ctx context.Context, hurry <-chan struct{}, cfg config.Config, out io.Writer) error {
	unlock, err := Lock(cfg)
	if err != nil {
		return err
	}
	defer unlock()
	self, err := os.Executable()
	if err != nil {
		return err
	}
	s := &stack{cfg: cfg, out: out, began: time.Now(), secret: "whsec_" + rand.Text(), self: self, crashes: make(chan *Crash, 64)}
	err = s.prepare(ctx)
	if err == nil {
		err = s.live(ctx)
		s.stop(hurry)
	}
	if s.watcher != nil {
		s.watcher.Close()
	}
	if ctx.Err() != nil {
		return nil // a person asked for the end
	}
	return err
}

// live starts everything and waits for its end.
func (s *stack) live(ctx context.Context) error {
	if err := s.start(ctx); err != nil {
		return err
	}
	s.announce()
	if s.cfg.Reload {
		go s.reload(ctx)
	}
	return s.last(ctx)
}

// prepare does what needs nothing to run yet, so that what is wrong is said
// before anything starts.
func (s *stack) prepare(ctx context.Context) error {
	killLeftovers(s.cfg, s.out)
	if err := s.cfg.UsedPorts().Check(); err != nil {
		return err
	}
	if s.cfg.StartsRedis() {
		if _, err := exec.LookPath("redis-server"); err != nil {
			return errors.New("STATE=redis needs redis-server (Debian: apt-get install redis-server), or REDIS_HOST=host:port of one that runs")
		}
	}
	if err := makeFolders(s.cfg); err != nil {
		return err
	}
	if err := forgetNames(s.cfg); err != nil {
		return err
	}
	s.runFile = filepath.Join(s.cfg.Root, daprfile.Name)
	if s.cfg.Moved() {
		path, err := daprfile.Render(s.cfg)
		if err != nil {
			return err
		}
		s.runFile = path
	}
	file, err := daprfile.Read(s.runFile)
	if err != nil {
		return err
	}
	s.apps = file.Apps
	if err := writeJSON(portFile(s.cfg), s.cfg.UsedPorts().Numbers()); err != nil {
		return err
	}
	if s.cfg.Reload {
		if err := s.watchSources(); err != nil {
			return err
		}
	}
	fmt.Fprintln(s.out, "building the services …")
	if err := s.build(ctx); err != nil {
		return err
	}
	return s.buildClient(ctx)
}

// buildClient has the client ready to start.
func (s *stack) buildClient(ctx context.Context) (err error) {
	switch web := client.New(s.cfg, s.out); s.cfg.Web {
	case config.WebBuilt:
		s.server, err = web.Build(ctx)
	case config.WebDevelopment:
		err = web.Install(ctx)
	case config.WebOff:
	}
	return err
}

// build builds the services and the stand-in with one call.
func (s *stack) build(ctx context.Context) error {
	began := time.Now()
	args := []string{"build", "-o", s.cfg.Bin() + string(filepath.Separator), "ticketx/standin/cmd/standin"}
	for _, service := range ports.Services {
		args = append(args, "ticketx/services/"+service+"/cmd/"+service)
	}
	p, err := proc.Start(proc.Command{
		Name: "go build", Path: "go", Args: args, Dir: s.cfg.Root,
		Log: filepath.Join(s.cfg.Logs(), "build.log"),
	})
	if err != nil {
		return err
	}
	select {
	case <-ctx.Done():
		p.Kill()
		return ctx.Err()
	case <-p.Done():
	}
	if p.Err() != nil {
		return fmt.Errorf("the services do not compile:\n%s", strings.Join(p.Tail(40), "\n"))
	}
	s.say("services built", began)
	return nil
}

// start starts the parts, in the order in which they need each other.
func (s *stack) start(ctx context.Context) error {
	began := time.Now()
	base := []*part{s.nats(), s.placement(), s.scheduler()}
	if !s.cfg.Stripe {
		base = append(base, s.standIn())
	}
	if s.cfg.StartsRedis() {
		base = append(base, s.redis())
	}
	if err := s.launch(ctx, base...); err != nil {
		return err
	}
	if err := Provision(ctx, s.cfg); err != nil {
		return err
	}
	s.say("what the services stand on answers", began)

	began = time.Now()
	front := []*part{s.daprRun(), s.ingress()}
	if s.cfg.Web != config.WebOff {
		front = append(front, s.webClient())
	}
	if err := s.launch(ctx, front...); err != nil {
		return err
	}
	if err := s.services.awaitReady(ctx, s); err != nil {
		return err
	}
	s.say("services, sidecars and ingress answer", began)
	return s.awaitPage(ctx)
}

// awaitPage waits until the shop's first page is there.
func (s *stack) awaitPage(ctx context.Context) error {
	if s.cfg.Web == config.WebOff {
		return nil
	}
	began := time.Now()
	log := func() string { return filepath.Join(s.cfg.Logs(), clientName+".log") }
	if err := s.await(ctx, clientName, log, answers("http://"+s.cfg.Ports.Addr(ports.Ingress)+"/")); err != nil {
		return err
	}
	s.say("the first page answers", began)
	return nil
}

// launch starts the parts together and waits until all of them answer.
func (s *stack) launch(ctx context.Context, parts ...*part) error {
	for _, p := range parts {
		process, err := proc.Start(p.command)
		if err != nil {
			return err
		}
		p.process = process
		s.mu.Lock()
		s.parts = append(s.parts, p)
		s.mu.Unlock()
		if p.command.Name == daprRunName {
			s.services = newServices(s, process.PID())
			go s.services.watch(process)
		}
		go s.reportEnd(p)
		s.writePIDs()
	}
	for _, p := range parts {
		log := func() string { return p.command.Log }
		if err := s.await(ctx, p.command.Name, log, p.ready); err != nil {
			return err
		}
	}
	return nil
}

func (s *stack) reportEnd(p *part) {
	how := "ended by itself"
	if err := p.process.Err(); err != nil {
		how = fmt.Sprintf("ended unexpectedly (%v)", err)
	}
	s.crashes <- &Crash{
		Part: p.command.Name, How: how,
		Log: s.cfg.Display(p.command.Log), Lines: p.process.Tail(shownLines),
	}
}

// await polls ready until it succeeds. Meanwhile nothing may end.
func (s *stack) await(ctx context.Context, name string, log func() string, ready func(context.Context) error) error {
	limit := time.NewTimer(startLimit)
	defer limit.Stop()
	pause := time.NewTicker(100 * time.Millisecond)
	defer pause.Stop()
	for {
		attempt, cancel := context.WithTimeout(ctx, 2*time.Second)
		err := ready(attempt)
		cancel()
		if err == nil {
			return nil
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case crash := <-s.crashes:
			return crash
		case <-limit.C:
			return &Crash{
				Part: name, How: fmt.Sprintf("does not answer after %s (%v)", startLimit, err),
				Log: s.cfg.Display(log()), Lines: proc.Tail(log(), shownLines),
			}
		case <-pause.C:
		}
	}
}

// last waits for the end of ctx, or of a part.
func (s *stack) last(ctx context.Context) error {
	for {
		select {
		case <-ctx.Done():
			fmt.Fprintln(s.out, "\nstopping …")
			return ctx.Err()
		case crash := <-s.crashes:
			if !s.cfg.KeepGoing {
				fmt.Fprintf(s.out, "\n%s ended; stopping everything else …\n", crash.Part)
				return crash
			}
			fmt.Fprintln(s.out, crash)
		}
	}
}

// stop stops everything that runs: first what lets requests in, then the
// services, each of which finishes what it has begun and needs its sidecar for
// that, and the sidecars, then what they all stand on.
func (s *stack) stop(hurry <-chan struct{}) {
	s.mu.Lock()
	parts := slices.Clone(s.parts)
	s.mu.Unlock()
	done := make(chan struct{})
	go func() {
		defer close(done)
		stopNamed(parts, ingressName, stopLimit)
		stopNamed(parts, clientName, stopLimit)
		if s.services != nil {
			s.services.stop()
		}
		stopNamed(parts, daprRunName, cliStopLimit)
		var all sync.WaitGroup
		for _, p := range parts {
			all.Go(func() { p.process.Stop(stopLimit) })
		}
		all.Wait()
	}()
	select {
	case <-done:
	case <-hurry:
		fmt.Fprintln(s.out, "not waiting: what has not stopped is killed")
		for _, p := range parts {
			p.process.Kill() // the sidecars and services are in the group of `dapr run`
		}
	}
	_ = os.Remove(pidFile(s.cfg))
	fmt.Fprintln(s.out, "everything has stopped")
}

func stopNamed(parts []*part, name string, limit time.Duration) {
	for _, p := range parts {
		if p.command.Name == name {
			p.process.Stop(limit)
		}
	}
}

// say tells one step and how long it took.
func (s *stack) say(what string, began time.Time) {
	fmt.Fprintf(s.out, "%-45s %5.1f s\n", what, time.Since(began).Seconds())
}

// pidFile names every process of the run, for tests and for the next run, which
// looks there for what an unfortunate end has left behind.
func pidFile(cfg config.Config) string { return filepath.Join(cfg.Run(), "pids.json") }

// portFile names the ports of the run.
func portFile(cfg config.Config) string { return filepath.Join(cfg.Run(), "ports.json") }

func (s *stack) writePIDs() {
	s.mu.Lock()
	defer s.mu.Unlock()
	// A run whose files cannot be written still runs; only tests and a clean-up
	// after a crash need this one.
	_ = writeJSON(pidFile(s.cfg), s.pids())
}

// pids is every process by its name. The caller holds mu.
func (s *stack) pids() map[string]int {
	pids := make(map[string]int, len(s.parts)+2*len(s.apps))
	for _, p := range s.parts {
		pids[p.command.Name] = p.process.PID()
	}
	if s.services != nil {
		s.services.addPIDs(pids)
	}
	return pids
}

// writeJSON writes a file so that readers see it whole.
func writeJSON(path string, content any) error {
	text, err := json.MarshalIndent(content, "", "  ")
	if err != nil {
		return err
	}
	half := path + ".half"
	if err := os.WriteFile(half, append(text, '\n'), 0o644); err != nil {
		return err
	}
	return os.Rename(half, path)
}
