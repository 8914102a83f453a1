//go:build unix && !linux

package stack

import (
	"os/exec"
	"strconv"
	"strings"
)

// processes is the table of processes. Those that have ended and wait to be
// collected are left out.
func processes() ([]process, error) {
	out, err := exec.Command("ps", "-axo", "pid=,ppid=,stat=,args=").Output()
	if err != nil {
		return nil, err
	}
	var table []process
	for line := range strings.Lines(string(out)) {
		fields := strings.Fields(line)
		if len(fields) < 4 || strings.HasPrefix(fields[2], "Z") {
			continue
		}
		pid, err := strconv.Atoi(fields[0])
		if err != nil {
			continue
		}
		parent, err := strconv.Atoi(fields[1])
		if err != nil {
			continue
		}
		table = append(table, process{pid: pid, parent: parent, args: strings.Join(fields[3:], " ")})
	}
	return table, nil
}
