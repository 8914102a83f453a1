package catalogue

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"

	"ticketx/kit/money"
	"ticketx/services/tickets"
	"ticketx/services/tickets/internal/wire"
)

// Put implements tickets.Catalogue.
func (c *Catalogue) Put(l tickets.Listing) { c.put(l) }

// Follow takes what another replica may have written, and notes how long ago that
// was.
func (c *Catalogue) Follow(l tickets.Listing) {
	if c.put(l) {
		c.mu.Lock()
		defer c.mu.Unlock()
		c.lag = max(0, c.now().Sub(l.UpdatedAt))
	}
}

// put reports whether the listing was news.
func (c *Catalogue) put(l tickets.Listing) bool {
	id, err := uuid.Parse(l.ID)
	if err != nil || !c.isNews(id, l.Version) {
		return false
	}
	// What takes time is done before anybody is kept waiting.
	fixed, key := wire.Fixed(l), newKeys(l)
	made := newDoc(l, fixed)
	words := newText(l.Title, l.Venue, l.City, l.Category)

	c.mu.Lock()
	defer c.mu.Unlock()
	slot, known := c.slots[id]
	switch {
	case known && c.docs[slot].version >= l.Version:
		return false
	case known:
		c.remove(slot)
	case c.isOld(id, &made, key):
		return false
	}
	slot = c.add(id, made, key, l, fixed, words)
	c.tell(slot)
	c.shrink()
	return true
}

func (c *Catalogue) isNews(id uuid.UUID, version int64) bool {
	c.mu.RLock()
	defer c.mu.RUnlock()
	slot, known := c.slots[id]
	return !known || c.docs[slot].version < version
}

// newDoc returns the doc of a listing, without what only the catalogue can tell.
func newDoc(l tickets.Listing, fixed []byte) doc {
	d := doc{
		version: l.Version, fixed: uint32(len(fixed)),
		stored: newStatus(l.Status), withdrawn: l.Withdrawn, soldFor: l.SoldFor,
	}
	if !l.ReservedUntil.IsZero() {
		d.reserved = l.ReservedUntil.UnixMicro()
	}
	return d
}

// currency returns the number of a currency. There are few.
func (c *Catalogue) currency(of money.Currency) uint8 {
	number := slices.Index(c.currencies, of)
	if number < 0 {
		number, c.currencies = len(c.currencies), append(c.currencies, money.Currency(strings.Clone(string(of))))
	}
	return uint8(number)
}

func newKeys(l tickets.Listing) keys {
	k := keys{price: l.Price, starts: undated}
	if !l.StartsAt.IsZero() {
		k.starts, k.day = l.StartsAt.UnixMicro(), Day(l.StartsAt.In(zone(l.TimeZone)))
	}
	return k
}

// add takes a doc, and returns the slot that it got.
func (c *Catalogue) add(id uuid.UUID, d doc, k keys, l tickets.Listing, fixed []byte, words text) uint32 {
	var slot uint32
	if last := len(c.free) - 1; last >= 0 {
		slot, c.free = c.free[last], c.free[:last]
	} else {
		slot = uint32(len(c.docs))
		c.docs, c.keys, c.ids = append(c.docs, doc{}), append(c.keys, keys{}), append(c.ids, uuid.Nil)
	}
	now := c.now()
	if passed := time.UnixMicro(c.passed); now.Before(passed) {
		now = passed // the clock was put back
	}
	d.status, d.currency = d.statusAt(now, k.starts), c.currency(l.Currency)
	c.people.add(slot, l.SellerID)
	c.cities.add(slot, l.City)
	c.categories.add(slot, l.Category)
	c.words.add(slot, words)
	d.record = c.records.add(slot, fixed, []byte(l.OrderID))
	c.docs[slot], c.keys[slot], c.ids[slot] = d, k, id
	c.slots[id] = slot
	c.bytes += d.cost()
	c.all.Add(slot)
	for _, o := range []*order{c.newest, c.date, c.price} {
		o.Set(c.entry(o, slot))
	}
	c.enter(slot)
	c.schedule()
	return slot
}

// remove takes out all that leads to the slot.
func (c *Catalogue) remove(slot uint32) {
	d := &c.docs[slot]
	fixed, _ := c.record(d)
	if l, err := wire.Parse(fixed); err == nil {
		c.words.remove(slot, newText(l.Title, l.Venue, l.City, l.Category))
	}
	c.leave(slot)
	for _, l := range []*labels{c.people, c.cities, c.categories} {
		l.remove(slot)
	}
	c.all.Remove(slot)
	for _, o := range []*order{c.newest, c.date, c.price} {
		o.Delete(c.entry(o, slot))
	}
	c.bytes -= d.cost()
	c.records.remove(d.record)
	c.records.tidy(func(moved uint32, to place) { c.docs[moved].record = to })
	delete(c.slots, c.ids[slot])
	*d, c.keys[slot], c.ids[slot] = doc{}, keys{}, uuid.Nil
	c.free = append(c.free, slot)
}

// enter puts the ticket where its status belongs, and leave takes it away from
// there.
func (c *Catalogue) enter(slot uint32) {
	d := &c.docs[slot]
	c.statuses[d.status.name()].Add(slot)
	if d.closed() {
		c.closed.Set(c.entry(c.closed, slot))
	}
	if d.status.name() == tickets.Reserved {
		c.due.Set(c.dueEntry(slot))
	}
}

func (c *Catalogue) leave(slot uint32) {
	c.statuses[c.docs[slot].status.name()].Remove(slot)
	c.closed.Delete(c.entry(c.closed, slot))
	c.due.Delete(c.dueEntry(slot))
}

func (c *Catalogue) dueEntry(slot uint32) entry {
	return entry{Position: Position{Key: c.docs[slot].reserved, ID: c.ids[slot]}, slot: slot}
}

// schedule notes when the next ticket changes by time.
func (c *Catalogue) schedule() {
	next := int64(never)
	if first, ok := c.due.Min(); ok {
		next = first.Key
	}
	c.date.between(Range{c.passed + 1, undated - 1}, nil, func(first entry) bool {
		next = min(next, first.Key)
		return false
	})
	c.changes.Store(next)
}

// catchUp changes the statuses that time has changed.
func (c *Catalogue) catchUp() {
	now := c.now()
	moment := now.UnixMicro()
	if c.changes.Load() > moment {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	for {
		first, ok := c.due.Min()
		if !ok || first.Key > moment {
			break
		}
		c.move(first.slot, now)
	}
	c.date.between(Range{c.passed + 1, moment}, nil, func(started entry) bool {
		c.move(started.slot, now)
		return true
	})
	c.passed = max(c.passed, moment)
	c.schedule()
}

// move puts the ticket where its status belongs now.
func (c *Catalogue) move(slot uint32, now time.Time) {
	d := &c.docs[slot]
	before := d.status
	c.leave(slot)
	d.status = d.statusAt(now, c.keys[slot].starts)
	c.enter(slot)
	if d.status != before {
		c.tell(slot)
	}
}

// tell has the open pages told of the ticket as it is now.
func (c *Catalogue) tell(slot uint32) {
	if c.filled.Load() {
		c.feed.Tell(c.ids[slot].String(), c.append(nil, &c.docs[slot]))
	}
}

// shrink has tickets leave until there are no more than size says: those that
// can't be bought any more before others, and the oldest first. Which ones stay
// does not depend on the order in which they came.
func (c *Catalogue) shrink() {
	for c.isOver(0, 0) {
		first, ok := c.next()
		if !ok {
			return
		}
		c.leaves(first.ID, &c.docs[first.slot])
		c.remove(first.slot)
		c.evicted++
	}
}

// isOver reports whether there are too many tickets, with so many more of so many
// bytes.
func (c *Catalogue) isOver(more, bytes int) bool {
	return len(c.slots)+more > c.size.Tickets || c.bytes+bytes > c.size.bound()
}

// next returns the ticket that is the next to leave.
func (c *Catalogue) next() (entry, bool) {
	if first, ok := c.closed.Min(); ok {
		return first, true
	}
	return c.newest.Min()
}

// isNext reports whether a ticket that is not there would be the first to leave, if
// it came.
func (c *Catalogue) isNext(d *doc, id uuid.UUID) bool {
	if !c.isOver(1, d.cost()) {
		return false
	}
	first, ok := c.next()
	if !ok {
		return true
	}
	if closed := c.docs[first.slot].closed(); closed != d.closed() {
		return d.closed()
	}
	return first.compare(&Position{ID: id}) > 0
}

// isOld reports whether a ticket that is not there is to stay away: because it has
// left, and was newer then, or because it would be the first to leave.
func (c *Catalogue) isOld(id uuid.UUID, d *doc, k keys) bool {
	if version, left := c.gone.Get(id); left && version > d.version {
		return true
	}
	d.status = d.statusAt(c.now(), k.starts)
	if !c.isNext(d, id) {
		return false
	}
	c.leaves(id, d)
	return true
}

// leaves notes what is known of a ticket that is not kept.
func (c *Catalogue) leaves(id uuid.UUID, d *doc) { c.gone.Add(id, d.version) }

// Run changes the statuses that time changes while nobody looks, for those who are
// told, until ctx ends.
func (c *Catalogue) Run(ctx context.Context) {
	for pause(ctx, c.untilNextChange()) {
		c.catchUp()
	}
}

// untilNextChange returns how long to wait: not longer than the others may be late,
// because a ticket that changes sooner may come at any moment.
func (c *Catalogue) untilNextChange() time.Duration {
	const longest = 250 * time.Millisecond
	next := c.changes.Load()
	if next == never {
		return longest
	}
	return min(max(time.UnixMicro(next).Sub(c.now()), time.Millisecond), longest)
}
