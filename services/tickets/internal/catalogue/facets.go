package catalogue

import (
	"cmp"
	"slices"

	"github.com/RoaringBitmap/roaring/v2"

	"ticketx/kit/money"
	"ticketx/services/tickets"
	"ticketx/services/tickets/internal/wire"
)

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

// Count is how many tickets have a value.
type Count struct {
	Value string `json:"value"`
	Count int    `json:"count"`
}

// Facets counts the tickets that match the query, whatever its page.
func (c *Catalogue) Facets(q Query) Facets {
	c.catchUp()
	c.mu.RLock()
	defer c.mu.RUnlock()
	wide := q
	wide.City, wide.Category = "", ""
	set := c.narrow(wide)
	if len(q.Words) > 0 {
		set = c.words.search(q.Words, set).all()
	}
	if set == nil {
		set = c.all
	}
	if q.Prices != Anything || q.Starts != Anything || q.Days != Anything {
		fitting := roaring.New()
		fitting.AddMany(slices.Collect(c.fitting(set, &q)))
		set = fitting
	}
	inCity, inCategory := set, set
	if q.City != "" {
		inCity = roaring.And(set, c.cities.find(q.City))
	}
	if q.Category != "" {
		inCategory = roaring.And(set, c.categories.find(q.Category))
	}
	both := inCity
	if q.Category != "" {
		both = roaring.And(inCity, inCategory)
	}
	f := Facets{
		Total:      int(both.GetCardinality()),
		Categories: c.categories.counts(inCity),
		Cities:     c.cities.counts(inCategory),
	}
	f.Cities = f.Cities[:min(len(f.Cities), maxCities)]
	if q.Own {
		f.Proceeds = c.earned(both, q.Currency)
	}
	return f
}

// earned is what the tickets of the set that are sold have earned in a currency.
func (c *Catalogue) earned(set *roaring.Bitmap, in money.Currency) (sum money.Minor) {
	for sold := roaring.And(set, c.statuses[tickets.Sold]).Iterator(); sold.HasNext(); {
		if slot := sold.Next(); c.docs[slot].currency == in {
			sum += c.proceeds(slot)
		}
	}
	return sum
}

// counts counts the values in a set of tickets; tickets without one do not count.
func (l *labels) counts(set *roaring.Bitmap) []Count {
	all := []Count{}
	for _, label := range l.all {
		if label.key == "" { // none, or one that nobody has any more
			continue
		}
		if n := label.docs.AndCardinality(set); n > 0 {
			all = append(all, Count{Value: label.name, Count: int(n)})
		}
	}
	slices.SortFunc(all, func(a, b Count) int {
		return cmp.Or(cmp.Compare(b.Count, a.Count), cmp.Compare(a.Value, b.Value))
	})
	return all
}

// proceeds asks the rule of the domain.
func (c *Catalogue) proceeds(slot uint32) money.Minor {
	d := &c.docs[slot]
	l := tickets.Listing{Status: d.stored, SoldFor: d.soldFor, Offer: tickets.Offer{Price: c.keys[slot].price}}
	return l.Proceeds()
}

// ownMoment is what the seller sees of a ticket now.
func (c *Catalogue) ownMoment(slot uint32) wire.Moment {
	d := &c.docs[slot]
	m := wire.NewMoment(d.status, d.orderID)
	m.Proceeds = money.Amount{Minor: c.proceeds(slot), Currency: d.currency}
	return m
}
