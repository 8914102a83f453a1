//go:build linux

package chaos

import (
	"context"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"

	"ticketx/test/system"
)

// Run plays rounds against one running system, with the seeds that follow from
// the first, and returns how many violations there were. The parts are those
// that are killed. It goes on after a violation: one round does not excuse the
// next.
func Run(ctx context.Context, out io.Writer, sys *system.System, parts []string, seed uint64, rounds int) (violations int, err error) {
	k, err := newKeeper(ctx, sys, parts)
	if err != nil {
		return 0, err
	}
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	go k.keep(ctx)
	g := &game{out: out, sys: sys, keeper: k, parts: parts}
	for n := range rounds {
		found, err := g.round(ctx, seed+uint64(n))
		if err != nil {
			return violations, fmt.Errorf("seed %d: %w", seed+uint64(n), err)
		}
		violations += found
	}
	return violations, nil
}

type game struct {
	out    io.Writer
	sys    *system.System
	keeper *keeper
	parts  []string
	before Earlier
}

// round plays one round and returns how many violations it found.
func (g *game) round(ctx context.Context, seed uint64) (violations int, err error) {
	start := time.Now()
	plan := Plan(seed, g.parts)
	fmt.Fprintf(g.out, "seed %d, kills:\n%s", seed, describe(plan))

	ledger := &Ledger{}
	l := &load{base: g.sys.Base, seed: seed, name: fmt.Sprintf("chaos-%d-%s", seed, uuid.NewString()[:8]), ledger: ledger}
	if err := g.play(ctx, l, plan); err != nil {
		return 0, err
	}
	fmt.Fprintf(g.out, "answers, %s:\n%s", since(start), tally(ledger.Answers))

	o := &observer{sys: g.sys}
	unrest := o.awaitQuiet(ctx)
	fmt.Fprintf(g.out, "quiet after %s\n", since(start))
	w, err := o.collect(ctx, ledger, l.name)
	if err != nil {
		return 0, err
	}
	wrong := Check(w, ledger, g.before)
	if unrest != nil {
		wrong = append(wrong, unrest.Error())
	}
	wrong = append(wrong, g.exits()...)
	g.before = g.before.after(w)
	g.report(w, ledger, wrong)
	return len(wrong), nil
}

// play lets the people act until all that is to be killed has been killed and is
// back.
func (g *game) play(ctx context.Context, l *load, plan []Kill) error {
	acting, home := context.WithCancel(ctx)
	defer home()
	played := make(chan error, 1)
	go func() { played <- l.run(acting) }()
	killed := g.keeper.carryOut(ctx, plan)
	think(ctx, time.Second) // a last second in which all parts are back
	home()
	if err := <-played; err != nil {
		return err
	}
	return killed
}

// exits returns the services that ended by themselves as violations, and prints
// the other parts that did: a sidecar that starts without its broker may give up
// and be started again, as in a cluster.
func (g *game) exits() (wrong []string) {
	for _, part := range g.keeper.takeExits() {
		if slices.Contains(services, part) {
			wrong = append(wrong, part+" ended by itself")
		} else {
			fmt.Fprintf(g.out, "%s ended by itself and was started again\n", part)
		}
	}
	return wrong
}

func (g *game) report(w *World, l *Ledger, wrong []string) {
	statuses := make(map[string]int)
	for _, o := range w.Orders {
		statuses["order "+o.Status]++
		if p := w.Payments[o.ID]; p.Status != "" {
			statuses["payment "+p.Status]++
		}
	}
	for _, t := range w.Tickets {
		statuses["ticket "+t.Status]++
	}
	fmt.Fprintf(g.out, "checked: %d accounts, %d tickets, %d orders, %d payments, %d events, the book of %d charges:\n%s",
		len(l.Accounts), len(w.Tickets), len(w.Orders), len(w.Payments), len(w.Told), len(w.Book.Charges), tally(statuses))
	for _, what := range wrong {
		fmt.Fprintf(g.out, "VIOLATION: %s\n", what)
	}
	fmt.Fprintf(g.out, "%d violations\n\n", len(wrong))
}

func since(start time.Time) time.Duration { return time.Since(start).Round(100 * time.Millisecond) }

// tally lists counts, one in a line.
func tally(counts map[string]int) string {
	var b strings.Builder
	for _, what := range sorted(counts) {
		fmt.Fprintf(&b, "  %5d %s\n", counts[what], what)
	}
	return b.String()
}

func sorted[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
