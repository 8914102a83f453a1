package orders_test

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"pgregory.net/rapid"

	"ticketx/kit/errs"
	"ticketx/kit/state"
	"ticketx/services/orders"
)

// Whatever people, payments and reminders do to one ticket at the same moment,
// and in whatever order their reads and writes reach the store: one order at a
// time holds the ticket, a closed one never moves, a complete one is the last,
// what was told is what happened, nobody's order gets lost, nobody gets a ticket
// whose seller was told that it is withdrawn, and an order of which a payment was
// begun is complete when it is paid, and cancelled only when it never will be.
func TestEveryInterleavingIsLawful(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		plan := rapid.SliceOfN(rapid.Custom(drawStep), 6, 12)
		plans := rapid.SliceOfN(plan, 2, 4).Draw(r, "plans")
		seed := rapid.Uint64().Draw(r, "seed")
		for n := range uint64(8) {
			var err error
			synctest.Test(t, func(t *testing.T) { err = interleave(t, plans, rand.New(rand.NewPCG(seed, n))) })
			if err != nil {
				r.Fatal(err)
			}
		}
	})
}

// step is one command of somebody's plan. Those about an order take one of those
// that exist at that moment, counted from the newest.
type step struct {
	Do    string
	Order int
}

// often is how often each command is drawn. A complete order and a withdrawal are
// the end of a ticket's story, so they are rare.
const often = "place place place place place cancel cancel cancel show show list expire expire learn begin begin begin charge decline stall withdraw"

func drawStep(r *rapid.T) step {
	return step{
		Do:    rapid.SampledFrom(strings.Fields(often)).Draw(r, "do"),
		Order: rapid.IntRange(0, 9).Draw(r, "order"),
	}
}

// interleave has every plan carried out by a buyer of its own, all at once. Dice
// choose the order of their calls to the store, and when the clock jumps.
func interleave(t *testing.T, plans [][]step, dice *rand.Rand) error {
	g := &gate{Store: state.NewMemory()}
	s := open(g)
	ticketID := s.freshTicket()
	book := &ledger{Store: g.Store, ticketID: ticketID}
	g.Store = book
	s.till.enter = func(ctx context.Context) { g.wait(ctx, "settle") }

	var (
		mu      sync.Mutex
		wrong   []error
		running = len(plans)
	)
	for i, plan := range plans {
		go func() {
			who := fmt.Sprintf("buyer %d", i)
			ctx := context.WithValue(context.Background(), turnKey{}, who)
			var failed []error
			for n, step := range plan {
				if err := step.carryOut(ctx, s, book, who); err != nil {
					failed = append(failed, fmt.Errorf("%s, step %d, %s: %w", who, n+1, step.Do, err))
				}
			}
			mu.Lock()
			defer mu.Unlock()
			wrong = append(wrong, failed...)
			running--
		}()
	}
	for {
		synctest.Wait() // until everybody stands at the gate, or pauses after a lost try
		mu.Lock()
		over := running == 0
		mu.Unlock()
		if over {
			break
		}
		if dice.IntN(40) == 0 {
			s.clock.pass(hold/2 + 1)
		}
		if !g.open(dice) {
			<-time.After(200 * time.Millisecond) // of the bubble's time: the pauses end
		}
	}
	g.openForGood()
	return errors.Join(append(wrong, book.audit(), sumUp(t, s, book, plans))...)
}

// carryOut does the step and returns what can't be right about the answer.
func (p step) carryOut(ctx context.Context, s *shop, book *ledger, who string) error {
	placed := book.placed()
	var o orders.Order
	switch p.Do {
	case "place", "list", "learn", "withdraw":
	default:
		if len(placed) == 0 {
			return nil
		}
		o = placed[len(placed)-1-p.Order%len(placed)]
	}
	allowed := []errs.Kind{errs.KindUnavailable} // too much contention is an answer
	var err error
	switch p.Do {
	case "place":
		allowed = append(allowed, errs.KindConflict)
		var mine orders.Order
		if mine, err = s.Place(ctx, who, book.ticketID, 0); err == nil && mine.BuyerID != who {
			return fmt.Errorf("got the order of %s", mine.BuyerID)
		}
	case "cancel":
		allowed = append(allowed, errs.KindConflict) // complete
		err = s.Cancel(ctx, o.BuyerID, o.ID)
		if got := final(book, o.ID); err == nil && got.Status != orders.StatusCancelled {
			return fmt.Errorf("cancelled, and yet %s", got.Status)
		}
	case "expire":
		err = s.Expire(ctx, book.ticketID, o.ID)
		if !final(book, o.ID).Closed() {
			return nil // it has time left, and is asked for again
		}
	case "begin":
		allowed = append(allowed, errs.KindConflict) // closed, or its time is over
		if _, err = s.BeginPayment(ctx, o.ID); err == nil {
			s.till.open(o.ID)
		}
	case "charge":
		if !s.till.charge(o.ID) {
			return nil
		}
		err = s.Complete(ctx, book.ticketID, o.ID)
		if got := final(book, o.ID); err == nil && got.Status != orders.StatusComplete {
			return fmt.Errorf("paid, and yet %s", got.Status)
		}
	case "decline":
		s.till.change(o.ID, func(p *payment) { p.declined = true })
		err = s.Settle(ctx, book.ticketID, o.ID, true) // payments tells of it
	case "stall": // for a while Stripe can't tell
		s.till.change(o.ID, func(p *payment) { p.pending = !p.pending })
	case "show":
		_, err = s.Order(ctx, o.BuyerID, o.ID)
	case "list":
		_, _, err = s.Of(ctx, who, -1, 100)
	case "learn":
		newer := s.market.listed[book.ticketID]
		newer.Version = int64(p.Order)
		if newer.Version > 0 {
			err = s.Learn(ctx, newer)
		}
	case "withdraw":
		gone := s.withdrawn(book.ticketID)
		gone.Version += 10 // than what is learned
		var holder orders.Holder
		if holder, err = s.Withdraw(ctx, gone); err == nil && holder == orders.HolderNone {
			return book.close()
		}
	}
	if err != nil && !slices.Contains(allowed, errs.KindOf(err)) {
		return err
	}
	return nil
}

// final returns an order that came to be as it was last written.
func final(book *ledger, orderID string) *orders.Order {
	placed := book.placed()
	i := slices.IndexFunc(placed, func(o orders.Order) bool { return o.ID == orderID })
	return &placed[i]
}

// sumUp compares, when all is done, what happened with what the service says
// and with what it has told.
func sumUp(t *testing.T, s *shop, book *ledger, plans [][]step) error {
	var wrong []error
	ctx := context.Background()
	versions := make(map[string][]int64)
	for _, e := range s.broker.published(t, book.ticketID) {
		if !slices.Contains(versions[e.ID], e.Version) {
			versions[e.ID] = append(versions[e.ID], e.Version)
		}
	}
	listed := make(map[string]bool)
	for i := range plans {
		list, _, err := s.Of(ctx, fmt.Sprintf("buyer %d", i), -1, 100)
		wrong = append(wrong, err)
		for _, o := range list {
			listed[o.ID] = true
		}
	}
	placed := book.placed()
	for _, want := range placed {
		wrong = append(wrong, s.till.agrees(want))
		got, err := s.Lookup(ctx, want.ID)
		if err != nil || got.Version != want.Version || got.Status != want.Status {
			wrong = append(wrong, fmt.Errorf("order %s is shown as %s: %w", want.ID, got.Status, err))
		}
		if !listed[want.ID] {
			wrong = append(wrong, fmt.Errorf("order %s is not in its buyer's list", want.ID))
		}
		if told := slices.Sorted(slices.Values(versions[want.ID])); len(told) != int(want.Version) || told[0] != 1 {
			wrong = append(wrong, fmt.Errorf("of order %s, at version %d, the versions %v were told", want.ID, want.Version, told))
		}
	}
	if len(listed) != len(placed) || len(versions) != len(placed) {
		wrong = append(wrong, fmt.Errorf("%d orders came to be, %d are listed, %d were told", len(placed), len(listed), len(versions)))
	}
	if err := errors.Join(wrong...); err != nil {
		return fmt.Errorf("%w\n%s", err, book)
	}
	return nil
}

type turnKey struct{}

// gate is a store whose callers wait until they are let through, one at a time.
type gate struct {
	state.Store

	mu      sync.Mutex
	waiting []turn
	last    string // who was let through
	ended   bool
}

// turn is somebody's call that waits.
type turn struct {
	who, what string
	let       chan struct{}
}

func (g *gate) wait(ctx context.Context, what string) {
	who, _ := ctx.Value(turnKey{}).(string)
	t := turn{who: who, what: what, let: make(chan struct{})}
	g.mu.Lock()
	if g.ended {
		g.mu.Unlock()
		return
	}
	g.waiting = append(g.waiting, t)
	g.mu.Unlock()
	<-t.let
}

// open lets one of those through who wait, and reports whether anybody did. Most
// often it goes on with whoever was the last: races want one who is held up while
// others get far.
func (g *gate) open(dice *rand.Rand) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	if len(g.waiting) == 0 {
		return false
	}
	// Who came first may differ from run to run; a failure must not.
	slices.SortStableFunc(g.waiting, func(a, b turn) int {
		return cmp.Or(cmp.Compare(a.who, b.who), cmp.Compare(a.what, b.what))
	})
	i := slices.IndexFunc(g.waiting, func(t turn) bool { return t.who == g.last })
	if i < 0 || dice.IntN(10) == 0 {
		i = dice.IntN(len(g.waiting))
	}
	g.last = g.waiting[i].who
	close(g.waiting[i].let)
	g.waiting = slices.Delete(g.waiting, i, i+1)
	return true
}

// openForGood lets everybody through from now on. Nobody waits any more.
func (g *gate) openForGood() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.ended = true
}

func (g *gate) Read(ctx context.Context, keys ...string) ([]state.Item, error) {
	g.wait(ctx, fmt.Sprint("read ", keys))
	return g.Store.Read(ctx, keys...)
}

func (g *gate) Write(ctx context.Context, key string, value []byte, etag string) error {
	g.wait(ctx, "write "+key)
	return g.Store.Write(ctx, key, value, etag)
}
