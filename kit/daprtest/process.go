package daprtest

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/hashicorp/consul/sdk/freeport"
)

const (
	// startTimeout is how long a process may take until it answers. It is long
	// because test packages start theirs at the same time on few cores.
	startTimeout = 60 * time.Second
	stopTimeout  = 5 * time.Second
)

// Process is a program that a test runs. It is stopped when the test ends.
type Process struct {
	name string
	cmd  *exec.Cmd
	done chan struct{}
	stop sync.Once
}

// Run runs a program with its output in a file that is shown when the test fails.
// env is added to the test's environment.
func Run(t testing.TB, name, path string, env []string, args ...string) *Process {
	t.Helper()
	logPath := filepath.Join(t.TempDir(), name+".log")
	log, err := os.Create(logPath)
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(path, args...)
	cmd.Stdout, cmd.Stderr = log, log
	cmd.Env = append(os.Environ(), env...)
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := cmd.Start(); err != nil {
		t.Fatalf("start %s: %v", name, err)
	}
	p := &Process{name: name, cmd: cmd, done: make(chan struct{})}
	go func() {
		_ = cmd.Wait()
		close(p.done)
	}()
	t.Cleanup(func() {
		p.Stop()
		_ = log.Close()
		if t.Failed() {
			showLog(t, name, logPath)
		}
	})
	return p
}

func showLog(t testing.TB, name, path string) {
	const shown = 4 << 10
	content, err := os.ReadFile(path)
	if err != nil {
		return
	}
	t.Logf("the end of the log of %s:\n%s", name, content[max(0, len(content)-shown):])
}

// PID is the id of the process.
func (p *Process) PID() int { return p.cmd.Process.Pid }

// Kill ends the process at once, as a crash does, and waits until it is gone.
func (p *Process) Kill() {
	_ = p.cmd.Process.Kill()
	<-p.done
}

// Terminate asks the process to end, and waits for nothing.
func (p *Process) Terminate() { _ = p.cmd.Process.Signal(syscall.SIGTERM) }

// Ended is closed when the process has ended.
func (p *Process) Ended() <-chan struct{} { return p.done }

// Stop asks the process to end, and ends it when it does not.
func (p *Process) Stop() {
	p.stop.Do(func() {
		_ = p.cmd.Process.Signal(syscall.SIGTERM)
		select {
		case <-p.done:
		case <-time.After(stopTimeout):
			p.Kill()
		}
	})
}

// AwaitAnswer waits until a GET of the path on the port is answered with success.
func (p *Process) AwaitAnswer(t testing.TB, port int, path string) {
	t.Helper()
	p.waitFor(t, answers(port, path))
}

// waitFor polls ready until it reports true, and fails the test when the
// process ends before.
func (p *Process) waitFor(t testing.TB, ready func() bool) {
	t.Helper()
	deadline := time.After(startTimeout)
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for !ready() {
		select {
		case <-p.done:
			t.Fatalf("%s ended while it started", p.name)
		case <-deadline:
			t.Fatalf("%s does not answer after %s", p.name, startTimeout)
		case <-tick.C:
		}
	}
}

func listens(port int) func() bool {
	return func() bool {
		conn, err := net.DialTimeout("tcp", Addr(port), time.Second)
		if err != nil {
			return false
		}
		_ = conn.Close()
		return true
	}
}

func answers(port int, path string) func() bool {
	return func() bool {
		ctx, cancel := context.WithTimeout(context.Background(), time.Second)
		defer cancel()
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+Addr(port)+path, http.NoBody)
		if err != nil {
			return false
		}
		res, err := http.DefaultClient.Do(req)
		if err != nil {
			return false
		}
		_ = res.Body.Close()
		return res.StatusCode < http.StatusMultipleChoices
	}
}

// Addr is the address of a port on loopback.
func Addr(port int) string { return net.JoinHostPort("127.0.0.1", strconv.Itoa(port)) }

// FreePorts returns n ports on loopback that nobody listens on and that no other
// test takes until t ends: each test process has a block of its own, below the
// range from which the system gives out ports by itself.
func FreePorts(t testing.TB, n int) []int {
	t.Helper()
	ports, err := freeport.Take(n)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { freeport.Return(ports) })
	return ports
}

// Tool finds a program: in TICKETX_TOOLS, in the repository's tools, on the
// PATH. Without it the test skips, or fails where REQUIRE_DAPRD is set, as in
// CI.
func Tool(t testing.TB, name string) string {
	t.Helper()
	for _, dir := range []string{os.Getenv("TICKETX_TOOLS"), filepath.Join(Root(t), ".ticketx", "tools", "bin")} {
		path := filepath.Join(dir, name)
		if info, err := os.Stat(path); dir != "" && err == nil && !info.IsDir() {
			return path
		}
	}
	if path, err := exec.LookPath(name); err == nil {
		return path
	}
	message := fmt.Sprintf("%s is not here; `make setup` builds the tools", name)
	if os.Getenv("REQUIRE_DAPRD") != "" {
		t.Fatal(message)
	}
	t.Skip(message)
	return ""
}

// Root returns the root of the repository: the folder with go.work.
func Root(t testing.TB) string {
	t.Helper()
	dir, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for {
		if _, err := os.Stat(filepath.Join(dir, "go.work")); err == nil {
			return dir
		}
		if dir == filepath.Dir(dir) {
			t.Fatal("no go.work above the working directory")
		}
		dir = filepath.Dir(dir)
	}
}
