package catalogue_test

import (
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"ticketx/kit/metrics"
	"ticketx/services/tickets/internal/catalogue"
	"ticketx/services/tickets/internal/live"
)

func TestMetrics(t *testing.T) {
	now := noon
	c := catalogue.New(func() time.Time { return now }, catalogue.Size{Tickets: 2, TicketBytes: 1 << 10}, live.NewFeed(1))
	all := newListings(t, 3)
	now = noon.Add(1500 * time.Millisecond)
	for _, l := range all {
		c.Follow(l)
	}
	w := httptest.NewRecorder()
	metrics.Beside(http.NotFoundHandler(), c).ServeHTTP(w, httptest.NewRequest(http.MethodGet, metrics.Path, http.NoBody))
	for _, line := range []string{
		"ticketx_catalogue_tickets 2", "ticketx_catalogue_bound_bytes 2048", "ticketx_catalogue_evicted_total 1", "ticketx_catalogue_lag_seconds 1.5", "ticketx_stream_listeners 0",
	} {
		assert.Contains(t, w.Body.String(), line+"\n")
	}
}
