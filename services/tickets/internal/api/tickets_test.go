package api_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"ticketx/kit/auth"
	"ticketx/kit/money"
	"ticketx/services/tickets"
)

func TestCreate(t *testing.T) {
	w := newWorld()
	r := w.filled(t)
	res := r.as(t, "mara", http.MethodPost, "/api/tickets", `{"title":"  Row 3 ","price":25.50}`)
	require.Equal(t, http.StatusCreated, res.Code)

	snapshot, n := w.said.last(t)
	require.Equal(t, 1, n)
	assert.JSONEq(t, `{"id":"`+snapshot.ID+`","title":"Row 3","price":25.5,"currency":"eur","userId":"mara",
		"status":"available","quantity":1,"version":1,"createdAt":"2026-05-01T12:00:00Z","updatedAt":"2026-05-01T12:00:00Z"}`, res.Body.String())
	assert.Equal(t, money.Minor(2550), snapshot.Price)
	assert.True(t, tickets.ValidID(snapshot.ID))

	before := w.docs.count()
	assert.Equal(t, http.StatusOK, r.get(t, "/api/tickets/"+snapshot.ID).Code)
	assert.Contains(t, r.get(t, "/api/tickets").Body.String(), snapshot.ID)
	assert.Equal(t, before, w.docs.count(), "looking does not ask the store")
}

func TestEdit(t *testing.T) {
	w := newWorld()
	r := w.filled(t)
	ticket := r.list(t, "mara", "Row 3")
	w.now = w.now.Add(time.Minute)

	res := r.as(t, "mara", http.MethodPut, "/api/tickets/"+ticket.ID, `{"title":"Row 1","price":99}`)
	require.Equal(t, http.StatusOK, res.Code, res.Body)
	edited := decode[ticketJSON](t, res)
	want := ticket
	want.Title, want.Price, want.Version, want.UpdatedAt = "Row 1", 99, 2, w.now
	assert.Equal(t, want, edited)
	assert.Equal(t, want, decode[ticketJSON](t, r.get(t, "/api/tickets/"+ticket.ID)), "sellers see their own writes at once")
	snapshot, n := w.said.last(t)
	assert.Equal(t, 2, n)
	assert.EqualValues(t, 2, snapshot.Version)
}

// A seller's form says everything, and gets it back as it was said.
func TestTicketOfEverything(t *testing.T) {
	w := newWorld()
	r := w.filled(t)
	const said = `"title":"Row 3","price":25.5,"originalPrice":30,"startsAt":"2026-06-01T12:00:00Z","timeZone":"Europe/Berlin",
		"venue":"Arena","city":"Berlin","category":"concert","section":"Parkett","row":"3","seat":"12-13","quantity":2,"description":"Aisle.\nDoors at seven."`
	res := r.as(t, "mara", http.MethodPost, "/api/tickets", `{`+said+`}`)
	require.Equal(t, http.StatusCreated, res.Code, res.Body)
	snapshot, _ := w.said.last(t)
	assert.JSONEq(t, `{"id":"`+snapshot.ID+`",`+said+`,"currency":"eur","userId":"mara","status":"available","version":1,
		"createdAt":"2026-05-01T12:00:00Z","updatedAt":"2026-05-01T12:00:00Z"}`, res.Body.String())

	// TicketX's client knows a title and a price, and spoils nothing else.
	path := "/api/tickets/" + snapshot.ID
	res = r.as(t, "mara", http.MethodPut, path, `{"title":"Row 1","price":20}`)
	require.Equal(t, http.StatusOK, res.Code, res.Body)
	edited := decode[ticketJSON](t, res)
	assert.Equal(t, "Arena", edited.Venue)

	w.now = edited.StartsAt
	assert.Equal(t, "past", decode[ticketJSON](t, r.get(t, path)).Status)
	assert.NotContains(t, r.get(t, "/api/tickets").Body.String(), snapshot.ID)
	requireProblem(t, r.as(t, "mara", http.MethodPut, path, `{"title":"Row 1","price":20,"venue":"Arena"}`), http.StatusBadRequest, "startsAt")
	res = r.as(t, "mara", http.MethodPut, path, `{"title":"Row 1","price":20,"startsAt":"2026-06-01T12:00:01Z"}`)
	require.Equal(t, http.StatusOK, res.Code, res.Body)
	assert.Contains(t, r.get(t, "/api/tickets").Body.String(), snapshot.ID, "for sale again")
	assert.Empty(t, decode[ticketJSON](t, res).Venue, "what is not given is cleared")
}

func TestEditRefused(t *testing.T) {
	const good = `{"title":"Row 1","price":99}`
	w := newWorld()
	r := w.filled(t)
	ticket := r.list(t, "mara", "Row 3")
	path := "/api/tickets/" + ticket.ID

	requireProblem(t, r.as(t, "", http.MethodPut, path, good), http.StatusUnauthorized)
	requireProblem(t, r.as(t, "noah", http.MethodPut, path, good), http.StatusForbidden)
	unknown, err := tickets.NewID()
	require.NoError(t, err)
	for _, id := range []string{unknown, "nope", "a||b", strings.Repeat("x", 5000)} {
		requireProblem(t, r.as(t, "mara", http.MethodPut, "/api/tickets/"+id, good), http.StatusNotFound)
	}

	o := newOrder(w, ticket.ID, 1, 1, "created")
	require.Equal(t, "SUCCESS", r.deliver(t, ordersRoute, o))
	requireProblem(t, r.as(t, "mara", http.MethodPut, path, good), http.StatusConflict)
	o.Version, o.Status = 2, "complete"
	require.Equal(t, "SUCCESS", r.deliver(t, ordersRoute, o))
	requireProblem(t, r.as(t, "mara", http.MethodPut, path, good), http.StatusConflict)
}

func TestReservationOverIsOverForAll(t *testing.T) {
	w := newWorld()
	r := w.filled(t)
	ticket := r.list(t, "mara", "Row 3")
	require.Equal(t, "SUCCESS", r.deliver(t, ordersRoute, newOrder(w, ticket.ID, 1, 1, "created")))
	shown := decode[ticketJSON](t, r.get(t, "/api/tickets/"+ticket.ID))
	assert.Equal(t, "reserved", shown.Status)
	require.NotNil(t, shown.OrderID)
	assert.Equal(t, "order-1", *shown.OrderID)

	w.now = w.now.Add(hold)
	shown = decode[ticketJSON](t, r.get(t, "/api/tickets/"+ticket.ID))
	assert.Equal(t, "available", shown.Status)
	assert.Nil(t, shown.OrderID)
	assert.Contains(t, r.get(t, "/api/tickets").Body.String(), ticket.ID)
	res := r.as(t, "mara", http.MethodPut, "/api/tickets/"+ticket.ID, `{"title":"Row 1","price":99}`)
	assert.Equal(t, http.StatusOK, res.Code, res.Body)
}

func TestBadBodies(t *testing.T) {
	w := newWorld()
	r := w.filled(t)
	ticket := r.list(t, "mara", "Row 3")
	for name, tc := range map[string]struct {
		body   string
		fields []string
	}{
		"nothing":           {``, []string{"body"}},
		"not JSON":          {`title=Row`, []string{"body"}},
		"cut off":           {`{"title":"Row 3",`, []string{"body"}},
		"an array":          {`[]`, []string{"body"}},
		"two objects":       {`{"title":"Row 3","price":25}{}`, []string{"body"}},
		"too large":         {`{"title":"` + strings.Repeat("a", 64<<10) + `","price":25}`, []string{"body"}},
		"null":              {`null`, []string{"body"}},
		"empty object":      {`{}`, []string{"title", "price"}},
		"unknown field":     {`{"title":"Row 3","price":25,"version":7}`, []string{"version"}},
		"title of a number": {`{"title":3,"price":25}`, []string{"title"}},
		"title empty":       {`{"title":" ","price":25}`, []string{"title"}},
		"title too long":    {`{"title":"` + strings.Repeat("a", 201) + `","price":25}`, []string{"title"}},
		"title with NUL":    {`{"title":"Row\u00003","price":25}`, []string{"title"}},
		"price of text":     {`{"title":"Row 3","price":"25"}`, []string{"price"}},
		"price of object":   {`{"title":"Row 3","price":{"eur":25}}`, []string{"price"}},
		"price zero":        {`{"title":"Row 3","price":0}`, []string{"price"}},
		"price too low":     {`{"title":"Row 3","price":0.49}`, []string{"price"}},
		"price negative":    {`{"title":"Row 3","price":-1}`, []string{"price"}},
		"three decimals":    {`{"title":"Row 3","price":1.005}`, []string{"price"}},
		"price too high":    {`{"title":"Row 3","price":1000000.01}`, []string{"price"}},
		"price absurd":      {`{"title":"Row 3","price":1e999}`, []string{"price"}},
		"both":              {`{"title":"","price":0}`, []string{"title", "price"}},
		"venue of a number": {`{"title":"Row 3","price":25,"venue":3}`, []string{"venue"}},
		"half a ticket":     {`{"title":"Row 3","price":25,"quantity":1.5}`, []string{"quantity"}},
		"quantity of text":  {`{"title":"Row 3","price":25,"quantity":"2"}`, []string{"quantity"}},
		"too many":          {`{"title":"Row 3","price":25,"quantity":21}`, []string{"quantity"}},
		"no category":       {`{"title":"Row 3","price":25,"category":"opera"}`, []string{"category"}},
		"started already":   {`{"title":"Row 3","price":25,"startsAt":"2026-05-01T12:00:00Z"}`, []string{"startsAt"}},
		"every field":       {`{"title":"","price":0,"city":"\u0000","seat":"\u0000"}`, []string{"title", "city", "seat", "price"}},
	} {
		t.Run(name, func(t *testing.T) {
			requireProblem(t, r.as(t, "mara", http.MethodPost, "/api/tickets", tc.body), http.StatusBadRequest, tc.fields...)
			requireProblem(t, r.as(t, "mara", http.MethodPut, "/api/tickets/"+ticket.ID, tc.body), http.StatusBadRequest, tc.fields...)
		})
	}
	_, n := w.said.last(t)
	assert.Equal(t, 1, n, "nothing of this was announced")
}

func TestCreateNeedsASession(t *testing.T) {
	r := newWorld().filled(t)
	stranger := newWorld().filled(t).session("mara") // signed with a key nobody published
	for name, cookie := range map[string]*http.Cookie{
		"none": nil, "empty": {Name: auth.SessionCookie}, "garbage": {Name: auth.SessionCookie, Value: "a.b.c"}, "forged": stranger,
	} {
		t.Run(name, func(t *testing.T) {
			req := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/api/tickets", strings.NewReader(`{}`))
			if cookie != nil {
				req.AddCookie(cookie)
			}
			requireProblem(t, serve(r.public, req), http.StatusUnauthorized)
		})
	}
}

func TestShow(t *testing.T) {
	w := newWorld()
	elsewhere, here := w.filled(t), w.filled(t)
	ticket := elsewhere.list(t, "mara", "Row 3")

	assert.Equal(t, ticket, decode[ticketJSON](t, here.get(t, "/api/tickets/"+ticket.ID)),
		"a ticket of another replica that the feed has not brought yet")
	before := w.docs.count()
	here.get(t, "/api/tickets/"+ticket.ID)
	assert.Equal(t, before, w.docs.count(), "after that it is known")

	unknown, err := tickets.NewID()
	require.NoError(t, err)
	for _, id := range []string{unknown, "nope", "a%7C%7Cb", strings.ToUpper(ticket.ID), strings.Repeat("x", 5000)} {
		requireProblem(t, here.get(t, "/api/tickets/"+id), http.StatusNotFound)
	}
	requireProblem(t, here.as(t, "mara", http.MethodPatch, "/api/tickets/"+ticket.ID, ""), http.StatusMethodNotAllowed)
}

func TestStoreDown(t *testing.T) {
	w := newWorld()
	r := w.filled(t)
	ticket := r.list(t, "mara", "Row 3")
	w.docs.setDown(true)

	assert.Equal(t, http.StatusOK, r.get(t, "/api/tickets/"+ticket.ID).Code)
	assert.Contains(t, r.get(t, "/api/tickets").Body.String(), ticket.ID)
	for _, res := range []*httptest.ResponseRecorder{
		r.as(t, "mara", http.MethodPost, "/api/tickets", `{"title":"Row 1","price":99}`),
		r.as(t, "mara", http.MethodPut, "/api/tickets/"+ticket.ID, `{"title":"Row 1","price":99}`),
	} {
		requireProblem(t, res, http.StatusServiceUnavailable)
		assert.NotEmpty(t, res.Header().Get("Retry-After"))
	}

	w.docs.setDown(false)
	r.list(t, "mara", "Row 4")
}

// A ticket stays in the currency that it was listed in, whatever the shop lists in
// since then.
func TestTicketsKeepTheirCurrency(t *testing.T) {
	w := newWorld()
	w.market.Currency = "jpy"
	res := w.filled(t).as(t, "mara", http.MethodPost, "/api/tickets", `{"title":"Row 3","price":2550}`)
	require.Equal(t, http.StatusCreated, res.Code, res.Body)
	assert.Contains(t, res.Body.String(), `"price":2550,"currency":"jpy"`)
	id := decode[ticketJSON](t, res).ID

	w.market.Currency = money.EUR
	r := w.filled(t)
	res = r.as(t, "mara", http.MethodPut, "/api/tickets/"+id, `{"title":"Row 3","price":25.50}`)
	require.Equal(t, http.StatusBadRequest, res.Code, res.Body)
	assert.Contains(t, res.Body.String(), `{"message":"Must have no decimals.","field":"price"}`)
	res = r.as(t, "mara", http.MethodPut, "/api/tickets/"+id, `{"title":"Row 3","price":3000}`)
	require.Equal(t, http.StatusOK, res.Code, res.Body)
	assert.Contains(t, r.get(t, "/api/tickets/"+id).Body.String(), `"price":3000,"currency":"jpy"`)
}
