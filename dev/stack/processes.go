package stack

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"syscall"

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

// killLeftovers ends what a former run of this stack left behind, which takes a
// SIGKILL of the run and of the Dapr CLI at the same moment, or a system without
// death signals. The caller holds the lock, so no run is alive. Ids are used
// again, so only a process that bears the stack's mark is touched.
func killLeftovers(cfg config.Config, out io.Writer) {
	text, err := os.ReadFile(pidFile(cfg))
	if err != nil {
		return // the last run ended well
	}
	var pids map[string]int
	if json.Unmarshal(text, &pids) != nil {
		return
	}
	for name, pid := range pids {
		if hasEnv(pid, stackEnv+"="+cfg.Dir) {
			fmt.Fprintf(out, "%s (process %d) is left from a run that was killed: ending it\n", name, pid)
			_ = syscall.Kill(pid, syscall.SIGKILL)
		}
	}
	_ = os.Remove(pidFile(cfg))
}
