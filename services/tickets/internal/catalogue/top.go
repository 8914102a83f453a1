package catalogue

import "sort"

// top keeps the first of many. They are compared where they are kept: to hand them over
// takes longer than to compare them.
type top[T any] struct {
	compare func(a, b *T) int
	wanted  int
	kept    []T // in order
}

func (t *top[T]) add(v T) {
	t.kept = append(t.kept, v)
	last := len(t.kept) - 1
	if last == t.wanted && t.compare(&t.kept[last-1], &t.kept[last]) <= 0 {
		t.kept = t.kept[:last] // as most are
		return
	}
	at := sort.Search(last, func(i int) bool { return t.compare(&t.kept[i], &t.kept[last]) >= 0 })
	copy(t.kept[at+1:], t.kept[at:last])
	t.kept[at] = v
	t.kept = t.kept[:min(len(t.kept), t.wanted)]
}
