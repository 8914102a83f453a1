package stack

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"syscall"

	"ticketx/dev/config"
	"ticketx/dev/ports"
)

// process is one that runs.
type process struct {
	pid  int
	args string // the command line, its words separated by spaces
}

// killLeftovers ends what a former run of this stack left behind, which takes a
// SIGKILL of the run and of the Dapr CLI at the same moment, or a system without
// death signals. The caller holds the lock, so no run is alive. A process is only
// touched when its command line is that of one of ours: ids are used again.
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
		if ours(cfg, commandLine(pid)) {
			fmt.Fprintf(out, "%s (process %d) is left from a run that was killed: ending it\n", name, pid)
			_ = syscall.Kill(pid, syscall.SIGKILL)
		}
	}
	_ = os.Remove(pidFile(cfg))
}

func ours(cfg config.Config, args string) bool {
	for _, mark := range []string{
		cfg.Tools, cfg.Bin(), cfg.Run(),
		filepath.Join("..", "..", ".ticketx", "bin"),
		"redis-server " + cfg.Ports.Addr(ports.Redis),
	} {
		if strings.Contains(args, mark) {
			return true
		}
	}
	return false
}
