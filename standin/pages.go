package standin

import (
	"bytes"

	bolt "go.etcd.io/bbolt"
)

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

// period is the time in which an object was made. The zero period is always.
type period struct {
	from, until int64 // both included; 0 is open
}

func (p period) contains(created int64) bool {
	return created >= p.from && (p.until == 0 || created <= p.until)
}

// created reads the filter by age that Stripe's lists have.
func (p *params) created() period {
	const name = "created"
	var within period
	if at, given := p.integer(name); given {
		within = period{at, at}
	}
	if at, given := p.integer(name + "[gte]"); given {
		within.from = at
	}
	if at, given := p.integer(name + "[gt]"); given {
		within.from = at + 1
	}
	if at, given := p.integer(name + "[lte]"); given {
		within.until = at
	}
	if at, given := p.integer(name + "[lt]"); given {
		within.until = at - 1
	}
	return within
}

// source is where a list comes from: a whole bucket, or those of its objects
// that an index names under a prefix.
type source struct {
	bucket string
	index  string
	prefix string
}

// search lists the objects that match, newest first.
func search[T any](t *tx, from source, url string, p page, matches func(*T) bool) (*list[T], error) {
	all := &list[T]{Object: "list", URL: url, Data: []*T{}}
	keys := from.bucket
	if from.index != "" {
		keys = from.index
	}
	c := t.bucket(keys).Cursor()
	k, found := lastOf(c, from.prefix, p.after)
	if !found {
		kind, _ := kindOf(p.after)
		return nil, missing(kind, p.after, "starting_after")
	}
	for ; k != nil && bytes.HasPrefix(k, []byte(from.prefix)); k, _ = c.Prev() {
		v, err := load[T](t, from.bucket, string(k[len(from.prefix):]))
		switch {
		case err != nil:
			return nil, err
		case v == nil || !matches(v):
			continue
		case int64(len(all.Data)) == p.limit:
			all.HasMore = true
			return all, nil
		}
		all.Data = append(all.Data, v)
	}
	return all, nil
}

// lastOf goes to the last key that begins with prefix, or to the one before
// prefix and after. found is false where the key to begin after does not exist.
func lastOf(c *bolt.Cursor, prefix, after string) (k []byte, found bool) {
	if after != "" {
		want := []byte(prefix + after)
		if k, _ = c.Seek(want); !bytes.Equal(k, want) {
			return nil, false
		}
	} else if k, _ = c.Seek([]byte(prefix + "\xff")); k == nil {
		k, _ = c.Last()
		return k, true
	}
	k, _ = c.Prev()
	return k, true
}
