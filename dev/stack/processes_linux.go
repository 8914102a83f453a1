package stack

import (
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"ticketx/dev/config"
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
		args, err := os.ReadFile(filepath.Join(filepath.Dir(path), "cmdline"))
		if err != nil {
			continue
		}
		found = append(found, process{pid: pid, args: strings.ReplaceAll(string(args), "\x00", " ")})
	}
	return found, nil
}

// hasEnv says whether the process was started with the variable, given as
// NAME=value.
func hasEnv(pid int, variable string) bool {
	env, err := os.ReadFile(filepath.Join("/proc", strconv.Itoa(pid), "environ"))
	return err == nil && slices.Contains(strings.Split(string(env), "\x00"), variable)
}

// marked is the processes that bear the stack's mark, whoever their parent is.
func marked(cfg config.Config) (found []process) {
	all, _ := filepath.Glob("/proc/[0-9]*") // the pattern is well formed
	for _, dir := range all {
		pid, err := strconv.Atoi(filepath.Base(dir))
		if err != nil || !hasEnv(pid, stackEnv+"="+cfg.Dir) {
			continue
		}
		if args, err := os.ReadFile(filepath.Join(dir, "cmdline")); err == nil && len(args) > 0 {
			found = append(found, process{pid: pid, args: strings.ReplaceAll(string(args), "\x00", " ")})
		}
	}
	return found
}
