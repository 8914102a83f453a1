package orders_test

import (
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"testing"

	"github.com/gorilla/mux"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"ticketx/kit/dapr"
	"ticketx/kit/daprtest"
	"ticketx/kit/errs"
	"ticketx/kit/events"
	"ticketx/kit/ids"
	"ticketx/kit/web"
	"ticketx/services/tickets"
	"ticketx/services/tickets/internal/orders"
)

// The orders service is played by the sidecar's own app: an app that invokes
// itself goes through the same sidecar code.
func TestClient(t *testing.T) {
	if testing.Short() {
		t.Skip("needs a sidecar")
	}
	told := events.Ticket{ID: ids.New(), Version: 3, Title: "Fr<on>t \"row\" ü", SellerID: "sam", Status: "withdrawn", Withdrawn: true}
	answers := map[string]string{told.ID: `{"status":"reserved"}`}
	app := dapr.NewApp(slog.New(slog.DiscardHandler), "")
	app.Router().Handle("/tickets/{id}/withdrawal", web.Handler(func(w http.ResponseWriter, r *http.Request) error {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			return err
		}
		var got events.Ticket
		if err := json.Unmarshal(body, &got); err != nil {
			return err
		}
		answer, ok := answers[mux.Vars(r)["id"]]
		if !ok {
			return errs.NotFound("There is nothing here.")
		}
		if got.ID == told.ID {
			assert.Equal(t, told, got)
		}
		return web.Encode(w, http.StatusOK, json.RawMessage(answer))
	})).Methods(http.MethodPost)
	sidecar := daprtest.Start(t, daprtest.Options{AppID: "orders", App: app})
	client := orders.New(sidecar.Dial(t))

	holder, err := client.Holder(t.Context(), told)
	require.NoError(t, err)
	assert.Equal(t, tickets.Reserved, holder)

	for name, answer := range map[string]string{"another status": `{"status":"available"}`, "no status": `{}`, "no object": `7`} {
		odd := told
		odd.ID = ids.New()
		answers[odd.ID] = answer
		_, err = client.Holder(t.Context(), odd)
		assert.True(t, errs.Is(err, errs.KindUnavailable), "%s: %v", name, err)
	}
	unheardOf := told
	unheardOf.ID = ids.New() // as from a version of orders that is not asked this yet
	_, err = client.Holder(t.Context(), unheardOf)
	assert.True(t, errs.Is(err, errs.KindUnavailable), "%v", err)

	sidecar.Kill()
	_, err = client.Holder(t.Context(), told)
	assert.True(t, errs.Is(err, errs.KindUnavailable), "%v", err)
}
