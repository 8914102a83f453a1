package catalogue

import (
	"cmp"
	"slices"

	"github.com/RoaringBitmap/roaring/v2"
)

// wanted is what a query asks of sets.
type wanted struct {
	sets  []*roaring.Bitmap // one at least
	words []matches
}

// want returns what the query asks of sets.
func (c *Catalogue) want(q *Query) wanted {
	w := wanted{sets: make([]*roaring.Bitmap, 0, 4)}
	if q.Status != "" {
		w.sets = append(w.sets, c.statuses[q.Status])
	}
	if q.Seller != "" {
		w.sets = append(w.sets, c.people.find(Fold(q.Seller)))
	}
	if q.City != "" {
		w.sets = append(w.sets, c.cities.find(q.City))
	}
	if q.Category != "" {
		w.sets = append(w.sets, c.categories.find(Fold(q.Category)))
	}
	if len(w.sets) == 0 {
		w.sets = append(w.sets, c.all)
	}
	for _, word := range q.Words {
		w.words = append(w.words, c.words.match(word))
	}
	return w
}

// matching is the tickets that have what is wanted: those that each of some sets has,
// without those of the better classes. They are put together when somebody needs them
// all, and not before.
type matching struct {
	sets   []*roaring.Bitmap // the smallest first
	words  []matches
	better int // how many classes are left out
}

// all returns the tickets of every class.
func (w wanted) all() matching { return w.matching(matchClasses-1, 0) }

// class returns the tickets of the class that are in none before it.
func (w wanted) class(class int) matching { return w.matching(class, class) }

func (w wanted) matching(class, better int) matching {
	m := matching{sets: make([]*roaring.Bitmap, 0, len(w.sets)+len(w.words)), words: w.words, better: better}
	m.sets = append(m.sets, w.sets...)
	for _, word := range w.words {
		m.sets = append(m.sets, word[class])
	}
	slices.SortFunc(m.sets, func(a, b *roaring.Bitmap) int { return cmp.Compare(a.GetCardinality(), b.GetCardinality()) })
	return m
}

// has reports whether a ticket is one of them.
func (m *matching) has(slot uint32) bool {
	for _, set := range m.sets {
		if !set.Contains(slot) {
			return false
		}
	}
	return !m.isBetter(slot)
}

// isBetter reports whether a ticket is in a better class.
func (m *matching) isBetter(slot uint32) bool {
	for class := range m.better {
		if !slices.ContainsFunc(m.words, func(w matches) bool { return !w[class].Contains(slot) }) {
			return true
		}
	}
	return false
}

// each calls do with all of them.
func (m *matching) each(do func(slot uint32)) {
	m.common().Iterate(func(slot uint32) bool {
		if !m.isBetter(slot) {
			do(slot)
		}
		return true
	})
}

// common returns what all sets have, better classes included. It may be one of them,
// which must not be changed.
func (m *matching) common() *roaring.Bitmap {
	if len(m.sets) == 1 {
		return m.sets[0]
	}
	common := roaring.And(m.sets[0], m.sets[1])
	for _, set := range m.sets[2:] {
		common.And(set)
	}
	return common
}

// least is how many there are in the smallest set, and so at most.
func (m *matching) least() int { return int(m.sets[0].GetCardinality()) }

// share is how many of so many tickets are likely among them, as if the sets had
// nothing to do with one another.
func (m *matching) share(tickets int) float64 {
	share := 1.0
	for _, set := range m.sets {
		share *= float64(set.GetCardinality()) / float64(tickets)
	}
	return share
}
