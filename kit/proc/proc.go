// Package proc runs child processes that never outlive their parent.
//
// Each child leads a process group of its own. The group as a whole is stopped
// when its leader ends, however it ends, so grandchildren do not stay behind
// either. Where the kernel offers it (Linux) a child also gets a signal when
// its parent dies without having had a chance to stop it.
//
// Being in another group, a child does not get the terminal's Ctrl-C: its
// parent decides when and in which order children stop.
//
// Unix only.
package proc

import (
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"syscall"
	"time"
)

// Command says what to run.
type Command struct {
	// Name is what people call this child; errors carry it.
	Name string
	// Path is the program, looked up in PATH when it holds no slash.
	Path string
	Args []string
	// Dir is the working directory; empty means the parent's.
	Dir string
	// Env is the whole environment; nil means the parent's.
	Env []string
	// Log is the file that gets the child's output, standard and error. It is
	// emptied first and its folder made where it is missing. Empty means that
	// the output goes to Output.
	Log string
	// Output is a file that is open; nil means that the output is thrown away.
	Output *os.File
	// Orphaned is the signal for a child whose parent has died (Linux only);
	// zero means SIGKILL. A child with children of its own wants SIGTERM, so
	// that it can stop them.
	Orphaned syscall.Signal
}

// Process is a child that was started. Its methods may be called from any
// goroutine.
type Process struct {
	log  string
	cmd  *exec.Cmd
	done chan struct{}
	err  error // how it ended; read after done
}

// Start starts the child. The error names it.
func Start(c Command) (*Process, error) {
	cmd := exec.Command(c.Path, c.Args...)
	cmd.Dir = c.Dir
	cmd.Env = c.Env
	orphaned := c.Orphaned
	if orphaned == 0 {
		orphaned = syscall.SIGKILL
	}
	cmd.SysProcAttr = attributes(orphaned)
	if c.Output != nil { // a nil file is no nil writer
		cmd.Stdout, cmd.Stderr = c.Output, c.Output
	}

	if c.Log != "" {
		if err := os.MkdirAll(filepath.Dir(c.Log), 0o755); err != nil {
			return nil, fmt.Errorf("start %s: %w", c.Name, err)
		}
		// The child writes to the file itself: no pipe, so nothing is lost and
		// nothing blocks when the parent is slow or gone.
		log, err := os.OpenFile(c.Log, os.O_CREATE|os.O_TRUNC|os.O_WRONLY|os.O_APPEND, 0o644)
		if err != nil {
			return nil, fmt.Errorf("start %s: %w", c.Name, err)
		}
		defer func() { _ = log.Close() }()
		cmd.Stdout, cmd.Stderr = log, log
	}

	if err := startFromLastingThread(cmd); err != nil {
		return nil, fmt.Errorf("start %s: %w", c.Name, err)
	}
	p := &Process{log: c.Log, cmd: cmd, done: make(chan struct{})}
	go p.wait()
	return p, nil
}

func (p *Process) wait() {
	p.err = p.cmd.Wait()
	// Whoever the leader left behind goes with it.
	_ = syscall.Kill(-p.PID(), syscall.SIGKILL)
	close(p.done)
}

// PID is the child's process id, which is also the id of its group.
func (p *Process) PID() int { return p.cmd.Process.Pid }

// Done is closed when the child has ended and its group was stopped.
func (p *Process) Done() <-chan struct{} { return p.done }

// Err waits for the end of the child and says how it ended: nil for status 0.
func (p *Process) Err() error {
	<-p.done
	return p.err
}

// Stop asks the group to end with SIGTERM, and ends it with SIGKILL when its
// leader still lives after grace. It returns when the child has ended; stopping
// twice is harmless.
func (p *Process) Stop(grace time.Duration) {
	select {
	case <-p.done: // the id may belong to somebody else by now
		return
	default:
	}
	_ = syscall.Kill(-p.PID(), syscall.SIGTERM)
	select {
	case <-p.done:
		return
	case <-time.After(grace):
	}
	_ = syscall.Kill(-p.PID(), syscall.SIGKILL)
	<-p.done
}

// Kill ends the group at once with SIGKILL, as a crash would, and returns when
// the child has ended.
func (p *Process) Kill() {
	select {
	case <-p.done:
		return
	default:
	}
	_ = syscall.Kill(-p.PID(), syscall.SIGKILL)
	<-p.done
}

// Tail returns the last n lines of the child's log, fewer where there are
// fewer, and none without a log.
func (p *Process) Tail(n int) []string { return Tail(p.log, n) }

// tailBytes is how much of a log's end Tail looks at.
const tailBytes = 64 << 10

// Tail returns the last n lines of a file. What cannot be read has no lines.
func Tail(path string, n int) []string {
	f, err := os.Open(path)
	if err != nil {
		return nil
	}
	defer func() { _ = f.Close() }()
	info, err := f.Stat()
	if err != nil {
		return nil
	}
	from := max(0, info.Size()-tailBytes)
	text, err := io.ReadAll(io.NewSectionReader(f, from, tailBytes))
	if err != nil {
		return nil
	}
	trimmed := strings.TrimRight(string(text), "\n")
	if trimmed == "" {
		return nil
	}
	lines := strings.Split(trimmed, "\n")
	return lines[max(0, len(lines)-n):]
}

// Alive says whether a process with this id exists. A process that ended and
// that nobody has waited for yet counts as alive.
func Alive(pid int) bool {
	err := syscall.Kill(pid, 0)
	return err == nil || errors.Is(err, syscall.EPERM)
}

// spawner is a goroutine that keeps its thread for ever. Linux sends the
// death signal when the *thread* that started the child ends, and Go may end
// any other thread (prctl(2), PR_SET_PDEATHSIG).
var spawner = sync.OnceValue(func() chan<- func() {
	jobs := make(chan func())
	go func() {
		runtime.LockOSThread()
		for job := range jobs {
			job()
		}
	}()
	return jobs
})

func startFromLastingThread(cmd *exec.Cmd) error {
	started := make(chan error)
	spawner() <- func() { started <- cmd.Start() }
	return <-started
}
