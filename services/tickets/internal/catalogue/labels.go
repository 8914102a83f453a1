package catalogue

import (
	"strings"

	"github.com/RoaringBitmap/roaring/v2"
)

// labels is the values that tickets share, such as their cities: each has a number
// and the set of its tickets. Values that differ in case or accents alone are one,
// and are shown as the first of them was written.
type labels struct {
	numbers map[string]uint32 // by folded value
	all     []label
	free    []uint32
}

type label struct {
	key, name string
	docs      *roaring.Bitmap
}

func newLabels() *labels { return &labels{numbers: make(map[string]uint32)} }

// add gives a ticket a value and returns the value's number.
func (l *labels) add(slot uint32, value string) uint32 {
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
	return number
}

// remove takes the value from a ticket. One that no ticket has is forgotten.
func (l *labels) remove(slot, number uint32) {
	a := &l.all[number]
	if a.docs.Remove(slot); a.docs.IsEmpty() {
		delete(l.numbers, a.key)
		*a = label{}
		l.free = append(l.free, number)
	}
}

// find returns the tickets with the value: an empty set where there are none.
func (l *labels) find(value string) *roaring.Bitmap {
	if number, ok := l.numbers[Fold(value)]; ok {
		return l.all[number].docs
	}
	return roaring.New()
}
