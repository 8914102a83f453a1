package aggregate_test

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"ticketx/kit/aggregate"
	"ticketx/kit/aggregate/aggregatetest"
	"ticketx/kit/errs"
	"ticketx/kit/state"
)

// recovered has a living replica look after every journal on the shelf until it
// is done with them, as Dapr's jobs have it.
func (h *house) recovered(t *testing.T) {
	t.Helper()
	living := h.replica()
	for _, instance := range h.shelf.instances() {
		for range 2 {
			require.NoError(t, living.journal.Recover(t.Context(), instance))
			pass(15 * time.Second)
		}
	}
}

// frailJobs is a Scheduler that can be down.
type frailJobs struct {
	aggregatetest.Jobs
	down atomic.Bool
}

func (j *frailJobs) Schedule(ctx context.Context, name string, in time.Duration) error {
	if j.down.Load() {
		return errs.Unavailable("The Scheduler does not answer.", errors.New("connection refused"))
	}
	return j.Jobs.Schedule(ctx, name, in)
}

// A job whose handling failed comes again within a second, and one may come
// twice at once. That is no second look: a change that counts on the journal may
// still be under way.
func TestASecondLookThatComesTooSoonIsNone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHouse()
		slow := h.replica()
		_, err := slow.seats.Update(t.Context(), "1", hold("mara"))
		require.NoError(t, err)
		instance := h.shelf.last[len("journal:"):]

		jobs := &frailJobs{}
		jobs.down.Store(true)
		quiet := slog.New(slog.DiscardHandler)
		journal := aggregate.NewJournal(h.shelf, jobs, quiet)
		aggregate.NewRepository(h.docs, "seat", aggregate.NewOutbox(h.broker, journal, quiet), snapshots)
		require.Error(t, journal.Recover(t.Context(), instance), "the next look can't be scheduled")
		pass(time.Second)
		jobs.down.Store(false)
		require.NoError(t, journal.Recover(t.Context(), instance))
		require.NoError(t, journal.Recover(t.Context(), instance), "delivered twice")
		assert.Equal(t, []string{"seat:1"}, h.shelf.keys(t))
		assert.Len(t, jobs.Names(), 1, "it is looked at again")

		pass(15 * time.Second)
		require.NoError(t, journal.Recover(t.Context(), instance))
		assert.Empty(t, h.shelf.instances())
	})
}

// Without a job nobody would ever look at the journal.
func TestNothingIsDecidedBeforeTheJobIsSet(t *testing.T) {
	h := newHouse()
	jobs := &frailJobs{}
	jobs.down.Store(true)
	quiet := slog.New(slog.DiscardHandler)
	journal := aggregate.NewJournal(h.shelf, jobs, quiet)
	seats := aggregate.NewRepository(h.docs, "seat", aggregate.NewOutbox(h.broker, journal, quiet), snapshots)

	require.True(t, errs.Is(journal.Ready(t.Context()), errs.KindUnavailable))
	_, err := seats.Update(t.Context(), "1", hold("mara"))
	require.True(t, errs.Is(err, errs.KindUnavailable), "%v", err)
	_, found, err := seats.Load(t.Context(), "1")
	require.NoError(t, err)
	assert.False(t, found)

	jobs.down.Store(false)
	_, err = seats.Update(t.Context(), "1", hold("mara"))
	require.NoError(t, err)
	require.NoError(t, journal.Ready(t.Context()))

	jobs.down.Store(true)
	_, err = seats.Update(t.Context(), "2", hold("nils"))
	require.NoError(t, err, "the job is set; the Scheduler keeps it")
}

// lateShelf loses the answer to one write of the journal and does it later, when
// the test says so.
type lateShelf struct {
	*shelf
	lose atomic.Bool
	land func()
}

func (s *lateShelf) Overwrite(ctx context.Context, key string, value []byte) error {
	if s.lose.CompareAndSwap(true, false) {
		s.land = func() { _ = s.shelf.Overwrite(context.WithoutCancel(ctx), key, value) }
		return errs.Unavailable("The store does not answer.", context.DeadlineExceeded)
	}
	return s.shelf.Overwrite(ctx, key, value)
}

// A write of the journal that seemed to have failed lands on top of a newer one,
// and the process dies before it can tell. Its change is told all the same.
func TestAWriteOfTheJournalThatLandsLateHidesNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHouse()
		late := &lateShelf{shelf: h.shelf}
		quiet := slog.New(slog.DiscardHandler)
		journal := aggregate.NewJournal(late, h.jobs, quiet)
		seats := aggregate.NewRepository(h.docs, "seat", aggregate.NewOutbox(h.broker, journal, quiet), snapshots)

		late.lose.Store(true)
		_, err := seats.Update(t.Context(), "1", hold("mara"))
		require.True(t, errs.Is(err, errs.KindUnavailable), "%v", err)
		h.broker.set(func(b *broker) { b.down = true })
		_, err = seats.Update(t.Context(), "2", hold("nils"))
		require.NoError(t, err)
		late.land()
		h.broker.set(func(b *broker) { b.down = false })

		h.recovered(t)
		assert.Contains(t, h.broker.published(), "ticket:1:1", "every seat's event bears this id")
		assert.Empty(t, h.shelf.instances())
	})
}

// A process that was stopped for so long that another one thought it dead, and
// took its journal away, writes it again while it has something to tell.
func TestAJournalThatWasTakenAwayIsWrittenAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHouse()
		r := h.replica()
		ctx, stop := context.WithCancel(context.Background())
		var running sync.WaitGroup
		running.Go(func() { r.outbox.Run(ctx) })
		h.broker.set(func(b *broker) { b.down = true })
		_, err := r.seats.Update(t.Context(), "1", hold("mara"))
		require.NoError(t, err)
		require.NoError(t, h.shelf.Delete(t.Context(), h.shelf.last))
		pass(16 * time.Second)
		assert.Equal(t, []string{"seat:1"}, h.shelf.keys(t))

		h.broker.set(func(b *broker) { b.down = false })
		pass(2 * time.Second)
		stop()
		running.Wait()
		assert.Empty(t, h.shelf.instances(), "a process that stops leaves no journal")
	})
}

// A change that comes when its process has tidied up already is looked after like
// any other.
func TestAChangeAfterTheEndIsRecovered(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHouse()
		r := h.replica()
		stop := (&world{outbox: r.outbox}).run(t)
		_, err := r.seats.Update(t.Context(), "1", hold("mara"))
		require.NoError(t, err)
		stop()
		assert.Empty(t, h.jobs.Names())
		assert.Empty(t, h.shelf.instances())

		h.broker.set(func(b *broker) { b.down = true })
		_, err = r.seats.Update(t.Context(), "1", hold("nils"))
		require.NoError(t, err)
		assert.Len(t, h.jobs.Names(), 1)
		h.broker.set(func(b *broker) { b.down = false })
		h.recovered(t)
		assert.Contains(t, h.broker.published(), "ticket:1:2")
	})
}

// overslept is a context whose time is over without anybody having said so yet:
// what a process finds that was stopped for a while, before its timers fire.
type overslept struct{ context.Context }

func (overslept) Deadline() (time.Time, bool) { return time.Now().Add(-time.Second), true }

// Somebody else may have taken the journal away meanwhile, so what was promised
// holds no more.
func TestAChangeThatSleptIsGivenUp(t *testing.T) {
	journal := aggregate.NewJournal(state.NewMemory(), &aggregatetest.Jobs{}, slog.New(slog.DiscardHandler))
	require.NoError(t, journal.Enter(t.Context(), "seat:1"))
	require.ErrorIs(t, journal.Enter(overslept{t.Context()}, "seat:1"), context.DeadlineExceeded)
}

var _ aggregate.JournalStore = (*state.Memory)(nil)

// One aggregate that can't be told, whatever the reason, keeps no other from being
// told, and the journal is kept for it.
func TestWhatCannotBeToldHoldsUpNothingElse(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHouse()
		dead := h.replica()
		h.broker.set(func(b *broker) { b.down = true })
		both := make(chan struct{})
		var changes sync.WaitGroup
		for id, version := range map[string]int64{"1": 7, "2": 8} {
			changes.Go(func() {
				_, err := dead.seats.Update(t.Context(), id, func(s *seat, _ bool) error {
					s.Version = version
					<-both
					return nil
				})
				assert.NoError(t, err)
			})
		}
		synctest.Wait()
		close(both)
		changes.Wait()
		require.Equal(t, []string{"seat:1", "seat:2"}, h.shelf.keys(t))

		h.broker.set(func(b *broker) { b.down, b.refuses = false, "ticket:1:7" })
		require.Error(t, h.replica().journal.Recover(t.Context(), h.instance(t)), "so that it is looked at again")
		assert.Equal(t, []string{"ticket:1:8"}, h.broker.published())
		assert.Len(t, h.shelf.instances(), 1)
	})
}

// A defect in one change leaves nothing behind: its key leaves the journal, and a
// process that stops leaves none.
func TestAChangeThatPanicsLeavesTheJournal(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHouse()
		r := h.replica()
		stop := (&world{outbox: r.outbox}).run(t)
		assert.Panics(t, func() {
			_, _ = r.seats.Update(t.Context(), "1", func(*seat, bool) error { panic("a defect") })
		})
		pass(5 * time.Second)
		assert.Empty(t, h.shelf.keys(t))
		stop()
		assert.Empty(t, h.shelf.instances())
	})
}
