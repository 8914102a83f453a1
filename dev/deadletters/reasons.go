package deadletters

import (
	"bufio"
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
)

// maxLine is the longest line of a log that is read.
const maxLine = 1 << 20

// readReasons finds in the logs of a folder who dropped an event, and why: the
// last of each, by the event's id. The consumers alone know; what their logs no
// longer say is left out.
func readReasons(folder string) map[string]string {
	reasons := make(map[string]string)
	logs, _ := filepath.Glob(filepath.Join(folder, "*.log")) // the pattern is well formed
	for _, log := range logs {
		addReasons(reasons, log)
	}
	return reasons
}

func addReasons(reasons map[string]string, log string) {
	file, err := os.Open(log)
	if err != nil {
		return // of a run that is gone
	}
	defer func() { _ = file.Close() }()
	lines := bufio.NewScanner(file)
	lines.Buffer(nil, maxLine)
	for lines.Scan() {
		if !bytes.Contains(lines.Bytes(), []byte(`"verdict":"DROP"`)) {
			continue
		}
		var said struct{ Service, Event, Err string }
		// The Dapr CLI puts a name before what a service says.
		start := bytes.IndexByte(lines.Bytes(), '{')
		if start < 0 || json.Unmarshal(lines.Bytes()[start:], &said) != nil || said.Event == "" {
			continue
		}
		reasons[said.Event] = said.Service + ": " + said.Err
	}
}
