package stack

import (
	"encoding/json"
	"fmt"
	"net"
	"os"
	"strconv"

	"ticketx/dev/config"
	"ticketx/dev/ports"
)

// Address returns where the running system is reached, wherever its ports were
// moved to.
func Address(cfg config.Config) (string, error) {
	all, err := Running(cfg)
	if err != nil {
		return "", err
	}
	return "http://" + net.JoinHostPort("127.0.0.1", strconv.Itoa(all[ports.Ingress])), nil
}

// Running returns the port numbers of the system that runs in the folder, by
// their names. The error says that none does.
func Running(cfg config.Config) (map[string]int, error) {
	if _, err := left(cfg, pidFile(cfg)); err != nil { // until the first part is started
		return nil, err
	}
	return left(cfg, portFile(cfg))
}

// left reads one of the files that a run leaves for others while it lasts. What a
// run that was killed has left counts for nothing.
func left(cfg config.Config, path string) (map[string]int, error) {
	text, err := os.ReadFile(path)
	if err != nil || !locked(cfg) {
		return nil, fmt.Errorf("nothing runs in %s: start it with `make run`", cfg.Display(cfg.Dir))
	}
	var all map[string]int
	if err := json.Unmarshal(text, &all); err != nil {
		return nil, fmt.Errorf("%s: %w", cfg.Display(path), err)
	}
	return all, nil
}
