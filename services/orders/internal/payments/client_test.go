package payments_test

import (
	"encoding/json"
	"log/slog"
	"net/http"
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
	"ticketx/services/orders"
	"ticketx/services/orders/internal/payments"
)

// The payments service is played by the sidecar's own app: an app that invokes
// itself goes through the same sidecar code.
func TestClient(t *testing.T) {
	if testing.Short() {
		t.Skip("needs a sidecar")
	}
	noon := time.Date(2026, 5, 4, 12, 0, 0, 0, time.UTC)
	known := events.Order{
		ID: ids.New(), Version: 1, Sequence: 2, Status: "created", BuyerID: "mara", CreatedAt: noon, ExpiresAt: noon.Add(time.Hour),
		Ticket: events.OrderTicket{ID: ids.New(), Title: "Fr<on>t \"row\" ü", Price: 2550, Currency: "eur", SellerID: "sam"},
	}
	garbled, broken := ids.New(), ids.New()
	app := dapr.NewApp(slog.New(slog.DiscardHandler), "")
	app.Router().Handle("/orders/{id}", web.Handler(func(w http.ResponseWriter, r *http.Request) error {
		switch mux.Vars(r)["id"] {
		case known.ID:
			return web.Encode(w, http.StatusOK, map[string]any{"order": known, "paid": true})
		case garbled:
			return web.Encode(w, http.StatusOK, json.RawMessage(`"not an order"`))
		case broken:
			return errs.Unavailable("Down.", nil)
		}
		return errs.NotFound("There is nothing here.")
	})).Methods(http.MethodGet)
	app.Router().Handle("/orders/{id}/settle", web.Handler(func(w http.ResponseWriter, r *http.Request) error {
		switch mux.Vars(r)["id"] {
		case known.ID:
			return web.Encode(w, http.StatusOK, map[string]any{"outcome": "cancelled", "failed": true, "later": 1})
		case garbled:
			return web.Encode(w, http.StatusOK, json.RawMessage(`"not an outcome"`))
		case broken:
			return errs.Unavailable("Down.", nil)
		}
		return errs.NotFound("There is nothing here.")
	})).Methods(http.MethodPost)
	sidecar := daprtest.Start(t, daprtest.Options{AppID: "payments", App: app})
	client := payments.New(sidecar.Dial(t))

	got, paid, err := client.Order(t.Context(), known.ID)
	require.NoError(t, err)
	assert.True(t, paid)
	assert.Equal(t, known, got)

	_, _, err = client.Order(t.Context(), ids.New())
	assert.True(t, errs.Is(err, errs.KindNotFound), "%v", err)
	assert.EqualError(t, err, "There is no such order.")

	_, _, err = client.Order(t.Context(), broken)
	assert.True(t, errs.Is(err, errs.KindUnavailable), "%v", err)

	_, _, err = client.Order(t.Context(), garbled)
	assert.Error(t, err)

	settlement, err := client.Settle(t.Context(), known.ID)
	require.NoError(t, err)
	assert.Equal(t, orders.Settlement{Outcome: orders.OutcomeCancelled, Failed: true}, settlement)
	_, err = client.Settle(t.Context(), ids.New())
	assert.True(t, errs.Is(err, errs.KindNotFound), "%v", err)
	_, err = client.Settle(t.Context(), broken)
	assert.True(t, errs.Is(err, errs.KindUnavailable), "%v", err)
	_, err = client.Settle(t.Context(), garbled)
	require.Error(t, err)

	sidecar.Kill()
	_, _, err = client.Order(t.Context(), known.ID)
	assert.True(t, errs.Is(err, errs.KindUnavailable), "%v", err)
}
