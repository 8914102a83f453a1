//go:build linux

// Package system runs the whole system for the end-to-end tests, by the same
// command that `make run` uses, on free ports and in a folder of its own, and
// lets tests stop, kill and restart its parts.
package system

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"
)

const (
	startTimeout = 3 * time.Minute
	stopTimeout  = 40 * time.Second
)

// System is a running system.
type System struct {
	Base string // the ingress: http://127.0.0.1:PORT

	dir    string
	cmd    *exec.Cmd
	output *transcript
	done   chan struct{}
	exit   error

	mu        sync.Mutex
	restarted []*exec.Cmd
	moved     map[string]int // the processes of parts that were restarted
}

// Start runs the system with its data in dir and waits until it is ready. env
// is added to this process's environment, and wins over it.
func Start(ctx context.Context, dir string, env ...string) (*System, error) {
	root, err := repository()
	if err != nil {
		return nil, err
	}
	return started(ctx, "run", root, dir, env...)
}

// Develop is Start, of the source in another checkout and by the command that
// `make dev` uses: what changes there runs anew.
func Develop(ctx context.Context, checkout, dir string, env ...string) (*System, error) {
	return started(ctx, "dev", checkout, dir, env...)
}

func started(ctx context.Context, command, checkout, dir string, env ...string) (*System, error) {
	s, err := launch(command, checkout, dir, env...)
	if err != nil {
		return nil, err
	}
	if err := s.awaitReady(ctx); err != nil {
		s.Stop()
		return nil, fmt.Errorf("%w; it said:\n%s", err, s.Output())
	}
	return s, nil
}

// launch runs the command in the checkout without waiting for anything.
func launch(command, checkout, dir string, env ...string) (*System, error) {
	root, err := repository()
	if err != nil {
		return nil, err
	}
	s := &System{
		dir:    dir,
		output: &transcript{ready: make(chan struct{})},
		done:   make(chan struct{}),
		moved:  make(map[string]int),
	}
	s.cmd = exec.Command(filepath.Join(root, ".ticketx", "bin", "ticketx"), command)
	s.cmd.Dir = checkout
	// Most tests need no pages; those that do say CLIENT=on.
	s.cmd.Env = append(os.Environ(), "TICKETX_DIR="+dir, "PORTS=free", "CLIENT=off")
	s.cmd.Env = append(s.cmd.Env, env...)
	s.cmd.Stdout, s.cmd.Stderr = s.output, s.output
	// A Ctrl-C at the tests' terminal must reach the tests alone. When they end
	// by it, or in any other way, the system stops as well.
	s.cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGINT}
	if err := start(s.cmd); err != nil {
		return nil, fmt.Errorf("run the system: %w", err)
	}
	go func() {
		s.exit = s.cmd.Wait()
		close(s.done)
	}()
	return s, nil
}

func (s *System) awaitReady(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, startTimeout)
	defer cancel()
	select {
	case <-s.output.ready:
	case <-s.done:
		return fmt.Errorf("the system ended while it started: %w", s.exit)
	case <-ctx.Done():
		return errors.New("the system does not become ready")
	}
	port, err := s.Port("ingress")
	s.Base = "http://" + net.JoinHostPort("127.0.0.1", strconv.Itoa(port))
	return err
}

// Fail runs the system where it can't start or does not stay, waits for its end,
// and returns what it said and how it ended.
func Fail(ctx context.Context, dir string, env ...string) (output string, err error) {
	root, err := repository()
	if err != nil {
		return "", err
	}
	s, err := launch("run", root, dir, env...)
	if err != nil {
		return "", err
	}
	return s.Ended(ctx)
}

// Ended waits for the end of a system that is to end by itself, and returns
// what it said and how it ended.
func (s *System) Ended(ctx context.Context) (output string, err error) {
	select {
	case <-s.done:
		return s.Output(), s.exit
	case <-ctx.Done():
		s.Stop()
		return s.Output(), fmt.Errorf("the system goes on: %w", ctx.Err())
	}
}

// Stop ends the system as Ctrl-C does and waits until it is gone.
func (s *System) Stop() {
	_ = s.cmd.Process.Signal(syscall.SIGINT)
	select {
	case <-s.done:
	case <-time.After(stopTimeout):
		_ = s.cmd.Process.Kill()
		<-s.done
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, cmd := range s.restarted {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	}
	s.restarted = nil
}

// Output returns what the system has said so far.
func (s *System) Output() string { return s.output.String() }

// Port returns a port by its name in ports.json.
func (s *System) Port(name string) (int, error) { return s.number("ports.json", name) }

// PID returns the process of a part by its name in pids.json, or the one that
// Restart has put in its place.
func (s *System) PID(part string) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if pid, ok := s.moved[part]; ok {
		return pid, nil
	}
	return s.number("pids.json", part)
}

func (s *System) number(file, name string) (int, error) {
	all, err := s.numbers(file)
	if err != nil {
		return 0, err
	}
	n, ok := all[name]
	if !ok {
		return 0, fmt.Errorf("%s has no %q, but %v", file, name, all)
	}
	return n, nil
}

func (s *System) numbers(file string) (map[string]int, error) {
	content, err := os.ReadFile(filepath.Join(s.dir, "run", file))
	if err != nil {
		return nil, err
	}
	var all map[string]int
	return all, json.Unmarshal(content, &all)
}

// Command runs a command of ticketx against the system and returns what it says.
func (s *System) Command(ctx context.Context, args ...string) (output string, err error) {
	cmd := exec.CommandContext(ctx, s.cmd.Path, args...)
	cmd.Dir = s.cmd.Dir
	cmd.Env = append(os.Environ(), "TICKETX_DIR="+s.dir)
	said, err := cmd.CombinedOutput()
	return string(said), err
}

// Log returns what the part's process has written, and those that Restart has put
// in its place.
func (s *System) Log(part string) (string, error) {
	first, err := os.ReadFile(filepath.Join(s.dir, "logs", part+".log"))
	if err != nil {
		return "", err
	}
	again, err := os.ReadFile(filepath.Join(s.dir, "logs", part+"-restarted.log"))
	if errors.Is(err, os.ErrNotExist) {
		err = nil
	}
	return string(first) + string(again), err
}

// Ready asks an instance of a service ("orders", "orders-2") whether it is ready,
// past the ingress.
func (s *System) Ready(ctx context.Context, service string) (status int, err error) {
	port, err := s.Port(service + "-api")
	if err != nil {
		return 0, err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet,
		"http://"+net.JoinHostPort("127.0.0.1", strconv.Itoa(port))+"/readyz", http.NoBody)
	if err != nil {
		return 0, err
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return 0, err
	}
	defer func() { _ = res.Body.Close() }()
	_, err = io.Copy(io.Discard, res.Body)
	return res.StatusCode, err
}

// Process is one process of the system, and how to start it again.
type Process struct {
	system *System
	part   string
	pid    int
	path   string
	args   []string
	env    []string
	dir    string
}

// Process returns the part's process as it runs now.
func (s *System) Process(part string) (*Process, error) {
	pid, err := s.PID(part)
	if err != nil {
		return nil, err
	}
	proc := filepath.Join("/proc", strconv.Itoa(pid))
	args, argsErr := os.ReadFile(filepath.Join(proc, "cmdline"))
	env, envErr := os.ReadFile(filepath.Join(proc, "environ"))
	dir, dirErr := os.Readlink(filepath.Join(proc, "cwd"))
	path, pathErr := os.Readlink(filepath.Join(proc, "exe"))
	if err := errors.Join(argsErr, envErr, dirErr, pathErr); err != nil {
		return nil, fmt.Errorf("%s, process %d: %w", part, pid, err)
	}
	path = strings.TrimSuffix(path, " (deleted)") // somebody has built it anew meanwhile
	return &Process{system: s, part: part, pid: pid, path: path, args: split(args), env: split(env), dir: dir}, nil
}

func split(zeroTerminated []byte) []string {
	return strings.Split(string(bytes.TrimSuffix(zeroTerminated, []byte{0})), "\x00")
}

// Set has Restart run the process with another value of a variable.
func (p *Process) Set(name, value string) {
	p.env = append(slices.DeleteFunc(slices.Clone(p.env), func(v string) bool { return strings.HasPrefix(v, name+"=") }), name+"="+value)
}

// Command has Restart run the process with these arguments. A program that gives
// itself a title has overwritten those it was started with.
func (p *Process) Command(args ...string) { p.args = args }

// Kill ends the process as a crash does, and waits until it is gone.
func (p *Process) Kill(ctx context.Context) error {
	if err := syscall.Kill(p.pid, syscall.SIGKILL); err != nil {
		return fmt.Errorf("kill %s: %w", p.part, err)
	}
	return p.Ended(ctx)
}

// Terminate asks the process to end, as whoever replaces it does, and waits until
// it has.
func (p *Process) Terminate(ctx context.Context) error {
	if err := syscall.Kill(p.pid, syscall.SIGTERM); err != nil {
		return fmt.Errorf("terminate %s: %w", p.part, err)
	}
	return p.Ended(ctx)
}

// Ended waits until the process has ended.
func (p *Process) Ended(ctx context.Context) error {
	for Alive(p.pid) {
		select {
		case <-ctx.Done():
			return fmt.Errorf("%s does not end: %w", p.part, ctx.Err())
		case <-time.After(5 * time.Millisecond):
		}
	}
	return nil
}

// Restart runs the process again as it was: the same program, arguments,
// environment and folder.
func (p *Process) Restart() error {
	log, err := os.OpenFile(filepath.Join(p.system.dir, "logs", p.part+"-restarted.log"),
		os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	defer func() { _ = log.Close() }()
	cmd := &exec.Cmd{Path: p.path, Args: p.args, Env: p.env, Dir: p.dir, Stdout: log, Stderr: log}
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	if err := start(cmd); err != nil {
		return fmt.Errorf("restart %s: %w", p.part, err)
	}
	p.pid = cmd.Process.Pid
	p.system.mu.Lock()
	defer p.system.mu.Unlock()
	p.system.restarted = append(p.system.restarted, cmd)
	p.system.moved[p.part] = p.pid
	return nil
}

// Alive reports whether the process runs. One that has ended and waits to be
// collected does not; but as long as one of its threads is left, it still has its
// sockets and files.
func Alive(pid int) bool {
	proc := filepath.Join("/proc", strconv.Itoa(pid))
	stat, err := os.ReadFile(filepath.Join(proc, "stat"))
	if err != nil {
		return false
	}
	// After the name in parentheses comes the state (proc(5)).
	_, rest, _ := strings.Cut(string(stat), ") ")
	if !strings.HasPrefix(rest, "Z") {
		return true
	}
	threads, err := os.ReadDir(filepath.Join(proc, "task"))
	return err == nil && len(threads) > 1
}

// Using returns the processes, whatever their parents, whose command line or
// folder is under dir: what a system that has its data there left behind.
func Using(dir string) []string {
	var found []string
	entries, _ := filepath.Glob("/proc/[0-9]*")
	for _, proc := range entries {
		cmdline, _ := os.ReadFile(filepath.Join(proc, "cmdline"))
		environ, _ := os.ReadFile(filepath.Join(proc, "environ"))
		pid, _ := strconv.Atoi(filepath.Base(proc))
		if pid == os.Getpid() || !Alive(pid) {
			continue
		}
		if bytes.Contains(cmdline, []byte(dir)) || slices.Contains(split(environ), "TICKETX_DIR="+dir) {
			found = append(found, fmt.Sprintf("%d: %s", pid, bytes.ReplaceAll(cmdline, []byte{0}, []byte{' '})))
		}
	}
	return found
}

// transcript keeps what the system says and notices when it says that it is
// ready.
type transcript struct {
	mu    sync.Mutex
	text  bytes.Buffer
	ready chan struct{}
	once  sync.Once
}

// readyLine is how `ticketx run` says that everything answers.
const readyLine = "ready"

func (t *transcript) Write(b []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.text.Write(b)
	lines := bufio.NewScanner(bytes.NewReader(t.text.Bytes()))
	for lines.Scan() {
		if strings.TrimSpace(lines.Text()) == readyLine {
			t.once.Do(func() { close(t.ready) })
		}
	}
	return len(b), nil
}

func (t *transcript) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.text.String()
}

// repository returns the root of the repository: the folder with go.work.
func repository() (string, error) {
	dir, err := os.Getwd()
	if err != nil {
		return "", err
	}
	for dir != filepath.Dir(dir) {
		if _, err := os.Stat(filepath.Join(dir, "go.work")); err == nil {
			return dir, nil
		}
		dir = filepath.Dir(dir)
	}
	return "", errors.New("no go.work above the working directory")
}
