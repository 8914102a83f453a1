//go:build unix && !linux

package stack

import (
	"os/exec"
	"strconv"
	"strings"
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

// commandLine is the command line of the process, empty when it has ended.
func commandLine(pid int) string {
	out, err := exec.Command("ps", "-o", "args=", "-p", strconv.Itoa(pid)).Output()
	if err != nil {
		return ""
	}
	return strings.TrimSpace(string(out))
}
