// Package catalogue is the read model of the tickets: all listings, in the
// memory of this replica. Looking at it asks nobody else, so it works while the
// store or the broker is down.
//
// Four sources keep it current, and the newest version of a ticket wins,
// whichever brought it:
//
//   - the fill at start reads every ticket from the store (Sync);
//   - this replica's own writes arrive at once, from the service;
//   - the writes of other replicas arrive through the feed;
//   - what the feed missed is found by reading the store again (Sync).
package catalogue

import (
	"sync"
	"sync/atomic"
	"time"
	"unique"

	"github.com/tidwall/btree"

	"ticketx/kit/errs"
	"ticketx/services/tickets"
)

// Catalogue is the listings, in the order of their ids, which is the order in
// which they were listed. It is safe for concurrent use.
type Catalogue struct {
	filled atomic.Bool

	mu sync.RWMutex
	// What a pointer leads to never changes: a newer version gets a new one.
	byID btree.Map[string, *tickets.Listing]
	// unsold is those of byID that are not sold: the sold ones pile up, and who
	// looks for something to buy must not wade through them.
	unsold btree.Map[string, *tickets.Listing]
}

// New returns an empty Catalogue.
func New() *Catalogue { return &Catalogue{} }

var _ tickets.Catalogue = (*Catalogue)(nil)

// Ready returns errs.KindUnavailable until the catalogue is filled.
func (c *Catalogue) Ready() error {
	if !c.filled.Load() {
		return errs.Unavailable("The catalogue is being filled. Please try again.", nil)
	}
	return nil
}

// Len returns how many listings there are.
func (c *Catalogue) Len() int {
	c.mu.RLock()
	defer c.mu.RUnlock()
	return c.byID.Len()
}

// Find implements tickets.Catalogue.
func (c *Catalogue) Find(id string) (tickets.Listing, bool) {
	c.mu.RLock()
	defer c.mu.RUnlock()
	l, ok := c.byID.Get(id)
	if !ok {
		return tickets.Listing{}, false
	}
	return *l, true
}

// Put implements tickets.Catalogue.
func (c *Catalogue) Put(l tickets.Listing) {
	share(&l)
	c.mu.Lock()
	defer c.mu.Unlock()
	if known, ok := c.byID.Get(l.ID); ok && known.Version >= l.Version {
		return
	}
	c.byID.Set(l.ID, &l)
	if l.Status == tickets.Sold {
		c.unsold.Delete(l.ID)
	} else {
		c.unsold.Set(l.ID, &l)
	}
}

// share replaces the texts that many listings have in common by one copy: each
// listing came out of a JSON document of its own.
func share(l *tickets.Listing) {
	for _, s := range []tickets.Status{tickets.Available, tickets.Reserved, tickets.Sold} {
		if l.Status == s {
			l.Status = s
		}
	}
	l.Currency = unique.Make(l.Currency).Value()
}

// Query says which page of which listings is wanted.
type Query struct {
	Status tickets.Status // "" for every status
	Limit  int            // at least 1
	After  string         // the id of the last listing of the page before; "" for the first page
}

// Page returns the listings that match the query now, the newest first, and
// whether there are more of them. Pages that follow one another by id neither
// repeat nor skip a listing that matches throughout, while others come and go.
func (c *Catalogue) Page(q Query, now time.Time) (page []tickets.Listing, more bool) {
	page = make([]tickets.Listing, 0, q.Limit)
	take := func(id string, l *tickets.Listing) bool {
		if id == q.After || (q.Status != "" && l.StatusAt(now) != q.Status) {
			return true
		}
		if len(page) == q.Limit {
			more = true
			return false
		}
		page = append(page, *l)
		return true
	}
	c.mu.RLock()
	defer c.mu.RUnlock()
	from := &c.byID
	if q.Status == tickets.Available || q.Status == tickets.Reserved {
		from = &c.unsold
	}
	if q.After == "" {
		from.Reverse(take)
	} else {
		from.Descend(q.After, take)
	}
	return page, more
}
