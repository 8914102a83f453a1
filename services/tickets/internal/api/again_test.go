package api_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"ticketx/kit/web"
)

const (
	offered = `{"title":"Row 3","price":25.5,"startsAt":"2026-05-01T13:00:00Z"}`
	// lease is longer than a request counts as under way.
	lease = 31 * time.Second
)

// listUnder puts a ticket of mara's up for sale under an Idempotency-Key.
func (r *replica) listUnder(t *testing.T, key, body string) *httptest.ResponseRecorder {
	t.Helper()
	return r.under(t, key, "mara", http.MethodPost, "/api/tickets", body)
}

// shown is the tickets in the catalogue of a replica that starts now.
func (w *world) shown(t *testing.T) []ticketJSON {
	t.Helper()
	return decode[[]ticketJSON](t, w.filled(t).get(t, "/api/tickets?status=all"))
}

func TestListingAgainUnderAKey(t *testing.T) {
	w := newWorld()
	first := w.filled(t).listUnder(t, "k", offered)
	require.Equal(t, http.StatusCreated, first.Code, first.Body)
	again := w.filled(t).listUnder(t, "k", offered)
	assert.Equal(t, http.StatusCreated, again.Code)
	assert.Equal(t, first.Body.String(), again.Body.String())
	requireProblem(t, w.filled(t).listUnder(t, "k", `{"title":"Row 4","price":25.5}`), http.StatusUnprocessableEntity)
	assert.Len(t, w.said.all(), 1)
	assert.Len(t, w.shown(t), 1)

	r := w.filled(t)
	assert.Equal(t, http.StatusCreated, r.under(t, "k", "noah", http.MethodPost, "/api/tickets", offered).Code)
	assert.Equal(t, http.StatusCreated, r.listUnder(t, "another", offered).Code)
	assert.Len(t, w.shown(t), 3, "another's key, and another key")
}

func TestListingAtTheSameMomentUnderAKey(t *testing.T) {
	w := newWorld()
	replicas := []*replica{w.filled(t), w.filled(t), w.filled(t), w.filled(t)}
	answers := make([]*httptest.ResponseRecorder, len(replicas))
	var done sync.WaitGroup
	for i, r := range replicas {
		done.Go(func() { answers[i] = r.listUnder(t, "k", offered) })
	}
	done.Wait()
	codes := make([]int, len(answers))
	for i, res := range answers {
		if codes[i] = res.Code; res.Code == http.StatusConflict {
			assert.Equal(t, "key_in_use", decode[web.Problem](t, res).Code)
			codes[i] = http.StatusCreated
		}
	}
	assert.Equal(t, []int{201, 201, 201, 201}, codes, "listed, or being listed")
	assert.Len(t, w.shown(t), 1)
}

func TestListingWithoutAKey(t *testing.T) {
	w := newWorld()
	r := w.filled(t)
	w.docs.calls = 0
	for range 2 {
		require.Equal(t, http.StatusCreated, r.listUnder(t, "", offered).Code)
	}
	assert.Equal(t, 2*4, w.docs.count(), "the index and the ticket, read and written")
	assert.Len(t, w.shown(t), 2)

	w.docs.calls = 0
	requireProblem(t, r.listUnder(t, "", `{"title":"","price":25.5}`), http.StatusBadRequest, "title")
	assert.Zero(t, w.docs.count())
}

// A process dies, or has no store any more, at every one of its writes, before it and
// after it. When its time is over the next try lists what was not listed, and nothing
// a second time.
func TestListingHalfWayUnderAKey(t *testing.T) {
	const writes = 4 // the key, the index, the ticket, the answer
	for nth := 1; nth <= writes+1; nth++ {
		for _, late := range []bool{false, true} {
			t.Run(fmt.Sprintf("write %d, late %t", nth, late), func(t *testing.T) {
				w := newWorld()
				dying := w.filled(t)
				w.docs.goesDown, w.docs.late = nth, late
				w.said.setDown(nth < writes) // the dead tell nothing
				first := dying.listUnder(t, "k", offered)
				require.Equal(t, min(nth, writes), w.docs.writes, "it got as far as it was let")
				w.docs.goesDown = 0
				w.docs.setDown(false)
				w.said.setDown(false)

				w.now = w.now.Add(lease)
				again := w.filled(t).listUnder(t, "k", offered)
				require.Equal(t, http.StatusCreated, again.Code, again.Body)
				if first.Code == http.StatusCreated {
					assert.Equal(t, first.Body.String(), again.Body.String())
				}
				shown := w.shown(t)
				require.Len(t, shown, 1)
				assert.Equal(t, decode[ticketJSON](t, again), shown[0])
				snapshot, n := w.said.last(t)
				assert.Equal(t, shown[0].ID, snapshot.ID)
				for _, e := range w.said.all() {
					assert.Equal(t, "ticket:"+snapshot.ID+":1", e.ID, "%d events, all of the one ticket", n)
				}
			})
		}
	}
}

// What was listed is the answer, whatever has become of it: it is listed no second
// time, though it could not be listed any more.
func TestListingAgainWhatHasChangedSince(t *testing.T) {
	w := newWorld()
	r := w.filled(t)
	w.docs.goesDown = 4 // the answer is not kept
	ticket := decode[ticketJSON](t, r.listUnder(t, "k", offered))
	w.docs.setDown(false)
	res := r.as(t, "mara", http.MethodPut, "/api/tickets/"+ticket.ID, `{"title":"Row 1","price":20}`)
	require.Equal(t, http.StatusOK, res.Code, res.Body)
	w.now = ticket.StartsAt.Add(-lease)
	told := len(w.said.all())

	for _, status := range []string{"available", "past"} {
		w.docs.writes, w.docs.goesDown = 0, 2 // again not kept
		if status == "past" {
			w.now = ticket.StartsAt
		}
		again := r.listUnder(t, "k", offered)
		require.Equal(t, http.StatusCreated, again.Code, again.Body)
		w.docs.setDown(false)
		got := decode[ticketJSON](t, again)
		assert.Equal(t, ticket.ID, got.ID)
		assert.Equal(t, "Row 1", got.Title)
		assert.Equal(t, 2, got.Version)
		assert.Equal(t, status, got.Status)
		told++
		snapshot, n := w.said.last(t)
		assert.Equal(t, told, n, "told again, because who listed it may have died before it could tell")
		assert.EqualValues(t, 2, snapshot.Version)
	}
}
