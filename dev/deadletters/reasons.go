package deadletters

import (
	"bufio"
	"bytes"
	"encoding/json"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// maxLine is the longest line of a log that is read.
const maxLine = 1 << 20

// readReasons finds in the logs of a folder who dropped an event, and why, by the
// event's id: the last reason of each consumer. They alone know; what their logs
// no longer say is left out.
func readReasons(folder string) map[string]string {
	byService := make(map[string]map[string]string)
	logs, _ := filepath.Glob(filepath.Join(folder, "*.log")) // the pattern is well formed
	for _, log := range logs {
		addReasons(byService, log)
	}
	reasons := make(map[string]string, len(byService))
	for event, whys := range byService {
		reasons[event] = together(whys)
	}
	return reasons
}

// together names each reason once, with the services that gave it.
func together(whys map[string]string) string {
	byReason := make(map[string][]string)
	for _, service := range slices.Sorted(maps.Keys(whys)) {
		byReason[whys[service]] = append(byReason[whys[service]], service)
	}
	var all []string
	for why, services := range byReason {
		all = append(all, strings.Join(services, ", ")+": "+why)
	}
	slices.Sort(all)
	return strings.Join(all, " | ")
}

// addReasons adds what a log says, by event and service.
func addReasons(reasons map[string]map[string]string, log string) {
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
		if reasons[said.Event] == nil {
			reasons[said.Event] = make(map[string]string)
		}
		reasons[said.Event][said.Service] = strings.ReplaceAll(said.Err, "\n", ": ") // a row is a line
	}
}
