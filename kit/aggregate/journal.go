package aggregate

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"ticketx/kit/errs"
	"ticketx/kit/ids"
	"ticketx/kit/state"
)

const (
	// deadline is when a journal that nobody pushes any more is looked at by
	// somebody else. The owner pushes it forward every pushEvery.
	deadline  = 15 * time.Second
	pushEvery = 3 * time.Second
	// trust is how long a key that is in the journal needs no write of its own
	// for another change. A change ends within saveTimeout, so what was promised
	// by a write is over before deadline has passed since that write.
	trust = deadline - saveTimeout - time.Second
	// idle is how long a journal keeps keys that nobody needs any more.
	idle = time.Second
)

// Jobs schedules the looks at journals. Dapr delivers a job to one living
// replica of the service, which hands it to Journal.Recover.
type Jobs interface {
	// Schedule sets or replaces the job, to be delivered after in.
	Schedule(ctx context.Context, name string, in time.Duration) error
	// Delete forgets the job, if there is one.
	Delete(ctx context.Context, name string) error
}

// JournalStore keeps journals. state.Memory and the sidecar's store are ones.
type JournalStore interface {
	Read(ctx context.Context, keys ...string) ([]state.Item, error)

	// Overwrite stores value whatever is there, and costs one call. It is for
	// documents with a single writer, which are never written in another way.
	Overwrite(ctx context.Context, key string, value []byte) error
}

// JournalJobPrefix starts the name of every journal's job; the instance follows.
const JournalJobPrefix = "journal-"

// Journal is this process's list of the aggregates it is changing, in one
// document of the state store, so that what it can't announce any more is
// announced by somebody else. A key is in the stored list before the deciding
// write and leaves with a later write of the list. All changes that wait for the
// list at the same moment share one write.
type Journal struct {
	instance string
	store    JournalStore
	jobs     Jobs
	logger   *slog.Logger
	owners   map[string]owner // by prefix

	mu       sync.Mutex
	open     map[string]int // keys of changes under way
	stored   map[string]bool
	storedAt time.Time
	waiting  []*entry
	writing  bool
	changed  time.Time         // when a change entered or left
	seen     map[string]string // ETags of others' journals at the first look, by instance
}

// owner announces the aggregate with the id as it stands.
type owner func(ctx context.Context, id string) error

// entry is one change's place in the journal.
type entry struct {
	journal *Journal
	key     string
	done    chan struct{}
	err     error
}

// journalDoc is the document journal:{instance}. Its process alone writes it,
// without ETags; the one that recovers it writes it when the process is dead.
type journalDoc struct {
	Keys []string `json:"keys"`
}

// NewJournal returns an empty journal of a new instance. Until Run is running
// nobody looks after what it says.
func NewJournal(store JournalStore, jobs Jobs, logger *slog.Logger) *Journal {
	return &Journal{
		instance: ids.New(),
		store:    store,
		jobs:     jobs,
		logger:   logger,
		owners:   make(map[string]owner),
		open:     make(map[string]int),
		stored:   make(map[string]bool),
		seen:     make(map[string]string),
	}
}

func journalKey(instance string) string { return "journal:" + instance }

// enter opens a place for the key and starts to write it down. It does not wait.
func (j *Journal) enter(key string) *entry {
	j.mu.Lock()
	defer j.mu.Unlock()
	e := &entry{journal: j, key: key, done: make(chan struct{})}
	j.open[key]++
	j.changed = time.Now()
	if j.stored[key] && time.Since(j.storedAt) < trust {
		close(e.done)
		return e
	}
	j.waiting = append(j.waiting, e)
	if !j.writing {
		j.writing = true
		go j.serve()
	}
	return e
}

// serve commits until nobody waits.
func (j *Journal) serve() {
	for {
		j.mu.Lock()
		if len(j.waiting) == 0 {
			j.writing = false
			j.mu.Unlock()
			return
		}
		j.mu.Unlock()
		_ = j.commit() // those who wait are told
	}
}

// wait returns when the key is in the stored journal.
func (e *entry) wait(ctx context.Context) error {
	select {
	case <-e.done:
		return e.err
	case <-ctx.Done():
		return ctx.Err()
	}
}

// leave ends the change: the key goes with a later write of the journal. A
// change that came to nothing before its key was written costs no write.
func (e *entry) leave() {
	j := e.journal
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.open[e.key]--; j.open[e.key] == 0 {
		delete(j.open, e.key)
	}
	j.waiting = slices.DeleteFunc(j.waiting, func(w *entry) bool { return w == e })
	j.changed = time.Now()
}

// Run pushes the journal's job forward and empties an idle journal until ctx
// ends; then it empties it for good. Everything that has entered must have left
// before, or is announced by the next to come.
func (j *Journal) Run(ctx context.Context) {
	var tasks sync.WaitGroup
	tasks.Go(func() { every(ctx, pushEvery, j.push) })
	tasks.Go(func() { every(ctx, idle, j.tidy) })
	tasks.Wait()

	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), publishTimeout)
	defer cancel()
	j.mu.Lock()
	clean := len(j.open) == 0
	j.mu.Unlock()
	if clean && j.commit() == nil {
		_ = j.jobs.Delete(ctx, JournalJobPrefix+j.instance) // one that is left finds an empty journal
	}
}

// every calls do at once and then again after each pause, until ctx ends.
func every(ctx context.Context, pause time.Duration, do func(context.Context)) {
	tick := time.NewTicker(pause)
	defer tick.Stop()
	for ctx.Err() == nil {
		do(ctx)
		select {
		case <-ctx.Done():
		case <-tick.C:
		}
	}
}

// push keeps the job ahead of its time while the process lives.
func (j *Journal) push(ctx context.Context) {
	err := j.jobs.Schedule(ctx, JournalJobPrefix+j.instance, deadline)
	if err != nil && ctx.Err() == nil {
		j.logger.Warn("the journal's job can't be pushed forward", "err", err)
	}
}

// tidy removes keys that nobody needs any more from a journal that is idle.
func (j *Journal) tidy(context.Context) {
	j.mu.Lock()
	stale := len(j.stored) > len(j.open) && !j.writing && time.Since(j.changed) >= idle
	if stale {
		j.writing = true
	}
	j.mu.Unlock()
	if stale {
		_ = j.commit() // what stays is announced once more than needed, at worst
		j.serve()
	}
}

// commit stores the keys of all changes under way and answers those who wait.
func (j *Journal) commit() error {
	j.mu.Lock()
	waiting := j.waiting
	j.waiting = nil
	keys := slices.Sorted(maps.Keys(j.open))
	// What this write takes away can't be trusted from now on.
	maps.DeleteFunc(j.stored, func(key string, _ bool) bool { return j.open[key] == 0 })
	j.mu.Unlock()

	// The write serves everybody who waits; the store's own limit bounds it.
	started := time.Now()
	err := j.save(context.Background(), j.instance, keys)

	j.mu.Lock()
	if err == nil {
		clear(j.stored)
		for _, key := range keys {
			j.stored[key] = true
		}
		j.storedAt = started
	}
	j.mu.Unlock()
	for _, e := range waiting {
		e.err = err
		close(e.done)
	}
	return err
}

func (j *Journal) save(ctx context.Context, instance string, keys []string) error {
	doc, err := json.Marshal(journalDoc{Keys: keys})
	if err != nil {
		return err
	}
	if err := j.store.Overwrite(ctx, journalKey(instance), doc); err != nil {
		return fmt.Errorf("write the journal: %w", err)
	}
	return nil
}

// Recover announces what an instance left behind. Dapr calls it, through the
// instance's job, when the instance has not pushed the job forward.
//
// The first time, the instance may still be alive and only unable to push, so
// the journal is left as it is and the job set once more. When by then nobody
// has written the journal nor pushed the job, every change that counted on it is
// over, and it is emptied.
//
// It may run any number of times: announcing twice is harmless. An error makes
// Dapr try again.
func (j *Journal) Recover(ctx context.Context, instance string) error {
	if !ids.Valid(instance) {
		return errs.Invalid("instance", "A journal is named by its instance.")
	}
	if instance == j.instance {
		return j.jobs.Schedule(ctx, JournalJobPrefix+instance, deadline) // we were slow to push
	}
	items, err := j.store.Read(ctx, journalKey(instance))
	if err != nil {
		return err
	}
	journal := items[0]
	if journal.Value == nil {
		return nil // it has never written anything
	}
	var doc journalDoc
	if err := json.Unmarshal(journal.Value, &doc); err != nil {
		return fmt.Errorf("decode the journal of %s: %w", instance, err)
	}
	for _, key := range doc.Keys {
		if err := j.announce(ctx, key); err != nil {
			return fmt.Errorf("announce %s: %w", key, err)
		}
	}
	if len(doc.Keys) > 0 {
		j.logger.Info("announced what another instance left behind", "instance", instance, "keys", len(doc.Keys))
	}

	j.mu.Lock()
	untouched := j.seen[instance] == journal.ETag
	j.seen[instance] = journal.ETag
	if untouched {
		delete(j.seen, instance)
	}
	j.mu.Unlock()
	switch {
	case !untouched:
		return j.jobs.Schedule(ctx, JournalJobPrefix+instance, deadline)
	case len(doc.Keys) == 0:
		return nil
	default:
		return j.save(ctx, instance, nil)
	}
}

func (j *Journal) announce(ctx context.Context, key string) error {
	prefix, id, _ := strings.Cut(key, ":")
	announce, ok := j.owners[prefix]
	if !ok {
		return errors.New("this service does not own it")
	}
	return announce(ctx, id)
}
