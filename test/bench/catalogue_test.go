package bench_test

import (
	"context"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"ticketx/dev/load"
)

// BenchmarkBare compares the catalogue of a small shop with a net/http server that knows
// nothing and writes the same bytes.
func BenchmarkBare(b *testing.B) {
	s := startTickets(b, 1000)
	s.measure(b, good(
		load.Target{Name: "first page of 50", URL: "/api/tickets?limit=50"},
		load.Target{Name: "one ticket", URL: "/api/tickets/" + s.ids[len(s.ids)/2]},
	))
}

// BenchmarkMany asks a catalogue of 100,000 tickets; BENCH_TICKETS says another number.
// It reports how long that took to be filled after the service had started, and what it
// occupies before and after all of this.
func BenchmarkMany(b *testing.B) {
	s := startTickets(b, number(b, "BENCH_TICKETS", 100_000))
	b.Run("fill", func(b *testing.B) {
		b.ReportMetric(0, "ns/op") // means nothing here
		b.ReportMetric(s.filled.Seconds(), "s")
		b.ReportMetric(s.resident(b), "MiB")
	})
	s.measure(b, good(s.questions(b)...))
	b.Run("memory", func(b *testing.B) {
		b.ReportMetric(0, "ns/op")
		b.ReportMetric(s.resident(b), "MiB")
		b.ReportMetric(s.peak(b), "MiB-peak")
	})
}

// questions is what people ask, and what costs more than they think.
func (s *service) questions(b *testing.B) []load.Target {
	list := func(params ...string) string {
		values := url.Values{"limit": {"50"}}
		for i := 0; i < len(params); i += 2 {
			values.Set(params[i], params[i+1])
		}
		return "/api/tickets?" + values.Encode()
	}
	day := func(d int) string { return time.Now().AddDate(0, 0, d).Format(time.DateOnly) }
	return []load.Target{
		{Name: "page", URL: list()},
		{Name: "page by date", URL: list("sort", "date")},
		{Name: "page of 100", URL: list("limit", "100")},
		{Name: "page far behind", URL: strings.Replace(s.behind(b, list("sort", "price", "limit", "100"), len(s.ids)/200), "limit=100", "limit=50", 1)},
		{Name: "filtered page", URL: list("city", "Łódź", "category", "concert", "sort", "price")},
		{Name: "filtered by ranges", URL: list("minPrice", "300", "maxPrice", "310", "from", day(200), "to", day(201))},
		{Name: "filtered to nothing", URL: list("minPrice", "1", "maxPrice", "2", "sort", "date")},
		{Name: "search", URL: list("q", "nordlicht lodz")},
		{Name: "search of one letter", URL: list("q", "t")},
		{Name: "search of a long beginning", URL: list("q", codes[:4])},
		{Name: "search of made-up names", URL: list("q", "vela")},
		{Name: "search of 16 words", URL: list("q", "a b c d e f g h l m n o p s t "+codes[:4])},
		{Name: "one ticket", URL: "/api/tickets/" + s.ids[len(s.ids)/2]},
		{Name: "counts", URL: "/api/tickets/facets"},
		{Name: "counts of a search", URL: "/api/tickets/facets?q=nordlicht"},
	}
}

// behind returns the address of the page that comes so many pages later.
func (s *service) behind(b *testing.B, page string, pages int) string {
	for range pages {
		next, ok := strings.CutPrefix(get(b, s.base+page, http.StatusOK).link, "<")
		require.True(b, ok, "there is no page after %s", page)
		page, _, _ = strings.Cut(next, ">")
	}
	return page
}

// BenchmarkAbsurd asks what is refused, by its length or the number of its words: it
// must cost no more than what is answered.
func BenchmarkAbsurd(b *testing.B) {
	s := startTickets(b, 1000)
	s.measure(b, []question{
		{"one word", "/api/tickets?limit=1&q=nordlicht", http.StatusOK},
		{"16 words", "/api/tickets?limit=1&q=" + strings.Repeat("w+a+n+", 5) + "o", http.StatusOK},
		{"10 KB", "/api/tickets?q=" + strings.Repeat("nordlicht", 10<<10/9), http.StatusBadRequest},
		{"1000 words", "/api/tickets?q=" + strings.Repeat("go+", 1000), http.StatusBadRequest},
	})
}

// answer is what a server said.
type answer struct {
	Status      int
	ContentType string
	Body        []byte
	link        string
}

// get asks once.
func get(b *testing.B, address string, status int) answer {
	b.Helper()
	ctx, cancel := context.WithTimeout(b.Context(), 10*time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, address, http.NoBody)
	require.NoError(b, err)
	res, err := http.DefaultClient.Do(req)
	require.NoError(b, err)
	defer func() { _ = res.Body.Close() }()
	body, err := io.ReadAll(res.Body)
	require.NoError(b, err)
	require.Equal(b, status, res.StatusCode, "%s: %s", address, body)
	return answer{status, res.Header.Get("Content-Type"), body, res.Header.Get("Link")}
}
