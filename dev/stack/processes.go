package stack

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"ticketx/dev/config"
)

// process is one that runs.
type process struct {
	pid  int
	args string // the command line, its words separated by spaces
}

// stackEnv marks every process of a stack, down to the services, with the folder
// that is the stack's own.
const stackEnv = "TICKETX_STACK"

// environment is what every part of the stack gets.
func environment(cfg config.Config) []string {
	return append(os.Environ(), stackEnv+"="+cfg.Dir)
}

// killLeftovers ends what a former run of this stack left behind, and waits until
// it is gone. It takes a SIGKILL of the run while it starts the services, or of
// the run and the Dapr CLI at the same moment, or a system without death signals.
// The caller holds the lock, so no run is alive; only processes that bear the
// stack's mark are touched.
func killLeftovers(cfg config.Config, out io.Writer) {
	left := marked(cfg)
	for _, p := range left {
		program, _, _ := strings.Cut(p.args, " ")
		fmt.Fprintf(out, "%s (process %d) is left from a run that was killed: ending it\n", filepath.Base(program), p.pid)
		_ = syscall.Kill(p.pid, syscall.SIGKILL)
	}
	limit := time.NewTimer(stopLimit)
	defer limit.Stop()
	pause := time.NewTicker(20 * time.Millisecond)
	defer pause.Stop()
	for len(left) > 0 {
		select {
		case <-limit.C:
			return // the check of the ports names who is still there
		case <-pause.C:
		}
		left = marked(cfg)
	}
	_ = os.Remove(pidFile(cfg))
}
