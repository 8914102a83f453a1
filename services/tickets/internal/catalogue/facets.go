package catalogue

import (
	"sync"

	"github.com/RoaringBitmap/roaring/v2"

	"ticketx/kit/money"
	"ticketx/services/tickets"
	"ticketx/services/tickets/internal/wire"
)

// maxCounts is how many values are counted by name, the most frequent ones.
const maxCounts = 100

// Facets counts the tickets that match a query.
type Facets struct {
	Total int
	// Categories leaves the query's category aside, and Cities its city. The most
	// frequent come first.
	Categories, Cities []Count
	// Proceeds is what those of them that are sold have earned, in the query's
	// currency.
	Proceeds money.Minor
}

// Facets counts the tickets that match the query, whatever its page.
func (c *Catalogue) Facets(q Query) Facets {
	c.catchUp()
	c.mu.RLock()
	defer c.mu.RUnlock()
	wide := q
	wide.City, wide.Category = "", ""
	m := c.want(&wide).all()
	var set *roaring.Bitmap
	if spans := c.spans(&q); len(spans) == 0 {
		set = m.common()
	} else {
		bits := dense.Get().(*[]uint64)
		defer dense.Put(bits)
		*bits = append((*bits)[:0], make([]uint64, len(c.docs)/64+1)...)
		c.search(m, spans, &q).each(func(slot uint32) { (*bits)[slot/64] |= 1 << (slot % 64) })
		set = roaring.FromDense(*bits, false)
	}
	inCity, inCategory := set, set
	if q.City != "" {
		inCity = roaring.And(set, c.cities.find(q.City))
	}
	if q.Category != "" {
		inCategory = roaring.And(set, c.categories.find(Fold(q.Category)))
	}
	both := inCity
	if q.Category != "" {
		both = roaring.And(inCity, inCategory)
	}
	f := Facets{
		Total:      int(both.GetCardinality()),
		Categories: c.categories.counts(inCity, maxCounts),
		Cities:     c.cities.counts(inCategory, maxCounts),
	}
	if q.Own {
		f.Proceeds = c.earned(both, q.Currency)
	}
	return f
}

// dense are sets of slots that are being put together, a bit for each.
var dense = sync.Pool{New: func() any { return new([]uint64) }}

// earned is what the tickets of the set that are sold have earned in a currency.
func (c *Catalogue) earned(set *roaring.Bitmap, in money.Currency) (sum money.Minor) {
	for sold := roaring.And(set, c.statuses[tickets.Sold]).Iterator(); sold.HasNext(); {
		if slot := sold.Next(); c.currencies[c.docs[slot].currency] == in {
			sum += c.proceeds(slot)
		}
	}
	return sum
}

// proceeds asks the rule of the domain.
func (c *Catalogue) proceeds(slot uint32) money.Minor {
	d := &c.docs[slot]
	l := tickets.Listing{Status: d.stored.name(), SoldFor: d.soldFor, Offer: tickets.Offer{Price: c.keys[slot].price}}
	return l.Proceeds()
}

// appendOwn is append for the seller, who sees what was earned.
func (c *Catalogue) appendOwn(dst []byte, slot uint32) []byte {
	d := &c.docs[slot]
	fixed, orderID := c.record(d)
	m := wire.NewMoment(d.status.name(), orderID)
	m.Proceeds = money.Amount{Minor: c.proceeds(slot), Currency: c.currencies[d.currency]}
	return wire.Append(dst, fixed, m)
}
