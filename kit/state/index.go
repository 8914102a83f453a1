package state

import (
	"context"
	"fmt"
	"slices"
	"sync"
)

// PageSize is how many ids a page of an Index holds.
const PageSize = 200

// Index is append-only lists of ids, each a chain of bounded pages. An id is
// added before the thing it names is created, so an index may name something
// that never came to be, but misses nothing that did: check what it names.
//
// A list's newest ids are in its head document; a full head is copied to a
// page of its own and started anew. Additions of one process to one list share
// a write.
type Index struct {
	heads *Collection[indexPage]
	pages *Collection[indexPage]

	mu      sync.Mutex
	waiting map[string]*indexBatch
}

// indexPage is a head or a full page: Number counts the full pages before it.
type indexPage struct {
	Number int      `json:"number"`
	IDs    []string `json:"ids"` // oldest first
}

// indexBatch is the additions to one list that will go into its next write.
type indexBatch struct {
	ids  []string
	done chan struct{}
	err  error
	turn chan struct{} // closed when the write before this one is over
}

// NewIndex returns the lists of store whose keys start with prefix.
func NewIndex(store Store, prefix string) *Index {
	return &Index{
		heads:   NewCollection[indexPage](store, prefix),
		pages:   NewCollection[indexPage](store, prefix+"-page"),
		waiting: make(map[string]*indexBatch),
	}
}

// Add appends id to the list. Adding an id again that is among the newest is
// harmless.
func (x *Index) Add(ctx context.Context, list, id string) error {
	x.mu.Lock()
	batch, leads := x.join(list, id)
	x.mu.Unlock()
	if leads {
		// The write serves everybody in the batch, so one caller's hanging up
		// must not end it; the store's own time limit bounds it.
		go x.lead(context.WithoutCancel(ctx), list, batch)
	}
	select {
	case <-batch.done:
		return batch.err
	case <-ctx.Done():
		return ctx.Err()
	}
}

// join puts id into the list's open batch and reports whether the caller opened
// it. The batch stays open until the write before it is over.
func (x *Index) join(list, id string) (batch *indexBatch, leads bool) {
	last := x.waiting[list]
	if last != nil && last.turn != nil {
		last.ids = append(last.ids, id)
		return last, false
	}
	batch = &indexBatch{ids: []string{id}, done: make(chan struct{}), turn: make(chan struct{})}
	if last == nil {
		close(batch.turn)
	} else {
		go func() {
			<-last.done
			close(batch.turn)
		}()
	}
	x.waiting[list] = batch
	return batch, true
}

// lead waits for the batch's turn, closes it to newcomers, and writes it.
func (x *Index) lead(ctx context.Context, list string, batch *indexBatch) {
	<-batch.turn
	x.mu.Lock()
	batch.turn = nil // closed to newcomers
	ids := batch.ids
	x.mu.Unlock()

	batch.err = x.append(ctx, list, ids)

	x.mu.Lock()
	if x.waiting[list] == batch {
		delete(x.waiting, list)
	}
	x.mu.Unlock()
	close(batch.done)
}

// append writes ids to the head. A full head is first kept as a page, whose
// content can't differ however often a crash makes it be written, because a
// full head never changes until it is started anew.
func (x *Index) append(ctx context.Context, list string, ids []string) error {
	for len(ids) > 0 {
		var full *indexPage
		taken := 0
		_, err := x.heads.Update(ctx, list, func(head *indexPage, _ bool) error {
			full, taken = nil, 0
			changed := false
			for _, id := range ids {
				if !slices.Contains(head.IDs, id) {
					if len(head.IDs) >= PageSize {
						break
					}
					head.IDs = append(head.IDs, id)
					changed = true
				}
				taken++
			}
			if taken == 0 {
				full = &indexPage{Number: head.Number, IDs: head.IDs}
			}
			if !changed {
				return ErrUnchanged
			}
			return nil
		})
		if err != nil {
			return fmt.Errorf("append to index: %w", err)
		}
		ids = ids[taken:]
		if full != nil {
			if err := x.turnPage(ctx, list, *full); err != nil {
				return err
			}
		}
	}
	return nil
}

// turnPage keeps a full head as a page and starts the head anew.
func (x *Index) turnPage(ctx context.Context, list string, full indexPage) error {
	if _, err := x.pages.Insert(ctx, pageID(list, full.Number), full); err != nil {
		return fmt.Errorf("keep index page: %w", err)
	}
	_, err := x.heads.Update(ctx, list, func(head *indexPage, _ bool) error {
		if head.Number != full.Number {
			return ErrUnchanged // somebody else has turned it
		}
		*head = indexPage{Number: full.Number + 1}
		return nil
	})
	if err != nil {
		return fmt.Errorf("start index page: %w", err)
	}
	return nil
}

// Before returns up to limit ids that stand before position, newest first, and
// the position to go on from, which is 0 when nothing is left. A position never
// changes what it means, however much is added; a negative one means the end of
// the list. It costs one call, and one more for every page it reaches into.
func (x *Index) Before(ctx context.Context, list string, position, limit int) (ids []string, next int, err error) {
	page, _, err := x.heads.Load(ctx, list)
	if err != nil {
		return nil, 0, fmt.Errorf("read index: %w", err)
	}
	if end := page.Number*PageSize + len(page.IDs); position < 0 || position > end {
		position = end
	}
	for position > 0 && len(ids) < limit {
		if number := (position - 1) / PageSize; number != page.Number {
			if page, _, err = x.pages.Load(ctx, pageID(list, number)); err != nil {
				return nil, 0, fmt.Errorf("read index page: %w", err)
			}
			page.Number = number
		}
		position--
		if i := position - page.Number*PageSize; i < len(page.IDs) {
			ids = append(ids, page.IDs[i])
		}
	}
	return ids, position, nil
}

func pageID(list string, number int) string { return fmt.Sprintf("%s:%d", list, number) }
