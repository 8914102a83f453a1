package bench_test

import (
	"cmp"
	"context"
	"io"
	"math"
	"net/http"
	"net/url"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"ticketx/dev/load"
)

// connections is how many ask at a time.
const connections = 16

// BenchmarkBare compares the catalogue with a net/http server that knows nothing and
// writes the same bytes. The two take turns, so that what else the machine does falls
// on both. For each it reports the answers in a second; ratio is the catalogue's share
// of the other's.
func BenchmarkBare(b *testing.B) {
	s := startTickets(b, 1000)
	for _, target := range []load.Target{
		{Name: "first page of 50", URL: "/api/tickets?limit=50"},
		{Name: "one ticket", URL: "/api/tickets/" + s.ids[len(s.ids)/2]},
	} {
		bare := startBare(b, target.URL, get(b, s.base+target.URL))
		b.Run(target.Name, func(b *testing.B) {
			service, other := result{load.NewResult()}, result{load.NewResult()}
			const turns = 10
			for range turns {
				service.Add(ask(b, s.base+target.URL, max(1, b.N/turns)).Result)
				other.Add(ask(b, bare+target.URL, max(1, b.N/turns)).Result)
			}
			service.report(b)
			b.ReportMetric(other.PerSecond(), "bare/s")
			b.ReportMetric(service.PerSecond()/other.PerSecond(), "ratio")
		})
	}
}

// many is how many tickets BenchmarkMany asks for; BENCH_TICKETS says another number.
func many(b *testing.B) int {
	given := cmp.Or(os.Getenv("BENCH_TICKETS"), "100000")
	n, err := strconv.Atoi(given)
	require.NoError(b, err)
	return n
}

// BenchmarkMany asks a catalogue of 100,000 tickets. It reports how long that took to
// be filled after the service had started, and what it occupies before and after all
// of this.
func BenchmarkMany(b *testing.B) {
	s := startTickets(b, many(b))
	b.Run("fill", func(b *testing.B) {
		b.ReportMetric(0, "ns/op") // means nothing here
		b.ReportMetric(s.filled.Seconds(), "s")
		b.ReportMetric(s.resident(b), "MiB")
	})
	for _, q := range s.questions(b) {
		b.Run(q.Name, func(b *testing.B) {
			s.measure(b, http.StatusOK, q.URL, b.N)
		})
	}
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
		next, ok := strings.CutPrefix(get(b, s.base+page).header.Get("Link"), "<")
		require.True(b, ok, "there is no page after %s", page)
		page, _, _ = strings.Cut(next, ">")
	}
	return page
}

// BenchmarkAbsurd asks what is refused, by its length or the number of its words: it
// must cost no more than what is answered.
func BenchmarkAbsurd(b *testing.B) {
	s := startTickets(b, 1000)
	for _, q := range []struct {
		name, query string
		status      int
	}{
		{"one word", "limit=1&q=nordlicht", http.StatusOK},
		{"16 words", "limit=1&q=" + strings.Repeat("w+a+n+", 5) + "o", http.StatusOK},
		{"10 KB", "q=" + strings.Repeat("nordlicht", 10<<10/9), http.StatusBadRequest},
		{"1000 words", "q=" + strings.Repeat("go+", 1000), http.StatusBadRequest},
	} {
		b.Run(q.name, func(b *testing.B) {
			s.measure(b, q.status, "/api/tickets?"+q.query, b.N)
		})
	}
}

// result is what came of asking, and can be reported.
type result struct{ *load.Result }

// ask asks n times, and wants nothing but good answers.
func ask(b *testing.B, address string, n int) result { return askFor(b, http.StatusOK, address, n) }

func askFor(b *testing.B, status int, address string, n int) result {
	r, err := load.Run(b.Context(), address, load.Options{Connections: connections, Requests: n, Status: status})
	require.NoError(b, err)
	require.Zero(b, r.Errors(), "%v %v", r.Refused, r.Err)
	return result{r}
}

// measure asks n times, and reports besides how much of a processor the service took
// for each: that depends less on what else the machine does.
func (s *service) measure(b *testing.B, status int, path string, n int) {
	before := s.processor(b)
	r := askFor(b, status, s.base+path, n)
	took := s.processor(b) - before
	r.report(b)
	b.ReportMetric(float64(took.Microseconds())/float64(n), "cpu-µs/answer")
}

func (r result) report(b *testing.B) {
	b.ReportMetric(0, "ns/op") // means nothing while many ask
	b.ReportMetric(millis(r.Percentile(50)), "p50-ms")
	b.ReportMetric(millis(r.Percentile(99)), "p99-ms")
	b.ReportMetric(r.PerSecond(), "answers/s")
}

func millis(d time.Duration) float64 { return math.Round(float64(d.Microseconds())/10) / 100 }

// answer is what a server said.
type answer struct {
	header http.Header
	body   []byte
}

// get asks once.
func get(b *testing.B, address string) answer {
	ctx, cancel := context.WithTimeout(b.Context(), 10*time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, address, http.NoBody)
	require.NoError(b, err)
	res, err := http.DefaultClient.Do(req)
	require.NoError(b, err)
	defer func() { _ = res.Body.Close() }()
	body, err := io.ReadAll(res.Body)
	require.NoError(b, err)
	require.Equal(b, http.StatusOK, res.StatusCode, "%s: %s", address, body)
	return answer{res.Header, body}
}
