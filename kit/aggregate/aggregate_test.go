package aggregate_test

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"ticketx/kit/aggregate"
	"ticketx/kit/aggregate/aggregatetest"
	"ticketx/kit/errs"
	"ticketx/kit/events"
	"ticketx/kit/state"
	"ticketx/kit/state/statetest"
)

// seat is an aggregate for the tests.
type seat struct {
	Version int64  `json:"version"`
	Holder  string `json:"holder"`
}

func snapshots(s seat) []events.Event {
	return []events.Event{events.NewTicket(events.TicketUpdated, events.Ticket{ID: "1", Version: s.Version, OrderID: s.Holder})}
}

func hold(holder string) func(*seat, bool) error {
	return func(s *seat, _ bool) error {
		s.Version++
		s.Holder = holder
		return nil
	}
}

// broker is a Publisher that a test can break.
type broker struct {
	mu      sync.Mutex
	down    bool
	refuses string // the id of an event that is never taken
	hangs   bool
	tries   int
	ids     []string
	before  func(e events.Event) // called before an event is taken
}

func (b *broker) Publish(ctx context.Context, e events.Event) error {
	b.mu.Lock()
	b.tries++
	hangs, before := b.hangs, b.before
	b.mu.Unlock()
	if hangs {
		<-ctx.Done()
		return ctx.Err()
	}
	if before != nil {
		before(e)
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.down || (b.refuses != "" && e.ID == b.refuses) {
		return errors.New("connection refused")
	}
	b.ids = append(b.ids, e.ID)
	return nil
}

func (b *broker) set(change func(b *broker)) {
	b.mu.Lock()
	defer b.mu.Unlock()
	change(b)
}

func (b *broker) published() []string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return slices.Clone(b.ids)
}

// world is a store, a broker, and what stands between them.
type world struct {
	store  state.Store
	broker *broker
	outbox *aggregate.Outbox
	seats  *aggregate.Repository[seat]
}

func newWorld(store state.Store) *world {
	b := &broker{}
	outbox := aggregatetest.NewOutbox(b, slog.New(slog.DiscardHandler))
	return &world{
		store: store, broker: b, outbox: outbox,
		seats: aggregate.NewRepository(store, "seat", outbox, snapshots),
	}
}

// run keeps the outbox running; stop ends it and waits until it has.
func (w *world) run(t *testing.T) (stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() {
		w.outbox.Run(ctx)
		close(done)
	}()
	stop = func() {
		cancel()
		<-done
	}
	t.Cleanup(stop)
	return stop
}

// pass lets time go by, on the clock of the synctest bubble.
func pass(d time.Duration) { <-time.After(d) }

func TestPublishedAfterTheWrite(t *testing.T) {
	w := newWorld(state.NewMemory())
	w.broker.before = func(events.Event) {
		doc, found, err := w.seats.Load(t.Context(), "1")
		assert.NoError(t, err)
		assert.True(t, found, "the change is written before it is told")
		assert.Equal(t, "mara", doc.Holder)
	}
	doc, err := w.seats.Update(t.Context(), "1", hold("mara"))
	require.NoError(t, err)
	assert.Equal(t, seat{Version: 1, Holder: "mara"}, doc)
	assert.Equal(t, []string{"ticket:1:1"}, w.broker.published(), "told before the command ends")

	docs, err := w.seats.LoadMany(t.Context(), "2", "1")
	require.NoError(t, err)
	assert.Equal(t, []*seat{nil, {Version: 1, Holder: "mara"}}, docs)
}

func TestNothingIsToldWhenNothingChanged(t *testing.T) {
	refusal := errs.Conflict("taken")
	for name, c := range map[string]struct {
		store  state.Store
		change func(*seat, bool) error
		err    errs.Kind
	}{
		"refused":   {state.NewMemory(), func(*seat, bool) error { return refusal }, errs.KindConflict},
		"unchanged": {state.NewMemory(), func(*seat, bool) error { return state.ErrUnchanged }, errs.KindInternal},
		"unchanged after all": {state.NewMemory(), func(s *seat, found bool) error {
			return errors.Join(hold("mara")(s, found), state.ErrUnchanged)
		}, errs.KindInternal},
		"not written": {
			statetest.FailNth(state.NewMemory(), 1, statetest.FailsBefore), hold("mara"), errs.KindUnavailable,
		},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(c.store)
			_, err := w.seats.Update(t.Context(), "1", c.change)
			if c.err == errs.KindInternal {
				require.NoError(t, err)
			} else {
				require.True(t, errs.Is(err, c.err), "%v", err)
			}
			assert.Empty(t, w.broker.published())
			require.NoError(t, w.outbox.Ready())
		})
	}
}

// A change that is found unnecessary when it is decided anew tells nothing,
// though its first, lost try would have.
func TestLostTriesAreNotTold(t *testing.T) {
	w := newWorld(state.NewMemory())
	tries := 0
	_, err := w.seats.Update(t.Context(), "1", func(s *seat, found bool) error {
		if tries++; tries == 1 {
			_, err := w.seats.Update(t.Context(), "1", hold("winner"))
			require.NoError(t, err)
		}
		if s.Holder != "" {
			return state.ErrUnchanged
		}
		return hold("loser")(s, found)
	})
	require.NoError(t, err)
	assert.Equal(t, 2, tries)
	assert.Equal(t, []string{"ticket:1:1"}, w.broker.published())
}

func TestAWriteWhoseAnswerWasLostIsTold(t *testing.T) {
	w := newWorld(statetest.FailNth(state.NewMemory(), 1, statetest.FailsAfter))
	_, err := w.seats.Update(t.Context(), "1", hold("mara"))
	require.NoError(t, err)
	assert.Equal(t, []string{"ticket:1:1"}, w.broker.published())
}

// A caller who hangs up does not leave a change untold.
func TestAChangeThatHasBegunIsFinished(t *testing.T) {
	w := newWorld(state.NewMemory())
	ctx, cancel := context.WithCancel(t.Context())
	_, err := w.seats.Update(ctx, "1", func(s *seat, found bool) error {
		cancel()
		return hold("mara")(s, found)
	})
	require.NoError(t, err)
	assert.Equal(t, []string{"ticket:1:1"}, w.broker.published())
}

// While the broker is away the command that noticed succeeds, the next are
// refused before they write, and everything is told when it is back.
func TestBrokerDown(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(state.NewMemory())
		stop := w.run(t)
		w.broker.set(func(b *broker) { b.down = true })

		_, err := w.seats.Update(t.Context(), "1", hold("mara"))
		require.NoError(t, err, "what is written stands")
		require.True(t, errs.Is(w.outbox.Ready(), errs.KindUnavailable))

		_, err = w.seats.Update(t.Context(), "2", func(*seat, bool) error {
			assert.Fail(t, "nothing is decided while nothing can be told")
			return nil
		})
		require.True(t, errs.Is(err, errs.KindUnavailable), "%v", err)
		_, found, err := w.seats.Load(t.Context(), "1")
		require.NoError(t, err)
		assert.True(t, found, "reading goes on")

		pass(10 * time.Second)
		assert.Empty(t, w.broker.published())
		require.Error(t, w.outbox.Ready())
		w.broker.set(func(b *broker) { assert.Less(t, b.tries, 100, "the broker is not stormed") })

		w.broker.set(func(b *broker) { b.down = false })
		pass(time.Second)
		assert.Equal(t, []string{"ticket:1:1"}, w.broker.published())
		require.NoError(t, w.outbox.Ready(), "ready again without a restart")
		_, err = w.seats.Update(t.Context(), "1", hold("nils"))
		require.NoError(t, err)
		assert.Equal(t, []string{"ticket:1:1", "ticket:1:2"}, w.broker.published())
		stop()
	})
}

func ticket(id string, version int64) events.Event {
	return events.NewTicket(events.TicketUpdated, events.Ticket{ID: id, Version: version})
}

func TestWhatWaitsIsToldInOrder(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(state.NewMemory())
		stop := w.run(t)
		w.broker.set(func(b *broker) { b.down = true })
		w.outbox.Publish(t.Context(), ticket("b", 1), ticket("a", 1), ticket("b", 2))
		w.outbox.Publish(t.Context(), ticket("c", 1), ticket("a", 1)) // the last is waiting already
		pass(5 * time.Second)

		// The oldest holds the others back, so that they stay in order.
		w.broker.set(func(b *broker) { b.down, b.refuses = false, "ticket:b:1" })
		pass(5 * time.Second)
		assert.Empty(t, w.broker.published())

		w.broker.set(func(b *broker) { b.refuses = "" })
		pass(time.Second)
		assert.Equal(t, []string{"ticket:b:1", "ticket:a:1", "ticket:b:2", "ticket:c:1"}, w.broker.published())
		stop()
	})
}

func TestShutdownTellsWhatWaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(state.NewMemory())
		stop := w.run(t)
		w.broker.set(func(b *broker) { b.down = true })
		w.outbox.Publish(t.Context(), ticket("a", 1), ticket("a", 2))
		pass(100 * time.Millisecond) // between two rounds
		w.broker.set(func(b *broker) { b.down = false })
		stop()
		assert.Equal(t, []string{"ticket:a:1", "ticket:a:2"}, w.broker.published())
	})
}

func TestShutdownDoesNotWaitForABrokerThatIsDown(t *testing.T) {
	for name, fail := range map[string]func(b *broker){
		"refusing": func(b *broker) { b.down = true },
		"hanging":  func(b *broker) { b.hangs = true },
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWorld(state.NewMemory())
				stop := w.run(t)
				w.broker.set(fail)
				w.outbox.Publish(t.Context(), ticket("a", 1), ticket("a", 2), ticket("a", 3))
				pass(10 * time.Second)
				start := time.Now()
				stop()
				assert.LessOrEqual(t, time.Since(start), 3*time.Second)
			})
		})
	}
}

// A broker that hangs holds a command up for a second, not for ever.
func TestAHangingBroker(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(state.NewMemory())
		stop := w.run(t)
		w.broker.set(func(b *broker) { b.hangs = true })
		start := time.Now()
		_, err := w.seats.Update(t.Context(), "1", hold("mara"))
		require.NoError(t, err)
		assert.LessOrEqual(t, time.Since(start), 2*time.Second)
		require.Error(t, w.outbox.Ready())

		w.broker.set(func(b *broker) { b.hangs = false })
		pass(2 * time.Second)
		assert.Equal(t, []string{"ticket:1:1"}, w.broker.published())
		stop()
	})
}

func TestConcurrentChangesAreAllTold(t *testing.T) {
	const crowd = 20
	w := newWorld(state.NewMemory())
	var done sync.WaitGroup
	for range crowd {
		done.Go(func() {
			_, err := w.seats.Update(t.Context(), "1", hold("somebody"))
			assert.NoError(t, err)
		})
	}
	done.Wait()
	var want []string
	for version := range int64(crowd) {
		want = append(want, ticket("1", version+1).ID)
	}
	assert.ElementsMatch(t, want, w.broker.published())
}

// Of a document that holds several facts only the new ones are told.
func TestOnlyWhatIsNewIsTold(t *testing.T) {
	type pair struct{ Left, Right int64 }
	w := newWorld(state.NewMemory())
	pairs := aggregate.NewRepository(w.store, "pair", w.outbox, func(p pair) []events.Event {
		return []events.Event{ticket("left", p.Left), ticket("right", p.Right)}
	})
	_, err := pairs.Update(t.Context(), "1", func(p *pair, _ bool) error { *p = pair{1, 1}; return nil })
	require.NoError(t, err)
	_, err = pairs.Update(t.Context(), "1", func(p *pair, _ bool) error { p.Right++; return nil })
	require.NoError(t, err)
	_, err = pairs.Update(t.Context(), "1", func(p *pair, _ bool) error { return nil })
	require.NoError(t, err)
	assert.Equal(t, []string{"ticket:left:1", "ticket:right:1", "ticket:right:2"}, w.broker.published())
}

func TestAnnounce(t *testing.T) {
	w := newWorld(state.NewMemory())
	doc, err := w.seats.Update(t.Context(), "1", hold("mara"))
	require.NoError(t, err)
	w.seats.Announce(t.Context(), doc)
	assert.Equal(t, []string{"ticket:1:1", "ticket:1:1"}, w.broker.published(), "the same fact by the same id")

	gone, hangUp := context.WithCancel(t.Context())
	hangUp()
	w.seats.Announce(gone, doc)
	assert.Len(t, w.broker.published(), 3, "whoever asked need not be there any more")
	assert.NoError(t, w.outbox.Ready(), "a caller who hangs up must not look like a broker that is down")
}
