// Package catalogue is the read model of the tickets: the listings, in the memory
// of this replica, with what it takes to find them. Looking at it asks nobody else,
// so it works while the store or the broker is down.
//
// Four sources keep it current, and the newest version of a ticket wins,
// whichever brought it:
//
//   - the fill at start reads every ticket from the store (Sync);
//   - this replica's own writes arrive at once, from the service;
//   - the writes of other replicas arrive through the feed;
//   - what the feed missed is found by reading the store again (Sync).
//
// Tickets have a slot each, a small number. Sets of tickets are Roaring bitmaps of
// slots, orders of tickets are B-trees, and what ranges and orders ask of every ticket
// that a query looks at stands in its keys; see docs/catalogue.md.
package catalogue

import (
	"math"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/RoaringBitmap/roaring/v2"
	"github.com/google/uuid"
	"github.com/hashicorp/golang-lru/v2/simplelru"

	"ticketx/kit/errs"
	"ticketx/kit/money"
	"ticketx/services/tickets"
	"ticketx/services/tickets/internal/live"
	"ticketx/services/tickets/internal/wire"
)

// Size is how much a Catalogue keeps.
type Size struct {
	// Tickets is how many there are at most.
	Tickets int
	// TicketBytes is how many bytes of memory a ticket costs on the average at most.
	TicketBytes int
}

// bound is how many bytes all of them cost at most.
func (s Size) bound() int { return s.Tickets * s.TicketBytes }

const (
	// docBytes is what a ticket costs beside its JSON: its doc, its places in orders,
	// sets and the map, its share of the words, and of records that were removed.
	// BenchmarkQueries measures it.
	docBytes = 500
	// goneKept is of how many tickets that had to leave the version is kept. What was
	// on its way while they left comes within moments.
	goneKept = 8192
)

// Catalogue is the listings. It is safe for concurrent use.
type Catalogue struct {
	now    func() time.Time
	size   Size
	feed   *live.Feed
	filled atomic.Bool
	// changes is when the status of a ticket changes next by time, in microseconds.
	changes atomic.Int64

	mu    sync.RWMutex
	slots map[uuid.UUID]uint32
	docs  []doc
	keys  []keys // of docs, apart from them, because queries may look at thousands
	ids   []uuid.UUID
	free  []uint32 // slots of docs that are empty
	bytes int      // that all docs cost
	// records has of each ticket wire.Fixed and then the id of its order.
	records records

	all                        *roaring.Bitmap
	statuses                   map[tickets.Status]*roaring.Bitmap
	cities, categories, people *labels
	currencies                 []money.Currency
	words                      *dictionary

	newest, date, price *order
	// due has the tickets that are reserved, by when that ends. The other change that
	// time makes is that an event starts; passed is until when that is done.
	due    *order
	passed int64
	// closed has those that can't be bought any more, oldest first.
	closed *order

	// gone is the versions of the last tickets that had to leave: one that is known
	// to be sold must not come back by an older snapshot as for sale.
	gone    *simplelru.LRU[uuid.UUID, int64]
	evicted int // tickets that had to leave, ever
	lag     time.Duration
}

// keys is what orders and ranges ask of a listing. It is small, so that much of it is
// near the processor.
type keys struct {
	price  money.Minor
	starts int64 // when the event does; undated when it is not known
	day    int32 // when that is where the event is, in days since 1970
}

// doc is a listing, with what queries ask of it. It has no pointers: there are many.
type doc struct {
	version int64
	record  place
	fixed   uint32 // how long wire.Fixed is

	reserved int64 // until when, in microseconds; 0 is not
	soldFor  money.Minor

	stored, status status // as the last order left it, and as it is
	withdrawn      bool
	currency       uint8 // of the catalogue's
}

// status is a tickets.Status by its number, which is a fraction of its name.
type status uint8

var statuses = [...]tickets.Status{tickets.Available, tickets.Reserved, tickets.Sold, tickets.Past, tickets.Withdrawn}

func newStatus(s tickets.Status) status { return status(max(0, slices.Index(statuses[:], s))) }

func (s status) name() tickets.Status { return statuses[s] }

// undated and never are later than any time.
const (
	undated = math.MaxInt64
	never   = math.MaxInt64
)

// New returns an empty Catalogue that keeps so much, and tells feed what changes
// once it is filled.
func New(now func() time.Time, size Size, feed *live.Feed) *Catalogue {
	c := &Catalogue{
		now: now, size: size, feed: feed,
		slots:      make(map[uuid.UUID]uint32),
		all:        roaring.New(),
		statuses:   make(map[tickets.Status]*roaring.Bitmap),
		cities:     newLabels(),
		categories: newLabels(),
		people:     newLabels(),
		words:      newDictionary(),
		newest:     newOrder(byNothing).reversed(),
		date:       newOrder(byStart),
		price:      newOrder(byPrice),
		due:        newOrder(nil), // that is not one of keys
		passed:     now().UnixMicro(),
		closed:     newOrder(byNothing),
	}
	for _, s := range statuses {
		c.statuses[s] = roaring.New()
	}
	c.gone, _ = simplelru.NewLRU[uuid.UUID, int64](goneKept, nil) // fails for no size alone
	c.changes.Store(never)
	return c
}

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
	return len(c.slots)
}

// Find implements tickets.Catalogue.
func (c *Catalogue) Find(id string) (tickets.Listing, bool) {
	c.mu.RLock()
	defer c.mu.RUnlock()
	d, ok := c.find(id)
	if !ok {
		return tickets.Listing{}, false
	}
	fixed, orderID := c.record(d)
	l, err := wire.Parse(fixed)
	if err != nil {
		return tickets.Listing{}, false
	}
	l.Status, l.OrderID, l.SoldFor, l.Withdrawn = d.stored.name(), orderID, d.soldFor, d.withdrawn
	if d.reserved != 0 {
		l.ReservedUntil = time.UnixMicro(d.reserved).UTC()
	}
	return l, true
}

// Append appends the ticket with the id to dst, as the HTTP API shows it to
// everybody, and reports whether it is known.
func (c *Catalogue) Append(dst []byte, id string) ([]byte, bool) {
	c.catchUp()
	c.mu.RLock()
	defer c.mu.RUnlock()
	d, ok := c.find(id)
	if !ok {
		return dst, false
	}
	return c.append(dst, d), true
}

func (c *Catalogue) find(id string) (*doc, bool) {
	key, err := uuid.Parse(id)
	if err != nil || key.String() != id {
		return nil, false
	}
	slot, ok := c.slots[key]
	if !ok {
		return nil, false
	}
	return &c.docs[slot], true
}

func (c *Catalogue) append(dst []byte, d *doc) []byte {
	fixed, orderID := c.record(d)
	return wire.Append(dst, fixed, wire.NewMoment(d.status.name(), orderID))
}

// record returns wire.Fixed of the ticket, which is good while the lock is held, and the
// id of its order.
func (c *Catalogue) record(d *doc) (fixed []byte, orderID string) {
	record := c.records.at(d.record)
	return record[:d.fixed], string(record[d.fixed:])
}

// statusAt asks the rule of the domain.
func (d *doc) statusAt(now time.Time, starts int64) status {
	l := tickets.Listing{Status: d.stored.name(), Withdrawn: d.withdrawn}
	if d.reserved != 0 {
		l.ReservedUntil = time.UnixMicro(d.reserved)
	}
	if starts != undated {
		l.StartsAt = time.UnixMicro(starts)
	}
	return newStatus(l.StatusAt(now))
}

// cost is how many bytes of memory the ticket costs.
func (d *doc) cost() int { return docBytes + int(d.fixed) }

// closed reports whether the ticket can't be bought any more.
func (d *doc) closed() bool {
	s := d.status.name()
	return s != tickets.Available && s != tickets.Reserved
}
