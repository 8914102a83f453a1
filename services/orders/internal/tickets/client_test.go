package tickets_test

import (
	"context"
	"encoding/json"
	"log/slog"
	"net/http"
	"strconv"
	"testing"
	"time"

	"github.com/gorilla/mux"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"ticketx/kit/dapr"
	"ticketx/kit/daprtest"
	"ticketx/kit/errs"
	"ticketx/kit/events"
	"ticketx/kit/ids"
	"ticketx/kit/web"
	"ticketx/services/orders/internal/tickets"
)

// The tickets service is played by the sidecar's own app: an app that invokes
// itself goes through the same sidecar code.
func TestClient(t *testing.T) {
	if testing.Short() {
		t.Skip("needs a sidecar")
	}
	known := events.Ticket{
		ID: ids.New(), Version: 3, Title: "Fr<on>t \"row\" ü", Price: 2550, Currency: "eur", SellerID: "sam",
		Status: "available", CreatedAt: time.Date(2026, 5, 4, 12, 0, 0, 0, time.UTC),
	}
	garbled, broken := ids.New(), ids.New()
	app := dapr.NewApp(slog.New(slog.DiscardHandler), "")
	app.Router().Handle("/tickets/{id}", web.Handler(func(w http.ResponseWriter, r *http.Request) error {
		switch mux.Vars(r)["id"] {
		case known.ID:
			return web.Encode(w, http.StatusOK, known)
		case garbled:
			return web.Encode(w, http.StatusOK, json.RawMessage(`"not a ticket"`))
		case broken:
			return errs.Unavailable("Down.", nil)
		}
		return errs.NotFound("There is nothing here.")
	})).Methods(http.MethodGet)
	dapr.OnList(app, "/tickets", func(_ context.Context, from, limit int) ([]string, int, error) {
		return []string{known.ID, strconv.Itoa(limit)}, from + 50, nil
	})
	sidecar := daprtest.Start(t, daprtest.Options{AppID: "tickets", App: app})
	client := tickets.New(sidecar.Dial(t))

	got, err := client.Ticket(t.Context(), known.ID)
	require.NoError(t, err)
	assert.Equal(t, known, got)

	_, err = client.Ticket(t.Context(), ids.New())
	assert.True(t, errs.Is(err, errs.KindNotFound), "%v", err)
	assert.EqualError(t, err, "There is no such ticket.")

	_, err = client.Ticket(t.Context(), broken)
	assert.True(t, errs.Is(err, errs.KindUnavailable), "%v", err)

	_, err = client.Ticket(t.Context(), garbled)
	assert.Error(t, err)

	page, next, err := client.TicketIDs(t.Context(), 7, 100)
	require.NoError(t, err)
	assert.Equal(t, []string{known.ID, "100"}, page)
	assert.Equal(t, 57, next)
	_, next, err = client.TicketIDs(t.Context(), -1, 100)
	require.NoError(t, err)
	assert.Equal(t, 49, next, "from the newest")

	sidecar.Kill()
	_, err = client.Ticket(t.Context(), known.ID)
	assert.True(t, errs.Is(err, errs.KindUnavailable), "%v", err)
}
