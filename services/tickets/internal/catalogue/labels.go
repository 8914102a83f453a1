package catalogue

import (
	"cmp"
	"strings"
	"sync"

	"github.com/RoaringBitmap/roaring/v2"
)

// labels is the values that tickets share, such as their cities: each has a number
// and the set of its tickets. Values that differ in case or accents alone are one,
// and are shown as the first of them was written.
type labels struct {
	numbers map[string]uint32 // by folded value
	all     []label
	free    []uint32
	of      []uint32 // the number of each slot's value
}

type label struct {
	key, name string
	docs      *roaring.Bitmap
}

func newLabels() *labels { return &labels{numbers: make(map[string]uint32)} }

// add gives a ticket a value.
func (l *labels) add(slot uint32, value string) {
	key := Fold(value)
	number, ok := l.numbers[key]
	if !ok {
		made := label{key: strings.Clone(key), name: strings.Clone(value), docs: roaring.New()}
		if last := len(l.free) - 1; last >= 0 {
			number, l.free = l.free[last], l.free[:last]
			l.all[number] = made
		} else {
			number, l.all = uint32(len(l.all)), append(l.all, made)
		}
		l.numbers[made.key] = number
	}
	l.all[number].docs.Add(slot)
	for int(slot) >= len(l.of) {
		l.of = append(l.of, 0)
	}
	l.of[slot] = number
}

// remove takes its value from a ticket. One that no ticket has is forgotten.
func (l *labels) remove(slot uint32) {
	number := l.of[slot]
	a := &l.all[number]
	if a.docs.Remove(slot); a.docs.IsEmpty() {
		delete(l.numbers, a.key)
		*a = label{}
		l.free = append(l.free, number)
	}
}

// find returns the tickets with the folded value: an empty set where there are none.
func (l *labels) find(key string) *roaring.Bitmap {
	if number, ok := l.numbers[key]; ok {
		return l.all[number].docs
	}
	return none
}

// Count is how many tickets have a value.
type Count struct {
	Value string `json:"value"`
	Count int    `json:"count"`
}

// counts counts the values in a set of tickets and returns the most frequent of
// them; tickets without one do not count. What it costs depends on how many tickets
// there are, and not on how many values: many are counted by looking at each ticket.
func (l *labels) counts(set *roaring.Bitmap, most int) []Count {
	counted := top[Count]{wanted: most, kept: []Count{}, compare: func(a, b *Count) int {
		return cmp.Or(cmp.Compare(b.Count, a.Count), cmp.Compare(a.Value, b.Value))
	}}
	tally := tallies.Get().(*[]uint32)
	defer tallies.Put(tally)
	*tally = append((*tally)[:0], make([]uint32, len(l.all))...)
	l.count(set, *tally)
	for number, n := range *tally {
		if a := &l.all[number]; n > 0 && a.key != "" {
			counted.add(Count{Value: a.name, Count: int(n)})
		}
	}
	return counted.kept
}

// tallies are to count with.
var tallies = sync.Pool{New: func() any { return new([]uint32) }}

// count counts the tickets of the set for each number.
func (l *labels) count(set *roaring.Bitmap, tally []uint32) {
	if l.looks(int(set.GetCardinality())) {
		set.Iterate(func(slot uint32) bool {
			tally[l.of[slot]]++
			return true
		})
		return
	}
	for number := range l.all {
		if docs := l.all[number].docs; docs != nil {
			tally[number] = uint32(docs.AndCardinality(set))
		}
	}
}

// looks reports whether looking at each of so many tickets costs less than to
// intersect them with the tickets of each value.
func (l *labels) looks(count int) bool {
	const (
		look  = 6    // nanoseconds for a ticket
		begin = 30   // for an intersection, and 1 for each ticket in it, but
		most  = 1024 // for more than this, where both are bits; and those
		few   = 8    // are not bits of which there is less than one among so many
	)
	return few*count < len(l.of) || look*count < begin*len(l.all)+min(most*len(l.all), len(l.of))
}
