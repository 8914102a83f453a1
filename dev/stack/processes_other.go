//go:build unix && !linux

package stack

import (
	"encoding/json"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"

	"ticketx/dev/config"
)

// children is the processes whose parent has the id. Those that have ended and
// wait to be collected are left out.
func children(parent int) ([]process, error) {
	out, err := exec.Command("ps", "-axo", "pid=,ppid=,stat=,args=").Output()
	if err != nil {
		return nil, err
	}
	var found []process
	for line := range strings.Lines(string(out)) {
		fields := strings.Fields(line)
		if len(fields) < 4 || fields[1] != strconv.Itoa(parent) || strings.HasPrefix(fields[2], "Z") {
			continue
		}
		pid, err := strconv.Atoi(fields[0])
		if err != nil {
			continue
		}
		found = append(found, process{pid: pid, args: strings.Join(fields[3:], " ")})
	}
	return found, nil
}

// hasEnv says whether the process was started with the variable, given as
// NAME=value. ps shows the environment after the command line.
func hasEnv(pid int, variable string) bool {
	out, err := exec.Command("ps", "-wwE", "-o", "command=", "-p", strconv.Itoa(pid)).Output()
	return err == nil && slices.Contains(strings.Fields(string(out)), variable)
}

// marked is the processes that bear the stack's mark: those that the last run has
// written down, because asking every process takes too long here.
func marked(cfg config.Config) (found []process) {
	text, err := os.ReadFile(pidFile(cfg))
	if err != nil {
		return nil // the last run ended well
	}
	var pids map[string]int
	if json.Unmarshal(text, &pids) != nil {
		return nil
	}
	for name, pid := range pids {
		if hasEnv(pid, stackEnv+"="+cfg.Dir) {
			found = append(found, process{pid: pid, args: name})
		}
	}
	return found
}
