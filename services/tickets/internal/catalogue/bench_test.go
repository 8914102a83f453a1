package catalogue_test

import (
	"fmt"
	"math/rand/v2"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"ticketx/kit/events"
	"ticketx/kit/money"
	"ticketx/services/tickets"
	"ticketx/services/tickets/internal/catalogue"
	"ticketx/services/tickets/internal/live"
)

// BenchmarkQueries asks a catalogue of 100,000 tickets in this process, without HTTP.
// bytes/ticket is what a ticket costs in memory, with all that leads to it.
func BenchmarkQueries(b *testing.B) {
	const n = 100_000
	before := heap()
	c := catalogue.New(time.Now, catalogue.Size{Tickets: n, TicketBytes: 1 << 11}, live.NewFeed(1))
	for i := range n {
		c.Put(believable(b, i))
	}
	require.Equal(b, n, c.Len(), "all are kept")
	after := heap()
	today := int64(catalogue.Day(time.Now()))
	for _, ask := range []struct {
		name   string
		change func(*catalogue.Query)
	}{
		{"newest", func(*catalogue.Query) {}},
		{"by price", func(q *catalogue.Query) { q.Sort = catalogue.ByPrice }},
		{"city and category", func(q *catalogue.Query) { q.City, q.Category, q.Sort = "city 7", "concert", catalogue.ByPrice }},
		{"narrow ranges", func(q *catalogue.Query) {
			q.Prices, q.Days = catalogue.Range{Low: 9000, High: 9100}, catalogue.Range{Low: today + 20, High: today + 21}
		}},
		{"narrow price", func(q *catalogue.Query) { q.Prices, q.Sort = catalogue.Range{Low: 9000, High: 9100}, catalogue.ByPrice }},
		{"nothing", func(q *catalogue.Query) { q.Prices, q.Sort = catalogue.Range{Low: 1, High: 2}, catalogue.ByDate }},
		{"one word", func(q *catalogue.Query) { q.Words, q.Sort = []string{"kind3"}, catalogue.ByRelevance }},
		{"two words", func(q *catalogue.Query) { q.Words, q.Sort = []string{"city", "kind3"}, catalogue.ByRelevance }},
		{"two beginnings", func(q *catalogue.Query) { q.Words, q.Sort = []string{"city", "kind"}, catalogue.ByRelevance }},
		{"one letter", func(q *catalogue.Query) { q.Words, q.Sort = []string{"k"}, catalogue.ByRelevance }},
		{"beginning of 20,000 words", func(q *catalogue.Query) { q.Words, q.Sort = []string{"tour"}, catalogue.ByRelevance }},
		{"beginning of a name", func(q *catalogue.Query) { q.Words, q.Sort = []string{"vela"}, catalogue.ByRelevance }},
		{"16 words", func(q *catalogue.Query) {
			q.Words, q.Sort = strings.Fields("a b c d e f g k l m n o p s t tour"), catalogue.ByRelevance
		}},
	} {
		q := with(tickets.Available, 50)
		ask.change(&q)
		b.Run("page/"+ask.name, func(b *testing.B) {
			b.ReportAllocs()
			var body []byte
			for b.Loop() {
				body, _ = c.Page(body[:0], q)
			}
		})
		b.Run("counts/"+ask.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				c.Facets(q)
			}
		})
	}
	b.Run("counts/20,000 cities", func(b *testing.B) {
		const each = 5
		c := catalogue.New(time.Now, catalogue.Size{Tickets: n, TicketBytes: 1 << 11}, live.NewFeed(1))
		for i := range n {
			l := believable(b, i)
			l.City = fmt.Sprintf("City %d", i/each)
			c.Put(l)
		}
		b.ReportAllocs()
		for b.Loop() {
			c.Facets(with(tickets.Available, 1))
		}
	})
	b.Run("memory", func(b *testing.B) {
		b.ReportMetric(0, "ns/op") // means nothing here
		b.ReportMetric(float64(after-before)/n, "bytes/ticket")
	})
	runtime.KeepAlive(c)
}

func heap() uint64 {
	var m runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

// believable is a ticket like many: 9 categories, 50 cities with 3 venues each, and in
// the titles a name of two to four syllables, of 10,000, and for every fifth a word
// that no other has.
func believable(b *testing.B, number int) tickets.Listing {
	id, err := tickets.NewID()
	if err != nil {
		b.Fatal(err)
	}
	r := rand.New(rand.NewPCG(1, uint64(number)))
	city, now := r.IntN(50), time.Now()
	title := fmt.Sprintf("Kind%d of an evening with %s", r.IntN(30), name(r.IntN(10_000)))
	if number%5 == 0 {
		title += fmt.Sprintf(" tour%05d", number)
	}
	return tickets.List(id, fmt.Sprintf("00000000-0000-7000-8000-%012d", r.IntN(500)), tickets.Offer{
		Title: title, Price: money.Minor(1000 + r.IntN(50_000)), OriginalPrice: 60_000, Currency: money.EUR,
		Details: events.Details{
			StartsAt: now.Add(time.Duration(1+r.IntN(300*24)) * time.Hour), TimeZone: "Europe/Berlin",
			Venue: fmt.Sprintf("Hall %d-%d", city, r.IntN(3)), City: fmt.Sprintf("City %d", city),
			Category: tickets.Categories[r.IntN(len(tickets.Categories))], Section: "A", Row: "12", Seat: "7-8", Quantity: 2,
		},
		Description: "I can't make it that evening. Mobile tickets, handed over at once, as soon as you have paid for them.",
	}, now).Listing
}

var syllables = strings.Fields("ba be bo da de di fa ga go ka ke ki la le li lo ma me mi mo na ne no pa ra re ri sa se so ta te ti to va ve vi ya za zo")

func name(number int) string {
	r := rand.New(rand.NewPCG(2, uint64(number)))
	var b strings.Builder
	for range 2 + r.IntN(3) {
		b.WriteString(syllables[r.IntN(len(syllables))])
	}
	return b.String()
}
