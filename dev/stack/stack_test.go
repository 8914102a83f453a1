package stack

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"ticketx/dev/config"
	"ticketx/dev/ports"
	"ticketx/kit/proc"
)

// newStack is a stack in a folder of its own, with what it says.
func newStack(t *testing.T) (*stack, *bytes.Buffer) {
	t.Helper()
	root := t.TempDir()
	cfg := config.Config{
		Root: root, Dir: filepath.Join(root, ".ticketx"),
		Tools: filepath.Join(root, ".ticketx", "tools", "bin"),
		Ports: ports.Defaults(), State: config.DefaultState,
	}
	require.NoError(t, makeFolders(cfg))
	var out bytes.Buffer
	s := &stack{cfg: cfg, out: &out, began: time.Now(), crashes: make(chan *Crash, 8)}
	t.Cleanup(func() {
		for _, p := range s.parts {
			p.process.Kill()
		}
	})
	return s, &out
}

// script is a part that runs a shell script, and that is ready when the file
// named ready is in the stack's folder.
func (s *stack) script(name, text string) *part {
	p := s.newPart(name, "sh", func(context.Context) error {
		_, err := os.Stat(filepath.Join(s.cfg.Dir, "ready"))
		return err
	}, "-c", text)
	p.command.Dir = s.cfg.Dir
	return p
}

func TestAPartThatEndsAtTheStartIsNamedWithItsLastLines(t *testing.T) {
	s, _ := newStack(t)

	err := s.launch(t.Context(), s.script("steady", "exec sleep 60"), s.script("broken", "echo no such file >&2; exit 3"))

	var crash *Crash
	require.ErrorAs(t, err, &crash)
	assert.Equal(t, "broken", crash.Part)
	assert.EqualError(t, err, `broken ended unexpectedly (exit status 3). The last lines of .ticketx/logs/broken.log:
    no such file`)
}

func TestACrashEndsTheRun(t *testing.T) {
	s, out := newStack(t)
	require.NoError(t, s.launch(t.Context(), s.script("steady", "touch ready; exec sleep 60")))
	require.NoError(t, s.launch(t.Context(), s.script("weak", "exec sleep 60")))
	steady, weak := s.parts[0].process, s.parts[1].process

	weak.Kill()

	err := s.last(t.Context())
	assert.ErrorContains(t, err, "weak ended unexpectedly (signal: killed) and left nothing in .ticketx/logs/weak.log")
	assert.Contains(t, out.String(), "weak ended; stopping everything else")
	s.stop(nil)
	assert.False(t, proc.Alive(steady.PID()))
	assert.NoFileExists(t, pidFile(s.cfg))
}

// said is a writer that hands over what it is given.
type said chan string

func (s said) Write(b []byte) (int, error) {
	s <- string(b)
	return len(b), nil
}

func TestACrashIsOnlyReportedWhereTheRestGoesOn(t *testing.T) {
	s, _ := newStack(t)
	s.cfg.KeepGoing = true
	out := make(said, 8)
	s.out = out
	ctx, cancel := context.WithCancel(t.Context())
	require.NoError(t, s.launch(ctx, s.script("weak", "touch ready; exec sleep 60")))
	ended := make(chan error, 1)
	go func() { ended <- s.last(ctx) }()

	s.parts[0].process.Kill()
	assert.Contains(t, <-out, "weak ended unexpectedly")
	assert.Empty(t, ended, "it goes on")
	cancel()

	require.ErrorIs(t, <-ended, context.Canceled)
}

func TestASecondCtrlCKillsWhatDoesNotStop(t *testing.T) {
	s, out := newStack(t)
	require.NoError(t, s.launch(t.Context(), s.script("deaf", "trap '' TERM; touch ready; while :; do sleep 1; done")))
	hurry := make(chan struct{})
	close(hurry)

	began := time.Now()
	s.stop(hurry)

	assert.Less(t, time.Since(began), stopLimit)
	assert.Contains(t, out.String(), "not waiting")
	assert.False(t, proc.Alive(s.parts[0].process.PID()))
}

func TestStartEndsWithItsContext(t *testing.T) {
	s, _ := newStack(t)
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	assert.ErrorIs(t, s.launch(ctx, s.script("slow", "exec sleep 60")), context.DeadlineExceeded)
}

func TestOneRunAtATime(t *testing.T) {
	s, _ := newStack(t)
	unlock, err := Lock(s.cfg)
	require.NoError(t, err)

	_, err = Lock(s.cfg)
	require.ErrorContains(t, err, "is running already (process "+strconv.Itoa(os.Getpid())+") in .ticketx")
	require.ErrorContains(t, Reset(s.cfg), "is running already")
	assert.DirExists(t, s.cfg.Data())

	unlock()
	require.NoError(t, Reset(s.cfg))
	assert.NoDirExists(t, s.cfg.Data())
	assert.DirExists(t, s.cfg.Logs())
}

func TestOnlyWhatHoldsTheLockRuns(t *testing.T) {
	s, _ := newStack(t)
	_, err := Running(s.cfg)
	require.EqualError(t, err, "nothing runs in .ticketx: start it with `make run`")
	require.NoError(t, writeJSON(portFile(s.cfg), s.cfg.UsedPorts().Numbers()))
	require.NoError(t, writeJSON(pidFile(s.cfg), map[string]int{"orders": os.Getpid()}))
	unlock, err := Lock(s.cfg)
	require.NoError(t, err)

	address, err := Address(s.cfg)
	require.NoError(t, err)
	assert.Equal(t, "http://127.0.0.1:8080", address)

	unlock() // as the system does when the run is killed; its files stay
	_, err = Address(s.cfg)
	assert.ErrorContains(t, err, "nothing runs in .ticketx")
}

func TestLeftoversOfAKilledRunAreEnded(t *testing.T) {
	s, out := newStack(t)
	start := func(env []string) *proc.Process {
		p, err := proc.Start(proc.Command{Name: "left", Path: "sleep", Args: []string{"60"}, Env: env})
		require.NoError(t, err)
		t.Cleanup(p.Kill)
		return p
	}
	left, stranger := start(environment(s.cfg)), start(os.Environ())
	require.NoError(t, writeJSON(pidFile(s.cfg), map[string]int{"orders": left.PID(), "nats": stranger.PID()}))

	killLeftovers(s.cfg, out)

	assert.Error(t, left.Err(), "it was killed")
	assert.True(t, proc.Alive(stranger.PID()), "its id was used again by a program that is not ours")
	assert.Contains(t, out.String(), "(process "+strconv.Itoa(left.PID())+") is left from a run that was killed")
	assert.NoFileExists(t, pidFile(s.cfg))
}
