package stack

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"ticketx/dev/daprfile"
	"ticketx/dev/ports"
	"ticketx/kit/proc"
)

// watched is the services of a stack whose Dapr CLI has the process id 1, which
// is never asked here.
func watched(t *testing.T) (*services, chan *Crash) {
	t.Helper()
	s, _ := newStack(t)
	s.runFile = filepath.Join(s.cfg.Root, daprfile.Name)
	for _, app := range []string{"orders", "payments"} {
		s.apps = append(s.apps, daprfile.App{AppID: app, AppDirPath: filepath.Join("services", app), DaprHTTPPort: s.cfg.Ports.Number(app + ports.HTTP)})
	}
	s.apps = append(s.apps, daprfile.App{AppID: "orders", AppDirPath: "/run/apps/orders-2", DaprHTTPPort: 3513})
	s.services = newServices(s, 1)
	return s.services, s.crashes
}

// log writes a line as the Dapr CLI would.
func log(t *testing.T, v *services, service, file, line string) {
	t.Helper()
	path := filepath.Join(v.instances[service].folder, ".dapr", "logs", file)
	require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o755))
	require.NoError(t, os.WriteFile(path, []byte(line+"\n"), 0o600))
}

const (
	sidecarLine = "/x/daprd --log-level info --app-id orders --app-port 3103 --dapr-http-port 3503"
	shellLine   = "sh -c ${GO_BUILD:-go build} -o ../../.ticketx/bin/orders ./cmd/orders && exec ../../.ticketx/bin/orders"
	serviceLine = "../../.ticketx/bin/orders "
)

func TestAServiceThatEndsIsNamedWithItsLastLines(t *testing.T) {
	v, crashes := watched(t)
	log(t, v, "orders", "orders_app_20260101000000.log", "of another day")
	log(t, v, "orders", "orders_app_20260102000000.log", "out of memory")
	log(t, v, "orders", "orders_daprd_20260102000000.log", "all is well")

	v.look([]process{{10, sidecarLine}, {11, shellLine}, {12, "/x/something else"}})
	v.look([]process{{10, sidecarLine}, {11, serviceLine}}) // the shell has become the service
	require.Empty(t, crashes)
	pids := make(map[string]int)
	v.addPIDs(pids)
	assert.Equal(t, map[string]int{"orders": 11, "orders-daprd": 10}, pids)
	assert.Equal(t, []string{"out of memory"}, proc.Tail(filepath.Join(v.cfg.Logs(), "orders.log"), 5), "a link with a name that stays")

	v.look([]process{{10, sidecarLine}})

	require.Len(t, crashes, 1)
	assert.EqualError(t, <-crashes, `orders ended unexpectedly. The last lines of .ticketx/logs/orders.log:
    out of memory`)
}

func TestASidecarThatEndsIsNamed(t *testing.T) {
	v, crashes := watched(t)
	log(t, v, "orders", "orders_daprd_20260102000000.log", "cannot reach the store")
	v.look([]process{{10, sidecarLine}, {11, serviceLine}})

	v.look([]process{{11, serviceLine}})

	require.Len(t, crashes, 1)
	assert.ErrorContains(t, <-crashes, "orders-daprd ended unexpectedly")
}

func TestReplicasAreToldApart(t *testing.T) {
	v, crashes := watched(t)
	second := strings.NewReplacer("3503", "3513", "3103", "3113")

	v.look([]process{
		{10, sidecarLine},
		{11, serviceLine},
		{20, second.Replace(sidecarLine)},
		{21, serviceLine + "orders-2 "},
	})

	pids := make(map[string]int)
	v.addPIDs(pids)
	assert.Equal(t, map[string]int{"orders": 11, "orders-daprd": 10, "orders-2": 21, "orders-2-daprd": 20}, pids)
	assert.Empty(t, crashes)
}

func TestAServiceThatIsStartedAgainIsFoundAgain(t *testing.T) {
	v, crashes := watched(t)
	v.look([]process{{11, serviceLine}})
	v.look(nil)
	v.look([]process{{21, serviceLine}})

	assert.Len(t, crashes, 1)
	pids := make(map[string]int)
	v.addPIDs(pids)
	assert.Equal(t, map[string]int{"orders": 21}, pids)
}

func TestNobodyCrashesWhileEverythingStops(t *testing.T) {
	v, crashes := watched(t)
	v.look([]process{{10, sidecarLine}, {11, serviceLine}})
	v.stopping = true
	v.look(nil)
	assert.Empty(t, crashes)
}

func TestOldLogsAreRemoved(t *testing.T) {
	v, _ := watched(t)
	for _, day := range "1234567" {
		log(t, v, "orders", "orders_app_2026010"+string(day)+"000000.log", "x")
	}
	v.removeOldLogs()

	left, err := os.ReadDir(filepath.Join(v.instances["orders"].folder, ".dapr", "logs"))
	require.NoError(t, err)
	require.Len(t, left, keptLogs)
	assert.Equal(t, "orders_app_20260103000000.log", left[0].Name())
}

func TestChildrenAreThoseOfTheParentThatLive(t *testing.T) {
	p, err := proc.Start(proc.Command{Name: "sleeper", Path: "sleep", Args: []string{"61"}})
	require.NoError(t, err)
	t.Cleanup(p.Kill)

	childArgs := func() (args []string) {
		found, err := children(os.Getpid())
		require.NoError(t, err)
		for _, child := range found {
			if child.pid == p.PID() {
				args = append(args, child.args)
			}
		}
		return args
	}
	require.Len(t, childArgs(), 1)
	assert.Contains(t, childArgs()[0], "sleep 61")

	p.Kill()
	assert.Empty(t, childArgs())
}
