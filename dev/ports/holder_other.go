//go:build unix && !linux

package ports

import (
	"fmt"
	"os/exec"
	"strings"
)

// holder names the program that listens on the port, where lsof is there to
// ask. Its -F output has one field a line, its kind in the first letter.
func holder(number int) string {
	out, err := exec.Command("lsof", "-nP", fmt.Sprintf("-iTCP:%d", number), "-sTCP:LISTEN", "-Fpc").Output()
	if err != nil {
		return ""
	}
	var pid, name string
	for line := range strings.Lines(string(out)) {
		line = strings.TrimSpace(line)
		if rest, ok := strings.CutPrefix(line, "p"); ok && pid == "" {
			pid = rest
		}
		if rest, ok := strings.CutPrefix(line, "c"); ok && name == "" {
			name = rest
		}
	}
	if name == "" {
		return ""
	}
	return fmt.Sprintf("%s (process %s)", name, pid)
}
