package catalogue_test

import (
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"ticketx/services/tickets"
	"ticketx/services/tickets/internal/catalogue"
)

var noon = time.Date(2026, 5, 1, 12, 0, 0, 0, time.UTC)

// newListings returns n listings, oldest first.
func newListings(t *testing.T, n int) []tickets.Listing {
	t.Helper()
	all := make([]tickets.Listing, n)
	for i := range all {
		id, err := tickets.NewID()
		require.NoError(t, err)
		all[i] = tickets.List(id, "seller", tickets.Offer{Title: "Row 3", Price: 2500}, noon).Listing
	}
	return all
}

func filledWith(listings ...tickets.Listing) *catalogue.Catalogue {
	c := catalogue.New()
	for _, l := range listings {
		c.Put(l)
	}
	return c
}

// as returns the listing one version on, with the status.
func as(l tickets.Listing, s tickets.Status) tickets.Listing {
	l.Version++
	l.Status, l.ReservedUntil = s, time.Time{}
	if s == tickets.Reserved {
		l.ReservedUntil = noon.Add(time.Minute)
	}
	return l
}

func ids(page []tickets.Listing) []string {
	all := make([]string, len(page))
	for i, l := range page {
		all[i] = l.ID
	}
	return all
}

func TestNewestVersionWins(t *testing.T) {
	l := newListings(t, 1)[0]
	sold := as(as(l, tickets.Reserved), tickets.Sold)
	c := filledWith(sold, l, as(l, tickets.Reserved))

	got, ok := c.Find(l.ID)
	require.True(t, ok)
	assert.Equal(t, sold, got)
	assert.Equal(t, 1, c.Len())

	_, ok = c.Find("elsewhere")
	assert.False(t, ok)
}

func TestPageByStatus(t *testing.T) {
	all := newListings(t, 4)
	reserved, sold := as(all[1], tickets.Reserved), as(all[2], tickets.Sold)
	c := filledWith(all[0], reserved, sold, all[3])

	for name, tc := range map[string]struct {
		status tickets.Status
		at     time.Time
		want   []string
	}{
		"available":                    {tickets.Available, noon, []string{all[3].ID, all[0].ID}},
		"reserved":                     {tickets.Reserved, noon, []string{reserved.ID}},
		"sold":                         {tickets.Sold, noon, []string{sold.ID}},
		"all":                          {"", noon, []string{all[3].ID, sold.ID, reserved.ID, all[0].ID}},
		"available, reservations over": {tickets.Available, noon.Add(time.Minute), []string{all[3].ID, reserved.ID, all[0].ID}},
		"reserved, reservations over":  {tickets.Reserved, noon.Add(time.Minute), []string{}},
	} {
		t.Run(name, func(t *testing.T) {
			page, more := c.Page(catalogue.Query{Status: tc.status, Limit: 10}, tc.at)
			assert.Equal(t, tc.want, ids(page))
			assert.False(t, more)
		})
	}
}

func TestPagesEndWhereTheListingsEnd(t *testing.T) {
	all := newListings(t, 4)
	c := filledWith(all...)

	page, more := c.Page(catalogue.Query{Limit: 2}, noon)
	assert.Equal(t, []string{all[3].ID, all[2].ID}, ids(page))
	assert.True(t, more)

	page, more = c.Page(catalogue.Query{Limit: 2, After: page[1].ID}, noon)
	assert.Equal(t, []string{all[1].ID, all[0].ID}, ids(page))
	assert.False(t, more, "nothing is left")

	page, more = c.Page(catalogue.Query{Limit: 2, After: all[0].ID}, noon)
	assert.Empty(t, page)
	assert.False(t, more)
}

// Between two pages tickets are listed, reserved, sold and freed, also the one
// the cursor stands on. What stays available throughout is seen exactly once.
func TestPagesWhileTicketsComeAndGo(t *testing.T) {
	const limit = 7
	all := newListings(t, 60)
	c := filledWith(all...)
	steady := make(map[string]bool)
	for i, l := range all {
		steady[l.ID] = i%3 != 0
	}

	seen := make(map[string]int)
	q := catalogue.Query{Status: tickets.Available, Limit: limit}
	for round, more := 0, true; more; round++ {
		var page []tickets.Listing
		page, more = c.Page(q, noon)
		require.LessOrEqual(t, len(page), limit)
		for _, l := range page {
			seen[l.ID]++
		}
		if len(page) > 0 {
			q.After = page[len(page)-1].ID
		}
		for _, l := range newListings(t, 3) {
			c.Put(l)
		}
		for i, l := range all {
			if steady[l.ID] {
				continue
			}
			known, ok := c.Find(l.ID)
			require.True(t, ok)
			next := []tickets.Status{tickets.Reserved, tickets.Available, tickets.Sold}[(i+round)%3]
			c.Put(as(known, next))
		}
	}
	for id, isSteady := range steady {
		if isSteady {
			assert.Equal(t, 1, seen[id], id)
		}
	}
	for id, times := range seen {
		assert.Equal(t, 1, times, id)
	}
}

func TestConcurrentUse(t *testing.T) {
	all := newListings(t, 200)
	c := catalogue.New()
	var writers, readers sync.WaitGroup
	for range 4 {
		writers.Go(func() {
			for _, l := range all {
				c.Put(l)
				c.Put(as(l, tickets.Sold))
			}
		})
		readers.Go(func() {
			for range 50 {
				page, _ := c.Page(catalogue.Query{Limit: 100}, noon)
				for i := 1; i < len(page); i++ {
					assert.Greater(t, page[i-1].ID, page[i].ID)
				}
			}
		})
	}
	writers.Wait()
	readers.Wait()

	assert.Equal(t, len(all), c.Len())
	page, _ := c.Page(catalogue.Query{Status: tickets.Available, Limit: 1}, noon)
	assert.Empty(t, page, "the newest version has won everywhere")
}
