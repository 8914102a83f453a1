package catalogue

import (
	"bytes"
	"cmp"

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
func (p Position) compare(other Position) int {
	return cmp.Or(cmp.Compare(p.Key, other.Key), bytes.Compare(p.ID[:], other.ID[:]))
}

// entry is a ticket at its place in an order.
type entry struct {
	Position
	slot uint32
}

// order is tickets by a key.
type order struct {
	*btree.BTreeG[entry]
	descending bool
}

func newOrder(descending bool) *order {
	// Whoever uses it holds the catalogue's lock.
	tree := btree.NewBTreeGOptions(func(a, b entry) bool { return a.compare(b.Position) < 0 }, btree.Options{NoLocks: true})
	return &order{BTreeG: tree, descending: descending}
}

// reversed is the same tickets the other way round.
func (o *order) reversed() *order { return &order{BTreeG: o.BTreeG, descending: !o.descending} }

// before reports whether a comes before b.
func (o *order) before(a, b Position) bool {
	if o.descending {
		a, b = b, a
	}
	return a.compare(b) < 0
}

// reaches reports whether a ticket with the key can come before one with the other.
func (o *order) reaches(key, other int64) bool {
	if o.descending {
		key, other = other, key
	}
	return key <= other
}

// after calls do with the tickets behind the position, all of them where there is
// none, until it returns false.
func (o *order) after(p *Position, do func(entry) bool) {
	next := do
	if p != nil {
		next = func(e entry) bool { return e.Position == *p || do(e) }
	}
	switch {
	case p == nil && o.descending:
		o.Reverse(next)
	case p == nil:
		o.Scan(next)
	case o.descending:
		o.Descend(entry{Position: *p}, next)
	default:
		o.Ascend(entry{Position: *p}, next)
	}
}
