// Package deadletter keeps what could not be handled. Dapr puts an event that a
// consumer drops on the topic's dead-letter topic; the owner of the topic takes
// it from there into its own state store, where it can be looked at, and puts it
// back on the topic when it is told to.
//
// It rests on nothing but a pub/sub component and a state store: no broker's own
// tools, and no broker's own memory.
package deadletter

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"ticketx/kit/errs"
	"ticketx/kit/state"
)

// batch is how many letters are read at once. A broker may take events of a
// megabyte, and an answer of the sidecar has its limit.
const batch = 10

// Publisher puts a body on a topic as it is. An error does not mean that it was
// not published.
type Publisher interface {
	PublishRaw(ctx context.Context, topic string, body []byte) error
}

// Keeper keeps the dead letters of one topic. A letter is one document,
// "dead-letter:ID", and the letter decides. Before it comes to wait, the
// append-only index "dead-letters:TOPIC" has an entry for it.
type Keeper struct {
	topic     string
	letters   *state.Collection[Letter]
	entries   *state.Index
	progress  *state.Collection[progress]
	publisher Publisher
	now       func() time.Time
}

// progress spares reading: every entry before Settled is of a letter that does
// not wait, and never will by that entry.
type progress struct {
	Settled int `json:"settled"`
}

// New returns the keeper of the topic's dead letters, for the service that owns
// the topic. Documents of other kinds in store are not touched.
func New(topic string, store state.Store, publisher Publisher, now func() time.Time) *Keeper {
	return &Keeper{
		topic:     topic,
		letters:   state.NewCollection[Letter](store, "dead-letter"),
		entries:   state.NewIndex(store, "dead-letters"),
		progress:  state.NewCollection[progress](store, "dead-letters-progress"),
		publisher: publisher,
		now:       now,
	}
}

// Keep keeps a letter. One that waits already is not kept twice; one that comes
// again after it was settled waits again, because nobody can tell a copy that is
// late from a second failure, and putting back once too often is harmless.
func (k *Keeper) Keep(ctx context.Context, body []byte) error {
	id := identify(body)
	before, _, err := k.letters.Load(ctx, id)
	if err != nil {
		return err
	}
	if before.Round > 0 && before.waits() {
		return nil
	}
	round := before.Round + 1
	if err := k.entries.Add(ctx, k.topic, entry(id, round)); err != nil {
		return err
	}
	_, err = k.letters.Update(ctx, id, func(l *Letter, _ bool) error {
		if l.Round >= round {
			return state.ErrUnchanged // another copy of it was faster
		}
		*l = Letter{Body: body, CameAt: k.now().UTC(), Round: round}
		return nil
	})
	return err
}

// Load returns a letter, waiting or settled; errs.KindNotFound when there is none.
func (k *Keeper) Load(ctx context.Context, id string) (Letter, error) {
	if !isID(id) {
		return Letter{}, errNoLetter()
	}
	l, found, err := k.letters.Load(ctx, id)
	if err == nil && !found {
		err = errNoLetter()
	}
	return l, err
}

// Page is some of the letters that wait, by their ids, oldest first.
type Page struct {
	IDs     []string
	Letters []Letter
	Next    int // where to go on; 0 when nothing is left
}

// Waiting returns up to limit of the letters that wait, from the position on.
func (k *Keeper) Waiting(ctx context.Context, from, limit int) (p Page, err error) {
	p.Next, err = k.walk(ctx, from, -1, func(id string, l Letter) (more bool, err error) {
		p.IDs, p.Letters = append(p.IDs, id), append(p.Letters, l)
		return len(p.IDs) < limit, nil
	})
	return p, err
}

// counted is how many entries Count looks at.
const counted = 200

// Count returns how many letters wait. Of very many, those that can't be looked
// at in reasonable time all count, though some may be settled.
func (k *Keeper) Count(ctx context.Context) (int, error) {
	start, end, err := k.bounds(ctx, 0, -1)
	if err != nil {
		return 0, err
	}
	looked := min(end, start+counted)
	n := end - looked
	_, err = k.walk(ctx, start, looked, func(string, Letter) (bool, error) {
		n++
		return true, nil
	})
	return n, err
}

// Redriven is what Redrive has done.
type Redriven struct {
	Redriven int // letters put back
	Skipped  int // letters that stay, because they are no events
	Until    int // where the end was when the first page was put back
	Next     int // where to go on; 0 when all is done
}

// Redrive puts up to limit waiting letters back on the topic, oldest first, each
// under a fresh id: all that stood between from and until, where a negative
// until is the end as it is now, so that what comes back meanwhile is left for
// the next time. A letter counts as put back when it has been published; a crash
// in between has it published twice, which is harmless, as it is to do all of
// this twice at once.
//
// An error can come after some have been put back; those are settled.
func (k *Keeper) Redrive(ctx context.Context, from, until, limit int) (done Redriven, err error) {
	if _, done.Until, err = k.bounds(ctx, from, until); err != nil {
		return done, err
	}
	done.Next, err = k.walk(ctx, from, done.Until, func(id string, l Letter) (more bool, err error) {
		body, ok := again(l.Body)
		if !ok {
			done.Skipped++
			return done.Redriven+done.Skipped < limit, nil
		}
		if err := k.publisher.PublishRaw(ctx, k.topic, body); err != nil {
			return false, err
		}
		at := k.now().UTC()
		if err := k.settle(ctx, id, l.Round, func(l *Letter) { l.RedrivenAt = &at }); err != nil {
			return false, err
		}
		done.Redriven++
		return done.Redriven+done.Skipped < limit, nil
	})
	if err != nil {
		return done, err
	}
	return done, k.advance(ctx)
}

// Discard gives a letter up: it waits no longer, and is kept. Discarding what
// does not wait changes nothing; errs.KindNotFound when there is no such letter.
func (k *Keeper) Discard(ctx context.Context, id string) error {
	l, err := k.Load(ctx, id)
	if err != nil {
		return err
	}
	at := k.now().UTC()
	if err := k.settle(ctx, id, l.Round, func(l *Letter) { l.DiscardedAt = &at }); err != nil {
		return err
	}
	return k.advance(ctx)
}

// settle changes a letter that still waits in the round.
func (k *Keeper) settle(ctx context.Context, id string, round int, change func(*Letter)) error {
	_, err := k.letters.Update(ctx, id, func(l *Letter, _ bool) error {
		if l.Round != round || !l.waits() {
			return state.ErrUnchanged
		}
		change(l)
		return nil
	})
	return err
}

// walk visits the waiting letters whose entries stand from one position on and
// before the other, oldest first, until visit says that it is enough. It returns
// where to go on, 0 when nothing is left. Entries whose letter does not wait cost
// no visit.
func (k *Keeper) walk(ctx context.Context, from, until int, visit func(id string, l Letter) (more bool, err error)) (next int, err error) {
	from, until, err = k.bounds(ctx, from, until)
	if err != nil {
		return 0, err
	}
	for from < until {
		stop := min(from+batch, until)
		found, err := k.read(ctx, from, stop)
		if err != nil {
			return 0, err
		}
		for i, f := range found {
			if !f.waits() {
				continue
			}
			more, err := visit(f.id, *f.letter)
			if err != nil {
				return 0, err
			}
			if at := from + i + 1; !more && at < until {
				return at, nil
			} else if !more {
				return 0, nil
			}
		}
		from = stop
	}
	return 0, nil
}

// advance moves the progress over the entries that are settled, to the first that
// is not. An entry without its letter is not: its letter is on its way, or will
// be delivered again.
func (k *Keeper) advance(ctx context.Context) error {
	start, end, err := k.bounds(ctx, 0, -1)
	if err != nil {
		return err
	}
	at := start
	for at < end {
		found, err := k.read(ctx, at, min(at+batch, end))
		if err != nil {
			return err
		}
		open := slices.IndexFunc(found, func(f arrival) bool { return !f.settled() })
		if open >= 0 {
			at += open
			break
		}
		at += len(found)
	}
	if at == start {
		return nil
	}
	_, err = k.progress.Update(ctx, k.topic, func(p *progress, _ bool) error {
		if p.Settled >= at {
			return state.ErrUnchanged
		}
		p.Settled = at
		return nil
	})
	return err
}

// bounds returns the positions between which from and until leave something to
// look at: not before what is settled, not after the end; a negative until is the
// end.
func (k *Keeper) bounds(ctx context.Context, from, until int) (start, end int, err error) {
	p, _, err := k.progress.Load(ctx, k.topic)
	if err != nil {
		return 0, 0, err
	}
	_, end, err = k.entries.Before(ctx, k.topic, -1, 0)
	if err != nil {
		return 0, 0, err
	}
	if until >= 0 {
		end = min(end, until)
	}
	return min(max(from, p.Settled), end), end, nil
}

// arrival is an entry and its letter, nil where there is none.
type arrival struct {
	id     string
	round  int
	letter *Letter
}

func (f arrival) waits() bool {
	return f.letter != nil && f.letter.Round == f.round && f.letter.waits()
}

func (f arrival) settled() bool {
	return f.letter != nil && (f.letter.Round > f.round || f.letter.Round == f.round && !f.letter.waits())
}

// read reads the entries between two positions and their letters, oldest first.
func (k *Keeper) read(ctx context.Context, from, until int) ([]arrival, error) {
	entries, _, err := k.entries.Before(ctx, k.topic, until, until-from)
	if err != nil {
		return nil, err
	}
	slices.Reverse(entries)
	all, ids := make([]arrival, len(entries)), make([]string, len(entries))
	for i, e := range entries {
		id, round, _ := strings.Cut(e, ":")
		ids[i], all[i].id = id, id
		if all[i].round, err = strconv.Atoi(round); err != nil {
			return nil, fmt.Errorf("read entry %q: %w", e, err)
		}
	}
	letters, err := k.letters.LoadMany(ctx, ids...)
	for i := range letters {
		all[i].letter = letters[i]
	}
	return all, err
}

// entry names one coming of a letter in the index.
func entry(id string, round int) string { return id + ":" + strconv.Itoa(round) }

// isID reports whether s could be the id of a letter. What could not never
// reaches the store: Dapr refuses keys with "||".
func isID(s string) bool {
	return len(s) == len(identify(nil)) && strings.Trim(s, "0123456789abcdef") == ""
}

func errNoLetter() error { return errs.NotFound("There is no such dead letter.") }
