package api_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"ticketx/kit/events"
	"ticketx/services/tickets"
)

// offer is what is for sale in these tests, told to the replica by the feed.
func (r *replica) hear(t *testing.T, w *world, seller string, change func(*events.Ticket)) string {
	t.Helper()
	id, err := tickets.NewID()
	require.NoError(t, err)
	s := events.Ticket{
		ID: id, Version: 1, Title: "Row 3", Price: 2500, Currency: "eur", SellerID: seller, Status: "available",
		CreatedAt: w.now, UpdatedAt: w.now,
	}
	change(&s)
	require.Equal(t, "SUCCESS", r.deliver(t, feedRoute, s))
	return id
}

func (r *replica) found(t *testing.T, query string) []string {
	t.Helper()
	return pages(t, r, "/api/tickets?"+query)[0]
}

func TestSearch(t *testing.T) {
	w := newWorld()
	r := w.filled(t)
	lodz := r.hear(t, w, "mara", func(s *events.Ticket) {
		s.Title, s.City, s.Venue, s.Category, s.Price = "Gala of Operas", "Łódź", "Teatr Wielki", "musical", 8000
		s.StartsAt, s.TimeZone = w.now.AddDate(0, 0, 2), "Europe/Warsaw"
	})
	opera := r.hear(t, w, "mara", func(s *events.Ticket) {
		s.Title, s.City, s.Category, s.Price = "Opera", "Zürich", "musical", 4000
		s.StartsAt, s.TimeZone = w.now.AddDate(0, 0, 1), "Europe/Zurich"
	})
	row := r.hear(t, w, "noah", func(*events.Ticket) {})

	for query, want := range map[string][]string{
		"q=opera":                        {opera, lodz},
		"q=op":                           {opera, lodz},
		"q=LODZ":                         {lodz},
		"q=" + url.QueryEscape("zuricH"): {opera},
		"q=opera+wielki":                 {lodz},
		"q=era":                          {},
		"q=opera+nowhere":                {},
		"q=":                             {row, opera, lodz},
		"q=+":                            {row, opera, lodz},
		"q=opera&sort=price":             {opera, lodz},
		"sort=price":                     {row, opera, lodz},
		"sort=-price":                    {lodz, opera, row},
		"sort=date":                      {opera, lodz, row},
		"city=z%C3%BCrich":               {opera},
		"city=zurich&category=sports":    {},
		"category=musical":               {opera, lodz},
		"minPrice=25.01&maxPrice=40":     {opera},
		"from=2026-05-03":                {lodz},
		"to=2026-05-02":                  {opera},
		"from=2026-05-02T12:00:01Z":      {lodz},
		"to=2026-05-02T14:00:00%2B02:00": {opera},
	} {
		assert.Equal(t, want, r.found(t, query), query)
	}
}

func TestCursorsBelongToTheirQuery(t *testing.T) {
	w := newWorld()
	r := w.filled(t)
	for range 3 {
		r.hear(t, w, "mara", func(s *events.Ticket) { s.City = "Bern" })
	}
	link := nextLink.FindStringSubmatch(r.get(t, "/api/tickets?limit=1&city=Bern&q=row").Header().Get("Link"))
	require.NotNil(t, link)
	next, err := url.Parse(link[1])
	require.NoError(t, err)
	cursor := next.Query().Get("cursor")
	for _, same := range []string{"city=Bern&q=row", "limit=2&city=BERN&q=row", "city=bern&q=Row+row&sort=relevance&status=available"} {
		assert.Len(t, r.found(t, same+"&cursor="+cursor), min(2, len(r.found(t, same+"&cursor="+cursor))))
		assert.Equal(t, http.StatusOK, r.get(t, "/api/tickets?"+same+"&cursor="+cursor).Code, same)
	}
	for _, other := range []string{
		"q=row", "city=Bern", "city=Bern&q=ro", "city=Bern&q=row&sort=price", "city=Bern&q=row&status=all",
		"city=Bern&q=row&maxPrice=30", "city=Bern&q=row&maxPrice=30000", "city=Bern&q=row&from=2026-02-01T00:00:00Z", "city=Bern&q=row&from=2026-02-01",
	} {
		requireProblem(t, r.get(t, "/api/tickets?"+other+"&cursor="+cursor), http.StatusBadRequest, "cursor")
	}
}

func TestEtags(t *testing.T) {
	w := newWorld()
	r := w.filled(t)
	id := r.hear(t, w, "mara", func(*events.Ticket) {})
	ask := func(target, known string) *httptest.ResponseRecorder {
		req := httptest.NewRequestWithContext(t.Context(), http.MethodGet, target, http.NoBody)
		req.Header.Set("If-None-Match", known)
		return serve(r.public, req)
	}
	for _, target := range []string{"/api/tickets", "/api/tickets/" + id, "/api/tickets?q=row"} {
		first := r.get(t, target)
		tag := first.Header().Get("Etag")
		require.Regexp(t, `^"[0-9a-f]{16}"$`, tag)
		assert.Equal(t, "no-cache", first.Header().Get("Cache-Control"))
		for _, known := range []string{tag, "W/" + tag, `"x", ` + tag, "*"} {
			again := ask(target, known)
			assert.Equal(t, http.StatusNotModified, again.Code, known)
			assert.Empty(t, again.Body.String())
			assert.Equal(t, tag, again.Header().Get("Etag"))
		}
		assert.Equal(t, http.StatusOK, ask(target, `"0000000000000000"`).Code)
	}

	before := r.get(t, "/api/tickets").Header().Get("Etag")
	require.Equal(t, "SUCCESS", r.deliver(t, ordersRoute, newOrder(w, r.list(t, "noah", "Row 4").ID, 1, 1, "created")))
	assert.Equal(t, http.StatusNotModified, ask("/api/tickets", before).Code, "what is not on the page does not matter")
	r.list(t, "noah", "Row 5")
	assert.Equal(t, http.StatusOK, ask("/api/tickets", before).Code)
}

func TestFacets(t *testing.T) {
	w := newWorld()
	r := w.filled(t)
	for i := range 3 {
		r.hear(t, w, "mara", func(s *events.Ticket) { s.City, s.Category = []string{"Bern", "BERN", "Łódź"}[i], "concert" })
	}
	r.hear(t, w, "mara", func(s *events.Ticket) { s.City, s.Category, s.Status, s.SoldFor = "Bern", "sports", "sold", 3050 })
	r.hear(t, w, "noah", func(s *events.Ticket) { s.Category = "sports" })

	for query, want := range map[string]string{
		"":                            `{"total":4,"categories":[{"value":"concert","count":3},{"value":"sports","count":1}],"cities":[{"value":"Bern","count":2},{"value":"Łódź","count":1}]}`,
		"?city=bern":                  `{"total":2,"categories":[{"value":"concert","count":2}],"cities":[{"value":"Bern","count":2},{"value":"Łódź","count":1}]}`,
		"?category=sports":            `{"total":1,"categories":[{"value":"concert","count":3},{"value":"sports","count":1}],"cities":[]}`,
		"?status=sold":                `{"total":1,"categories":[{"value":"sports","count":1}],"cities":[{"value":"Bern","count":1}]}`,
		"?q=nothing":                  `{"total":0,"categories":[],"cities":[]}`,
		"?city=bern&category=musical": `{"total":0,"categories":[{"value":"concert","count":2}],"cities":[]}`,
	} {
		res := r.get(t, "/api/tickets/facets"+query)
		require.Equal(t, http.StatusOK, res.Code)
		assert.JSONEq(t, want, res.Body.String(), query)
	}
	requireProblem(t, r.get(t, "/api/tickets/facets?limit=5&sort=price&cursor=x&page=1"), http.StatusBadRequest, "cursor", "limit", "page", "sort")
}

func TestOwnTickets(t *testing.T) {
	w := newWorld()
	r := w.filled(t)
	mine := r.hear(t, w, "mara", func(*events.Ticket) {})
	sold := r.hear(t, w, "mara", func(s *events.Ticket) { s.Status, s.SoldFor, s.OrderID = "sold", 3050, "order-1" })
	r.hear(t, w, "noah", func(s *events.Ticket) { s.Status, s.SoldFor = "sold", 9900 })
	yen := r.hear(t, w, "mara", func(s *events.Ticket) { s.Status, s.SoldFor, s.Currency = "sold", 5000, "jpy" })

	for _, query := range []string{"seller=me", "%73eller=me", "status=all&sell%65r=me", "seller=me&x=%", "seller=me&seller=me"} {
		requireProblem(t, r.get(t, "/api/tickets?"+query), http.StatusUnauthorized)
		requireProblem(t, r.get(t, "/api/tickets/facets?"+query), http.StatusUnauthorized)
	}
	res := r.as(t, "mara", http.MethodGet, "/api/tickets?seller=me", "")
	require.Equal(t, http.StatusOK, res.Code)
	assert.Equal(t, "no-store", res.Header().Get("Cache-Control"))
	var own []struct {
		ID       string   `json:"id"`
		Proceeds *float64 `json:"proceeds"`
	}
	require.NoError(t, json.Unmarshal(res.Body.Bytes(), &own))
	require.Len(t, own, 3)
	assert.Equal(t, yen, own[0].ID)
	assert.InDelta(t, 5000, *own[0].Proceeds, 0)
	own = own[1:]
	assert.Equal(t, sold, own[0].ID)
	require.NotNil(t, own[0].Proceeds)
	assert.InDelta(t, 30.5, *own[0].Proceeds, 0)
	assert.Equal(t, mine, own[1].ID)
	assert.Nil(t, own[1].Proceeds)
	assert.NotContains(t, r.get(t, "/api/tickets?status=all").Body.String(), "proceeds", "that is nobody else's business")

	res = r.as(t, "mara", http.MethodGet, "/api/tickets/facets?seller=me", "")
	assert.JSONEq(t, `{"total":3,"categories":[],"cities":[],"proceeds":{"amount":30.5,"currency":"eur"}}`, res.Body.String(), "yen are no euros")
	res = r.as(t, "eve", http.MethodGet, "/api/tickets/facets?seller=me", "")
	assert.JSONEq(t, `{"total":0,"categories":[],"cities":[],"proceeds":{"amount":0,"currency":"eur"}}`, res.Body.String())
}

// Nothing that is read of the catalogue asks the store or the sidecar, whatever it
// is and however wrong.
func TestReadingAsksNobody(t *testing.T) {
	w := newWorld()
	r := w.filled(t)
	id := r.hear(t, w, "mara", func(s *events.Ticket) { s.City = "Bern" })
	before := w.docs.count()
	for _, target := range []string{
		"/api/tickets", "/api/tickets?status=all&limit=1", "/api/tickets?q=row&city=bern&sort=date", "/api/tickets?cursor=x",
		"/api/tickets?q=" + strings.Repeat("a", 10<<10), "/api/tickets?q=" + strings.Repeat("a+", 1000),
		"/api/tickets/facets", "/api/tickets/facets?q=row", "/api/tickets/" + id, "/api/tickets/nope",
	} {
		r.get(t, target)
		r.as(t, "mara", http.MethodGet, target, "")
	}
	r.as(t, "mara", http.MethodGet, "/api/tickets?seller=me", "")
	r.as(t, "mara", http.MethodGet, "/api/tickets/facets?seller=me", "")
	assert.Equal(t, before, w.docs.count())
}

// Who makes up ids is told to come back before it costs the store much.
func TestMadeUpIDsAreNoLoad(t *testing.T) {
	w := newWorld()
	r := w.filled(t)
	before := w.docs.count()
	codes := make(map[int]int)
	for range 1000 {
		id, err := tickets.NewID()
		require.NoError(t, err)
		codes[r.get(t, "/api/tickets/"+id).Code]++
	}
	assert.Equal(t, map[int]int{http.StatusNotFound: 100, http.StatusServiceUnavailable: 900}, codes)
	assert.Equal(t, 100, w.docs.count()-before)
	known := r.hear(t, w, "mara", func(*events.Ticket) {})
	assert.Equal(t, http.StatusOK, r.get(t, "/api/tickets/"+known).Code, "what is known is shown all the same")
}
