//go:build linux

package chaos

import (
	"context"
	"fmt"
	"io"
	"maps"
	"math/rand/v2"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"

	"ticketx/dev/ports"
	"ticketx/standin"
	"ticketx/test/system"
)

// Game is rounds against one running system.
type Game struct {
	Out      io.Writer
	System   *system.System
	Replicas int      // of each service
	Others   []string // parts that are killed besides the services and their sidecars
	Seed     uint64   // of the first round; the next have the next
	Rounds   int
}

// Parts returns the parts that are killed.
func (g Game) Parts() []string {
	parts := slices.Clone(g.Others)
	for _, instance := range ports.Instances(g.Replicas) {
		parts = append(parts, instance, instance+sidecarSuffix)
	}
	return parts
}

// Play plays the rounds and returns how many violations there were. It goes on
// after a violation: one round does not excuse the next.
func (g Game) Play(ctx context.Context) (violations int, err error) {
	k, err := newKeeper(g.System, g.Parts())
	if err != nil {
		return 0, err
	}
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	go k.keep(ctx)
	s := &session{Game: g, keeper: k, observer: &observer{sys: g.System, replicas: g.Replicas}}
	for n := range g.Rounds {
		seed := g.Seed + uint64(n)
		found, err := s.round(ctx, seed)
		if err != nil {
			return violations, fmt.Errorf("seed %d: %w", seed, err)
		}
		violations += found
	}
	return violations, nil
}

// session is a game that is being played.
type session struct {
	Game
	keeper   *keeper
	observer *observer
	before   Earlier
}

// round plays one round and returns how many violations it found.
func (s *session) round(ctx context.Context, seed uint64) (violations int, err error) {
	start := time.Now()
	plan := Plan(seed, s.Parts())
	fmt.Fprintf(s.Out, "seed %d, kills:\n%s", seed, describe(plan))

	astray, err := s.astray(ctx, seed)
	if err != nil {
		return 0, err
	}
	fmt.Fprintf(s.Out, "webhooks: %s\n", astray)
	ledger := &Ledger{}
	l := &load{base: s.System.Base, seed: seed, name: fmt.Sprintf("chaos-%d-%s", seed, uuid.NewString()[:8]), ledger: ledger}
	if err := s.play(ctx, l, plan); err != nil {
		return 0, err
	}
	fmt.Fprintf(s.Out, "answers, %s:\n%s", since(start), tally(ledger.Answers))

	unrest := s.observer.awaitQuiet(ctx)
	fmt.Fprintf(s.Out, "quiet after %s\n", since(start))
	w, err := s.observer.collect(ctx, ledger, l.name)
	if err != nil {
		return 0, err
	}
	wrong := Check(w, ledger, s.before, s.Replicas)
	if unrest != nil {
		wrong = append(wrong, unrest.Error())
	}
	wrong = append(wrong, s.exits()...)
	s.before = s.before.after(w)
	s.report(w, ledger, wrong)
	return len(wrong), nil
}

// astray has some of the round's webhooks come twice, late, in reverse or never.
func (s *session) astray(ctx context.Context, seed uint64) (described string, err error) {
	dice := rand.New(rand.NewPCG(seed, seed))
	address, err := s.observer.address("standin")
	if err != nil {
		return "", err
	}
	var all []string
	for _, kind := range []standin.FaultKind{standin.WebhookTwice, standin.WebhookLate, standin.WebhookReversed, standin.WebhookNever} {
		form := url.Values{"kind": {string(kind)}, "count": {strconv.Itoa(2 + dice.IntN(6))}}
		if kind == standin.WebhookLate {
			form.Set("delay", "1500ms")
		}
		req, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://"+address+"/faults", strings.NewReader(form.Encode()))
		if err != nil {
			return "", err
		}
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		res, err := http.DefaultClient.Do(req)
		if err != nil {
			return "", err
		}
		if err := res.Body.Close(); err != nil {
			return "", err
		}
		if res.StatusCode != http.StatusOK {
			return "", fmt.Errorf("the stand-in does not take the fault %s: %s", kind, res.Status)
		}
		all = append(all, form.Get("count")+" "+strings.TrimPrefix(string(kind), "webhook_"))
	}
	return strings.Join(all, ", "), nil
}

// aftermath is how long people go on when all parts are back.
const aftermath = 4 * time.Second

// play lets the people act until all that is to be killed has been killed and is
// back.
func (s *session) play(ctx context.Context, l *load, plan []Kill) error {
	acting, home := context.WithCancel(ctx)
	defer home()
	played := make(chan error, 1)
	go func() { played <- l.run(acting) }()
	killed := s.keeper.carryOut(ctx, plan)
	think(ctx, aftermath)
	home()
	if err := <-played; err != nil {
		return err
	}
	return killed
}

// exits returns the services that ended by themselves as violations, and prints
// the other parts that did: a sidecar that starts without its broker may give up
// and be started again, as in a cluster.
func (s *session) exits() (wrong []string) {
	for _, part := range s.keeper.takeExits() {
		if slices.Contains(ports.Instances(s.Replicas), part) {
			wrong = append(wrong, part+" ended by itself")
		} else {
			fmt.Fprintf(s.Out, "%s ended by itself and was started again\n", part)
		}
	}
	return wrong
}

func (s *session) report(w *World, l *Ledger, wrong []string) {
	statuses := make(map[string]int)
	paid := make(map[string]bool) // in the processor's book
	for _, c := range w.Book.Charges {
		paid[c.PaymentIntent] = c.Paid
	}
	for _, i := range w.Book.PaymentIntents {
		if w.Orders[i.Metadata[orderKey]].ID != "" && paid[i.ID] {
			statuses["orders charged"]++
		}
	}
	for _, o := range w.Orders {
		statuses["order "+o.Status]++
		if p := w.Payments[o.ID]; p.Status != "" {
			statuses["payment "+p.Status]++
		}
	}
	for _, t := range w.Tickets {
		statuses["ticket "+t.Status]++
	}
	fmt.Fprintf(s.Out, "checked: %d accounts, %d tickets, %d orders, %d payments, %d events, the book of %d charges:\n%s",
		len(l.Accounts), len(w.Tickets), len(w.Orders), len(w.Payments), len(w.Told), len(w.Book.Charges), tally(statuses))
	for _, what := range wrong {
		fmt.Fprintf(s.Out, "VIOLATION: %s\n", what)
	}
	fmt.Fprintf(s.Out, "%d violations\n\n", len(wrong))
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
