package catalogue_test

import (
	"cmp"
	"encoding/json"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"ticketx/kit/events"
	"ticketx/kit/money"
	"ticketx/services/tickets"
	"ticketx/services/tickets/internal/catalogue"
	"ticketx/services/tickets/internal/live"
)

// reference is a catalogue that looks at every ticket for every query.
type reference struct {
	now      time.Time
	listings map[string]tickets.Listing
}

func (r *reference) put(l tickets.Listing) {
	if known, ok := r.listings[l.ID]; !ok || known.Version < l.Version {
		r.listings[l.ID] = l
	}
}

func has(words []string, fits func(string) bool) bool { return slices.ContainsFunc(words, fits) }

// class is 0 to 3 for a listing that matches the words, the best first, and 4 for
// one that does not.
func class(l tickets.Listing, words []string) int64 {
	title := catalogue.Words(l.Title)
	all := slices.Concat(title, catalogue.Words(l.Venue), catalogue.Words(l.City), catalogue.Words(l.Category))
	every := func(in []string, fits func(have, want string) bool) bool {
		for _, want := range words {
			if !has(in, func(have string) bool { return fits(have, want) }) {
				return false
			}
		}
		return true
	}
	same := func(a, b string) bool { return a == b }
	switch {
	case every(title, same):
		return 0
	case every(title, strings.HasPrefix):
		return 1
	case every(all, same):
		return 2
	case every(all, strings.HasPrefix):
		return 3
	}
	return 4
}

func (r *reference) matches(l tickets.Listing, q catalogue.Query) bool {
	in := func(span catalogue.Range, v int64) bool { return span.Low <= v && v <= span.High }
	if q.Starts != catalogue.Anything || q.Days != catalogue.Anything {
		loc, err := time.LoadLocation(l.TimeZone)
		if err != nil || l.StartsAt.IsZero() {
			return false
		}
		y, m, d := l.StartsAt.In(loc).Date()
		day := time.Date(y, m, d, 0, 0, 0, 0, time.UTC).Unix() / 86400
		if !in(q.Starts, l.StartsAt.UnixMicro()) || !in(q.Days, day) {
			return false
		}
	}
	return in(q.Prices, int64(l.Price)) &&
		(q.Status == "" || l.StatusAt(r.now) == q.Status) &&
		(q.Seller == "" || l.SellerID == q.Seller) &&
		(q.City == "" || catalogue.Fold(l.City) == q.City) &&
		(q.Category == "" || l.Category == q.Category) &&
		class(l, q.Words) < 4
}

// all returns the ids of what matches, in the order that is wanted.
func (r *reference) all(q catalogue.Query) []string {
	var found []tickets.Listing
	for _, l := range r.listings {
		if r.matches(l, q) {
			found = append(found, l)
		}
	}
	starts := func(l tickets.Listing) int64 {
		if l.StartsAt.IsZero() {
			return math.MaxInt64
		}
		return l.StartsAt.UnixMicro()
	}
	slices.SortFunc(found, func(a, b tickets.Listing) int {
		switch q.Sort {
		case catalogue.ByDate:
			return cmp.Or(cmp.Compare(starts(a), starts(b)), cmp.Compare(a.ID, b.ID))
		case catalogue.ByPrice:
			return cmp.Or(cmp.Compare(a.Price, b.Price), cmp.Compare(a.ID, b.ID))
		case catalogue.ByPriceDown:
			return cmp.Or(cmp.Compare(b.Price, a.Price), cmp.Compare(b.ID, a.ID))
		case catalogue.ByRelevance:
			return cmp.Or(cmp.Compare(class(a, q.Words), class(b, q.Words)), cmp.Compare(b.ID, a.ID))
		case catalogue.Newest:
		}
		return cmp.Compare(b.ID, a.ID)
	})
	ids := []string{}
	for _, l := range found {
		ids = append(ids, l.ID)
	}
	return ids
}

func (r *reference) counts(q catalogue.Query, value func(tickets.Listing) string) map[string]int {
	counts := make(map[string]int)
	for _, l := range r.listings {
		if v := catalogue.Fold(value(l)); v != "" && r.matches(l, q) {
			counts[v]++
		}
	}
	return counts
}

var (
	someWords  = []string{"Row", "Rowing", "ROW", "Zürich", "Zur", "Łódź", "Opera", "operetta", "3", "The", "thé", "r", "歌舞伎", ""}
	someCities = []string{"", "Zürich", "ZURICH", "Łódź", "Berlin"}
	someKinds  = []string{"", "concert", "sports"}
	someZones  = []string{"", "UTC", "Europe/Berlin", "Pacific/Kiritimati", "America/Los_Angeles"}
	someOwners = []string{"mara", "noah"}
)

func drawWords(t *rapid.T, most int) string {
	return strings.Join(rapid.SliceOfN(rapid.SampledFrom(someWords), 0, most).Draw(t, "words"), " ")
}

func drawListing(t *rapid.T, id string, version int64, now time.Time) tickets.Listing {
	l := tickets.Listing{
		ID: id, Version: version, SellerID: rapid.SampledFrom(someOwners).Draw(t, "seller"),
		Status: rapid.SampledFrom([]tickets.Status{tickets.Available, tickets.Reserved, tickets.Sold}).Draw(t, "status"),
		Offer: tickets.Offer{
			Title: drawWords(t, 3), Currency: money.EUR, Price: money.Minor(rapid.IntRange(1, 6).Draw(t, "price") * 100),
			Details: events.Details{
				Venue: drawWords(t, 2), City: rapid.SampledFrom(someCities).Draw(t, "city"),
				Category: rapid.SampledFrom(someKinds).Draw(t, "category"), TimeZone: rapid.SampledFrom(someZones).Draw(t, "zone"),
			},
		},
		Withdrawn: rapid.IntRange(0, 5).Draw(t, "withdrawn") == 0,
	}
	if rapid.Bool().Draw(t, "dated") {
		l.StartsAt = now.Add(time.Duration(rapid.IntRange(-6, 72).Draw(t, "starts")) * time.Hour)
	}
	if l.Status == tickets.Reserved {
		l.ReservedUntil = now.Add(time.Duration(rapid.IntRange(-2, 6).Draw(t, "until")) * time.Hour)
	}
	return l
}

func drawQuery(t *rapid.T, now time.Time) catalogue.Query {
	q := everything(rapid.IntRange(1, 5).Draw(t, "limit"))
	q.Words = catalogue.Words(drawWords(t, 2))
	slices.Sort(q.Words)
	q.Words = slices.Compact(q.Words)
	q.Sort = rapid.SampledFrom([]catalogue.Sort{
		catalogue.Newest, catalogue.ByDate, catalogue.ByPrice, catalogue.ByPriceDown, catalogue.ByRelevance,
	}).Draw(t, "sort")
	q.Status = rapid.SampledFrom([]tickets.Status{
		"", tickets.Available, tickets.Available, tickets.Reserved, tickets.Sold, tickets.Past, tickets.Withdrawn,
	}).Draw(t, "status")
	q.City = catalogue.Fold(rapid.SampledFrom(append(someCities, "", "", "Nowhere")).Draw(t, "city"))
	q.Category = rapid.SampledFrom(append(someKinds, "", "")).Draw(t, "category")
	q.Seller = rapid.SampledFrom(append(someOwners, "", "")).Draw(t, "seller")
	bound := func(name string, span *catalogue.Range, at func(int) int64, from, to int) {
		if rapid.IntRange(0, 3).Draw(t, name+" low") == 0 {
			span.Low = at(rapid.IntRange(from, to).Draw(t, name+" from"))
		}
		if rapid.IntRange(0, 3).Draw(t, name+" high") == 0 {
			span.High = at(rapid.IntRange(from, to).Draw(t, name+" to"))
		}
	}
	bound("price", &q.Prices, func(n int) int64 { return int64(n) * 100 }, 1, 6)
	bound("start", &q.Starts, func(n int) int64 { return now.Add(time.Duration(n) * time.Hour).UnixMicro() }, -6, 72)
	bound("day", &q.Days, func(n int) int64 { return int64(catalogue.Day(now)) + int64(n) }, -1, 4)
	return q
}

// requireCounts compares the counts for the filters.
func requireCounts(t require.TestingT, r *reference, c *catalogue.Catalogue, q catalogue.Query) {
	f := c.Facets(q)
	require.Equal(t, len(r.all(q)), f.Total, "%+v", q)
	elsewhere, otherwise := q, q
	elsewhere.City, otherwise.Category = "", ""
	folded := func(counts []catalogue.Count) map[string]int {
		all := make(map[string]int)
		for _, n := range counts {
			all[catalogue.Fold(n.Value)] += n.Count
		}
		return all
	}
	require.Equal(t, r.counts(elsewhere, func(l tickets.Listing) string { return l.City }), folded(f.Cities), "%+v", q)
	require.Equal(t, r.counts(otherwise, func(l tickets.Listing) string { return l.Category }), folded(f.Categories), "%+v", q)
}

// Whatever is put, in whatever order, and whenever it is asked: pages and counts are
// those that looking at every ticket gives.
func TestLikeTheReference(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		now := noon
		c := catalogue.New(func() time.Time { return now }, roomy, live.NewFeed(1))
		r := &reference{now: now, listings: make(map[string]tickets.Listing)}
		ids := make([]string, 12)
		for i := range ids {
			ids[i] = uuid.Must(uuid.NewV7()).String()
		}
		t.Repeat(map[string]func(*rapid.T){
			"put": func(t *rapid.T) {
				l := drawListing(t, rapid.SampledFrom(ids).Draw(t, "id"), rapid.Int64Range(1, 9).Draw(t, "version"), now)
				c.Put(l)
				r.put(l)
			},
			"wait": func(t *rapid.T) {
				now = now.Add(time.Duration(rapid.IntRange(1, 240).Draw(t, "minutes")) * time.Minute)
				r.now = now
			},
			"page through": func(t *rapid.T) {
				q := drawQuery(t, now)
				want, got := r.all(q), []string{}
				for {
					found, next := page(t, c, q)
					got = append(got, found...)
					if q.After = next; next == nil {
						break
					}
					require.Len(t, found, q.Limit)
				}
				require.Equal(t, want, got, "%+v", q)
			},
			"count": func(t *rapid.T) {
				q := drawQuery(t, now)
				requireCounts(t, r, c, q)
			},
			"show": func(t *rapid.T) {
				id := rapid.SampledFrom(ids).Draw(t, "id")
				body, ok := c.Append(nil, id)
				l, known := r.listings[id]
				require.Equal(t, known, ok)
				if !ok {
					return
				}
				var shown struct {
					Status  tickets.Status `json:"status"`
					Version int64          `json:"version"`
				}
				require.NoError(t, json.Unmarshal(body, &shown))
				require.Equal(t, l.StatusAt(now), shown.Status)
				require.Equal(t, l.Version, shown.Version)
			},
		})
	})
}

// The same holds where the many tickets of a query are found by going through an
// order, and where that is given up.
func TestLikeTheReferenceWhenThereAreMany(t *testing.T) {
	c := newCatalogue()
	r := &reference{now: noon, listings: make(map[string]tickets.Listing)}
	many := newListings(t, 6000)
	for i, l := range many {
		l.Price = money.Minor(100 + i*7919%5000)
		l.Title = []string{"Row", "Rowing club", "Opera"}[i%3]
		l.City = []string{"Zürich", "Berlin"}[i/3000] // the newest are all in Berlin
		if i%600 == 7 {
			l.City = "Bern"
		}
		l.Category = []string{"", "concert", "sports"}[i%7%3]
		if i%5 > 0 {
			l.StartsAt = noon.Add(time.Duration(1+i*104729%3000) * time.Hour)
		}
		c.Put(l)
		r.put(l)
	}
	for _, sort := range []catalogue.Sort{catalogue.Newest, catalogue.ByDate, catalogue.ByPrice, catalogue.ByPriceDown, catalogue.ByRelevance} {
		for name, change := range map[string]func(*catalogue.Query){
			"all":            func(*catalogue.Query) {},
			"old ones":       func(q *catalogue.Query) { q.City = "zurich" },
			"words":          func(q *catalogue.Query) { q.Words = []string{"row"} },
			"a narrow price": func(q *catalogue.Query) { q.Prices = catalogue.Range{Low: 4000, High: 4020} },
			"a high price":   func(q *catalogue.Query) { q.Prices.Low = 5000 },
			"a low price":    func(q *catalogue.Query) { q.Prices.High = 110 },
			"a week": func(q *catalogue.Query) {
				q.Days = catalogue.Range{Low: int64(catalogue.Day(noon)) + 30, High: int64(catalogue.Day(noon)) + 36}
			},
			"a few hours": func(q *catalogue.Query) { q.Starts.High = noon.Add(20 * time.Hour).UnixMicro() },
			"a few of a price": func(q *catalogue.Query) {
				q.Prices, q.Starts.Low = catalogue.Range{Low: 4000, High: 4300}, noon.Add(2900*time.Hour).UnixMicro()
			},
			"a rare city":        func(q *catalogue.Query) { q.City = "bern" },
			"a category":         func(q *catalogue.Query) { q.Category, q.City = "sports", "berlin" },
			"words of a price":   func(q *catalogue.Query) { q.Words, q.Prices.High = []string{"club", "r"}, 1000 },
			"words of a city":    func(q *catalogue.Query) { q.Words, q.City = []string{"b", "row"}, "berlin" },
			"nothing at all":     func(q *catalogue.Query) { q.Prices = catalogue.Range{Low: 1, High: 2} },
			"the days of a year": func(q *catalogue.Query) { q.Days.Low = int64(catalogue.Day(noon)) },
			"hours, available": func(q *catalogue.Query) {
				q.Status, q.Starts.Low = tickets.Available, noon.Add(2000*time.Hour).UnixMicro()
			},
		} {
			q := everything(50)
			q.Sort = sort
			change(&q)
			if sort == catalogue.Newest { // counts have no order
				requireCounts(t, r, c, q)
			}
			want := r.all(q)
			for n := 0; ; n += q.Limit {
				got, next := page(t, c, q)
				require.Equal(t, want[n:min(n+q.Limit, len(want))], got, "%s by %s, from %d", name, sort, n)
				if q.After = next; next == nil {
					break
				}
			}
		}
	}
}
