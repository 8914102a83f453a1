package stack

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// children is the processes whose parent has the id. Those that have ended and
// wait to be collected are left out.
func children(parent int) ([]process, error) {
	stats, err := filepath.Glob("/proc/[0-9]*/stat")
	if err != nil {
		return nil, err
	}
	var found []process
	for _, path := range stats {
		stat, err := os.ReadFile(path)
		if err != nil {
			continue // it has ended meanwhile
		}
		// PID (NAME) STATE PARENT …; the name may hold anything (proc(5)).
		text := string(stat)
		fields := strings.Fields(text[strings.LastIndexByte(text, ')')+1:])
		if len(fields) < 2 || fields[0] == "Z" || fields[1] != strconv.Itoa(parent) {
			continue
		}
		pid, err := strconv.Atoi(filepath.Base(filepath.Dir(path)))
		if err != nil {
			continue
		}
		found = append(found, process{pid: pid, args: commandLine(pid)})
	}
	return found, nil
}

// commandLine is the command line of the process, empty when it has ended.
func commandLine(pid int) string {
	args, err := os.ReadFile(filepath.Join("/proc", strconv.Itoa(pid), "cmdline"))
	if err != nil {
		return ""
	}
	return strings.ReplaceAll(string(args), "\x00", " ")
}
