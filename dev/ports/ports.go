// Package ports knows every port of the system on one machine: its name, the
// environment variable that moves it, and its default.
package ports

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// Services are the five services in the order of their ports.
var Services = []string{"auth", "tickets", "orders", "payments", "expiration"}

// MaxReplicas is how often each service can run on one machine.
const MaxReplicas = 3

// Instance names one of the processes of a service: the first bears the service's
// own name, and the others the number too, as in "orders-2".
func Instance(service string, number int) string {
	if number == 1 {
		return service
	}
	return service + "-" + strconv.Itoa(number)
}

// Instances names the processes of all services when each runs as often as
// replicas says: the first of each, then the second ones.
func Instances(replicas int) []string {
	var names []string
	for number := range replicas {
		for _, service := range Services {
			names = append(names, Instance(service, number+1))
		}
	}
	return names
}

// The ports of one instance, as suffixes of its name: "orders" + API.
const (
	API      = "-api"           // the public API
	App      = "-app"           // the app channel, for the sidecar alone
	HTTP     = "-dapr-http"     // the sidecar's HTTP API
	GRPC     = "-dapr-grpc"     // the sidecar's gRPC API
	Metrics  = "-dapr-metrics"  // the sidecar's metrics
	Internal = "-dapr-internal" // between sidecars
)

// The ports of the parts that are not services.
const (
	Ingress         = "ingress"
	Client          = "client"
	StandIn         = "standin"
	NATS            = "nats"
	NATSMonitor     = "nats-monitor"
	Placement       = "placement"
	PlacementHealth = "placement-health"
	PlacementRaft   = "placement-raft"
	Scheduler       = "scheduler"
	SchedulerHealth = "scheduler-health"
	SchedulerClient = "scheduler-etcd-client"
	SchedulerPeer   = "scheduler-etcd-peer"
	Redis           = "redis"
)

// Port is one port.
type Port struct {
	Name    string
	Env     string
	Default int
	Number  int
	// Free says that PORTS=free chose the number: the next command chooses
	// another.
	Free bool
}

// Moved says whether the port is not at its default.
func (p Port) Moved() bool { return p.Number != p.Default }

// List is all ports, in the order in which people read them.
type List []Port

// Defaults is where everything is when nobody says otherwise.
func Defaults() List { return DefaultsFor(1) }

// DefaultsFor is that with so many replicas of each service.
func DefaultsFor(replicas int) List {
	list := List{
		port(Ingress, 8080),
		port(Client, 3000),
		port(StandIn, 4242),
		port(NATS, 4222),
		port(NATSMonitor, 8222),
		port(Placement, 50005),
		port(PlacementHealth, 50015),
		port(PlacementRaft, 50025),
		port(Scheduler, 50006),
		port(SchedulerHealth, 50016),
		port(SchedulerClient, 50026),
		port(SchedulerPeer, 50036),
		port(Redis, 6379),
	}
	for i, instance := range Instances(replicas) {
		// The second ones are ten further on.
		i = i/len(Services)*10 + i%len(Services)
		list = append(list,
			port(instance+API, 3001+i),
			port(instance+App, 3101+i),
			port(instance+HTTP, 3501+i),
			port(instance+GRPC, 3601+i),
			port(instance+Metrics, 3701+i),
			port(instance+Internal, 3801+i),
		)
	}
	return list
}

// port makes the variable from the name: "auth-dapr-http" is moved by
// AUTH_DAPR_HTTP_PORT.
func port(name string, number int) Port {
	env := strings.ToUpper(strings.ReplaceAll(name, "-", "_")) + "_PORT"
	return Port{Name: name, Env: env, Default: number, Number: number}
}

// modeEnv chooses where ports go that are not set one by one.
const modeEnv = "PORTS"

// Load reads the ports from the environment: one by one by their variables, and
// all others at once with PORTS=free, which takes ports that nobody
// listens on. Everything that is wrong is reported at once.
func Load(getenv func(string) string, replicas int) (List, error) {
	list := DefaultsFor(replicas)
	var problems []error
	set := make(map[string]bool, len(list))
	for i, p := range list {
		value := getenv(p.Env)
		if value == "" {
			continue
		}
		number, err := strconv.Atoi(value)
		if err != nil || number < 1 || number > 65535 {
			problems = append(problems, fmt.Errorf("%s is %q: it must be a port, from 1 to 65535", p.Env, value))
			continue
		}
		list[i].Number = number
		set[p.Name] = true
	}
	switch mode := getenv(modeEnv); mode {
	case "":
	case "free":
		if err := takeFree(list, set); err != nil {
			problems = append(problems, err)
		}
	default:
		problems = append(problems, fmt.Errorf("%s is %q: it can only be free, or absent", modeEnv, mode))
	}
	return list, errors.Join(append(problems, list.collisions())...)
}

// collisions names the ports that are given twice.
func (l List) collisions() error {
	owner := make(map[int]Port, len(l))
	var problems []error
	for _, p := range l {
		if first, taken := owner[p.Number]; taken {
			problems = append(problems, fmt.Errorf("%s and %s are both %d: give one of them another port", first.Env, p.Env, p.Number))
			continue
		}
		owner[p.Number] = p
	}
	return errors.Join(problems...)
}

// Number returns the number of the port with the name. It panics on a name that
// is not in the list.
func (l List) Number(name string) int {
	i := slices.IndexFunc(l, func(p Port) bool { return p.Name == name })
	if i < 0 {
		panic("no port is called " + name)
	}
	return l[i].Number
}

// Addr is the loopback address of the port with the name, as host:port.
func (l List) Addr(name string) string { return Loopback(l.Number(name)) }

// Loopback is the address of a port on this machine, as host:port.
func Loopback(number int) string { return "127.0.0.1:" + strconv.Itoa(number) }

// Moved says whether any port is not at its default.
func (l List) Moved() bool { return slices.ContainsFunc(l, Port.Moved) }

// Free says whether any port was chosen by PORTS=free.
func (l List) Free() bool { return slices.ContainsFunc(l, func(p Port) bool { return p.Free }) }

// ListOf is the list of the ports that have these numbers, by their names.
func ListOf(numbers map[string]int) List {
	var list List
	for _, p := range DefaultsFor(MaxReplicas) {
		if number, ok := numbers[p.Name]; ok {
			p.Number = number
			list = append(list, p)
		}
	}
	return list
}

// Numbers is the list as name → number.
func (l List) Numbers() map[string]int {
	numbers := make(map[string]int, len(l))
	for _, p := range l {
		numbers[p.Name] = p.Number
	}
	return numbers
}

// Env is the list as VARIABLE=number lines, for child processes.
func (l List) Env() []string {
	env := make([]string, 0, len(l))
	for _, p := range l {
		env = append(env, p.Env+"="+strconv.Itoa(p.Number))
	}
	return env
}
