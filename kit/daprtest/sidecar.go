// Package daprtest gives tests the real thing: Dapr sidecars, a JetStream
// broker and Dapr's control plane, each a process on free ports with its files
// in a temporary folder, gone when the test ends.
package daprtest

import (
	"net"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"ticketx/kit/dapr"
	"ticketx/kit/events"
)

// Options say what a sidecar is for.
type Options struct {
	AppID string
	// App is the app channel that the sidecar calls; nil for none.
	App http.Handler
	// Resources are folders of Dapr resources, such as Component makes.
	Resources []string
	// ControlPlane gives the sidecar actors and jobs; nil for none.
	ControlPlane *ControlPlane
	// Args are further options of the sidecar.
	Args []string
}

// HealthChecks are the options by which dapr.yaml has the app's health probed.
var HealthChecks = []string{
	"--enable-app-health-check", "--app-health-check-path", "/healthz",
	"--app-health-probe-interval", "1", "--app-health-probe-timeout", "900", "--app-health-threshold", "3",
}

// Sidecar is a running Dapr sidecar.
type Sidecar struct {
	*Process
	GRPCPort int
	HTTPPort int
}

// Start runs a sidecar and waits until it answers.
func Start(t testing.TB, o Options) *Sidecar {
	t.Helper()
	ports := FreePorts(t, 4)
	s := &Sidecar{GRPCPort: ports[0], HTTPPort: ports[1]}
	args := []string{
		"--app-id", o.AppID,
		"--dapr-grpc-port", strconv.Itoa(s.GRPCPort),
		"--dapr-http-port", strconv.Itoa(s.HTTPPort),
		"--dapr-internal-grpc-port", strconv.Itoa(ports[2]),
		"--metrics-port", strconv.Itoa(ports[3]),
		"--dapr-listen-addresses", "127.0.0.1",
		"--dapr-graceful-shutdown-seconds", "1",
		"--log-level", "info",
	}
	for _, dir := range o.Resources {
		args = append(args, "--resources-path", dir)
	}
	if o.App != nil {
		app := httptest.NewServer(o.App)
		t.Cleanup(app.Close)
		args = append(args, "--app-port", portOf(app.Listener))
	}
	if o.ControlPlane != nil {
		args = append(args,
			"--placement-host-address", Addr(o.ControlPlane.placement),
			"--scheduler-host-address", Addr(o.ControlPlane.scheduler))
	}
	args = append(args, o.Args...)
	s.Process = Run(t, "daprd-"+o.AppID, Tool(t, "daprd"), nil, args...)
	s.AwaitAnswer(t, s.HTTPPort, "/v1.0/healthz/outbound")
	return s
}

// Dial connects to the sidecar.
func (s *Sidecar) Dial(t testing.TB) *dapr.Sidecar {
	t.Helper()
	d, err := dapr.Dial(s.GRPCPort, "")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = d.Close() })
	return d
}

func portOf(ln net.Listener) string {
	_, port, _ := net.SplitHostPort(ln.Addr().String())
	return port
}

// ControlPlane is Dapr's placement service and scheduler.
type ControlPlane struct {
	placement int
	scheduler int
}

// StartControlPlane runs a placement service and a scheduler.
func StartControlPlane(t testing.TB) *ControlPlane {
	t.Helper()
	ports := FreePorts(t, 8)
	cp := &ControlPlane{placement: ports[0], scheduler: ports[1]}
	placement := Run(t, "placement", Tool(t, "placement"), nil,
		"--port", strconv.Itoa(cp.placement), "--healthz-port", strconv.Itoa(ports[2]),
		"--metrics-port", strconv.Itoa(ports[3]), "--listen-address", "127.0.0.1",
		"--initial-cluster", "dapr-placement-0=127.0.0.1:"+strconv.Itoa(ports[7]))
	scheduler := Run(t, "scheduler", Tool(t, "scheduler"), nil,
		"--port", strconv.Itoa(cp.scheduler), "--healthz-port", strconv.Itoa(ports[4]),
		"--metrics-port", strconv.Itoa(ports[5]), "--listen-address", "127.0.0.1",
		// Outside Kubernetes the scheduler can't find out by itself how it is
		// reached.
		"--override-broadcast-host-port", Addr(cp.scheduler),
		"--id", "dapr-scheduler-server-0",
		"--etcd-data-dir", t.TempDir(),
		"--etcd-client-port", strconv.Itoa(ports[6]),
		"--etcd-initial-cluster", "dapr-scheduler-server-0=http://127.0.0.1:"+strconv.Itoa(FreePorts(t, 1)[0]))
	placement.AwaitAnswer(t, ports[2], "/healthz")
	scheduler.AwaitAnswer(t, ports[4], "/healthz")
	return cp
}

// Broker is a running JetStream broker with the project's streams.
type Broker struct {
	*Process
	Port int
	dir  string
}

// StartBroker runs a broker and creates a stream for every topic.
func StartBroker(t testing.TB) *Broker {
	t.Helper()
	b := &Broker{Port: FreePorts(t, 1)[0], dir: t.TempDir()}
	b.Restart(t)
	b.createStreams(t)
	return b
}

// Restart runs the broker again after Kill, on the same port with what it had.
func (b *Broker) Restart(t testing.TB) {
	t.Helper()
	b.Process = Run(t, "nats-server", Tool(t, "nats-server"), nil,
		"-js", "-a", "127.0.0.1", "-p", strconv.Itoa(b.Port), "-sd", b.dir)
	b.waitFor(t, listens(b.Port))
}

// Component returns the folder of the pub/sub components of this broker.
func (b *Broker) Component(t testing.TB) string {
	return Component(t, filepath.Join("pubsub", "jetstream"), map[string]string{"natsURL": "nats://" + Addr(b.Port)})
}

func (b *Broker) createStreams(t testing.TB) {
	t.Helper()
	conn, err := nats.Connect("nats://" + Addr(b.Port))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	js, err := jetstream.New(conn)
	if err != nil {
		t.Fatal(err)
	}
	for _, topic := range events.AllTopics() {
		_, err := js.CreateOrUpdateStream(t.Context(), jetstream.StreamConfig{
			Name: topic, Subjects: []string{topic}, Duplicates: 2 * time.Minute,
		})
		if err != nil {
			t.Fatalf("create stream %s: %v", topic, err)
		}
	}
}
