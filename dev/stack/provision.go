package stack

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"syscall"
	"time"

	"ticketx/dev/broker"
	"ticketx/dev/config"
	"ticketx/dev/daprfile"
	"ticketx/dev/ports"
	"ticketx/dev/secrets"
)

// Provision makes what the sidecars expect to find: folders, secrets, streams,
// and consumers with the settings that the component asks for. The broker must
// run. Doing it again changes nothing.
func Provision(ctx context.Context, cfg config.Config) error {
	if err := makeFolders(cfg); err != nil {
		return err
	}
	if err := secrets.Make(filepath.Join(cfg.Data(), "secrets.json")); err != nil {
		return err
	}
	want, err := wantedConsumer(filepath.Join(cfg.Root, "components", "pubsub", "jetstream", "pubsub.yaml"))
	if err != nil {
		return err
	}
	return broker.Provision(ctx, cfg.Ports.Addr(ports.NATS), want)
}

// wantedConsumer reads from the component how it will ask for its consumers.
func wantedConsumer(path string) (want broker.Consumer, err error) {
	values, err := daprfile.Metadata(path)
	if err != nil {
		return want, err
	}
	if value := values["ackWait"]; value != "" {
		if want.AckWait, err = time.ParseDuration(value); err != nil {
			return want, fmt.Errorf("%s: ackWait: %w", path, err)
		}
	}
	if value := values["maxAckPending"]; value != "" {
		if want.MaxAckPending, err = strconv.Atoi(value); err != nil {
			return want, fmt.Errorf("%s: maxAckPending: %w", path, err)
		}
	}
	return want, nil
}

// makeFolders makes the folders that programs expect to find.
func makeFolders(cfg config.Config) error {
	for _, folder := range []string{
		filepath.Join(cfg.Data(), "state"), filepath.Join(cfg.Data(), "redis"),
		cfg.Logs(), cfg.Run(), filepath.Join(runtimePath(cfg), ".dapr", "bin"),
	} {
		if err := os.MkdirAll(folder, 0o755); err != nil {
			return err
		}
	}
	return linkRuntime(cfg)
}

// forgetNames removes the file in which the sidecars of an earlier run said
// where they were.
func forgetNames(cfg config.Config) error {
	for _, file := range []string{"names.db", "names.db-wal", "names.db-shm"} {
		if err := os.Remove(filepath.Join(cfg.Data(), file)); err != nil && !errors.Is(err, os.ErrNotExist) {
			return err
		}
	}
	return nil
}

// runtimePath is the folder for DAPR_RUNTIME_PATH.
func runtimePath(cfg config.Config) string { return filepath.Join(cfg.Run(), "runtime") }

// linkRuntime puts daprd where the Dapr CLI looks for it.
func linkRuntime(cfg config.Config) error {
	link := filepath.Join(runtimePath(cfg), ".dapr", "bin", "daprd")
	if err := os.Remove(link); err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	return os.Symlink(cfg.Tool("daprd"), link)
}

// Lock makes sure that one run at a time uses the folder of a stack. The error
// says who does.
func Lock(cfg config.Config) (unlock func(), err error) {
	if err := os.MkdirAll(cfg.Run(), 0o755); err != nil {
		return nil, err
	}
	f, err := os.OpenFile(filepath.Join(cfg.Run(), "lock"), os.O_CREATE|os.O_RDWR, 0o644)
	if err != nil {
		return nil, err
	}
	if syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB) != nil {
		holder, _ := io.ReadAll(f) // for the message alone
		_ = f.Close()
		return nil, fmt.Errorf("the system is running already (process %s) in %s: stop it, or set TICKETX_DIR and PORTS=free for a second one", holder, cfg.Display(cfg.Dir))
	}
	if err = f.Truncate(0); err == nil {
		_, err = f.WriteString(strconv.Itoa(os.Getpid()))
	}
	if err != nil {
		_ = f.Close()
		return nil, err
	}
	return func() { _ = f.Close() }, nil
}

// locked says whether a run uses the folder now. The system gives the lock back
// when its holder ends, however it does.
func locked(cfg config.Config) bool {
	f, err := os.Open(filepath.Join(cfg.Run(), "lock"))
	if err != nil {
		return false
	}
	defer func() { _ = f.Close() }()
	return syscall.Flock(int(f.Fd()), syscall.LOCK_SH|syscall.LOCK_NB) != nil
}

// Reset forgets everything that the system has kept. It refuses while the
// system runs.
func Reset(cfg config.Config) error {
	unlock, err := Lock(cfg)
	if err != nil {
		return err
	}
	defer unlock()
	return os.RemoveAll(cfg.Data())
}
