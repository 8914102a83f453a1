package state

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/cenkalti/backoff/v5"

	"ticketx/kit/errs"
)

// How often a change that loses is decided anew, and how long the pauses are.
// Fifty writers of one document need about ten tries; with the pauses growing
// to maxPause a change gives up after roughly a second and a half.
const (
	maxTries   = 24
	firstPause = 2 * time.Millisecond
	maxPause   = 100 * time.Millisecond
)

// ErrUnchanged is what a change returns to leave the document as it is. Update
// then answers with the document and no error.
var ErrUnchanged = errors.New("state: nothing to change")

// errOvertaken is an ErrConflict that leaves open whether the write happened.
var errOvertaken = fmt.Errorf("%w, and the write may have happened before that", ErrConflict)

// Collection is the documents of one type under one key prefix. T is a struct;
// what it encodes to must be a JSON object.
type Collection[T any] struct {
	store  Store
	prefix string
}

// NewCollection returns the documents of store whose keys are "prefix:id".
func NewCollection[T any](store Store, prefix string) *Collection[T] {
	return &Collection[T]{store: store, prefix: prefix}
}

// Key returns the key of the document with the id.
func (c *Collection[T]) Key(id string) string { return c.prefix + ":" + id }

// Load returns the document with the id, and whether there is one.
func (c *Collection[T]) Load(ctx context.Context, id string) (doc T, found bool, err error) {
	docs, err := c.LoadMany(ctx, id)
	if err != nil || docs[0] == nil {
		return doc, false, err
	}
	return *docs[0], true, nil
}

// LoadMany returns the documents with the ids, in their order, nil where there
// is none. It costs one call.
func (c *Collection[T]) LoadMany(ctx context.Context, ids ...string) ([]*T, error) {
	if len(ids) == 0 {
		return nil, nil
	}
	keys := make([]string, len(ids))
	for i, id := range ids {
		keys[i] = c.Key(id)
	}
	items, err := c.store.Read(ctx, keys...)
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", c.prefix, err)
	}
	docs := make([]*T, len(items))
	for i, item := range items {
		if item.Value == nil {
			continue
		}
		docs[i] = new(T)
		if err := json.Unmarshal(item.Value, docs[i]); err != nil {
			return nil, fmt.Errorf("decode %s: %w", item.Key, err)
		}
	}
	return docs, nil
}

// Insert creates the document. It reports false, and changes nothing, when
// there is one already.
func (c *Collection[T]) Insert(ctx context.Context, id string, doc T) (created bool, err error) {
	want, err := encode(doc)
	if err != nil {
		return false, fmt.Errorf("encode %s: %w", c.Key(id), err)
	}
	err = c.attempt(ctx, Item{Key: c.Key(id)}, want)
	if errors.Is(err, ErrConflict) {
		return false, nil
	}
	return err == nil, err
}

// Update reads the document, lets change decide, and writes what change leaves
// behind. found is false, and the document T's zero value, when there is none
// yet; the write then creates it. When another writer was first, change is
// called again with what is there now, so what it does beyond the document must
// be harmless when the write never comes: a hint, never a decision. An error of
// change is returned as it is, and nothing is written; ErrUnchanged ends without
// a write and without an error.
//
// Too many lost tries are errs.KindUnavailable and ErrConflict.
func (c *Collection[T]) Update(ctx context.Context, id string, change func(doc *T, found bool) error) (T, error) {
	return c.UpdateWithDoubts(ctx, id, change, func() {})
}

// UpdateWithDoubts is Update for who must know of every write that happened, also
// of one that another writer has gone over since. It calls doubt after every lost
// try that may have been such a write: the store gave no answer, or none that can
// be trusted, and somebody else's document is there now, which may well be built on
// ours. A try that the store refused with ErrConflict leaves no doubt.
//
// A last error other than ErrConflict leaves the last try in doubt, without a call.
func (c *Collection[T]) UpdateWithDoubts(ctx context.Context, id string, change func(doc *T, found bool) error, doubt func()) (T, error) {
	decide := func() (T, error) {
		doc, err := c.tryUpdate(ctx, id, change)
		if errors.Is(err, errOvertaken) {
			doubt()
		}
		if err != nil && !errors.Is(err, ErrConflict) {
			return doc, backoff.Permanent(err)
		}
		return doc, err
	}
	pauses := backoff.NewExponentialBackOff()
	pauses.InitialInterval = firstPause
	pauses.MaxInterval = maxPause
	pauses.RandomizationFactor = 1 // full jitter: those who lost together must not meet again
	doc, err := backoff.Retry(ctx, decide, backoff.WithBackOff(pauses), backoff.WithMaxTries(maxTries))
	if errors.Is(err, ErrConflict) {
		return doc, errs.Unavailable("Too many people are changing this at the moment. Please try again.",
			fmt.Errorf("update %s, tried %d times: %w", c.Key(id), maxTries, ErrConflict))
	}
	return doc, err
}

// tryUpdate is one round of read, decide, write.
func (c *Collection[T]) tryUpdate(ctx context.Context, id string, change func(*T, bool) error) (T, error) {
	var doc T
	items, err := c.store.Read(ctx, c.Key(id))
	if err != nil {
		return doc, fmt.Errorf("read %s: %w", c.Key(id), err)
	}
	before := items[0]
	if before.Value != nil {
		if err := json.Unmarshal(before.Value, &doc); err != nil {
			return doc, fmt.Errorf("decode %s: %w", before.Key, err)
		}
	}
	if err := change(&doc, before.Value != nil); err != nil {
		if errors.Is(err, ErrUnchanged) {
			return doc, nil
		}
		return doc, err
	}
	want, err := encode(doc)
	if err != nil {
		return doc, fmt.Errorf("encode %s: %w", before.Key, err)
	}
	return doc, c.attempt(ctx, before, want)
}

// encode returns doc as a JSON object that also carries a mark of this one
// write, "_write". Two writers may well want the same document, each with a
// count one higher; by the mark the loser sees that what is there is not its own.
func encode(doc any) ([]byte, error) {
	body, err := json.Marshal(doc)
	if err != nil {
		return nil, err
	}
	if body[0] != '{' {
		return nil, fmt.Errorf("%T is not a JSON object", doc)
	}
	marked := fmt.Appendf(make([]byte, 0, len(body)+48), `{"_write":%q`, rand.Text())
	if len(body) > len("{}") {
		marked = append(marked, ',')
	}
	return append(marked, body[1:]...), nil
}

// attempt writes want over before. An error other than a conflict leaves open
// whether the write happened, and some stores report a conflict as an internal
// error (Redis does for create-if-absent), so the truth is read: what is there
// is want, then it happened; what was there before is there still, then it
// failed; anything else, then another writer was first, or came right after.
func (c *Collection[T]) attempt(ctx context.Context, before Item, want []byte) error {
	err := c.store.Write(ctx, before.Key, want, before.ETag)
	if err == nil {
		return nil
	}
	items, readErr := c.store.Read(ctx, before.Key)
	switch {
	case readErr != nil:
		return fmt.Errorf("write %s: %w", before.Key, err)
	case bytes.Equal(items[0].Value, want):
		return nil
	case errors.Is(err, ErrConflict):
		// Another writer was first. Where the old document is there still, that
		// one lost too, or the store is behind: decide anew.
		return ErrConflict
	case items[0].ETag != before.ETag:
		return errOvertaken
	default:
		return fmt.Errorf("write %s: %w", before.Key, err)
	}
}
