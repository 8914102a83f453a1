package catalogue_test

import (
	"encoding/json"
	"fmt"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"ticketx/kit/events"
	"ticketx/kit/money"
	"ticketx/services/tickets"
	"ticketx/services/tickets/internal/catalogue"
	"ticketx/services/tickets/internal/live"
)

var noon = time.Date(2026, 5, 1, 12, 0, 0, 0, time.UTC)

var roomy = catalogue.Size{Tickets: 10_000, TicketBytes: 1 << 10}

// newListings returns n listings, oldest first.
func newListings(t *testing.T, n int) []tickets.Listing {
	t.Helper()
	all := make([]tickets.Listing, n)
	for i := range all {
		id, err := tickets.NewID()
		require.NoError(t, err)
		all[i] = tickets.List(id, "seller", tickets.Offer{Title: "Row 3", Price: 2500, Currency: money.EUR}, noon).Listing
	}
	return all
}

// newCatalogue returns one for which it stays noon.
func newCatalogue() *catalogue.Catalogue { return catalogueAt(func() time.Time { return noon }) }

func catalogueAt(now func() time.Time) *catalogue.Catalogue {
	return catalogue.New(now, roomy, live.NewFeed(1))
}

func filledWith(listings ...tickets.Listing) *catalogue.Catalogue {
	c := newCatalogue()
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

// everything is a query for all tickets.
func everything(limit int) catalogue.Query {
	return catalogue.Query{
		Prices: catalogue.Anything, Starts: catalogue.Anything, Days: catalogue.Anything,
		Sort: catalogue.Newest, Limit: limit,
	}
}

func with(s tickets.Status, limit int) catalogue.Query {
	q := everything(limit)
	q.Status = s
	return q
}

// page returns the ids of a page, and where the next one goes on.
func page(t require.TestingT, c *catalogue.Catalogue, q catalogue.Query) (ids []string, next *catalogue.Position) {
	body, next := c.Page(nil, q)
	var found []struct {
		ID     string         `json:"id"`
		Status tickets.Status `json:"status"`
	}
	require.NoError(t, json.Unmarshal(body, &found), string(body))
	ids = []string{}
	for _, f := range found {
		ids = append(ids, f.ID)
		if q.Status != "" {
			assert.Equal(t, q.Status, f.Status)
		}
	}
	return ids, next
}

func TestNewestVersionWins(t *testing.T) {
	l := newListings(t, 1)[0]
	sold := as(as(l, tickets.Reserved), tickets.Sold)
	c := filledWith(sold, l, as(l, tickets.Reserved))

	got, ok := c.Find(l.ID)
	require.True(t, ok)
	assert.Equal(t, sold.Status, got.Status)
	assert.Equal(t, sold.Version, got.Version)
	assert.Equal(t, 1, c.Len())

	_, ok = c.Find("elsewhere")
	assert.False(t, ok)
}

// Versions that are over leave room that is used again, by moving what is beside it.
func TestListingsStayWhatTheyAreWhileOthersChange(t *testing.T) {
	all := newListings(t, 50)
	for i := range all {
		all[i].Quantity = 1
	}
	c := filledWith(all...)
	for version := range 100 {
		for i := 10; i < len(all); i++ { // those before stay as they are
			all[i].Version, all[i].Title, all[i].OrderID = all[i].Version+1, fmt.Sprintf("Row %d-%d", i, version), fmt.Sprint("order ", version)
			c.Put(all[i])
		}
	}
	for _, l := range all {
		got, ok := c.Find(l.ID)
		require.True(t, ok)
		require.Equal(t, l, got)
	}
}

// What is kept is bytes of JSON, and yet the whole listing can be had.
func TestFindReturnsWhatWasPut(t *testing.T) {
	l := newListings(t, 1)[0]
	l.Offer = tickets.Offer{
		Title: `Łódź "live" <&>`, Price: 12345, OriginalPrice: 10000, Currency: money.EUR, Description: "Line\nbreak",
		Details: events.Details{
			StartsAt: noon.Add(time.Hour), TimeZone: "Europe/Warsaw", Venue: "Atlas Arena", City: "Łódź", Category: "concert",
			Section: "B", Row: "3", Seat: "12-13", Quantity: 2,
		},
	}
	l.Status, l.ReservedUntil, l.OrderID, l.Withdrawn = tickets.Reserved, noon.Add(time.Minute), "order", true
	got, ok := filledWith(l).Find(l.ID)
	require.True(t, ok)
	assert.Equal(t, l, got)
}

func TestPageByStatus(t *testing.T) {
	all := newListings(t, 4)
	all[3].StartsAt = noon.Add(2 * time.Minute)
	reserved, sold := as(all[1], tickets.Reserved), as(all[2], tickets.Sold)
	now := noon
	c := catalogueAt(func() time.Time { return now })
	for _, l := range []tickets.Listing{all[0], reserved, sold, all[3]} {
		c.Put(l)
	}
	for _, tc := range []struct {
		at   time.Duration
		want map[tickets.Status][]string
	}{
		{0, map[tickets.Status][]string{
			tickets.Available: {all[3].ID, all[0].ID}, tickets.Reserved: {reserved.ID}, tickets.Sold: {sold.ID}, tickets.Past: {},
			"": {all[3].ID, sold.ID, reserved.ID, all[0].ID},
		}},
		{time.Minute, map[tickets.Status][]string{
			tickets.Available: {all[3].ID, reserved.ID, all[0].ID}, tickets.Reserved: {}, tickets.Sold: {sold.ID}, tickets.Past: {},
		}},
		{2 * time.Minute, map[tickets.Status][]string{
			tickets.Available: {reserved.ID, all[0].ID}, tickets.Past: {all[3].ID},
		}},
	} {
		now = noon.Add(tc.at)
		for status, want := range tc.want {
			ids, next := page(t, c, with(status, 10))
			assert.Equal(t, want, ids, "%s after %s", status, tc.at)
			assert.Nil(t, next)
		}
	}
}

// A clock that is put back brings nobody the time to sell what they were told is past.
func TestTheClockIsPutBack(t *testing.T) {
	all := newListings(t, 2)
	for i := range all {
		all[i].StartsAt = noon.Add(time.Hour)
	}
	now := noon
	c := catalogueAt(func() time.Time { return now })
	c.Put(all[0])
	now = noon.Add(2 * time.Hour)
	ids, _ := page(t, c, with(tickets.Past, 10))
	assert.Equal(t, []string{all[0].ID}, ids)

	now = noon
	c.Put(all[1])
	ids, _ = page(t, c, with(tickets.Past, 10))
	assert.Equal(t, []string{all[1].ID, all[0].ID}, ids)
}

func TestPagesEndWhereTheListingsEnd(t *testing.T) {
	all := newListings(t, 4)
	c := filledWith(all...)
	q := everything(2)

	ids, next := page(t, c, q)
	assert.Equal(t, []string{all[3].ID, all[2].ID}, ids)
	require.NotNil(t, next)

	q.After = next
	ids, next = page(t, c, q)
	assert.Equal(t, []string{all[1].ID, all[0].ID}, ids)
	assert.Nil(t, next, "nothing is left")
}

// Between two pages tickets are listed, reserved, sold and freed, also the one
// the cursor stands on. What stays available throughout is seen exactly once.
func TestPagesWhileTicketsComeAndGo(t *testing.T) {
	const limit = 7
	for _, sort := range []catalogue.Sort{catalogue.Newest, catalogue.ByDate, catalogue.ByPrice, catalogue.ByPriceDown, catalogue.ByRelevance} {
		t.Run(string(sort), func(t *testing.T) {
			all := newListings(t, 60)
			steady := make(map[string]bool)
			for i := range all {
				all[i].Price = money.Minor(1000 + i%5)
				all[i].Title = []string{"Row 3", "Rowing", "Brow"}[i%3]
				all[i].Venue = "Row House"
				if i%4 > 0 {
					all[i].StartsAt = noon.Add(time.Duration(i%7+1) * time.Hour)
				}
				steady[all[i].ID] = i%3 != 0
			}
			c := filledWith(all...)

			seen := make(map[string]int)
			q := with(tickets.Available, limit)
			q.Sort, q.Words = sort, []string{"row"}
			for round := 0; round == 0 || q.After != nil; round++ {
				var ids []string
				ids, q.After = page(t, c, q)
				require.LessOrEqual(t, len(ids), limit)
				for _, id := range ids {
					seen[id]++
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
		})
	}
}

// Beyond its size the catalogue lets those go first that can't be bought any more,
// and the oldest of them, in whatever order they come.
func TestSizeIsBounded(t *testing.T) {
	all := newListings(t, 30)
	for i := range all {
		if i%3 == 0 {
			all[i] = as(all[i], tickets.Sold)
		}
	}
	for name, order := range map[string][]int{"oldest first": {0, 1}, "newest first": {len(all) - 1, -1}} {
		t.Run(name, func(t *testing.T) {
			c := catalogue.New(func() time.Time { return noon }, catalogue.Size{Tickets: 25, TicketBytes: 1 << 10}, live.NewFeed(1))
			for i := order[0]; i >= 0 && i < len(all); i += order[1] {
				c.Put(all[i])
			}
			assert.Equal(t, 25, c.Len())
			for i, l := range all {
				_, ok := c.Find(l.ID)
				assert.Equal(t, i%3 != 0 || i >= 15, ok, "%d", i)
			}
			ids, _ := page(t, c, with(tickets.Available, 100))
			assert.Len(t, ids, 20)
		})
	}
	t.Run("by bytes", func(t *testing.T) {
		c := catalogue.New(func() time.Time { return noon }, catalogue.Size{Tickets: 30, TicketBytes: 400}, live.NewFeed(1))
		for _, l := range all {
			c.Put(l)
		}
		assert.Less(t, c.Len(), 20)
		assert.Positive(t, c.Len())
	})
}

// A ticket that had to leave is not for sale again because somebody tells late what it
// was before, and those that read it in the store again and again tell nobody of it.
func TestWhoHasLeftComesBackByNewsAlone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		feed := live.NewFeed(1)
		c := catalogue.New(func() time.Time { return noon }, catalogue.Size{Tickets: 3, TicketBytes: 1 << 10}, feed)
		run(t, c, &source{batch: 10})
		synctest.Wait() // it is filled, with nothing
		listener, err := feed.Listen("")
		require.NoError(t, err)
		defer listener.Leave()
		told := func() (ids []string) {
			changes, ok := listener.Next(t.Context(), 100, time.Second)
			require.True(t, ok)
			for _, change := range changes {
				ids = append(ids, change.TicketID)
			}
			return ids
		}

		all := newListings(t, 5)
		gone := as(all[0], tickets.Sold)
		c.Put(gone)
		for _, l := range all[1:] {
			c.Put(l)
		}
		assert.Len(t, told(), 5)
		for range 3 {
			c.Put(gone)   // as the store has it
			c.Put(all[0]) // as somebody tells late
			c.Put(all[1]) // there is no room for the oldest, though it is for sale
		}
		ids, _ := page(t, c, everything(10))
		assert.Equal(t, []string{all[4].ID, all[3].ID, all[2].ID}, ids)
		assert.Empty(t, told(), "nothing has changed")

		back := as(gone, tickets.Available)
		c.Put(as(all[2], tickets.Sold))
		c.Put(back)
		ids, _ = page(t, c, everything(10))
		assert.Equal(t, []string{all[4].ID, all[3].ID, back.ID}, ids, "one that is for sale comes in place of one that is not")
		assert.Equal(t, []string{all[2].ID, back.ID}, told())
	})
}

func TestConcurrentUse(t *testing.T) {
	all := newListings(t, 200)
	c := newCatalogue()
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
				ids, _ := page(t, c, everything(100))
				for i := 1; i < len(ids); i++ {
					assert.Greater(t, ids[i-1], ids[i])
				}
				c.Facets(everything(1))
			}
		})
	}
	writers.Wait()
	readers.Wait()

	assert.Equal(t, len(all), c.Len())
	ids, _ := page(t, c, with(tickets.Available, 1))
	assert.Empty(t, ids, "the newest version has won everywhere")
}

func ExampleFold() {
	fmt.Println(catalogue.Fold("Łódź"), catalogue.Fold("KØBENHAVN"), catalogue.Fold("Zürich"), catalogue.Fold("Straße"), catalogue.Fold("İzmir"))
	// Output: lodz kobenhavn zurich strasse izmir
}
