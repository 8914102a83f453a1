package api_test

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"ticketx/kit/events"
	"ticketx/kit/ids"
	"ticketx/kit/web"
	"ticketx/services/orders"
)

func TestCreate(t *testing.T) {
	s := open(t)
	ticketID := s.ticket()
	w := s.call(t, "mara", http.MethodPost, "/api/orders", create(ticketID))

	require.Equal(t, http.StatusCreated, w.Code, "%s", w.Body)
	assert.Equal(t, "application/json", w.Header().Get("Content-Type"))
	var body struct {
		ID string `json:"id"`
	}
	require.NoError(t, json.Unmarshal(w.Body.Bytes(), &body))
	assert.True(t, ids.Valid(body.ID))
	want := fmt.Sprintf(`{
		"id": %q,
		"userId": "mara",
		"status": "created",
		"createdAt": "2026-05-04T12:00:00Z",
		"expiresAt": "2026-05-04T12:15:00Z",
		"version": 1,
		"ticket": {"id": %q, "title": "Front row", "price": 25.5, "currency": "eur", "quantity": 1}
	}`, body.ID, ticketID)
	assert.JSONEq(t, want, w.Body.String())

	shown := s.call(t, "mara", http.MethodGet, "/api/orders/"+body.ID, "")
	assert.Equal(t, http.StatusOK, shown.Code)
	assert.JSONEq(t, want, shown.Body.String())
	listed := s.call(t, "mara", http.MethodGet, "/api/orders", "")
	assert.Equal(t, http.StatusOK, listed.Code)
	assert.JSONEq(t, "["+want+"]", listed.Body.String())
}

func TestAnOrderShowsWhatItIsFor(t *testing.T) {
	s := open(t)
	listed := newTicket(1)
	listed.Details = events.Details{
		StartsAt: noon.AddDate(0, 1, 0), TimeZone: "Europe/Berlin", Venue: "Arena", City: "Berlin", Category: "concert",
		Section: "Parkett", Row: "3", Seat: "12-13", Quantity: 2,
	}
	s.market[listed.ID] = listed
	w := s.call(t, "mara", http.MethodPost, "/api/orders", create(listed.ID))
	require.Equal(t, http.StatusCreated, w.Code, "%s", w.Body)
	var body struct {
		Ticket json.RawMessage `json:"ticket"`
	}
	require.NoError(t, json.Unmarshal(w.Body.Bytes(), &body))
	assert.JSONEq(t, `{"id": "`+listed.ID+`", "title": "Front row", "price": 25.5, "currency": "eur",
		"startsAt": "2026-06-04T12:00:00Z", "timeZone": "Europe/Berlin", "venue": "Arena", "city": "Berlin", "category": "concert",
		"section": "Parkett", "row": "3", "seat": "12-13", "quantity": 2}`, string(body.Ticket))
}

func TestCreateForAShorterTime(t *testing.T) {
	s := open(t)
	for seconds, want := range map[int]time.Duration{1: time.Second, 5: 5 * time.Second, 900: hold} {
		w := s.call(t, "mara", http.MethodPost, "/api/orders", fmt.Sprintf(`{"ticketId":%q,"holdSeconds":%d}`, s.ticket(), seconds))
		require.Equal(t, http.StatusCreated, w.Code, "%d: %s", seconds, w.Body)
		var body struct {
			ExpiresAt time.Time `json:"expiresAt"`
		}
		require.NoError(t, json.Unmarshal(w.Body.Bytes(), &body))
		assert.Equal(t, want, body.ExpiresAt.Sub(noon), "%d", seconds)
	}
}

func TestCreateWithBadInput(t *testing.T) {
	s := open(t)
	ticketID := s.ticket()
	good := fmt.Sprintf(`"ticketId":%q`, ticketID)
	for _, row := range []struct {
		body   string
		fields []string
	}{
		{``, []string{"body"}},
		{`{`, []string{"body"}},
		{`ticketId`, []string{"body"}},
		{`[]`, []string{"body"}},
		{`"` + ticketID + `"`, []string{"body"}},
		{`{` + good + `} {}`, []string{"body"}},
		{`{` + good + `,"x":"` + strings.Repeat("x", 64<<10) + `"}`, []string{"body"}},
		{`null`, []string{"body"}},
		{`{}`, []string{"ticketId"}},
		{`{"ticketId":null}`, []string{"ticketId"}},
		{`{"ticketId":""}`, []string{"ticketId"}},
		{`{"ticketId":5}`, []string{"ticketId"}},
		{`{"ticketId":"1"}`, []string{"ticketId"}},
		{`{"ticketId":"a||b"}`, []string{"ticketId"}},
		{`{"ticketId":"` + strings.ToUpper(ticketID) + `"}`, []string{"ticketId"}},
		{`{` + good + `,"price":1}`, []string{"price"}},
		{`{` + good + `,"holdSeconds":-1}`, []string{"holdSeconds"}},
		{`{` + good + `,"holdSeconds":0}`, []string{"holdSeconds"}},
		{`{` + good + `,"holdSeconds":901}`, []string{"holdSeconds"}},
		{`{` + good + `,"holdSeconds":9223372036854775807}`, []string{"holdSeconds"}},
		{`{` + good + `,"holdSeconds":1e30}`, []string{"holdSeconds"}},
		{`{` + good + `,"holdSeconds":1.5}`, []string{"holdSeconds"}},
		{`{` + good + `,"holdSeconds":"5"}`, []string{"holdSeconds"}},
		{`{"ticketId":"1","holdSeconds":-1}`, []string{"ticketId", "holdSeconds"}},
	} {
		w := s.call(t, "mara", http.MethodPost, "/api/orders", row.body)
		assert.ElementsMatch(t, row.fields, assertProblem(t, w, http.StatusBadRequest), "%.80s", row.body)
	}
	w := s.call(t, "mara", http.MethodPost, "/api/orders", create(ticketID))
	assert.Equal(t, http.StatusCreated, w.Code, "nothing was reserved by the bad ones")
}

func TestCreateIsRefused(t *testing.T) {
	s := open(t)
	held, sold := s.order(t), s.order(t)
	require.NoError(t, s.Complete(t.Context(), sold.Ticket.ID, sold.ID))
	gone, past := s.ticket(), s.ticket()
	listed := s.market[gone]
	listed.Withdrawn = true
	s.market[gone] = listed
	listed = s.market[past]
	listed.StartsAt = noon
	s.market[past] = listed
	nonsense := s.ticket()
	s.market[nonsense] = events.Ticket{}

	for name, row := range map[string]struct {
		user, ticketID string
		want           int
		code, orderID  string
	}{
		"one's own":                {"sam", s.ticket(), http.StatusForbidden, "", ""},
		"unknown":                  {"mara", ids.New(), http.StatusNotFound, "", ""},
		"held":                     {"finn", held.Ticket.ID, http.StatusConflict, "reserved", ""},
		"held by oneself":          {"mara", held.Ticket.ID, http.StatusConflict, "reserved_by_you", held.ID},
		"sold":                     {"finn", sold.Ticket.ID, http.StatusConflict, "sold", ""},
		"sold to oneself":          {"mara", sold.Ticket.ID, http.StatusConflict, "sold", ""},
		"withdrawn":                {"mara", gone, http.StatusConflict, "withdrawn", ""},
		"its event has started":    {"mara", past, http.StatusConflict, "past", ""},
		"tickets makes no sense":   {"mara", nonsense, http.StatusServiceUnavailable, "", ""},
		"nobody is signed in":      {"", s.ticket(), http.StatusUnauthorized, "", ""},
		"nobody, and bad input":    {"", "1", http.StatusUnauthorized, "", ""},
		"own, and held by another": {"sam", held.Ticket.ID, http.StatusForbidden, "", ""},
	} {
		w := s.call(t, row.user, http.MethodPost, "/api/orders", create(row.ticketID))
		assert.Empty(t, assertProblem(t, w, row.want), name)
		var p web.Problem
		require.NoError(t, json.Unmarshal(w.Body.Bytes(), &p))
		assert.Equal(t, row.code, p.Code, name)
		assert.Equal(t, row.orderID, p.OrderID, name)
	}
}

func TestEverythingNeedsASession(t *testing.T) {
	s := open(t)
	stranger := open(t).session("mara") // signed by another key
	for _, route := range []string{
		"POST /api/orders", "GET /api/orders", "GET /api/orders/" + s.order(t).ID, "DELETE /api/orders/" + s.order(t).ID,
	} {
		method, path, _ := strings.Cut(route, " ")
		assertProblem(t, s.call(t, "", method, path, ""), http.StatusUnauthorized)
		for _, cookie := range []*http.Cookie{stranger, {Name: stranger.Name, Value: "x"}, {Name: stranger.Name}} {
			r := httptest.NewRequest(method, path, http.NoBody)
			r.AddCookie(cookie)
			w := httptest.NewRecorder()
			s.public.ServeHTTP(w, r)
			assertProblem(t, w, http.StatusUnauthorized)
		}
	}
}

func TestShow(t *testing.T) {
	s := open(t)
	o := s.order(t)
	assertProblem(t, s.call(t, "finn", http.MethodGet, "/api/orders/"+o.ID, ""), http.StatusForbidden)
	for _, id := range []string{ids.New(), "1", "a%7C%7Cb", strings.Repeat("x", 2000), "%00", "%F0%28"} {
		assertProblem(t, s.call(t, "mara", http.MethodGet, "/api/orders/"+id, ""), http.StatusNotFound)
		assertProblem(t, s.call(t, "mara", http.MethodDelete, "/api/orders/"+id, ""), http.StatusNotFound)
	}

	s.now = o.ExpiresAt
	w := s.call(t, "mara", http.MethodGet, "/api/orders/"+o.ID, "")
	require.Equal(t, http.StatusOK, w.Code)
	assert.Contains(t, w.Body.String(), `"status":"cancelled","reason":"expired"`, "its time has passed")
}

func TestCancel(t *testing.T) {
	s := open(t)
	o := s.order(t)
	assertProblem(t, s.call(t, "finn", http.MethodDelete, "/api/orders/"+o.ID, ""), http.StatusForbidden)
	for range 2 {
		w := s.call(t, "mara", http.MethodDelete, "/api/orders/"+o.ID, "")
		assert.Equal(t, http.StatusNoContent, w.Code)
		assert.Empty(t, w.Body.Bytes())
	}
	w := s.call(t, "mara", http.MethodGet, "/api/orders/"+o.ID, "")
	assert.Contains(t, w.Body.String(), `"status":"cancelled","reason":"buyer"`)

	again := s.call(t, "finn", http.MethodPost, "/api/orders", create(o.Ticket.ID))
	assert.Equal(t, http.StatusCreated, again.Code, "the ticket is free")
	w = s.call(t, "mara", http.MethodDelete, "/api/orders/"+o.ID, "")
	assert.Equal(t, http.StatusNoContent, w.Code, "as ever, though another order has its place")

	paid := s.order(t)
	require.NoError(t, s.Complete(t.Context(), paid.Ticket.ID, paid.ID))
	assertProblem(t, s.call(t, "mara", http.MethodDelete, "/api/orders/"+paid.ID, ""), http.StatusConflict)
	assert.Equal(t, orders.StatusComplete, s.status(t, paid.ID))
}

func TestStoreDown(t *testing.T) {
	s := open(t)
	o := s.order(t)
	s.store.down.Store(true)
	for _, w := range []*httptest.ResponseRecorder{
		s.call(t, "mara", http.MethodPost, "/api/orders", create(s.ticket())),
		s.call(t, "mara", http.MethodGet, "/api/orders", ""),
		s.call(t, "mara", http.MethodGet, "/api/orders/"+o.ID, ""),
		s.call(t, "mara", http.MethodDelete, "/api/orders/"+o.ID, ""),
	} {
		assertProblem(t, w, http.StatusServiceUnavailable)
		assert.NotEmpty(t, w.Header().Get("Retry-After"))
	}
	s.store.down.Store(false)
	assert.Equal(t, http.StatusOK, s.call(t, "mara", http.MethodGet, "/api/orders/"+o.ID, "").Code)
}

func TestOtherAddresses(t *testing.T) {
	s := open(t)
	for _, path := range []string{"/", "/api", "/api/ordersx", "/api/orders/", "/api/orders/" + ids.New() + "/x", "/topics/orders", "/orders/" + s.order(t).ID} {
		assertProblem(t, s.call(t, "mara", http.MethodGet, path, ""), http.StatusNotFound)
	}
	assertProblem(t, s.call(t, "mara", http.MethodPut, "/api/orders", "{}"), http.StatusMethodNotAllowed)
	assertProblem(t, s.call(t, "mara", http.MethodPost, "/api/orders/"+ids.New(), "{}"), http.StatusMethodNotAllowed)
	assertProblem(t, s.call(t, "mara", http.MethodPost, "/topics/tickets", "{}"), http.StatusNotFound) // nobody outside forges an event
}

func TestList(t *testing.T) {
	s := open(t)
	w := s.call(t, "mara", http.MethodGet, "/api/orders", "")
	assert.Equal(t, http.StatusOK, w.Code)
	assert.JSONEq(t, `[]`, w.Body.String())
	assert.Empty(t, w.Header().Get("Link"))

	var want []string
	for range 5 {
		want = append([]string{s.order(t).ID}, want...)
	}
	_, err := s.Place(t.Context(), "finn", s.ticket(), 0)
	require.NoError(t, err)

	var got []string
	target := "/api/orders?limit=2"
	for pages := 1; target != ""; pages++ {
		require.LessOrEqual(t, pages, 3)
		w := s.call(t, "mara", http.MethodGet, target, "")
		page := idsIn(t, w)
		require.LessOrEqual(t, len(page), 2)
		got = append(got, page...)
		target = next(t, w)
	}
	assert.Equal(t, want, got)
	assert.Equal(t, want, idsIn(t, s.call(t, "mara", http.MethodGet, "/api/orders?limit=5", "")))
	assert.Empty(t, next(t, s.call(t, "mara", http.MethodGet, "/api/orders?limit=5", "")), "that was all")
}

func TestListWithBadParameters(t *testing.T) {
	s := open(t)
	raw := base64.RawURLEncoding.EncodeToString
	for query, fields := range map[string][]string{
		"limit=0":                     {"limit"},
		"limit=-1":                    {"limit"},
		"limit=101":                   {"limit"},
		"limit=":                      {"limit"},
		"limit=ten":                   {"limit"},
		"limit=99999999999999999999":  {"limit"},
		"cursor=":                     {"cursor"},
		"cursor=5":                    {"cursor"},
		"cursor=%00":                  {"cursor"},
		"cursor=" + raw([]byte("-1")): {"cursor"},
		"cursor=" + raw([]byte("+1")): {"cursor"},
		"cursor=" + raw([]byte("x")):  {"cursor"},
		"cursor=" + raw([]byte("99999999999999999")): {"cursor"},
		"page=2":                  {"page"},
		"limit=0&cursor=x&page=2": {"limit", "cursor", "page"},
	} {
		w := s.call(t, "mara", http.MethodGet, "/api/orders?"+query, "")
		assert.ElementsMatch(t, fields, assertProblem(t, w, http.StatusBadRequest), query)
	}
}

// A cursor is only a place in a list: with somebody else's one sees nothing but
// one's own orders.
func TestForeignCursor(t *testing.T) {
	s := open(t)
	for range 3 {
		s.order(t)
	}
	foreign := next(t, s.call(t, "mara", http.MethodGet, "/api/orders?limit=1", ""))
	require.NotEmpty(t, foreign)
	assert.Empty(t, idsIn(t, s.call(t, "finn", http.MethodGet, foreign, "")))

	o, err := s.Place(t.Context(), "finn", s.ticket(), 0)
	require.NoError(t, err)
	assert.Equal(t, []string{o.ID}, idsIn(t, s.call(t, "finn", http.MethodGet, foreign, "")))

	beyond := base64.RawURLEncoding.EncodeToString([]byte("1000000"))
	assert.Equal(t, []string{o.ID}, idsIn(t, s.call(t, "finn", http.MethodGet, "/api/orders?cursor="+beyond, "")))
	end := base64.RawURLEncoding.EncodeToString([]byte("0"))
	assert.Equal(t, http.StatusBadRequest, s.call(t, "finn", http.MethodGet, "/api/orders?cursor="+end, "").Code, "no Link leads to the end")
}

// idsIn returns the ids of a list that was answered.
func idsIn(t *testing.T, w *httptest.ResponseRecorder) []string {
	t.Helper()
	require.Equal(t, http.StatusOK, w.Code, "%s", w.Body)
	var list []struct {
		ID string `json:"id"`
	}
	require.NoError(t, json.Unmarshal(w.Body.Bytes(), &list))
	found := make([]string, len(list))
	for i, o := range list {
		found[i] = o.ID
	}
	return found
}

// next returns the address of the next page, or "".
func next(t *testing.T, w *httptest.ResponseRecorder) string {
	t.Helper()
	link := w.Header().Get("Link")
	if link == "" {
		return ""
	}
	target, rest, ok := strings.Cut(strings.TrimPrefix(link, "<"), ">")
	require.True(t, ok, link)
	require.Equal(t, `; rel="next"`, rest)
	return target
}

// A page that had no answer asks again under its key, and has one order.
func TestCreateWithAKey(t *testing.T) {
	s := open(t)
	ticketID := s.ticket()
	post := func(user, body string) *httptest.ResponseRecorder {
		r := httptest.NewRequest(http.MethodPost, "/api/orders", strings.NewReader(body))
		r.AddCookie(s.session(user))
		r.Header.Set("Idempotency-Key", "k-1")
		w := httptest.NewRecorder()
		s.public.ServeHTTP(w, r)
		return w
	}
	first := post("mara", create(ticketID))
	require.Equal(t, http.StatusCreated, first.Code, "%s", first.Body)
	again := post("mara", create(ticketID))
	assert.Equal(t, http.StatusCreated, again.Code)
	assert.Equal(t, first.Body.String(), again.Body.String())
	assertProblem(t, post("mara", create(s.ticket())), http.StatusUnprocessableEntity)
	assertProblem(t, post("finn", create(ticketID)), http.StatusConflict)
	assert.Len(t, idsIn(t, s.call(t, "mara", http.MethodGet, "/api/orders", "")), 1)
}
