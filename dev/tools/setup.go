package tools

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"ticketx/dev/config"
	"ticketx/kit/proc"
)

// heartbeat is how often a build that goes on says so.
const heartbeat = 30 * time.Second

// setup is one run of Setup.
type setup struct {
	cfg config.Config
	out io.Writer
}

// Setup makes the tools that are missing or out of date, one after the other,
// and says what it does. It takes up where an interrupted one ended, and does
// nothing when all is there. Two at once wait for each other.
func Setup(ctx context.Context, cfg config.Config, out io.Writer, wanted []Tool) error {
	if cfg.ReadyTools {
		return present(cfg, wanted)
	}
	s := &setup{cfg: cfg, out: out}
	todo, err := s.outdated(wanted)
	if err != nil || len(todo) == 0 {
		return err
	}
	if _, err := exec.LookPath("go"); err != nil {
		return errors.New("Go is not installed or not in PATH: get it from https://go.dev/dl") //nolint:staticcheck // "Go" is a name
	}

	unlock, err := s.lock()
	if err != nil {
		return err
	}
	defer unlock()
	if todo, err = s.outdated(wanted); err != nil { // another setup may have made them meanwhile
		return err
	}

	began := time.Now()
	todo, err = s.useInstalled(ctx, todo)
	if err != nil {
		return err
	}
	var minutes float64
	for _, t := range todo {
		minutes += t.Minutes
	}
	if len(todo) > 0 {
		fmt.Fprintf(out, "setup: %d tools to build from their Go modules, once; about %.0f min on two cores. Ctrl-C is fine: the next run goes on from there.\n", len(todo), max(minutes, 1))
	}
	for i, t := range todo {
		if err := s.build(ctx, t, fmt.Sprintf("%d/%d", i+1, len(todo))); err != nil {
			return err
		}
	}
	fmt.Fprintf(out, "setup: done in %s\n", time.Since(began).Round(time.Second))
	return nil
}

// present checks a folder of tools that somebody else made.
func present(cfg config.Config, wanted []Tool) error {
	var missing []string
	for _, t := range wanted {
		if _, err := os.Stat(cfg.Tool(t.Name)); err != nil {
			missing = append(missing, t.Name)
		}
	}
	if len(missing) > 0 {
		return fmt.Errorf("TICKETX_TOOLS=%s has no %s", cfg.Tools, strings.Join(missing, ", "))
	}
	return nil
}

// outdated is the tools that are not there as they should be.
func (s *setup) outdated(wanted []Tool) ([]Tool, error) {
	var todo []Tool
	for _, t := range wanted {
		want, err := t.fingerprint(s.cfg.Root)
		if err != nil {
			return nil, fmt.Errorf("setup: %w", err)
		}
		_, missing := os.Stat(s.cfg.Tool(t.Name))
		stamp, _ := os.ReadFile(s.stamp(t)) // absent is as good as wrong
		if missing == nil && (string(stamp) == want || s.linksInstalled(t, string(stamp))) {
			continue
		}
		todo = append(todo, t)
	}
	return todo, nil
}

func (s *setup) stamp(t Tool) string {
	return filepath.Join(filepath.Dir(s.cfg.Tools), "stamps", t.Name)
}

// lock makes setups of one checkout wait for each other. The file stays.
func (s *setup) lock() (unlock func(), err error) {
	dir := filepath.Dir(s.cfg.Tools)
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, fmt.Errorf("setup: %w", err)
	}
	f, err := os.OpenFile(filepath.Join(dir, "lock"), os.O_CREATE|os.O_RDWR, 0o644)
	if err != nil {
		return nil, fmt.Errorf("setup: %w", err)
	}
	if syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB) != nil {
		fmt.Fprintln(s.out, "setup: another one is at work here; waiting for it")
		if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX); err != nil {
			_ = f.Close()
			return nil, fmt.Errorf("setup: %w", err)
		}
	}
	return func() { _ = f.Close() }, nil
}

// build builds one tool beside its final place and moves it there when it is
// whole, then says so in its stamp. Interrupted anywhere, the next setup sees
// an old stamp and builds again, with what Go's build cache has kept.
func (s *setup) build(ctx context.Context, t Tool, position string) error {
	version, err := t.Version(s.cfg.Root)
	if err != nil {
		return fmt.Errorf("setup: %w", err)
	}
	fingerprint, err := t.fingerprint(s.cfg.Root)
	if err != nil {
		return fmt.Errorf("setup: %w", err)
	}
	if err := os.MkdirAll(s.cfg.Tools, 0o755); err != nil {
		return fmt.Errorf("setup: %w", err)
	}

	flags := "-s -w"
	if t.LDFlags != "" {
		flags += " " + fmt.Sprintf(t.LDFlags, version)
	}
	half := filepath.Join(s.cfg.Tools, "."+t.Name+".half")
	defer func() { _ = os.Remove(half) }()
	fmt.Fprintf(s.out, "setup: [%s] %s %s …\n", position, t.Name, version)
	began := time.Now()
	p, err := proc.Start(proc.Command{
		Name: "go build",
		Path: "go",
		Args: []string{"build", "-trimpath", "-buildvcs=false", "-ldflags=" + flags, "-o", half, t.Package},
		Dir:  filepath.Join(s.cfg.Root, "tools", t.Family),
		// Without cgo no C compiler is needed, and the programs run anywhere.
		Env: append(os.Environ(), "GOWORK=off", "CGO_ENABLED=0"),
		Log: filepath.Join(filepath.Dir(s.cfg.Tools), "build-"+t.Name+".log"),
	})
	if err != nil {
		return fmt.Errorf("setup: %w", err)
	}
	if err := s.await(ctx, p, t, began); err != nil {
		return err
	}

	if err := os.Rename(half, s.cfg.Tool(t.Name)); err != nil {
		return fmt.Errorf("setup: %w", err)
	}
	if err := writeWhole(s.stamp(t), fingerprint); err != nil {
		return fmt.Errorf("setup: %w", err)
	}
	fmt.Fprintf(s.out, "setup: [%s] %s %s built in %s\n", position, t.Name, version, time.Since(began).Round(time.Second))
	return nil
}

// await waits for a build, and stops it when ctx ends.
func (s *setup) await(ctx context.Context, p *proc.Process, t Tool, began time.Time) error {
	beat := time.NewTicker(heartbeat)
	defer beat.Stop()
	for {
		select {
		case <-beat.C:
			fmt.Fprintf(s.out, "setup:       %s: %s so far\n", t.Name, time.Since(began).Round(time.Second))
		case <-ctx.Done():
			p.Stop(5 * time.Second)
			return fmt.Errorf("setup: interrupted while building %s; run it again to go on", t.Name)
		case <-p.Done():
			if err := p.Err(); err != nil {
				return fmt.Errorf("setup: %s could not be built (%w). The modules come from the network the first time; run it again to go on. The last lines of the build:\n  %s",
					t.Name, err, strings.Join(p.Tail(10), "\n  "))
			}
			return nil
		}
	}
}

// writeWhole writes a file so that others see it whole or not at all.
func writeWhole(path, content string) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	half := path + ".half"
	if err := os.WriteFile(half, []byte(content), 0o644); err != nil {
		return err
	}
	return os.Rename(half, path)
}
