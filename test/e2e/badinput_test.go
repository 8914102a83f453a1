//go:build linux

package e2e_test

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"strings"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"ticketx/dev/shop"
)

// problem is an error answer as the client reads it.
type problem struct {
	Status int          `json:"status"`
	Errors []shop.Wrong `json:"errors"`
}

func (p problem) fields() (names []string) {
	for _, e := range p.Errors {
		names = append(names, e.Field)
	}
	return names
}

func send(t *testing.T, p *shop.Person, method, path, body string) (*http.Response, problem) {
	t.Helper()
	res, received, err := p.Send(t.Context(), method, path, []byte(body))
	require.NoError(t, err)
	var answer problem
	if strings.HasPrefix(res.Header.Get("Content-Type"), "application/problem+json") {
		require.NoError(t, json.Unmarshal(received, &answer), "%s", received)
	}
	return res, answer
}

func TestBadInputIsRefusedWithTheFieldNamed(t *testing.T) {
	person := newcomer(t, "careless")
	ticket, err := person.List(t.Context(), "To be edited", 10)
	require.NoError(t, err)
	tooLarge := strings.Repeat("x", 64<<10)
	someID := uuid.Must(uuid.NewV7()).String()
	for _, c := range []struct {
		name, method, path, body, field string
	}{
		{"nothing", "POST", "/api/tickets", "", "body"},
		{"malformed", "POST", "/api/tickets", `{"title":`, "body"},
		{"not an object", "POST", "/api/tickets", `[1,2]`, "body"},
		{"two values", "POST", "/api/tickets", `{"title":"a","price":1} {}`, "body"},
		{"over 64 KiB", "POST", "/api/tickets", `{"price":10,"title":"` + tooLarge + `"}`, "body"},
		{"unknown field", "POST", "/api/tickets", `{"title":"a","price":1,"colour":"red"}`, "colour"},
		{"title of another type", "POST", "/api/tickets", `{"title":7,"price":1}`, "title"},
		{"title empty", "POST", "/api/tickets", `{"title":"","price":1}`, "title"},
		{"title blank", "POST", "/api/tickets", `{"title":"  ","price":1}`, "title"},
		{"title missing", "POST", "/api/tickets", `{"price":1}`, "title"},
		{"title over 200 characters", "POST", "/api/tickets", `{"title":"` + strings.Repeat("ü", 201) + `","price":1}`, "title"},
		{"price of another type", "POST", "/api/tickets", `{"title":"a","price":"ten"}`, "price"},
		{"price as text", "POST", "/api/tickets", `{"title":"a","price":"10"}`, "price"},
		{"price missing", "POST", "/api/tickets", `{"title":"a"}`, "price"},
		{"price null", "POST", "/api/tickets", `{"title":"a","price":null}`, "price"},
		{"price with three decimals", "POST", "/api/tickets", `{"title":"a","price":10.125}`, "price"},
		{"price negative", "POST", "/api/tickets", `{"title":"a","price":-1}`, "price"},
		{"price zero", "POST", "/api/tickets", `{"title":"a","price":0}`, "price"},
		{"price over 1,000,000", "POST", "/api/tickets", `{"title":"a","price":1000000.01}`, "price"},
		{"price absurd", "POST", "/api/tickets", `{"title":"a","price":1e999999}`, "price"},
		{"original price zero", "POST", "/api/tickets", `{"title":"a","price":1,"originalPrice":0}`, "originalPrice"},
		{"original price as text", "POST", "/api/tickets", `{"title":"a","price":1,"originalPrice":"9"}`, "originalPrice"},
		{"start without a time", "POST", "/api/tickets", `{"title":"a","price":1,"startsAt":"2099-01-01"}`, "startsAt"},
		{"start in the past", "POST", "/api/tickets", `{"title":"a","price":1,"startsAt":"2020-01-01T20:00:00Z"}`, "startsAt"},
		{"start in the year 9999", "POST", "/api/tickets", `{"title":"a","price":1,"startsAt":"9999-01-01T20:00:00Z"}`, "startsAt"},
		{"start as a number", "POST", "/api/tickets", `{"title":"a","price":1,"startsAt":1893456000}`, "startsAt"},
		{"no such zone", "POST", "/api/tickets", `{"title":"a","price":1,"timeZone":"Europe/Atlantis"}`, "timeZone"},
		{"a zone that is a path", "POST", "/api/tickets", `{"title":"a","price":1,"timeZone":"../../etc/passwd"}`, "timeZone"},
		{"no such category", "POST", "/api/tickets", `{"title":"a","price":1,"category":"opera"}`, "category"},
		{"venue over 120 characters", "POST", "/api/tickets", `{"title":"a","price":1,"venue":"` + strings.Repeat("ü", 121) + `"}`, "venue"},
		{"city with a line break", "POST", "/api/tickets", `{"title":"a","price":1,"city":"a\nb"}`, "city"},
		{"section of another type", "POST", "/api/tickets", `{"title":"a","price":1,"section":7}`, "section"},
		{"row over 20 characters", "POST", "/api/tickets", `{"title":"a","price":1,"row":"` + strings.Repeat("7", 21) + `"}`, "row"},
		{"seat with NUL", "POST", "/api/tickets", `{"title":"a","price":1,"seat":"\u0000"}`, "seat"},
		{"quantity zero", "POST", "/api/tickets", `{"title":"a","price":1,"quantity":0}`, "quantity"},
		{"quantity of 21", "POST", "/api/tickets", `{"title":"a","price":1,"quantity":21}`, "quantity"},
		{"quantity of a half", "POST", "/api/tickets", `{"title":"a","price":1,"quantity":0.5}`, "quantity"},
		{"description over 2,000 characters", "POST", "/api/tickets", `{"title":"a","price":1,"description":"` + strings.Repeat("ü", 2001) + `"}`, "description"},
		{"the last of several that are wrong", "POST", "/api/tickets", `{"title":"","price":0,"city":"\u0000","seat":"\u0000"}`, "seat"},
		{"edit with a bad start", "PUT", "/api/tickets/" + ticket.ID, `{"title":"a","price":1,"startsAt":"2020-01-01T20:00:00Z"}`, "startsAt"},
		{"edit with a bad price", "PUT", "/api/tickets/" + ticket.ID, `{"title":"a","price":-1}`, "price"},
		{"edit with no title", "PUT", "/api/tickets/" + ticket.ID, `{"title":"","price":1}`, "title"},
		{"list with an unknown parameter", "GET", "/api/tickets?colour=red", "", "colour"},
		{"list with a bad limit", "GET", "/api/tickets?limit=0", "", "limit"},
		{"list with a bad status", "GET", "/api/tickets?status=lost", "", "status"},
		{"list with a made-up cursor", "GET", "/api/tickets?cursor=%00", "", "cursor"},
		{"e-mail invalid", "POST", "/api/users/signup", `{"email":"nobody","password":"` + password + `"}`, "email"},
		{"e-mail of another type", "POST", "/api/users/signup", `{"email":{},"password":"` + password + `"}`, "email"},
		{"password too short", "POST", "/api/users/signup", `{"email":"a@example.com","password":"short"}`, "password"},
		{"sign-in without e-mail", "POST", "/api/users/signin", `{"password":"` + password + `"}`, "email"},
		{"order of nothing", "POST", "/api/orders", `{}`, "ticketId"},
		{"order of no id", "POST", "/api/orders", `{"ticketId":"a||b"}`, "ticketId"},
		{"order with a bad hold", "POST", "/api/orders", `{"ticketId":"` + someID + `","holdSeconds":-1}`, "holdSeconds"},
		{"orders with a made-up cursor", "GET", "/api/orders?cursor=x", "", "cursor"},
		{"payment of nothing", "POST", "/api/payments", `{"token":"tok_visa"}`, "orderId"},
		{"payment with nothing", "POST", "/api/payments", `{"orderId":"` + someID + `"}`, "token"},
	} {
		t.Run(c.name, func(t *testing.T) {
			res, answer := send(t, person, c.method, c.path, c.body)
			assert.Equal(t, http.StatusBadRequest, res.StatusCode)
			assert.Equal(t, http.StatusBadRequest, answer.Status)
			assert.Contains(t, answer.fields(), c.field)
		})
	}
}

func TestWhatIsNotThere(t *testing.T) {
	person := newcomer(t, "lost")
	someID := uuid.Must(uuid.NewV7()).String()
	for _, c := range []struct {
		method, path, body string
		status             int
	}{
		{"GET", "/api/tickets/" + someID, "", http.StatusNotFound},
		{"GET", "/api/tickets/a%7C%7Cb", "", http.StatusNotFound},
		{"GET", "/api/orders/" + someID, "", http.StatusNotFound},
		{"GET", "/api/orders/..%2f..%2fhealthz", "", http.StatusNotFound},
		{"DELETE", "/api/orders/" + someID, "", http.StatusNotFound},
		{"PUT", "/api/tickets/" + someID, `{"title":"a","price":1}`, http.StatusNotFound},
		{"DELETE", "/api/tickets/" + someID, "", http.StatusNotFound},
		{"DELETE", "/api/tickets/a%7C%7Cb", "", http.StatusNotFound},
		{"POST", "/api/orders", `{"ticketId":"` + someID + `"}`, http.StatusNotFound},
		{"POST", "/api/payments", `{"orderId":"` + someID + `","token":"tok_visa"}`, http.StatusNotFound},
		{"GET", "/api/nowhere", "", http.StatusNotFound},
		{"GET", "/api/users", "", http.StatusNotFound},
		{"DELETE", "/api/users", "", http.StatusNotFound},
		{"PATCH", "/api/tickets", "{}", http.StatusMethodNotAllowed},
	} {
		t.Run(c.method+" "+c.path, func(t *testing.T) {
			res, answer := send(t, person, c.method, c.path, c.body)
			assert.Equal(t, c.status, res.StatusCode)
			assert.NotEmpty(t, answer.Errors, "a problem document with TicketX's errors")
		})
	}
}

// The app channels, where events come in, can't be reached from outside, nor
// without the sidecar's token from inside.
func TestNobodyCanForgeAnEvent(t *testing.T) {
	outside := newcomer(t, "forger")
	for _, path := range []string{"/topics/payments", "/dapr/subscribe", "/dapr/config", "/orders/x", "/readyz"} {
		res, _ := send(t, outside, "POST", path, "{}")
		assert.Equal(t, http.StatusNotFound, res.StatusCode, path)
	}
	for _, service := range []string{"auth", "tickets", "orders", "payments", "expiration"} {
		port, err := sys.Port(service + "-app")
		require.NoError(t, err)
		inside := shop.NewPerson(fmt.Sprintf("http://127.0.0.1:%d", port), "forger")
		for _, path := range []string{"/topics/payments", "/topics/orders", "/dapr/subscribe"} {
			res, _ := send(t, inside, "POST", path, "{}")
			assert.Equal(t, http.StatusUnauthorized, res.StatusCode, "%s %s", service, path)
		}
	}
}

// Whatever a client sends, the answer is never 500. The seed is printed, so
// that what fails can be sent again.
func TestNothingAClientSendsIsAnInternalError(t *testing.T) {
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	random := rand.New(rand.NewPCG(seed, 0))
	person := newcomer(t, "monkey")
	ticket, err := person.List(t.Context(), "For the monkey", 10)
	require.NoError(t, err)

	pick := func(from ...string) string { return from[random.IntN(len(from))] }
	value := func() string {
		return pick(`""`, `"x"`, `null`, `true`, `0`, `-1`, `1e308`, `12345678901234567890`, `[]`, `{}`, `[[[]]]`,
			`"\u0000"`, `"\ud800"`, `"$set"`, `"a||b"`, `"🎫"`, `"'; drop table"`, `"`+ticket.ID+`"`, "\"\xff\"", `"tok_visa"`, `"a@b.c"`)
	}
	for range 600 {
		method := pick("GET", "POST", "PUT", "DELETE", "PATCH", "OPTIONS")
		path := pick("/api/users/", "/api/tickets", "/api/tickets/", "/api/orders", "/api/orders/", "/api/payments", "/api/payments/") +
			pick("", "", "signup", "signin", "signout", "currentuser", "refresh", ticket.ID, "%00", "%ff", "a%7C%7Cb", strings.Repeat("a", 3000)) +
			pick("", "", "?limit=x", "?cursor=%ff", "?q=%", "?status=all&status=sold", "?"+strings.Repeat("a=b&", 500))
		body := pick("", "{", "null", "[]", `"x"`, fmt.Sprintf(`{"title":%s,"price":%s}`, value(), value()),
			fmt.Sprintf(`{"title":"x","price":9,"startsAt":%s,"timeZone":%s,"quantity":%s}`, value(), value(), value()),
			fmt.Sprintf(`{"title":"x","price":9,"originalPrice":%s,"category":%s,"venue":%s,"description":%s}`, value(), value(), value(), value()),
			fmt.Sprintf(`{"email":%s,"password":%s}`, value(), value()),
			fmt.Sprintf(`{"ticketId":%s,"holdSeconds":%s}`, value(), value()),
			fmt.Sprintf(`{"orderId":%s,"token":%s}`, value(), value()))
		res, received, err := person.Send(t.Context(), method, path, []byte(body))
		if err != nil {
			continue // Go's client refuses to send a URL that is no URL
		}
		require.Less(t, res.StatusCode, http.StatusInternalServerError,
			"%s %s %s: %s", method, path, body, received)
	}
}
