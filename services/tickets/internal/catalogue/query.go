package catalogue

import (
	"math"
	"sync"

	"ticketx/kit/money"
	"ticketx/services/tickets"
)

// Sort says in which order tickets are wanted.
type Sort string

// The orders. Tickets that are equal stand in the order of their ids.
const (
	Newest      Sort = "newest"
	ByDate      Sort = "date" // the next event first, and those without a date last
	ByPrice     Sort = "price"
	ByPriceDown Sort = "-price"
	ByRelevance Sort = "relevance" // see matchClasses; the newest first among equals
)

// Range is from Low to High, both included.
type Range struct{ Low, High int64 }

// Anything is the range with everything in it.
var Anything = Range{math.MinInt64, math.MaxInt64}

func (r Range) has(v int64) bool { return r.Low <= v && v <= r.High }

// Query says which tickets are wanted.
type Query struct {
	Words    []string       // folded; each must begin a word of the ticket
	Prices   Range          // in minor units
	Starts   Range          // when the event does, in microseconds since 1970
	Days     Range          // the same where the event is, in days; see Day
	City     string         // folded; "" for any
	Category string         // "" for any
	Status   tickets.Status // "" for any
	Seller   string         // "" for any
	Sort     Sort
	Limit    int       // at least 1
	After    *Position // nil for the first page
	// Own says that the seller asks, who sees what was earned.
	Own bool
	// Currency is the one in which earnings are counted together.
	Currency money.Currency
}

// entries are for pages while they are put together.
var entries = sync.Pool{New: func() any { return new([]entry) }}

// Page appends the tickets that match the query to dst as a JSON array. The
// position of the last one is where the next page goes on; it is nil when there is
// none. Pages that follow one another neither repeat nor skip a ticket that matches
// and stays as it is throughout, while others come and go.
func (c *Catalogue) Page(dst []byte, q Query) (body []byte, next *Position) {
	c.catchUp()
	c.mu.RLock()
	defer c.mu.RUnlock()
	scratch := entries.Get().(*[]entry)
	defer entries.Put(scratch)
	found := c.page((*scratch)[:0], &q)
	*scratch = found
	if len(found) > q.Limit {
		found = found[:q.Limit]
		last := found[q.Limit-1].Position
		next = &last
	}
	dst = append(dst, '[')
	for i, e := range found {
		if i > 0 {
			dst = append(dst, ',')
		}
		if q.Own {
			dst = c.appendOwn(dst, e.slot)
		} else {
			dst = c.append(dst, &c.docs[e.slot])
		}
	}
	return append(dst, ']'), next
}

// page appends the entries of a page to dst, and one more where there is one.
func (c *Catalogue) page(dst []entry, q *Query) []entry {
	want, spans, by := c.want(q), c.spans(q), c.order(q.Sort)
	if q.Sort != ByRelevance || len(q.Words) == 0 {
		return c.search(want.all(), spans, q).first(dst, by, q.After, q.Limit+1)
	}
	// Class by class: the later ones are left alone when there are enough. The key of
	// a position is the number of its class.
	for class := range matchClasses {
		after := (*Position)(nil)
		switch at := int64(class); {
		case q.After != nil && at < q.After.Key:
			continue
		case q.After != nil && at == q.After.Key:
			after = &Position{ID: q.After.ID}
		}
		had := len(dst)
		dst = c.search(want.class(class), spans, q).first(dst, by, after, q.Limit+1-had)
		for i := range dst[had:] {
			dst[had+i].Key = int64(class)
		}
		if len(dst) > q.Limit {
			break
		}
	}
	return dst
}

// order returns the order that is wanted.
func (c *Catalogue) order(s Sort) *order {
	switch s {
	case ByDate:
		return c.date
	case ByPrice:
		return c.price
	case ByPriceDown:
		return c.price.reversed()
	case Newest, ByRelevance:
	}
	return c.newest
}

// fits reports whether a ticket has what the query asks of ranges.
func (k *keys) fits(q *Query) bool {
	if !q.Prices.has(int64(k.price)) {
		return false
	}
	if !q.dated() {
		return true
	}
	return k.starts != undated && q.Starts.has(k.starts) && q.Days.has(int64(k.day))
}

// dated reports whether the query asks when the event is.
func (q *Query) dated() bool { return q.Starts != Anything || q.Days != Anything }
