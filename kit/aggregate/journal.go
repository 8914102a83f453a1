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
	// for another change. A change ends within saveTimeout, so all that counts on
	// a write of the journal is over before over has passed since that write, and
	// that is less than deadline.
	trust = deadline - saveTimeout - time.Second
	over  = trust + saveTimeout
	// idle is how long a journal keeps keys that nobody needs any more.
	idle = time.Second
	// few is how many changes under way are few enough for each to have the
	// journal written at once, beside its reads. When they are more, the write
	// waits until the first of them needs it, and by then serves many.
	few = 3
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
	state.Store

	// Overwrite stores value whatever is there, and costs one call. It is for
	// documents with a single writer, which are never written in another way.
	Overwrite(ctx context.Context, key string, value []byte) error

	// Delete removes a document, if there is one. It is for documents that
	// nobody holds an ETag of for another write.
	Delete(ctx context.Context, key string) error
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
	guarded  *state.Collection[journalDoc]

	commits sync.Mutex // one write of the journal at a time
	careful bool       // a blind write has failed; of commits

	mu       sync.Mutex
	guarding bool           // the job is set: somebody would look
	open     map[string]int // keys of changes under way
	stored   map[string]bool
	storedAt time.Time
	waiting  []*entry
	writing  bool
	changed  time.Time       // when a change entered or left
	seen     map[string]look // at others' journals, by instance
}

// look is the first look at a journal in its present state.
type look struct {
	etags string
	at    time.Time
}

// owner announces the aggregate with the id as it stands.
type owner func(ctx context.Context, id string) error

// entry is one change's place in the journal.
type entry struct {
	journal *Journal
	key     string
	done    chan struct{}
	err     error
	needed  bool // somebody waits for it
}

// journalDoc is the document journal:{instance}, and journal-guarded:{instance}.
// Its process alone writes it, and removes it when it stops; the one that
// recovers it removes it when the process is dead.
//
// The first is written blindly, which costs one call. A blind write that fails may
// still be on its way, and land on top of a later one that it does not know; so
// once one has failed, it is written no more, and the second is, whose writes are
// guarded by its ETag: a late one is refused.
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
		guarded:  state.NewCollection[journalDoc](store, "journal-guarded"),
		open:     make(map[string]int),
		stored:   make(map[string]bool),
		seen:     make(map[string]look),
	}
}

func journalKey(instance string) string { return "journal:" + instance }

// Ready returns errs.KindUnavailable until the journal's job is set: before, it
// takes no entries, because nobody would look at them.
func (j *Journal) Ready(ctx context.Context) error {
	j.mu.Lock()
	guarding := j.guarding
	j.mu.Unlock()
	if guarding {
		return nil
	}
	return j.push(ctx)
}

// enter opens a place for the key and has it written down: at once when few
// changes are under way, and when one needs it otherwise. It does not wait.
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
	j.write()
	return e
}

// write has the journal written unless it can wait or is being written. The
// caller holds mu.
func (j *Journal) write() {
	if !j.writing && j.due() {
		j.writing = true
		go j.serve()
	}
}

// due reports whether it is time to write the journal for those who have entered.
// The caller holds mu.
func (j *Journal) due() bool {
	return len(j.waiting) > 0 &&
		(len(j.open) <= few || slices.ContainsFunc(j.waiting, func(e *entry) bool { return e.needed }))
}

// serve commits while it is due.
func (j *Journal) serve() {
	for {
		j.mu.Lock()
		if !j.due() {
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
	e.journal.mu.Lock()
	e.needed = true
	e.journal.write()
	e.journal.mu.Unlock()
	select {
	case <-e.done:
	case <-ctx.Done():
		return ctx.Err()
	}
	// A process that was stopped for a while wakes up before its timers. What
	// was promised to it then holds no more.
	if end, ok := ctx.Deadline(); ok && !time.Now().Before(end) {
		return context.DeadlineExceeded
	}
	return e.err
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
// ends; then it removes both. Everything that has entered must have left before,
// or is announced by the next to come.
func (j *Journal) Run(ctx context.Context) {
	var tasks sync.WaitGroup
	tasks.Go(func() { every(ctx, pushEvery, func(ctx context.Context) { _ = j.push(ctx) }) })
	tasks.Go(func() { every(ctx, idle, j.tidy) })
	tasks.Wait()

	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), publishTimeout)
	defer cancel()
	j.commits.Lock()
	defer j.commits.Unlock()
	j.mu.Lock()
	clean := len(j.open) == 0
	if clean { // whoever comes all the same has the journal written and the job set again
		clear(j.stored)
		j.guarding = false
	}
	j.mu.Unlock()
	if !clean {
		return
	}
	if j.remove(ctx, j.instance) == nil {
		_ = j.jobs.Delete(ctx, JournalJobPrefix+j.instance) // one that is left finds no journal
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
func (j *Journal) push(ctx context.Context) error {
	err := j.jobs.Schedule(ctx, JournalJobPrefix+j.instance, deadline)
	if err != nil {
		if ctx.Err() == nil {
			j.logger.Warn("the journal's job can't be pushed forward", "err", err)
		}
		return err
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	j.guarding = true
	return nil
}

// tidy removes keys that nobody needs any more from a journal that is idle. One
// that has had keys for long is written again: whoever took this process for dead,
// because it was stopped for a while, has taken its journal away.
func (j *Journal) tidy(context.Context) {
	j.mu.Lock()
	unneeded := len(j.stored) > len(j.open) && time.Since(j.changed) >= idle
	old := len(j.open) > 0 && time.Since(j.storedAt) >= deadline
	stale := (unneeded || old) && !j.writing
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
	j.commits.Lock()
	defer j.commits.Unlock()
	j.mu.Lock()
	waiting := j.waiting
	j.waiting = nil
	keys := slices.Sorted(maps.Keys(j.open))
	// What this write takes away can't be trusted from now on.
	maps.DeleteFunc(j.stored, func(key string, _ bool) bool { return j.open[key] == 0 })
	j.mu.Unlock()

	// The write serves everybody who waits; the store's own limit bounds it.
	ctx, started := context.Background(), time.Now()
	err := j.Ready(ctx)
	if err == nil {
		err = j.save(ctx, keys)
	}

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

// save writes the journal. Its caller holds commits.
func (j *Journal) save(ctx context.Context, keys []string) error {
	doc := journalDoc{Keys: keys}
	if j.careful {
		_, err := j.guarded.Update(ctx, j.instance, func(stored *journalDoc, _ bool) error {
			*stored = doc
			return nil
		})
		return err
	}
	content, err := json.Marshal(doc)
	if err != nil {
		return err
	}
	if err := j.store.Overwrite(ctx, journalKey(j.instance), content); err != nil {
		j.careful = true
		return fmt.Errorf("write the journal: %w", err)
	}
	return nil
}

// remove removes the journal of an instance that needs it no more.
func (j *Journal) remove(ctx context.Context, instance string) error {
	for _, key := range []string{journalKey(instance), j.guarded.Key(instance)} {
		if err := j.store.Delete(ctx, key); err != nil {
			return fmt.Errorf("remove the journal of %s: %w", instance, err)
		}
	}
	return nil
}

// Recover announces what an instance left behind. Dapr calls it, through the
// instance's job, when the instance has not pushed the job forward.
//
// The first time, the instance may still be alive and only unable to push, so
// the journal is left as it is and the job set once more. When by then nobody
// has written the journal nor pushed the job, every change that counted on it is
// over, and it is removed.
//
// It may run any number of times: announcing twice is harmless. An error makes
// Dapr try again.
func (j *Journal) Recover(ctx context.Context, instance string) error {
	if !ids.Valid(instance) {
		return errs.Invalid("instance", "A journal is named by its instance.")
	}
	if instance == j.instance {
		return j.push(ctx) // we were slow to push
	}
	// The time of a look is when it began: what it reads is not older.
	now := time.Now()
	keys, etags, err := j.read(ctx, instance)
	if err != nil || etags == "" {
		return err // or it has never written anything, or another has removed it
	}
	var failed []error // one that can't be told must not hold up the others
	for _, key := range keys {
		if err := j.announce(ctx, key); err != nil {
			failed = append(failed, fmt.Errorf("announce %s: %w", key, err))
		}
		if err := ctx.Err(); err != nil {
			failed = append(failed, err)
			break
		}
	}
	if err := errors.Join(failed...); err != nil {
		return err
	}
	if len(keys) > 0 {
		j.logger.Info("announced what another instance left behind", "instance", instance, "keys", len(keys))
	}

	// A job may be delivered twice, or again at once because its handling failed
	// somewhere. Only time makes a second look.
	j.mu.Lock()
	first := j.seen[instance]
	if first.etags != etags {
		first = look{etags, now}
	}
	j.seen[instance] = first
	j.mu.Unlock()
	if now.Sub(first.at) < over {
		return j.jobs.Schedule(ctx, JournalJobPrefix+instance, deadline)
	}
	if err := j.remove(ctx, instance); err != nil {
		return err
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	delete(j.seen, instance)
	return nil
}

// read returns the keys in an instance's journal, and what tells its state from
// any other, which is empty when there is no journal.
func (j *Journal) read(ctx context.Context, instance string) (keys []string, etags string, err error) {
	items, err := j.store.Read(ctx, journalKey(instance), j.guarded.Key(instance))
	if err != nil {
		return nil, "", err
	}
	for _, item := range items {
		if item.Value == nil {
			continue
		}
		var doc journalDoc
		if err := json.Unmarshal(item.Value, &doc); err != nil {
			return nil, "", fmt.Errorf("decode %s: %w", item.Key, err)
		}
		keys = append(keys, doc.Keys...)
		etags += item.Key + "=" + item.ETag + " "
	}
	return keys, etags, nil
}

func (j *Journal) announce(ctx context.Context, key string) error {
	prefix, id, _ := strings.Cut(key, ":")
	announce, ok := j.owners[prefix]
	if !ok {
		return errors.New("this service does not own it")
	}
	return announce(ctx, id)
}
