package api_test

import (
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

var nextLink = regexp.MustCompile(`^<(/api/tickets\?[^>]+)>; rel="next"$`)

// pages follows the Link headers from target and returns the ids of each page.
func pages(t *testing.T, r *replica, target string) (all [][]string) {
	t.Helper()
	for target != "" {
		res := r.get(t, target)
		require.Equal(t, http.StatusOK, res.Code, res.Body)
		page := []string{}
		link := res.Header().Get("Link")
		for _, ticket := range decode[[]ticketJSON](t, res) {
			page = append(page, ticket.ID)
		}
		all = append(all, page)
		if target = ""; link != "" {
			found := nextLink.FindStringSubmatch(link)
			require.NotNil(t, found, link)
			target = found[1]
		}
	}
	return all
}

func TestListPages(t *testing.T) {
	r := newWorld().filled(t)
	assert.JSONEq(t, `[]`, r.get(t, "/api/tickets").Body.String())

	var want []string
	for i := range 101 {
		want = append(want, r.list(t, "mara", fmt.Sprint("Row ", i)).ID)
	}
	slices.Reverse(want)
	assert.Equal(t, [][]string{want[:100], want[100:]}, pages(t, r, "/api/tickets"), "100 unless asked otherwise")
	assert.Equal(t, slices.Collect(slices.Chunk(want, 40)), pages(t, r, "/api/tickets?limit=40"))
	assert.Equal(t, slices.Collect(slices.Chunk(want, 40)), pages(t, r, "/api/tickets?limit=40&status=all"))
}

func TestListByStatus(t *testing.T) {
	w := newWorld()
	r := w.filled(t)
	free, reserved, sold := r.list(t, "mara", "a").ID, r.list(t, "mara", "b").ID, r.list(t, "mara", "c").ID
	require.Equal(t, "SUCCESS", r.deliver(t, ordersRoute, newOrder(w, reserved, 1, 1, "created")))
	require.Equal(t, "SUCCESS", r.deliver(t, ordersRoute, newOrder(w, sold, 1, 2, "complete")))

	for query, want := range map[string][]string{
		"":                  {free},
		"?status=available": {free},
		"?status=reserved":  {reserved},
		"?status=sold":      {sold},
		"?status=all":       {sold, reserved, free},
	} {
		assert.Equal(t, [][]string{want}, pages(t, r, "/api/tickets"+query), query)
	}
}

func TestListBadParameters(t *testing.T) {
	r := newWorld().filled(t)
	id := r.list(t, "mara", "Row 3").ID
	for query, field := range map[string]string{
		"limit=0":                       "limit",
		"limit=101":                     "limit",
		"limit=-1":                      "limit",
		"limit=%2B5":                    "limit",
		"limit=ten":                     "limit",
		"limit=1e1":                     "limit",
		"limit=":                        "limit",
		"limit=99999999999999":          "limit",
		"limit=5&limit=5":               "limit",
		"status=lost":                   "status",
		"status=":                       "status",
		"status=Sold":                   "status",
		"cursor=":                       "cursor",
		"cursor=nope":                   "cursor",
		"cursor=" + id:                  "cursor",
		"cursor=AAAAAAAAAAAAAA":         "cursor",
		"cursor=m4FqzqzkTtG3ZQ5bPZ8nKg": "cursor", // a UUID, but of version 4
		"page=2":                        "page",
		"q=row&q=row":                   "q",
		"q=%21%21%21":                   "q", // no word to look for
		"q=+-+":                         "q",
		"q=" + strings.Repeat("a", 201): "q",
		"q=" + strings.Repeat("a+b+c+d+e+f+g+h+i+j+k+l+m+n+o+p+q", 1): "q",
		"minPrice=-1":                   "minPrice",
		"minPrice=ten":                  "minPrice",
		"minPrice=1e1":                  "minPrice",
		"maxPrice=0.001":                "maxPrice",
		"maxPrice=":                     "maxPrice",
		"minPrice=2&maxPrice=1":         "minPrice",
		"maxPrice=99999999999999999999": "maxPrice",
		"minPrice=NaN":                  "minPrice",
		"from=99999-01-01":              "from",
		"to=0000-00-00":                 "to",
		"from=tomorrow":                 "from",
		"from=2026-02-30":               "from",
		"to=2026-12-24T20:00":           "to",
		"from=2026-12-25&to=2026-12-24": "from",
		"from=2026-12-25T20:00:00Z&to=2026-12-25T19:00:00Z": "from",
		"from=2026-12-27T20:00:00Z&to=2026-12-25":           "from",
		"from=2026-12-25&to=2026-12-22T20:00:00Z":           "from",
		"city=":                            "city",
		"city=%CC%81":                      "city", // an accent and no letter
		"city=" + strings.Repeat("a", 101): "city",
		"category=circus":                  "category",
		"category=":                        "category",
		"seller=mara":                      "seller",
		"seller=":                          "seller",
		"sort=":                            "sort",
		"sort=-date":                       "sort",
		"limit=%zz":                        "query",
		"limit=5;status=all":               "query",
		"q=" + strings.Repeat("a", 10000):  "query",
	} {
		requireProblem(t, r.get(t, "/api/tickets?"+query), http.StatusBadRequest, field)
	}
	both := url.Values{"limit": {"0"}, "status": {"lost"}}
	requireProblem(t, r.get(t, "/api/tickets?"+both.Encode()), http.StatusBadRequest, "limit", "status")
}

func TestNotReadyUntilFilled(t *testing.T) {
	w := newWorld()
	ticket := w.filled(t).list(t, "mara", "Row 3")

	r := w.start(t)
	requireProblem(t, r.get(t, "/readyz"), http.StatusServiceUnavailable)
	requireProblem(t, r.get(t, "/api/tickets"), http.StatusServiceUnavailable)
	assert.Equal(t, http.StatusNoContent, r.get(t, "/healthz").Code)
	assert.Equal(t, http.StatusOK, r.get(t, "/api/tickets/"+ticket.ID).Code)

	r = w.filled(t)
	assert.Equal(t, http.StatusNoContent, r.get(t, "/readyz").Code)
	assert.Equal(t, [][]string{{ticket.ID}}, pages(t, r, "/api/tickets"))
}
