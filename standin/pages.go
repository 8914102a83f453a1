package standin

import "bytes"

const (
	defaultPage = 10
	largestPage = 100
)

// page is what a list request asks for: up to limit objects, newest first,
// beginning after the one named.
type page struct {
	limit int64
	after string
}

// list is Stripe's envelope around a page of objects.
type list[T any] struct {
	Object  string `json:"object"`
	URL     string `json:"url"`
	HasMore bool   `json:"has_more"`
	Data    []*T   `json:"data"`
}

func (p *params) page() page {
	limit, given := p.integer("limit")
	if !given {
		limit = defaultPage
	}
	if limit > largestPage {
		p.fail(invalidInteger("limit", "This value must be less than or equal to %d.", largestPage))
	}
	return page{limit: limit, after: p.text("starting_after")}
}

// newest returns the keys that begin with prefix, the last one first, as many
// as the page asks for, and whether there are more. found is false where the
// page begins after a key that does not exist.
func (t *tx) newest(bucket, prefix string, p page) (ids []string, more, found bool) {
	c := t.bucket(bucket).Cursor()
	var k []byte
	if p.after != "" {
		want := []byte(prefix + p.after)
		if k, _ = c.Seek(want); !bytes.Equal(k, want) {
			return nil, false, false
		}
		k, _ = c.Prev()
	} else if k, _ = c.Seek([]byte(prefix + "\xff")); k != nil {
		k, _ = c.Prev()
	} else {
		k, _ = c.Last()
	}
	for ; k != nil && bytes.HasPrefix(k, []byte(prefix)); k, _ = c.Prev() {
		if int64(len(ids)) == p.limit {
			return ids, true, true
		}
		ids = append(ids, string(k[len(prefix):]))
	}
	return ids, false, true
}

// loadAll reads the objects of a page, in its order.
func loadAll[T any](t *tx, bucket string, ids []string) ([]*T, error) {
	all := make([]*T, 0, len(ids))
	for _, id := range ids {
		v, err := load[T](t, bucket, id)
		if err != nil {
			return nil, err
		}
		all = append(all, v)
	}
	return all, nil
}
