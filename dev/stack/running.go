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
	if _, err := numbers(cfg, pidFile(cfg)); err != nil {
		return "", err
	}
	all, err := numbers(cfg, portFile(cfg))
	if err != nil {
		return "", err
	}
	return "http://" + net.JoinHostPort("127.0.0.1", strconv.Itoa(all[ports.Ingress])), nil
}

// Ports returns the port numbers of the running system by their names. When none
// runs in the folder they are those of the configuration, where a `dapr run -f .`
// of one's own listens.
func Ports(cfg config.Config) map[string]int {
	if _, err := numbers(cfg, pidFile(cfg)); err == nil {
		if all, err := numbers(cfg, portFile(cfg)); err == nil {
			return all
		}
	}
	return cfg.Ports.Numbers()
}

// numbers reads one of the files that a run leaves for others while it lasts.
func numbers(cfg config.Config, path string) (map[string]int, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("nothing runs in %s: start it with `make run`", cfg.Display(cfg.Dir))
	}
	var all map[string]int
	if err := json.Unmarshal(text, &all); err != nil {
		return nil, fmt.Errorf("%s: %w", cfg.Display(path), err)
	}
	return all, nil
}
