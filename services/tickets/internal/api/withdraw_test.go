package api_test

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"ticketx/kit/errs"
	"ticketx/kit/web"
	"ticketx/services/tickets"
)

// withdraw has the user withdraw the ticket.
func (r *replica) withdraw(t *testing.T, userID, ticketID string) *httptest.ResponseRecorder {
	t.Helper()
	return r.as(t, userID, http.MethodDelete, "/api/tickets/"+ticketID, "")
}

// requireConflict checks a refusal and its reason for machines.
func requireConflict(t *testing.T, res *httptest.ResponseRecorder, code string) {
	t.Helper()
	require.Equal(t, http.StatusConflict, res.Code, res.Body)
	assert.Equal(t, code, decode[web.Problem](t, res).Code)
}

func TestWithdraw(t *testing.T) {
	w := newWorld()
	r := w.filled(t)
	ticket := r.list(t, "mara", "Row 3")
	for n := range 2 {
		res := r.withdraw(t, "mara", ticket.ID)
		require.Equal(t, http.StatusNoContent, res.Code, res.Body)
		assert.Empty(t, res.Body.Bytes())

		require.Len(t, w.orders.asked, n+1, "orders is asked each time: the first answer may not have been heard")
		assert.True(t, w.orders.asked[n].Withdrawn)
		said, told := w.said.last(t)
		assert.Equal(t, said, w.orders.asked[n])
		assert.Equal(t, 2+n, told, "and it is told again: the first process may have died before it could tell")
		assert.EqualValues(t, 2, said.Version)
		assert.Equal(t, "withdrawn", said.Status)
	}
	shown := decode[ticketJSON](t, r.get(t, "/api/tickets/"+ticket.ID))
	assert.Equal(t, "withdrawn", shown.Status)
	assert.NotContains(t, r.get(t, "/api/tickets").Body.String(), ticket.ID)
	requireConflict(t, r.as(t, "mara", http.MethodPut, "/api/tickets/"+ticket.ID, `{"title":"Row 1","price":99}`), "withdrawn")
}

func TestWithdrawRefused(t *testing.T) {
	w := newWorld()
	r := w.filled(t)
	ticket := r.list(t, "mara", "Row 3")
	requireProblem(t, r.withdraw(t, "", ticket.ID), http.StatusUnauthorized)
	requireProblem(t, r.withdraw(t, "noah", ticket.ID), http.StatusForbidden)
	unknown, err := tickets.NewID()
	require.NoError(t, err)
	for _, id := range []string{unknown, "nope", "a%7C%7Cb"} {
		requireProblem(t, r.withdraw(t, "mara", id), http.StatusNotFound)
	}
	require.Equal(t, "SUCCESS", r.deliver(t, ordersRoute, newOrder(w, ticket.ID, 1, 1, "created")))
	requireConflict(t, r.withdraw(t, "mara", ticket.ID), "reserved")
	require.Equal(t, "SUCCESS", r.deliver(t, ordersRoute, newOrder(w, ticket.ID, 1, 2, "complete")))
	requireConflict(t, r.withdraw(t, "mara", ticket.ID), "sold")
	assert.Empty(t, w.orders.asked)
	w.docs.setDown(true)
	requireProblem(t, r.withdraw(t, "mara", ticket.ID), http.StatusServiceUnavailable)
}

// An order that this service has not heard of yet came first.
func TestWithdrawTooLate(t *testing.T) {
	w := newWorld()
	r := w.filled(t)
	ticket := r.list(t, "mara", "Row 3")
	w.orders.status = tickets.Reserved
	requireConflict(t, r.withdraw(t, "mara", ticket.ID), "reserved")

	require.Equal(t, "SUCCESS", r.deliver(t, ordersRoute, newOrder(w, ticket.ID, 1, 1, "created")))
	assert.Equal(t, "reserved", decode[ticketJSON](t, r.get(t, "/api/tickets/"+ticket.ID)).Status)
	requireConflict(t, r.withdraw(t, "mara", ticket.ID), "reserved")

	w.now = w.now.Add(hold)
	assert.Equal(t, "withdrawn", decode[ticketJSON](t, r.get(t, "/api/tickets/"+ticket.ID)).Status, "for whoever looks, once it is over")
	require.Equal(t, "SUCCESS", r.deliver(t, ordersRoute, newOrder(w, ticket.ID, 1, 2, "cancelled")))
	assert.Equal(t, "withdrawn", decode[ticketJSON](t, r.get(t, "/api/tickets/"+ticket.ID)).Status)
	w.orders.status = tickets.Withdrawn
	assert.Equal(t, http.StatusNoContent, r.withdraw(t, "mara", ticket.ID).Code)

	bought := r.list(t, "mara", "Row 4")
	w.orders.status = tickets.Sold
	requireConflict(t, r.withdraw(t, "mara", bought.ID), "sold")
	require.Equal(t, "SUCCESS", r.deliver(t, ordersRoute, newOrder(w, bought.ID, 1, 2, "complete")))
	requireConflict(t, r.withdraw(t, "mara", bought.ID), "sold")
}

// The order's events may come while orders is asked.
func TestWithdrawWhileTheOrderIsHeardOf(t *testing.T) {
	w := newWorld()
	r := w.filled(t)
	ticket := r.list(t, "mara", "Row 3")
	w.orders.status = tickets.Reserved
	w.orders.meanwhile = func() {
		require.Equal(t, "SUCCESS", r.deliver(t, ordersRoute, newOrder(w, ticket.ID, 1, 1, "created")))
	}
	requireConflict(t, r.withdraw(t, "mara", ticket.ID), "reserved")
	shown := decode[ticketJSON](t, r.get(t, "/api/tickets/"+ticket.ID))
	assert.Equal(t, "reserved", shown.Status)
	assert.Equal(t, 3, shown.Version)
}

// Nobody is promised anything while orders does not answer, and asking again is
// how its seller gets to know.
func TestWithdrawWhileOrdersIsDown(t *testing.T) {
	w := newWorld()
	r := w.filled(t)
	ticket := r.list(t, "mara", "Row 3")
	w.orders.down = errs.Unavailable("Not now.", errors.New("orders is down"))
	for range 2 {
		res := r.withdraw(t, "mara", ticket.ID)
		requireProblem(t, res, http.StatusServiceUnavailable)
		assert.NotEmpty(t, res.Header().Get("Retry-After"))
	}
	assert.Equal(t, "withdrawn", decode[ticketJSON](t, r.get(t, "/api/tickets/"+ticket.ID)).Status, "it is off sale")
	w.orders.down = nil
	assert.Equal(t, http.StatusNoContent, w.filled(t).withdraw(t, "mara", ticket.ID).Code, "on whichever replica")
}
