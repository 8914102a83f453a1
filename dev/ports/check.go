package ports

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"strconv"
	"time"
)

// shownTaken is how many ports that are taken are shown one by one. More of them
// mean that another TicketX runs.
const shownTaken = 6

// Check reports each port of the list that somebody listens on already, with
// who that is where the system tells, and what to do.
func (l List) Check() error {
	var problems []error
	var more int
	for _, p := range l {
		if free(p.Number) {
			continue
		}
		if len(problems) == shownTaken {
			more++
			continue
		}
		by := "another program"
		if holder := holder(p.Number); holder != "" {
			by = holder
		}
		problems = append(problems, fmt.Errorf("port %d is taken by %s: stop it, or set %s to another port", p.Number, by, p.Env))
	}
	if more > 0 {
		problems = append(problems, fmt.Errorf("and %d more: with %s=free and a TICKETX_DIR of its own this system runs beside another one", more, modeEnv))
	}
	return errors.Join(problems...)
}

// free says whether the port can be listened on, on every address: the Dapr CLI
// asks for that. The call is for systems (macOS) that let a program listen on
// all addresses while another listens on one of them.
func free(number int) bool {
	conn, err := net.DialTimeout("tcp", Loopback(number), time.Second)
	if err == nil {
		_ = conn.Close()
		return false
	}
	ln, err := net.Listen("tcp", ":"+strconv.Itoa(number))
	if err != nil {
		return false
	}
	_ = ln.Close()
	return true
}

// Ports to choose from: above the well-known ones, and below those that
// operating systems give to outgoing connections, which would be taken again
// before anything listens on them.
const (
	lowest   = 10000
	highest  = 32000
	attempts = 50
)

// takeFree moves all ports that are not set to a run of free ones. The run
// starts at random, so that stacks which start together do not choose the same.
func takeFree(list List, set map[string]bool) error {
	for range attempts {
		next := lowest + rand.IntN(highest-lowest-len(list))
		if takeRun(list, set, next) {
			return nil
		}
	}
	return fmt.Errorf("%s=free: no run of %d free ports was found", modeEnv, len(list))
}

func takeRun(list List, set map[string]bool, next int) bool {
	for i := range list {
		if set[list[i].Name] {
			continue
		}
		if !free(next) {
			return false
		}
		list[i].Number, list[i].Free = next, true
		next++
	}
	return list.collisions() == nil
}
