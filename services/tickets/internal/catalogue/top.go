package catalogue

import "slices"

// top keeps the first of many.
type top[T any] struct {
	compare func(a, b T) int
	wanted  int
	kept    []T // in order
}

func (t *top[T]) add(v T) {
	if len(t.kept) == t.wanted {
		if t.compare(v, t.kept[t.wanted-1]) >= 0 {
			return
		}
		t.kept = t.kept[:t.wanted-1]
	}
	at, _ := slices.BinarySearchFunc(t.kept, v, t.compare)
	t.kept = slices.Insert(t.kept, at, v)
}
