package catalogue

import (
	"iter"
	"math"
	"slices"

	"github.com/RoaringBitmap/roaring/v2"

	"ticketx/kit/money"
	"ticketx/services/tickets"
	"ticketx/services/tickets/internal/wire"
)

// Sort says in which order tickets are wanted.
type Sort string

// The orders. Tickets that are equal stand in the order of their ids.
const (
	Newest       Sort = "newest"
	ByDate       Sort = "date" // the next event first, and those without a date last
	ByPrice      Sort = "price"
	ByPriceDown  Sort = "-price"
	ByRelevance  Sort = "relevance" // see matchClasses; the newest first among equals
	maxCities         = 100         // that are counted by name
	maxSteps          = 2048        // in an order, before the tickets that match are sorted instead
	microsPerDay      = 24 * 60 * 60 * 1e6
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
	City     string         // "" for any
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

// Page appends the tickets that match the query to dst as a JSON array. The
// position of the last one is where the next page goes on; it is nil when there is
// none. Pages that follow one another neither repeat nor skip a ticket that matches
// and stays as it is throughout, while others come and go.
func (c *Catalogue) Page(dst []byte, q Query) (body []byte, next *Position) {
	c.catchUp()
	c.mu.RLock()
	defer c.mu.RUnlock()
	found := c.page(q)
	if len(found) > q.Limit {
		found = found[:q.Limit]
		next = &found[q.Limit-1].Position
	}
	dst = append(dst, '[')
	for i, e := range found {
		if i > 0 {
			dst = append(dst, ',')
		}
		d := &c.docs[e.slot]
		if q.Own {
			dst = wire.Append(dst, d.fixed, c.ownMoment(e.slot))
		} else {
			dst = d.append(dst)
		}
	}
	return append(dst, ']'), next
}

// page returns the entries of a page, and one more where there is one.
func (c *Catalogue) page(q Query) []entry {
	set := c.narrow(q)
	if q.Sort == ByRelevance && len(q.Words) > 0 {
		return c.byRelevance(q, set)
	}
	if len(q.Words) > 0 {
		set = c.words.search(q.Words, set).all()
	}
	by, within := c.order(q)
	return c.pick(by, within, set, q, q.After, q.Limit+1)
}

// byRelevance goes through the classes of matches. The key of a position is the
// number of its class.
func (c *Catalogue) byRelevance(q Query, set *roaring.Bitmap) (found []entry) {
	for class, matches := range c.words.search(q.Words, set).classes() {
		after := (*Position)(nil)
		switch at := int64(class); {
		case q.After != nil && at < q.After.Key:
			continue
		case q.After != nil && at == q.After.Key:
			after = &Position{ID: q.After.ID}
		}
		for _, e := range c.pick(c.newest, Anything, matches, q, after, q.Limit+1-len(found)) {
			e.Key = int64(class)
			found = append(found, e)
		}
		if len(found) > q.Limit {
			break
		}
	}
	return found
}

// narrow returns the tickets that have what the query asks of sets; nil is all. It
// leaves the words out.
func (c *Catalogue) narrow(q Query) *roaring.Bitmap {
	var sets []*roaring.Bitmap
	if q.Status != "" {
		sets = append(sets, c.statuses[q.Status])
	}
	if q.Seller != "" {
		sets = append(sets, c.people.find(q.Seller))
	}
	if q.City != "" {
		sets = append(sets, c.cities.find(q.City))
	}
	if q.Category != "" {
		sets = append(sets, c.categories.find(q.Category))
	}
	if len(sets) == 0 {
		return nil
	}
	return intersection(sets)
}

// fits reports whether a ticket has what the query asks of ranges.
func (k *keys) fits(q *Query) bool {
	if !q.Prices.has(int64(k.price)) {
		return false
	}
	if q.Starts == Anything && q.Days == Anything {
		return true
	}
	return k.starts != undated && q.Starts.has(k.starts) && q.Days.has(int64(k.day))
}

// fitting yields the slots of those tickets of the set that have what the query asks
// of ranges.
func (c *Catalogue) fitting(set *roaring.Bitmap, q *Query) iter.Seq[uint32] {
	return func(yield func(uint32) bool) {
		var some [256]uint32
		for slots := set.ManyIterator(); ; {
			n := slots.NextMany(some[:])
			if n == 0 {
				return
			}
			for _, slot := range some[:n] {
				if c.keys[slot].fits(q) && !yield(slot) {
					return
				}
			}
		}
	}
}

// order returns the order that the query wants, and the keys between which its
// tickets stand in it.
func (c *Catalogue) order(q Query) (by *order, within Range) {
	switch q.Sort {
	case ByDate:
		// A day begins up to 14 hours earlier or later than in UTC.
		days := Anything
		if q.Days.Low != Anything.Low {
			days.Low = (q.Days.Low - 1) * microsPerDay
		}
		if q.Days.High != Anything.High {
			days.High = (q.Days.High + 2) * microsPerDay
		}
		return c.date, Range{max(q.Starts.Low, days.Low), min(q.Starts.High, days.High)}
	case ByPrice:
		return c.price, q.Prices
	case ByPriceDown:
		return c.price.reversed(), q.Prices
	case Newest, ByRelevance:
	}
	return c.newest, Anything
}

// pick returns the first tickets of the set behind a position, as many as are
// wanted. It has two ways: to go through the order until there are enough, which is
// soon where many match; and to sort those that match. It takes the one that looks
// shorter, as if those that match were spread evenly over the order. The first is
// given up after some steps, so the cost is bounded by the smaller of the two.
func (c *Catalogue) pick(by *order, within Range, set *roaring.Bitmap, q Query, after *Position, wanted int) []entry {
	if set == nil {
		set = c.all
	}
	if matching := int(set.GetCardinality()); wanted*len(c.slots) < matching*matching {
		if found, done := c.walk(by, within, set, &q, after, wanted); done {
			return found
		}
	}
	best := &top{by: by, wanted: wanted, kept: make([]entry, 0, min(int(set.GetCardinality()), 4*wanted))}
	key := c.keyOf(by)
	for slot := range c.fitting(set, &q) {
		// Most are too far behind, by their key alone.
		if k := key(slot); !best.full || by.reaches(k, best.last.Key) {
			if e := c.docs[slot].entry(k, slot); after == nil || by.before(*after, e.Position) {
				best.add(e)
			}
		}
	}
	return best.sorted()
}

// walk goes through the order, and reports whether it found all that are wanted, or
// came to the end.
func (c *Catalogue) walk(by *order, within Range, set *roaring.Bitmap, q *Query, after *Position, wanted int) (found []entry, done bool) {
	// The position right before the first key that counts.
	first := Position{Key: within.Low}
	last := within.High
	if by.descending {
		first, last = Position{Key: within.High, ID: lastID}, within.Low
	}
	if within != Anything && (after == nil || by.before(*after, first)) {
		after = &first
	}
	steps := 0
	done = true
	found = make([]entry, 0, wanted)
	by.after(after, func(e entry) bool {
		if e.Key != last && by.before(Position{Key: last}, Position{Key: e.Key}) {
			return false
		}
		if steps++; steps > maxSteps {
			done = false
			return false
		}
		if set.Contains(e.slot) && c.keys[e.slot].fits(q) {
			found = append(found, e)
		}
		return len(found) < wanted
	})
	return found, done
}

// lastID is greater than any id.
var lastID = [16]byte(slices.Repeat([]byte{0xff}, 16))

// keyOf returns what the order's keys are of a ticket.
func (c *Catalogue) keyOf(by *order) func(slot uint32) int64 {
	switch by.BTreeG {
	case c.date.BTreeG:
		return func(slot uint32) int64 { return c.keys[slot].starts }
	case c.price.BTreeG:
		return func(slot uint32) int64 { return int64(c.keys[slot].price) }
	}
	return func(uint32) int64 { return 0 }
}

// top keeps the first of many entries.
type top struct {
	by     *order
	wanted int
	kept   []entry
	full   bool
	last   Position // no entry behind it is wanted, once full
}

func (t *top) add(e entry) {
	if t.full && !t.by.before(e.Position, t.last) {
		return
	}
	if t.kept = append(t.kept, e); len(t.kept) >= 4*t.wanted {
		t.kept = t.sorted()
		t.full, t.last = true, t.kept[t.wanted-1].Position
	}
}

// sorted returns the first entries, as many as are wanted.
func (t *top) sorted() []entry {
	slices.SortFunc(t.kept, func(a, b entry) int {
		if t.by.descending {
			a, b = b, a
		}
		return a.compare(b.Position)
	})
	return t.kept[:min(len(t.kept), t.wanted)]
}
