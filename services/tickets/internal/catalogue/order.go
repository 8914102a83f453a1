package catalogue

import (
	"bytes"
	"cmp"
	"math"
	"slices"
	"sort"

	"github.com/google/uuid"
	"github.com/tidwall/btree"
)

// Position is a place in an order of tickets, whether or not its ticket is there.
type Position struct {
	Key int64
	ID  uuid.UUID
}

// compare puts positions of the same key into the order of their ids, which is that
// in which the tickets were listed.
func (p *Position) compare(other *Position) int {
	if p.Key != other.Key {
		return cmp.Compare(p.Key, other.Key)
	}
	return bytes.Compare(p.ID[:], other.ID[:])
}

// lastID is greater than any id.
var lastID = uuid.UUID(slices.Repeat([]byte{0xff}, 16))

// entry is a ticket at its place in an order.
type entry struct {
	Position
	slot uint32
}

// order is tickets by a key.
type order struct {
	*btree.BTreeG[entry]
	keyOf      func(*keys) int64
	descending bool
}

// These are what tickets are put in order by. For the newest the ids are enough.
func byNothing(*keys) int64 { return 0 }
func byPrice(k *keys) int64 { return int64(k.price) }
func byStart(k *keys) int64 { return k.starts }

func newOrder(keyOf func(*keys) int64) *order {
	// Whoever uses it holds the catalogue's lock.
	tree := btree.NewBTreeGOptions(func(a, b entry) bool { return a.compare(&b.Position) < 0 }, btree.Options{NoLocks: true})
	return &order{BTreeG: tree, keyOf: keyOf}
}

// reversed is the same tickets the other way round.
func (o *order) reversed() *order {
	return &order{BTreeG: o.BTreeG, keyOf: o.keyOf, descending: !o.descending}
}

// isOf reports whether both have the same tickets, in whatever direction.
func (o *order) isOf(other *order) bool { return o.BTreeG == other.BTreeG }

// entry is where the ticket of a slot stands in an order.
func (c *Catalogue) entry(o *order, slot uint32) entry {
	return entry{Position: Position{Key: o.keyOf(&c.keys[slot]), ID: c.ids[slot]}, slot: slot}
}

// compare puts entries into the order.
func (o *order) compare(a, b *entry) int {
	if o.descending {
		a, b = b, a
	}
	return a.compare(&b.Position)
}

// before reports whether a comes before b.
func (o *order) before(a, b Position) bool {
	if o.descending {
		a, b = b, a
	}
	return a.compare(&b) < 0
}

// isBehind reports whether all with the key come behind those with the other.
func (o *order) isBehind(key, other int64) bool {
	if o.descending {
		key, other = other, key
	}
	return key > other
}

// between calls do with the tickets whose keys are in the range, those behind the
// position where there is one, until it returns false.
func (o *order) between(within Range, after *Position, do func(entry) bool) {
	// The position right before the first key that counts, and the last such key.
	first, last := Position{Key: within.Low}, within.High
	if o.descending {
		first, last = Position{Key: within.High, ID: lastID}, within.Low
	}
	if after == nil || o.before(*after, first) {
		after = &first
	}
	next := func(e entry) bool {
		switch {
		case e.Position == *after:
			return true
		case o.isBehind(e.Key, last):
			return false
		}
		return do(e)
	}
	if o.descending {
		o.Descend(entry{Position: *after}, next)
	} else {
		o.Ascend(entry{Position: *after}, next)
	}
}

// count returns how many tickets have keys in the range.
func (o *order) count(within Range) int {
	n := o.Len()
	if within.High != math.MaxInt64 {
		n = o.below(within.High + 1)
	}
	if within.Low != math.MinInt64 {
		n -= o.below(within.Low)
	}
	return max(0, n)
}

// below returns how many tickets have a lesser key.
func (o *order) below(key int64) int {
	return sort.Search(o.Len(), func(i int) bool {
		e, _ := o.GetAt(i)
		return e.Key >= key
	})
}
