package aggregate_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
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
	"ticketx/kit/ids"
	"ticketx/kit/state"
)

// shelf is a store of journals that counts and can be down or slow.
type shelf struct {
	*state.Memory
	writes atomic.Int32
	down   atomic.Bool
	slow   time.Duration

	mu    sync.Mutex
	last  string          // the key that was written last
	there map[string]bool // the keys that were written and not removed
}

func (s *shelf) Overwrite(ctx context.Context, key string, value []byte) error {
	s.writes.Add(1)
	if s.down.Load() {
		return errs.Unavailable("The store does not answer.", errors.New("connection refused"))
	}
	if s.slow > 0 {
		<-time.After(s.slow)
	}
	s.keep(key)
	return s.Memory.Overwrite(ctx, key, value)
}

func (s *shelf) Write(ctx context.Context, key string, value []byte, etag string) error {
	if err := s.Memory.Write(ctx, key, value, etag); err != nil {
		return err
	}
	s.keep(key)
	return nil
}

func (s *shelf) keep(key string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.last = key
	s.there[key] = true
}

func (s *shelf) Delete(ctx context.Context, key string) error {
	s.mu.Lock()
	delete(s.there, key)
	s.mu.Unlock()
	return s.Memory.Delete(ctx, key)
}

// instances returns whose journals are there.
func (s *shelf) instances() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	var found []string
	for key := range s.there {
		if _, instance, _ := strings.Cut(key, ":"); !slices.Contains(found, instance) {
			found = append(found, instance)
		}
	}
	return found
}

// keys returns what the journal that was written last holds.
func (s *shelf) keys(t *testing.T) []string {
	t.Helper()
	s.mu.Lock()
	last := s.last
	s.mu.Unlock()
	items, err := s.Read(t.Context(), last)
	require.NoError(t, err)
	if items[0].Value == nil {
		return nil
	}
	var doc struct {
		Keys []string `json:"keys"`
	}
	require.NoError(t, json.Unmarshal(items[0].Value, &doc))
	return doc.Keys
}

// replica is one process of a service.
type replica struct {
	journal *aggregate.Journal
	outbox  *aggregate.Outbox
	seats   *aggregate.Repository[seat]
}

// house is what the replicas of a service share.
type house struct {
	docs   *state.Memory
	shelf  *shelf
	broker *broker
	jobs   *aggregatetest.Jobs
}

func newHouse() *house {
	return &house{
		docs: state.NewMemory(), shelf: &shelf{Memory: state.NewMemory(), there: make(map[string]bool)},
		broker: &broker{}, jobs: &aggregatetest.Jobs{},
	}
}

func (h *house) replica() *replica {
	quiet := slog.New(slog.DiscardHandler)
	journal := aggregate.NewJournal(h.shelf, h.jobs, quiet)
	outbox := aggregate.NewOutbox(h.broker, journal, quiet)
	return &replica{journal: journal, outbox: outbox, seats: aggregate.NewRepository(h.docs, "seat", outbox, snapshots)}
}

// instance returns the instance of the only replica that has a job.
func (h *house) instance(t *testing.T) string {
	t.Helper()
	names := h.jobs.Names()
	require.Len(t, names, 1)
	return names[0][len(aggregate.JournalJobPrefix):]
}

func TestTheKeyIsInTheJournalBeforeTheDecidingWrite(t *testing.T) {
	h := newHouse()
	watched := &watchedStore{Memory: h.docs}
	quiet := slog.New(slog.DiscardHandler)
	outbox := aggregate.NewOutbox(h.broker, aggregate.NewJournal(h.shelf, h.jobs, quiet), quiet)
	seats := aggregate.NewRepository(watched, "seat", outbox, snapshots)
	watched.before = func(key string) { assert.Contains(t, h.shelf.keys(t), key) }

	_, err := seats.Update(t.Context(), "1", hold("mara"))
	require.NoError(t, err)
	assert.Equal(t, 1, watched.writes)
	assert.EqualValues(t, 1, h.shelf.writes.Load(), "one write of the journal for one change")
}

// watchedStore calls before ahead of every write.
type watchedStore struct {
	*state.Memory
	before func(key string)
	writes int
}

func (s *watchedStore) Write(ctx context.Context, key string, value []byte, etag string) error {
	s.before(key)
	s.writes++
	return s.Memory.Write(ctx, key, value, etag)
}

func TestChangesAtTheSameMomentShareAWrite(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHouse()
		h.shelf.slow = 10 * time.Millisecond
		r := h.replica()
		var all sync.WaitGroup
		for i := range 50 {
			all.Go(func() {
				_, err := r.seats.Update(t.Context(), fmt.Sprint(i), hold("mara"))
				assert.NoError(t, err)
			})
		}
		all.Wait()
		assert.LessOrEqual(t, h.shelf.writes.Load(), int32(2), "the first, and one for all who came meanwhile")
		assert.Len(t, h.broker.published(), 50)
	})
}

// One change has the journal written beside its reads and hints. Where many are
// under way the write waits until one needs it, and so serves all who began by
// then.
func TestTheJournalIsWrittenAtOnceForOneAndSeldomForMany(t *testing.T) {
	const takes = 30 * time.Millisecond
	prepare := func(s *seat, found bool) error {
		pass(takes)
		return hold("mara")(s, found)
	}
	synctest.Test(t, func(t *testing.T) {
		h := newHouse()
		h.shelf.slow = 10 * time.Millisecond
		r := h.replica()
		start := time.Now()
		_, err := r.seats.Update(t.Context(), "1", prepare)
		require.NoError(t, err)
		assert.Equal(t, takes, time.Since(start), "the journal took no time of its own")
	})
	synctest.Test(t, func(t *testing.T) {
		const changes, apart = 100, 2 * time.Millisecond
		h := newHouse()
		h.shelf.slow = 10 * time.Millisecond
		r := h.replica()
		var all sync.WaitGroup
		for i := range changes {
			all.Go(func() {
				_, err := r.seats.Update(t.Context(), fmt.Sprint(i), prepare)
				assert.NoError(t, err)
			})
			pass(apart)
		}
		all.Wait()
		assert.LessOrEqual(t, h.shelf.writes.Load(), int32(changes*apart/takes)+3, "one while each round of changes prepares itself")
		assert.Len(t, h.broker.published(), changes)
	})
}

func TestNothingIsDecidedWithoutTheJournal(t *testing.T) {
	h := newHouse()
	h.shelf.down.Store(true)
	r := h.replica()
	_, err := r.seats.Update(t.Context(), "1", hold("mara"))
	require.True(t, errs.Is(err, errs.KindUnavailable), "%v", err)
	_, found, err := r.seats.Load(t.Context(), "1")
	require.NoError(t, err)
	assert.False(t, found)
	assert.Empty(t, h.broker.published())

	h.shelf.down.Store(false)
	_, err = r.seats.Update(t.Context(), "1", hold("mara"))
	require.NoError(t, err)
}

func TestAnIdleJournalEmptiesItself(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHouse()
		r := h.replica()
		ctx, stop := context.WithCancel(context.Background())
		var running sync.WaitGroup
		running.Go(func() { r.outbox.Run(ctx) })
		_, err := r.seats.Update(t.Context(), "1", hold("mara"))
		require.NoError(t, err)
		assert.Equal(t, []string{"seat:1"}, h.shelf.keys(t))
		pass(5 * time.Second)
		assert.Empty(t, h.shelf.keys(t))
		writes := h.shelf.writes.Load()
		pass(time.Minute)
		assert.Equal(t, writes, h.shelf.writes.Load(), "and is left alone then")
		assert.Len(t, h.jobs.Names(), 1, "the job is pushed forward while the process lives")

		stop()
		running.Wait()
		assert.Empty(t, h.jobs.Names(), "a process that stops leaves no job")
	})
}

func TestAKeyStaysUntilItsEventIsOut(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHouse()
		r := h.replica()
		ctx, stop := context.WithCancel(context.Background())
		var running sync.WaitGroup
		running.Go(func() { r.outbox.Run(ctx) })
		h.broker.set(func(b *broker) { b.down = true })
		_, err := r.seats.Update(t.Context(), "1", hold("mara"))
		require.NoError(t, err)
		pass(time.Minute)
		assert.Equal(t, []string{"seat:1"}, h.shelf.keys(t))

		h.broker.set(func(b *broker) { b.down = false })
		pass(5 * time.Second)
		assert.Equal(t, []string{"ticket:1:1"}, h.broker.published())
		assert.Empty(t, h.shelf.keys(t))
		stop()
		running.Wait()
	})
}

// A process dies between its write and its publish; another one is asked to look
// after its journal.
func TestAnotherReplicaTellsWhatADeadOneCouldNot(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHouse()
		dead := h.replica()
		h.broker.set(func(b *broker) { b.down = true })
		_, err := dead.seats.Update(t.Context(), "1", hold("mara")) // its outbox never runs
		require.NoError(t, err)
		h.broker.set(func(b *broker) { b.down = false })
		journal := h.shelf.last
		instance := journal[len("journal:"):]

		living := h.replica()
		require.NoError(t, living.journal.Recover(t.Context(), instance))
		assert.Equal(t, []string{"ticket:1:1"}, h.broker.published())
		assert.Equal(t, []string{"seat:1"}, h.shelf.keys(t), "it may still be alive")
		assert.Equal(t, instance, h.instance(t), "so it is looked at again")

		pass(15 * time.Second)
		require.NoError(t, living.journal.Recover(t.Context(), instance))
		assert.Empty(t, h.shelf.instances(), "nobody has touched it: it is dead")
		require.NoError(t, living.journal.Recover(t.Context(), instance), "once more is harmless")
	})
}

func TestAJournalThatIsWrittenMeanwhileIsLeftAlone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHouse()
		slow := h.replica() // alive, but not able to push its job
		_, err := slow.seats.Update(t.Context(), "1", hold("mara"))
		require.NoError(t, err)
		instance := h.shelf.last[len("journal:"):]

		living := h.replica()
		require.NoError(t, living.journal.Recover(t.Context(), instance))
		pass(15 * time.Second)
		_, err = slow.seats.Update(t.Context(), "2", hold("nils"))
		require.NoError(t, err)
		require.NoError(t, living.journal.Recover(t.Context(), instance))
		assert.Contains(t, h.shelf.keys(t), "seat:2")
		pass(15 * time.Second)
		require.NoError(t, living.journal.Recover(t.Context(), instance))
		assert.Empty(t, h.shelf.instances())
	})
}

func TestRecoveringFailsLoudly(t *testing.T) {
	h := newHouse()
	dead := h.replica()
	h.broker.set(func(b *broker) { b.down = true })
	_, err := dead.seats.Update(t.Context(), "1", hold("mara"))
	require.NoError(t, err)
	instance := h.shelf.last[len("journal:"):]

	living := h.replica()
	require.Error(t, living.journal.Recover(t.Context(), instance), "the broker is down: to be tried again")
	assert.Equal(t, []string{"seat:1"}, h.shelf.keys(t))
	require.NoError(t, living.journal.Recover(t.Context(), ids.New()), "an instance that never wrote")
	assert.True(t, errs.Is(living.journal.Recover(t.Context(), "no instance"), errs.KindInvalid))
}

// A write whose outcome nobody knows is looked at again, and told if it
// happened.
func TestAWriteOfUnknownOutcomeIsLookedAtAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHouse()
		quiet := slog.New(slog.DiscardHandler)
		outbox := aggregate.NewOutbox(h.broker, aggregate.NewJournal(h.shelf, h.jobs, quiet), quiet)
		lost := &lossyStore{Memory: h.docs}
		seats := aggregate.NewRepository(lost, "seat", outbox, snapshots)
		ctx, stop := context.WithCancel(context.Background())
		var running sync.WaitGroup
		running.Go(func() { outbox.Run(ctx) })

		lost.away.Store(true)
		_, err := seats.Update(t.Context(), "1", hold("mara"))
		require.Error(t, err)
		pass(5 * time.Second)
		assert.Empty(t, h.broker.published())
		assert.Equal(t, []string{"seat:1"}, h.shelf.keys(t))
		lost.away.Store(false)
		pass(5 * time.Second)
		assert.Equal(t, []string{"ticket:1:1"}, h.broker.published())
		assert.Empty(t, h.shelf.keys(t))
		stop()
		running.Wait()
	})
}

// lossyStore goes away with the answer to a write, and comes back when told.
type lossyStore struct {
	*state.Memory
	away, gone atomic.Bool
}

var errGone = errs.Unavailable("The store does not answer.", errors.New("connection reset"))

func (s *lossyStore) Read(ctx context.Context, keys ...string) ([]state.Item, error) {
	if s.away.Load() && s.gone.Load() {
		return nil, errGone
	}
	return s.Memory.Read(ctx, keys...)
}

func (s *lossyStore) Write(ctx context.Context, key string, value []byte, etag string) error {
	if err := s.Memory.Write(ctx, key, value, etag); err != nil || !s.away.Load() {
		return err
	}
	s.gone.Store(true)
	return errGone
}
