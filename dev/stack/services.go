package stack

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"ticketx/dev/broker"
	"ticketx/dev/config"
	"ticketx/dev/ports"
	"ticketx/kit/proc"
)

// sidecarSuffix makes a sidecar's name from its service's.
const sidecarSuffix = "-daprd"

// watchPause is how often the children of the Dapr CLI are looked at.
const watchPause = 300 * time.Millisecond

// services are the children of the Dapr CLI: the instances of the five services,
// each with its sidecar. The CLI goes on when one of them dies, and says so only
// in a log file, so they are watched here.
type services struct {
	cfg       config.Config
	cli       int                 // the CLI's process id
	instances map[string]instance // by name: "orders", "orders-2"
	crashes   chan<- *Crash
	changed   func() // called when a process was found
	began     time.Time

	mu       sync.Mutex
	pids     map[string]int  // by instance, or instance and sidecarSuffix
	known    map[string]bool // those that have been seen, or reported
	stopping bool
}

// instance is one process of a service, and its sidecar.
type instance struct {
	service  string
	folder   string // the CLI runs it there
	httpPort string // of its sidecar
}

func newServices(s *stack, cli int) *services {
	v := &services{
		cfg: s.cfg, cli: cli, instances: make(map[string]instance, len(s.apps)),
		crashes: s.crashes, changed: s.writePIDs, pids: make(map[string]int), known: make(map[string]bool), began: time.Now(),
	}
	replicas := make(map[string]int)
	for _, app := range s.apps {
		i := instance{service: app.AppID, folder: app.AppDirPath, httpPort: strconv.Itoa(app.DaprHTTPPort)}
		if !filepath.IsAbs(i.folder) {
			i.folder = filepath.Join(filepath.Dir(s.runFile), i.folder)
		}
		replicas[app.AppID]++
		v.instances[ports.Instance(app.AppID, replicas[app.AppID])] = i
	}
	v.removeOldLogs()
	return v
}

// watch looks at the CLI's children until the CLI ends, and reports each that is
// gone.
func (v *services) watch(cli *proc.Process) {
	pause := time.NewTicker(watchPause)
	defer pause.Stop()
	for {
		select {
		case <-cli.Done():
			return
		case <-pause.C:
		}
		if v.unchanged() {
			continue
		}
		children, err := children(v.cli)
		if err != nil {
			continue // the table of processes cannot be read for a moment
		}
		v.look(children)
	}
}

// unchanged reports whether all processes have been found, and those that ran
// still do: the CLI starts none again. To ask them costs little; to look through
// the table of processes costs a fifth of a core on some machines.
func (v *services) unchanged() bool {
	v.mu.Lock()
	defer v.mu.Unlock()
	if len(v.known) < 2*len(v.instances) {
		return false
	}
	for _, pid := range v.pids {
		if syscall.Kill(pid, 0) != nil { // the CLI collects its children as they end
			return false
		}
	}
	return true
}

// look compares the children with those that were there before.
func (v *services) look(now []process) {
	v.mu.Lock()
	found := make(map[string]int, len(now))
	for _, child := range now {
		if name := v.identify(child); name != "" {
			found[name] = child.pid
		}
	}
	var gone, fresh []string
	for name, pid := range v.pids {
		if found[name] != pid {
			gone = append(gone, name)
			delete(v.pids, name)
		}
	}
	for name, pid := range found {
		if v.pids[name] != pid {
			v.pids[name], v.known[name] = pid, true
			fresh = append(fresh, name)
		}
	}
	stopping := v.stopping
	v.mu.Unlock()

	for _, name := range fresh {
		v.linkLog(name)
	}
	if len(fresh)+len(gone) > 0 {
		v.changed()
	}
	if stopping {
		return
	}
	for _, name := range slices.Sorted(slices.Values(gone)) {
		v.crashes <- v.crash(name, "ended unexpectedly")
	}
	v.lookForStillborn()
}

// lookForStillborn reports what ended before it was seen running: the CLI says so
// in the log of the process, and goes on with the others.
func (v *services) lookForStillborn() {
	for instance := range v.instances {
		for _, name := range []string{instance, instance + sidecarSuffix} {
			v.mu.Lock()
			known := v.known[name]
			v.mu.Unlock()
			if known || !v.saysEnded(v.log(name)) {
				continue
			}
			v.mu.Lock()
			v.known[name] = true
			v.mu.Unlock()
			v.crashes <- v.crash(name, "ended while it started")
		}
	}
}

// saysEnded looks for the CLI's own line in a log of this run.
func (v *services) saysEnded(log string) bool {
	info, err := os.Stat(log)
	if err != nil || info.ModTime().Before(v.began) {
		return false
	}
	return slices.ContainsFunc(proc.Tail(log, shownLines), func(line string) bool {
		return strings.Contains(line, "process exited with error code")
	})
}

// identify names a child of the CLI: a sidecar has its port among its arguments,
// a service's command line begins with its binary and ends, where it is not the
// first instance, with the instance's name.
func (v *services) identify(child process) string {
	args := strings.Fields(child.args)
	port := slices.Index(args, "--dapr-http-port") + 1
	for name, i := range v.instances {
		switch {
		case port > 0:
			if port < len(args) && args[port] == i.httpPort {
				return name + sidecarSuffix
			}
		case !slices.ContainsFunc(args, func(arg string) bool { return strings.HasSuffix(arg, ".ticketx/bin/"+i.service) }):
		case name == i.service:
			if _, another := v.instances[args[len(args)-1]]; !another {
				return name
			}
		case name == args[len(args)-1]:
			return name
		}
	}
	return ""
}

func (v *services) crash(name, how string) *Crash {
	log := v.linkLog(name)
	return &Crash{Part: name, How: how, Log: v.cfg.Display(log), Lines: proc.Tail(log, shownLines)}
}

// log is the file that the CLI has made for the process, the newest of those
// from this run: FOLDER/.dapr/logs/APP_app_TIME.log, or APP_daprd_TIME.log.
func (v *services) log(name string) string {
	name, sidecar := strings.CutSuffix(name, sidecarSuffix)
	kind := "app"
	if sidecar {
		kind = "daprd"
	}
	i := v.instances[name]
	found, _ := filepath.Glob(filepath.Join(i.folder, ".dapr", "logs", i.service+"_"+kind+"_*.log")) // the pattern is well formed
	if len(found) == 0 {
		return filepath.Join(v.cfg.Logs(), daprRunName+".log")
	}
	slices.Sort(found)
	return found[len(found)-1]
}

// linkLog gives the log a name that stays the same from run to run, and returns
// it.
func (v *services) linkLog(name string) string {
	link := filepath.Join(v.cfg.Logs(), name+".log")
	_ = os.Remove(link) // the one of the run before, if any
	_ = os.Symlink(v.log(name), link)
	return link
}

// keptLogs is how many logs of earlier runs are kept for each process.
const keptLogs = 5

// removeOldLogs keeps the CLI's logs from piling up: it makes new ones at every
// run and removes none.
func (v *services) removeOldLogs() {
	for _, i := range v.instances {
		for _, kind := range []string{"app", "daprd"} {
			found, _ := filepath.Glob(filepath.Join(i.folder, ".dapr", "logs", i.service+"_"+kind+"_*.log"))
			slices.Sort(found)
			for _, old := range found[:max(0, len(found)-keptLogs)] {
				_ = os.Remove(old)
			}
		}
	}
}

func (v *services) addPIDs(pids map[string]int) {
	v.mu.Lock()
	defer v.mu.Unlock()
	maps.Copy(pids, v.pids)
}

// awaitReady waits until every service says that it is ready, and its
// subscriptions are in place.
func (v *services) awaitReady(ctx context.Context, s *stack) error {
	await := func(name string, ready func(context.Context) error) error {
		return s.await(ctx, name, func() string { return v.linkLog(name) }, ready)
	}
	for _, instance := range v.cfg.Instances() {
		// The sidecar first: a service logs each time it has to say that it is
		// not ready.
		sidecar := answers("http://" + v.cfg.Ports.Addr(instance+ports.HTTP) + "/v1.0/healthz/outbound")
		if err := await(instance+sidecarSuffix, sidecar); err != nil {
			return err
		}
		if err := await(instance, answers("http://"+v.cfg.Ports.Addr(instance+ports.API)+"/readyz")); err != nil {
			return err
		}
		// pids.json has all of them when the system says that it is ready.
		for _, name := range []string{instance, instance + sidecarSuffix} {
			if err := await(name, func(context.Context) error { return v.found(name) }); err != nil {
				return err
			}
		}
	}
	conn, err := nats.Connect("nats://" + v.cfg.Ports.Addr(ports.NATS))
	if err != nil {
		return err
	}
	defer conn.Close()
	js, err := jetstream.New(conn)
	if err != nil {
		return err
	}
	for _, instance := range v.cfg.Instances() {
		subscribed := func(ctx context.Context) error { return v.subscribed(ctx, js, instance) }
		if err := await(instance+sidecarSuffix, subscribed); err != nil {
			return err
		}
	}
	return nil
}

// found says whether the process has been seen.
func (v *services) found(name string) error {
	v.mu.Lock()
	defer v.mu.Unlock()
	if !v.known[name] {
		return fmt.Errorf("%s is not among the processes of the Dapr CLI", name)
	}
	return nil
}

// subscribed says whether every subscription that the sidecar knows of is in
// place on the broker. Those of the component feed have no name to ask for, and
// those of replicas have the same one.
func (v *services) subscribed(ctx context.Context, js jetstream.JetStream, instance string) error {
	var metadata struct {
		Subscriptions []struct{ PubsubName, Topic string }
	}
	url := "http://" + v.cfg.Ports.Addr(instance+ports.HTTP) + "/v1.0/metadata"
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, http.NoBody)
	if err != nil {
		return err
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return err
	}
	defer func() { _ = res.Body.Close() }()
	if err := json.NewDecoder(res.Body).Decode(&metadata); err != nil {
		return fmt.Errorf("%s: %w", url, err)
	}
	for _, subscription := range metadata.Subscriptions {
		if subscription.PubsubName != "pubsub" {
			continue
		}
		listening, err := broker.Listening(ctx, js, subscription.Topic, v.instances[instance].service)
		if err != nil {
			return err
		}
		if !listening {
			return fmt.Errorf("it does not listen to %s yet", subscription.Topic)
		}
	}
	return nil
}

// stop asks the services to end, which finish what they have begun, and then the
// sidecars, most of which have been told to by their services. The CLI itself
// would kill both at once.
func (v *services) stop() {
	v.mu.Lock()
	v.stopping = true
	var apps, sidecars []int
	for name, pid := range v.pids {
		if strings.HasSuffix(name, sidecarSuffix) {
			sidecars = append(sidecars, pid)
		} else {
			apps = append(apps, pid)
		}
	}
	v.mu.Unlock()
	v.end(apps, serviceStopLimit)
	v.end(sidecars, stopLimit)
}

// end asks processes to end and waits until they are gone. Those that stay are
// left to the CLI, which kills them.
func (v *services) end(pids []int, within time.Duration) {
	for _, pid := range pids {
		_ = syscall.Kill(pid, syscall.SIGTERM)
	}
	limit := time.NewTimer(within)
	defer limit.Stop()
	pause := time.NewTicker(20 * time.Millisecond)
	defer pause.Stop()
	for {
		alive, err := children(v.cli)
		if err != nil || !slices.ContainsFunc(alive, func(p process) bool { return slices.Contains(pids, p.pid) }) {
			return
		}
		select {
		case <-limit.C:
			return
		case <-pause.C:
		}
	}
}
