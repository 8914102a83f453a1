package catalogue

import "github.com/RoaringBitmap/roaring/v2"

// slots is a set of slots that mostly has one: many words are of one ticket alone. The
// bitmap comes with the second, because it costs several times as much, and the garbage
// collector looks at each.
type slots struct {
	one  uint32 // slot + 1; 0 is none
	many *roaring.Bitmap
}

// none is a set without slots. It is not changed.
var none = roaring.New()

func (s *slots) isEmpty() bool { return s.one == 0 && s.many == nil }

func (s *slots) add(slot uint32) {
	switch {
	case s.many != nil:
		s.many.Add(slot)
	case s.one == 0:
		s.one = slot + 1
	case s.one != slot+1:
		s.one, s.many = 0, roaring.BitmapOf(s.one-1, slot)
	}
}

func (s *slots) remove(slot uint32) {
	switch {
	case s.many != nil:
		if s.many.Remove(slot); s.many.IsEmpty() {
			s.many = nil
		}
	case s.one == slot+1:
		s.one = 0
	}
}

func (s *slots) count() int {
	switch {
	case s.many != nil:
		return int(s.many.GetCardinality())
	case s.one != 0:
		return 1
	}
	return 0
}

// unite adds all of the others.
func (s *slots) unite(others slots) {
	switch {
	case others.one != 0:
		s.add(others.one - 1)
	case others.many == nil:
	case s.many != nil:
		s.many.Or(others.many)
	default:
		one := s.one
		if s.one, s.many = 0, others.many.Clone(); one != 0 {
			s.many.Add(one - 1)
		}
	}
}

// bitmap returns the set. It must not be changed.
func (s *slots) bitmap() *roaring.Bitmap {
	switch {
	case s.many != nil:
		return s.many
	case s.one != 0:
		return roaring.BitmapOf(s.one - 1)
	}
	return none
}
