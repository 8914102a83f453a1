package api_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"ticketx/kit/events"
	"ticketx/kit/ids"
)

func (s *service) call(method, target string) *httptest.ResponseRecorder {
	w := httptest.NewRecorder()
	s.app.ServeHTTP(w, httptest.NewRequestWithContext(s.t.Context(), method, target, http.NoBody))
	return w
}

// Orders asks for what it has lost.
func TestCopyForOrders(t *testing.T) {
	s := start(t)
	o := s.order()
	require.Equal(t, http.StatusNotFound, s.call(http.MethodGet, "/orders/"+o.ID).Code, "not heard of yet")
	require.Equal(t, "SUCCESS", s.deliver(envelope(events.OrderCreated, o)))
	w := s.call(http.MethodGet, "/orders/"+o.ID)
	require.Equal(t, http.StatusOK, w.Code)
	var kept struct {
		Order events.Order `json:"order"`
		Paid  bool         `json:"paid"`
	}
	require.NoError(t, json.Unmarshal(w.Body.Bytes(), &kept))
	assert.Equal(t, o, kept.Order)
	assert.False(t, kept.Paid)
	require.Equal(t, http.StatusCreated, s.post(payment(o.ID, "tok_visa")).Code)
	assert.Contains(t, s.call(http.MethodGet, "/orders/"+o.ID).Body.String(), `"paid":true`)
	for _, id := range []string{ids.New(), "1", "a%7C%7Cb"} {
		s.problem(s.call(http.MethodGet, "/orders/"+id))
	}
}

func TestAnnouncements(t *testing.T) {
	s := start(t)
	o := s.order()
	require.Equal(t, http.StatusCreated, s.post(payment(o.ID, "tok_visa")).Code)
	w := s.call(http.MethodPost, "/announcements")
	require.Equal(t, http.StatusOK, w.Code)
	assert.JSONEq(t, `{"announced":1}`, w.Body.String())
	assert.Equal(t, http.StatusBadRequest, s.call(http.MethodPost, "/announcements?from=x").Code)
}

func (s *service) callAs(caller, target string) *httptest.ResponseRecorder {
	r := httptest.NewRequestWithContext(s.t.Context(), http.MethodPost, target, http.NoBody)
	if caller != "" {
		r.Header.Set("dapr-caller-app-id", caller)
	}
	w := httptest.NewRecorder()
	s.app.ServeHTTP(w, r)
	return w
}

func TestSettle(t *testing.T) {
	s := start(t)
	o := s.order()
	s.confirm(s.checkout(o), "pm_card_visa")
	for _, caller := range []string{"", "tickets"} {
		assert.Equal(t, http.StatusForbidden, s.callAs(caller, "/orders/"+o.ID+"/settle").Code, caller)
	}
	w := s.callAs("orders", "/orders/"+o.ID+"/settle")
	require.Equal(t, http.StatusOK, w.Code, w.Body)
	assert.JSONEq(t, `{"outcome":"succeeded","failed":false}`, w.Body.String())
	assert.JSONEq(t, `{"outcome":"cancelled","failed":false}`, s.callAs("orders", "/orders/"+s.order().ID+"/settle").Body.String())
	assert.Equal(t, http.StatusNotFound, s.callAs("orders", "/orders/a%7C%7Cb/settle").Code)
}

func TestReconciliations(t *testing.T) {
	s := start(t)
	o := s.order()
	s.confirm(s.checkout(o), "pm_card_visa")
	assert.Equal(t, http.StatusForbidden, s.callAs("orders", "/reconciliations").Code, "only through its own sidecar")
	mended, from := "", ""
	for range 50 {
		w := s.callAs("", "/reconciliations?from="+from)
		require.Equal(t, http.StatusOK, w.Code, w.Body)
		var page struct{ Next string }
		require.NoError(t, json.Unmarshal(w.Body.Bytes(), &page))
		mended += w.Body.String()
		if from = page.Next; from == "" {
			break
		}
	}
	assert.Contains(t, mended, `{"orderId":"`+o.ID+`","from":"created","to":"succeeded"}`)
	assert.Equal(t, http.StatusBadRequest, s.callAs("", "/reconciliations?from=x").Code)
}
