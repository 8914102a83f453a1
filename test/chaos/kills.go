//go:build linux

package chaos

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"syscall"
	"time"

	"ticketx/test/system"
)

// When parts die, and for how long they stay away. Several are away at a time.
const (
	firstKill = time.Second
	maxGap    = 1800 * time.Millisecond
	maxAway   = 1500 * time.Millisecond
	// together is one in how many services takes its sidecar with it: then an
	// event that was not told yet is in nobody's memory any more.
	together = 2
)

// Kill is one SIGKILL.
type Kill struct {
	Part string
	At   time.Duration // after the start of the round
	Away time.Duration
}

func (k Kill) String() string {
	return fmt.Sprintf("%6.2fs %-16s away for %.2fs", k.At.Seconds(), k.Part, k.Away.Seconds())
}

// Plan draws the kills of a round: every part once, in any order.
func Plan(seed uint64, parts []string) []Kill {
	dice := rand.New(rand.NewPCG(seed, 0xdead))
	var plan []Kill
	planned := make(map[string]bool)
	at := firstKill
	for _, n := range dice.Perm(len(parts)) {
		part := parts[n]
		if planned[part] {
			continue
		}
		group := []string{part}
		if sidecar := part + sidecarSuffix; slices.Contains(parts, sidecar) && !planned[sidecar] && dice.IntN(together) == 0 {
			group = append(group, sidecar)
		}
		for _, member := range group {
			planned[member] = true
			plan = append(plan, Kill{Part: member, At: at, Away: rand64(dice, maxAway)})
		}
		at += rand64(dice, maxGap)
	}
	return plan
}

func rand64(dice *rand.Rand, limit time.Duration) time.Duration {
	return time.Duration(dice.Int64N(int64(limit)))
}

const sidecarSuffix = "-daprd"

// keeper starts parts again that have died, as a cluster does. It knows which it
// has killed itself.
type keeper struct {
	sys *system.System

	mu        sync.Mutex
	processes map[string]*system.Process
	away      map[string]bool
	exits     []string // parts that ended by themselves
}

// backoff is how long a part that ended by itself stays away.
const backoff = time.Second

func newKeeper(sys *system.System, parts []string) (*keeper, error) {
	k := &keeper{sys: sys, processes: make(map[string]*system.Process), away: make(map[string]bool)}
	for _, part := range parts {
		process, err := sys.Process(part)
		if err != nil {
			return nil, err
		}
		k.processes[part] = process
	}
	return k, nil
}

// carryOut kills by the plan and returns when every part is back.
func (k *keeper) carryOut(ctx context.Context, plan []Kill) error {
	start := time.Now()
	failed := make(chan error, len(plan))
	for _, kill := range plan {
		go func() {
			<-time.After(kill.At - time.Since(start))
			failed <- k.kill(ctx, kill)
		}()
	}
	var first error
	for range plan {
		if err := <-failed; err != nil && first == nil {
			first = err
		}
	}
	return first
}

func (k *keeper) kill(ctx context.Context, kill Kill) error {
	if err := k.take(ctx, kill.Part); err != nil {
		return err
	}
	<-time.After(kill.Away)
	k.mu.Lock()
	defer k.mu.Unlock()
	delete(k.away, kill.Part)
	return k.processes[kill.Part].Restart()
}

// take kills a part and keeps it away. One that has just ended by itself is
// away already.
func (k *keeper) take(ctx context.Context, part string) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.away[part] = true
	err := k.processes[part].Kill(ctx)
	if errors.Is(err, syscall.ESRCH) {
		k.exits = append(k.exits, part)
		return nil
	}
	return err
}

// keep watches the parts until ctx ends, and starts those again that have ended
// by themselves.
func (k *keeper) keep(ctx context.Context) {
	for think(ctx, backoff) {
		for part, process := range k.processes {
			if err := k.revive(part, process); err != nil {
				k.exited(fmt.Sprintf("%s can't be started again: %v", part, err))
			}
		}
	}
}

func (k *keeper) revive(part string, process *system.Process) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.away[part] {
		return nil
	}
	pid, err := k.sys.PID(part)
	if err != nil || system.Alive(pid) {
		return err
	}
	k.exits = append(k.exits, part)
	return process.Restart()
}

func (k *keeper) exited(what string) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.exits = append(k.exits, what)
}

// takeExits returns the parts that have ended by themselves since the last call.
func (k *keeper) takeExits() []string {
	k.mu.Lock()
	defer k.mu.Unlock()
	exits := k.exits
	k.exits = nil
	return exits
}

// describe lists the kills, one in a line.
func describe(plan []Kill) string {
	var b strings.Builder
	for _, kill := range plan {
		fmt.Fprintf(&b, "  %s\n", kill)
	}
	return b.String()
}
