package catalogue

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
	low, high := 0, last
	for low < high {
		if middle := (low + high) / 2; t.compare(&t.kept[middle], &t.kept[last]) < 0 {
			low = middle + 1
		} else {
			high = middle
		}
	}
	copy(t.kept[low+1:], t.kept[low:last])
	t.kept[low] = v
	t.kept = t.kept[:min(len(t.kept), t.wanted)]
}
