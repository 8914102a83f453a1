package orders_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"ticketx/kit/aggregate"
	"ticketx/kit/errs"
	"ticketx/kit/events"
	"ticketx/kit/state"
	"ticketx/services/orders"
)

// command is one thing that the service is asked to do, on a ticket that is in
// some state.
type command struct {
	name string
	// prepare brings the ticket into its state and returns what to do.
	prepare func(t *testing.T, s *shop, ticketID, mara string) (do func(ctx context.Context, s *shop) error)
	// redelivered commands come as events: they come again until they succeed.
	redelivered bool
	// want is how the order ends when the command is tried until it succeeds.
	want orders.Status
}

var commands = []command{
	{name: "place", prepare: func(_ *testing.T, _ *shop, ticketID, mara string) func(context.Context, *shop) error {
		return place(ticketID, mara)
	}, want: orders.StatusCreated},
	{name: "place over a cancelled order", prepare: func(t *testing.T, s *shop, ticketID, mara string) func(context.Context, *shop) error {
		s.cancelled(t, buyer(), ticketID)
		return place(ticketID, mara)
	}, want: orders.StatusCreated},
	{name: "place over an overdue order", prepare: func(t *testing.T, s *shop, ticketID, mara string) func(context.Context, *shop) error {
		s.place(t, buyer(), ticketID)
		s.clock.pass(hold)
		return place(ticketID, mara)
	}, want: orders.StatusCreated},
	{name: "cancel", prepare: func(t *testing.T, s *shop, ticketID, mara string) func(context.Context, *shop) error {
		o := s.place(t, mara, ticketID)
		return func(ctx context.Context, s *shop) error { return s.Cancel(ctx, mara, o.ID) }
	}, want: orders.StatusCancelled},
	{name: "expire", redelivered: true, prepare: func(t *testing.T, s *shop, ticketID, mara string) func(context.Context, *shop) error {
		o := s.place(t, mara, ticketID)
		s.clock.pass(hold)
		return func(ctx context.Context, s *shop) error { return s.Expire(ctx, ticketID, o.ID) }
	}, want: orders.StatusCancelled},
	{name: "complete", redelivered: true, prepare: func(t *testing.T, s *shop, ticketID, mara string) func(context.Context, *shop) error {
		o := s.place(t, mara, ticketID)
		return func(ctx context.Context, s *shop) error { return s.Complete(ctx, ticketID, o.ID) }
	}, want: orders.StatusComplete},
	{name: "complete when overdue", redelivered: true, prepare: func(t *testing.T, s *shop, ticketID, mara string) func(context.Context, *shop) error {
		o := s.place(t, mara, ticketID)
		s.clock.pass(hold)
		return func(ctx context.Context, s *shop) error { return s.Complete(ctx, ticketID, o.ID) }
	}, want: orders.StatusComplete},
	{name: "begin a payment", prepare: func(t *testing.T, s *shop, ticketID, mara string) func(context.Context, *shop) error {
		o := s.place(t, mara, ticketID)
		return func(ctx context.Context, s *shop) error {
			_, err := s.BeginPayment(ctx, o.ID)
			return err
		}
	}, want: orders.StatusAwaitingPayment},
	{name: "cancel while awaiting payment", prepare: func(t *testing.T, s *shop, ticketID, mara string) func(context.Context, *shop) error {
		o := s.place(t, mara, ticketID)
		s.begin(t, o)
		return func(ctx context.Context, s *shop) error { return s.Cancel(ctx, mara, o.ID) }
	}, want: orders.StatusCancelled},
	{name: "expire while awaiting payment", redelivered: true, prepare: func(t *testing.T, s *shop, ticketID, mara string) func(context.Context, *shop) error {
		o := s.place(t, mara, ticketID)
		s.begin(t, o)
		s.clock.pass(hold)
		return func(ctx context.Context, s *shop) error { return s.Expire(ctx, ticketID, o.ID) }
	}, want: orders.StatusCancelled},
	{name: "expire what is paid", redelivered: true, prepare: func(t *testing.T, s *shop, ticketID, mara string) func(context.Context, *shop) error {
		o := s.place(t, mara, ticketID)
		s.pays(t, o)
		s.clock.pass(hold)
		return func(ctx context.Context, s *shop) error { return s.Expire(ctx, ticketID, o.ID) }
	}, want: orders.StatusComplete},
	{name: "complete while awaiting payment", redelivered: true, prepare: func(t *testing.T, s *shop, ticketID, mara string) func(context.Context, *shop) error {
		o := s.place(t, mara, ticketID)
		s.pays(t, o)
		return func(ctx context.Context, s *shop) error { return s.Complete(ctx, ticketID, o.ID) }
	}, want: orders.StatusComplete},
	{name: "place over an overdue order that awaits its payment", prepare: func(t *testing.T, s *shop, ticketID, mara string) func(context.Context, *shop) error {
		s.begin(t, s.place(t, buyer(), ticketID))
		s.clock.pass(hold)
		return place(ticketID, mara)
	}, want: orders.StatusCreated},
}

func place(ticketID, who string) func(context.Context, *shop) error {
	return func(ctx context.Context, s *shop) error {
		_, err := s.Place(ctx, who, ticketID, 0)
		if errs.Is(err, errs.KindConflict) && ownsSlot(ctx, s, ticketID, who) {
			return nil // a person who is told to have it already is content
		}
		return err
	}
}

func ownsSlot(ctx context.Context, s *shop, ticketID, who string) bool {
	doc, _, err := state.NewCollection[orders.Ticket](s.store, "ticket").Load(ctx, ticketID)
	return err == nil && doc.Order != nil && doc.Order.BuyerID == who
}

// crashing has every command fail at every one of its writes, in every way, and
// checks that nothing is lost and no ticket locked for ever, whether or not the
// command is tried again.
func crashing(t *testing.T, store state.Store) {
	for _, c := range commands {
		for _, way := range []failure{diesBefore, diesAfter, unheardBefore, unheardAfter} {
			for _, again := range []bool{true, false} {
				if c.redelivered && !again {
					continue
				}
				t.Run(fmt.Sprintf("%s, %s, again %t", c.name, way, again), func(t *testing.T) {
					for nth := 1; crash(t, store, c, way, again, nth); nth++ {
						require.Less(t, nth, 20, "a command does not write for ever")
					}
				})
			}
		}
	}
}

// crash runs the command once with its nth write failing, and what comes after.
// It reports false when the command does not have that many writes.
func crash(t *testing.T, store state.Store, c command, way failure, again bool, nth int) (failed bool) {
	t.Helper()
	s := open(store)
	ticketID, mara := s.freshTicket(), buyer()
	book := &ledger{Store: store, ticketID: ticketID}
	s = s.over(book, s.broker)
	do := c.prepare(t, s, ticketID, mara)

	frail := &frail{Store: book, nth: nth, way: way}
	process := s.over(frail, voice{frail, s.broker})
	_ = do(t.Context(), process) // what the caller hears of it is not what counts
	if !frail.failed() {
		return false
	}
	if way.deadly() {
		process = s.over(book, s.broker)
	} else {
		frail.heal()
	}
	at := fmt.Sprintf("write %d failed\n%s", nth, book)

	if again {
		require.NoError(t, do(t.Context(), process), at)
		assert.Equal(t, c.want, s.slot(t, ticketID).Status, at)
		assertHeard(t, s, ticketID, at)
	}

	// Time passes, and the reminders of the orders that somebody has heard of
	// fire.
	s.clock.pass(hold)
	for _, o := range s.broker.published(t, ticketID) {
		require.NoError(t, process.Expire(t.Context(), ticketID, o.ID), at)
	}
	if o := s.slot(t, ticketID); o != nil && o.Closed() {
		assertHeard(t, s, ticketID, at)
	}
	_, err := process.Place(t.Context(), buyer(), ticketID, 0)
	if c.want == orders.StatusComplete {
		assertKind(t, errs.KindConflict, err)
	} else {
		require.NoError(t, err, "the ticket is locked: "+at)
	}
	assertHeard(t, s, ticketID, at)
	assertKept(t, s, book)
	return true
}

// assertHeard checks that consumers know how the ticket stands, and how every
// order before the one in the slot ended.
func assertHeard(t *testing.T, s *shop, ticketID, at string) {
	t.Helper()
	slot := s.slot(t, ticketID)
	told := s.broker.told(t, ticketID)
	newest := fmt.Sprintf("%d %s", slot.Sequence, slot.Status)
	if slot.Reason != "" {
		newest += " " + string(slot.Reason)
	}
	assert.Contains(t, told, newest, at)
	for sequence := int64(1); sequence < slot.Sequence; sequence++ {
		assert.Regexp(t, fmt.Sprintf(`(?m)^%d cancelled`, sequence), lines(told), at)
	}
}

func lines(all []string) (text string) {
	for _, line := range all {
		text += line + "\n"
	}
	return text
}

// assertKept checks that the ticket has only moved as it may, and that every
// order that ever came to be is there for its buyer.
func assertKept(t *testing.T, s *shop, book *ledger) {
	t.Helper()
	require.NoError(t, book.audit())
	for _, want := range book.placed() {
		got, err := s.Lookup(t.Context(), want.ID)
		require.NoError(t, err, book)
		assert.Equal(t, want, got, book)
		assert.Contains(t, s.of(t, want.BuyerID), want.ID, book)
	}
}

// failure is what happens at a write.
type failure string

const (
	diesBefore    failure = "the process dies before the write"
	diesAfter     failure = "the process dies after the write"
	unheardBefore failure = "the store goes away before the write and comes back"
	unheardAfter  failure = "the store goes away after the write and comes back"
)

func (f failure) deadly() bool { return f == diesBefore || f == diesAfter }

// frail is the store as a process sees it that fails at its nth write: it dies,
// and nothing it does afterwards has an effect, or the store does not answer
// until the command has given up.
type frail struct {
	state.Store
	nth int
	way failure

	mu     sync.Mutex
	writes int
	healed bool
}

var errGone = errs.Unavailable("A part of the system does not answer.", errors.New("frail: no answer"))

func (f *frail) failed() bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.writes >= f.nth
}

func (f *frail) heal() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.healed = true
}

// gone reports whether the store does not answer.
func (f *frail) gone() bool { return f.writes >= f.nth && !f.healed }

func (f *frail) Read(ctx context.Context, keys ...string) ([]state.Item, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.gone() {
		return nil, errGone
	}
	return f.Store.Read(ctx, keys...)
}

func (f *frail) Write(ctx context.Context, key string, value []byte, etag string) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.writes++
	if !f.gone() || f.writes == f.nth && (f.way == diesAfter || f.way == unheardAfter) {
		if err := f.Store.Write(ctx, key, value, etag); err != nil {
			return err
		}
	}
	if f.gone() {
		return errGone
	}
	return nil
}

// voice is the publisher of a process with a frail store: the dead tell nothing.
type voice struct {
	process *frail
	aggregate.Publisher
}

func (v voice) Publish(ctx context.Context, e events.Event) error {
	if v.process.failed() && v.process.way.deadly() {
		return errGone
	}
	return v.Publisher.Publish(ctx, e)
}
