package catalogue

import (
	"context"
	"strings"
	"sync"
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
	made, key := newDoc(id, l), newKeys(l)
	words := newText(l.Title, l.Venue, l.City, l.Category)

	c.mu.Lock()
	defer c.mu.Unlock()
	slot, known := c.slots[id]
	switch {
	case known && c.docs[slot].version >= l.Version:
		return false
	case known:
		c.remove(slot)
	case c.isOld(&made, key):
		return false
	}
	slot = c.add(made, key, l, words)
	c.tell(&c.docs[slot])
	c.shrink()
	return true
}

func (c *Catalogue) isNews(id uuid.UUID, version int64) bool {
	c.mu.RLock()
	defer c.mu.RUnlock()
	slot, known := c.slots[id]
	return !known || c.docs[slot].version < version
}

// newDoc returns the doc of a listing, without its labels.
func newDoc(id uuid.UUID, l tickets.Listing) doc {
	d := doc{
		id: id, version: l.Version, fixed: wire.Fixed(l), orderID: strings.Clone(l.OrderID),
		withdrawn: l.Withdrawn, soldFor: l.SoldFor,
		currency: currency(l.Currency),
	}
	for _, s := range []tickets.Status{tickets.Available, tickets.Reserved, tickets.Sold, tickets.Withdrawn} {
		if l.Status == s {
			d.stored = s // the constant, not a copy for each ticket
		}
	}
	if !l.ReservedUntil.IsZero() {
		d.reserved = l.ReservedUntil.UnixMicro()
	}
	return d
}

// currencies are those that tickets have, each once.
var currencies sync.Map

func currency(c money.Currency) money.Currency {
	if known, ok := currencies.Load(c); ok {
		return known.(money.Currency)
	}
	c = money.Currency(strings.Clone(string(c)))
	currencies.Store(c, c)
	return c
}

func newKeys(l tickets.Listing) keys {
	k := keys{price: l.Price, starts: undated}
	if !l.StartsAt.IsZero() {
		k.starts, k.day = l.StartsAt.UnixMicro(), Day(l.StartsAt.In(zone(l.TimeZone)))
	}
	return k
}

// add takes a doc, and returns the slot that it got.
func (c *Catalogue) add(d doc, k keys, l tickets.Listing, words text) uint32 {
	var slot uint32
	if last := len(c.free) - 1; last >= 0 {
		slot, c.free = c.free[last], c.free[:last]
	} else {
		slot, c.docs, c.keys = uint32(len(c.docs)), append(c.docs, doc{}), append(c.keys, keys{})
	}
	now := c.now()
	d.status, d.changes = d.statusAt(now, k.starts), d.nextChange(now, k.starts)
	d.sellers = c.people.add(slot, l.SellerID)
	d.city, d.category = c.cities.add(slot, l.City), c.categories.add(slot, l.Category)
	c.words.add(slot, words)
	c.docs[slot], c.keys[slot] = d, k
	c.slots[d.id] = slot
	c.bytes += d.cost()
	c.all.Add(slot)
	c.newest.Set(d.entry(0, slot))
	c.date.Set(d.entry(k.starts, slot))
	c.price.Set(d.entry(int64(k.price), slot))
	c.enter(&d, slot)
	c.schedule()
	return slot
}

// remove takes out all that leads to the slot.
func (c *Catalogue) remove(slot uint32) {
	d, k := c.docs[slot], c.keys[slot]
	if l, err := wire.Parse(d.fixed); err == nil {
		c.words.remove(slot, newText(l.Title, l.Venue, l.City, l.Category))
	}
	c.leave(&d, slot)
	c.people.remove(slot, d.sellers)
	c.cities.remove(slot, d.city)
	c.categories.remove(slot, d.category)
	c.all.Remove(slot)
	c.newest.Delete(d.entry(0, slot))
	c.date.Delete(d.entry(k.starts, slot))
	c.price.Delete(d.entry(int64(k.price), slot))
	c.bytes -= d.cost()
	delete(c.slots, d.id)
	c.docs[slot] = doc{}
	c.free = append(c.free, slot)
}

// enter puts the ticket where its status belongs, and leave takes it away from
// there.
func (c *Catalogue) enter(d *doc, slot uint32) {
	c.statuses[d.status].Add(slot)
	if d.closed() {
		c.closed.Set(d.entry(0, slot))
	}
	if d.changes != never {
		c.due.Set(d.entry(d.changes, slot))
	}
}

func (c *Catalogue) leave(d *doc, slot uint32) {
	c.statuses[d.status].Remove(slot)
	c.closed.Delete(d.entry(0, slot))
	c.due.Delete(d.entry(d.changes, slot))
}

// schedule notes when the next ticket changes by time.
func (c *Catalogue) schedule() {
	next := int64(never)
	if first, ok := c.due.Min(); ok {
		next = first.Key
	}
	c.changes.Store(next)
}

// catchUp changes the statuses that time has changed.
func (c *Catalogue) catchUp() {
	now := c.now()
	if c.changes.Load() > now.UnixMicro() {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	for {
		first, ok := c.due.Min()
		if !ok || first.Key > now.UnixMicro() {
			break
		}
		d := &c.docs[first.slot]
		before := d.status
		c.leave(d, first.slot)
		starts := c.keys[first.slot].starts
		d.status, d.changes = d.statusAt(now, starts), d.nextChange(now, starts)
		c.enter(d, first.slot)
		if d.status != before {
			c.tell(d)
		}
	}
	c.schedule()
}

// tell has the open pages told of the ticket as it is now.
func (c *Catalogue) tell(d *doc) {
	if c.filled.Load() {
		c.feed.Tell(d.id.String(), d.append(nil))
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
		c.leaves(&c.docs[first.slot])
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
func (c *Catalogue) isNext(d *doc) bool {
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
	return first.compare(Position{ID: d.id}) > 0
}

// isOld reports whether a ticket that is not there is to stay away: because it has
// left, and was newer then, or because it would be the first to leave.
func (c *Catalogue) isOld(d *doc, k keys) bool {
	if version, left := c.gone.Get(d.id); left && version > d.version {
		return true
	}
	d.status = d.statusAt(c.now(), k.starts)
	if !c.isNext(d) {
		return false
	}
	c.leaves(d)
	return true
}

// leaves notes what is known of a ticket that is not kept.
func (c *Catalogue) leaves(d *doc) { c.gone.Add(d.id, d.version) }

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
