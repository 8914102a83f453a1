package stack

import (
	"context"
	"crypto/sha256"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"

	"ticketx/dev/ports"
	"ticketx/dev/reload"
	"ticketx/kit/proc"
)

// sources are the folders that the services and the stand-in are made of.
var sources = []string{"kit", "services", standInName}

// watchSources notes what changes from now on: before the first build, so that
// what changes while that and the start go on is not missed.
func (s *stack) watchSources() (err error) {
	var folders []string
	for _, folder := range sources {
		folders = append(folders, filepath.Join(s.cfg.Root, folder))
	}
	s.watcher, err = reload.Watch(folders)
	return err
}

// reload builds what has changed since, and what changes, and has it run, until
// ctx ends.
func (s *stack) reload(ctx context.Context) {
	running := s.programs()
	err := s.watcher.Tell(ctx, func(files []string) {
		first, more := s.cfg.Display(files[0]), ""
		if len(files) > 1 {
			more = fmt.Sprintf(" and %d more", len(files)-1)
		}
		fmt.Fprintf(s.out, "\n%s%s changed\n", first, more)
		if err := s.build(ctx); err != nil {
			if ctx.Err() == nil {
				fmt.Fprintln(s.out, err)
			}
			return
		}
		built := s.programs()
		for name, digest := range built {
			if running[name] != digest {
				s.renew(ctx, name)
			}
		}
		running = built
	})
	if err != nil {
		fmt.Fprintf(s.out, "%v: what changes from now on does not run before the next start\n", err)
	}
}

// programs tells the built programs apart from those that are built later.
func (s *stack) programs() map[string][sha256.Size]byte {
	all := make(map[string][sha256.Size]byte)
	for _, name := range slices.Concat(ports.Services, []string{standInName}) {
		text, err := os.ReadFile(filepath.Join(s.cfg.Bin(), name))
		if err != nil {
			continue // and so different from one that can be read
		}
		all[name] = sha256.Sum256(text)
	}
	return all
}

// renew has the new program run wherever the old one does, and says when it answers.
func (s *stack) renew(ctx context.Context, program string) {
	s.mu.Lock()
	pids := s.pids()
	s.mu.Unlock()
	if program == standInName {
		s.renewPart(ctx, program, pids[program], listens(s.cfg.Ports.Addr(ports.StandIn)))
		return
	}
	for _, name := range s.cfg.Instances() {
		if s.services.instances[name].service == program {
			s.renewPart(ctx, name, pids[name], answers("http://"+s.cfg.Ports.Addr(name+ports.API)+"/readyz"))
		}
	}
}

// renewPart tells the one that keeps a part, whose process has the id, to run the
// new program.
func (s *stack) renewPart(ctx context.Context, name string, pid int, ready func(context.Context) error) {
	began := time.Now()
	old, err := children(pid)
	if err == nil {
		err = syscall.Kill(pid, reload.Newer)
	}
	if err != nil {
		fmt.Fprintf(s.out, "%s cannot be started anew: %v\n", name, err)
		return
	}
	pause := time.NewTicker(100 * time.Millisecond)
	defer pause.Stop()
	for time.Since(began) < startLimit {
		select {
		case <-ctx.Done():
			return
		case <-pause.C:
		}
		if now, err := children(pid); err != nil || slices.ContainsFunc(old, func(p process) bool { return slices.Contains(now, p) }) {
			continue // or the old one answers that the new one is ready
		}
		attempt, cancel := context.WithTimeout(ctx, 2*time.Second)
		err := ready(attempt)
		cancel()
		if err == nil {
			s.say(name+" runs anew", began)
			return
		}
	}
	log := filepath.Join(s.cfg.Logs(), name+".log")
	fmt.Fprintf(s.out, "%s does not answer. The last lines of %s:\n    %s\n",
		name, s.cfg.Display(log), strings.Join(proc.Tail(log, shownLines), "\n    "))
}
