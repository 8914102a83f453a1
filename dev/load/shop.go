package load

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"text/tabwriter"
	"time"

	"ticketx/dev/shop"
)

// Target is something to ask for.
type Target struct{ Name, URL string }

// Shop returns what people ask the shop at base for while they look around: pages,
// filters, a search and one ticket, as what is for sale there suggests them.
func Shop(ctx context.Context, base string) ([]Target, error) {
	page, err := shop.NewPerson(base, "visitor").Tickets(ctx)
	if err != nil {
		return nil, fmt.Errorf("look at what is for sale: %w", err)
	}
	if len(page) == 0 {
		return nil, errors.New("nothing is for sale: `make seed` fills the shop")
	}
	one := page[0]
	for _, t := range page {
		if t.City != "" && t.Category != "" {
			one = t
			break
		}
	}
	list := func(params ...string) string {
		values := url.Values{"limit": {"50"}}
		for i := 0; i < len(params); i += 2 {
			if params[i+1] != "" { // a ticket of TicketX's client has no city
				values.Set(params[i], params[i+1])
			}
		}
		return base + "/api/tickets?" + values.Encode()
	}
	word, _, _ := strings.Cut(one.Title, " ")
	return []Target{
		{"first page", list()},
		{"filtered, by price", list("city", one.City, "category", one.Category, "sort", "price")},
		{"search", list("q", strings.Trim(word, ",.;:!?"))},
		{"counts for filters", base + "/api/tickets/facets"},
		{"one ticket", base + "/api/tickets/" + one.ID},
	}, nil
}

// Report asks for each target, one after the other, and writes a row for each.
func Report(ctx context.Context, out io.Writer, targets []Target, o Options) error {
	table := tabwriter.NewWriter(out, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(table, "requests/s\tp50\tp99\tmax\tanswers\terrors\tbytes\t   ")
	for _, t := range targets {
		r, err := Run(ctx, t.URL, o)
		if err != nil {
			return errors.Join(err, table.Flush())
		}
		var size int64
		if r.Answers() > 0 {
			size = r.Bytes / r.Answers()
		}
		fmt.Fprintf(table, "%.0f\t%s\t%s\t%s\t%d\t%s\t%d\t   %s\n", r.PerSecond(),
			millis(r.Percentile(50)), millis(r.Percentile(99)), millis(r.Max()), r.Answers(), r.errors(), size, t.Name)
		if ctx.Err() != nil {
			break
		}
	}
	return table.Flush()
}

// errors counts what went wrong, by what it was.
func (r *Result) errors() string {
	if r.Errors() == 0 {
		return "0"
	}
	var kinds []string
	for status, n := range r.Refused {
		kinds = append(kinds, fmt.Sprintf("%d× %d %s", n, status, http.StatusText(status)))
	}
	if r.Broken > 0 {
		kinds = append(kinds, fmt.Sprintf("%d× %v", r.Broken, r.Err))
	}
	return strings.Join(kinds, ", ")
}

func millis(d time.Duration) string { return fmt.Sprintf("%.2f ms", float64(d.Microseconds())/1000) }
