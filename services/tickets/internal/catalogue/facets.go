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
		classes := c.words.match(q.Words, set)
		set = roaring.FastOr(classes[:]...)
	}
	if set == nil {
		set = c.all
	}
	city, category := c.cities.numberOf(q.City), c.categories.numberOf(q.Category)
	cities, categories := make([]int, len(c.cities.all)), make([]int, len(c.categories.all))
	var f Facets
	for slots := set.ManyIterator(); ; {
		var some [256]uint32
		n := slots.NextMany(some[:])
		if n == 0 {
			break
		}
		for _, slot := range some[:n] {
			d := &c.docs[slot]
			if !d.fits(&q) {
				continue
			}
			inCity, inCategory := city.is(d.city), category.is(d.category)
			if inCity {
				categories[d.category]++
			}
			if inCategory {
				cities[d.city]++
			}
			if inCity && inCategory {
				f.Total++
				if d.currency == q.Currency {
					f.Proceeds += d.proceeds()
				}
			}
		}
	}
	f.Categories, f.Cities = c.categories.counts(categories), c.cities.counts(cities)
	f.Cities = f.Cities[:min(len(f.Cities), maxCities)]
	return f
}

// choice is one value of a label, or none in particular.
type choice struct {
	any, none bool
	number    uint32
}

func (c choice) is(number uint32) bool { return c.any || (!c.none && c.number == number) }

func (l *labels) numberOf(value string) choice {
	if value == "" {
		return choice{any: true}
	}
	number, ok := l.numbers[Fold(value)]
	return choice{number: number, none: !ok}
}

// counts names the values that were counted; tickets without one do not count.
func (l *labels) counts(byNumber []int) []Count {
	all := []Count{}
	for number, n := range byNumber {
		if n > 0 && l.all[number].key != "" {
			all = append(all, Count{Value: l.all[number].name, Count: n})
		}
	}
	slices.SortFunc(all, func(a, b Count) int {
		return cmp.Or(cmp.Compare(b.Count, a.Count), cmp.Compare(a.Value, b.Value))
	})
	return all
}

// proceeds asks the rule of the domain.
func (d *doc) proceeds() money.Minor {
	l := tickets.Listing{Status: d.stored, SoldFor: d.soldFor, Offer: tickets.Offer{Price: d.price}}
	return l.Proceeds()
}

// ownMoment is what the seller sees of a ticket now.
func (c *Catalogue) ownMoment(d *doc) wire.Moment {
	m := wire.NewMoment(d.status, d.orderID)
	m.Proceeds = money.Amount{Minor: d.proceeds(), Currency: d.currency}
	return m
}
