package main

import (
	"context"
	"encoding/json"
	"log/slog"
	"net"
	"net/http"
	"net/http/httputil"
	"net/url"
	"runtime/debug"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"ticketx/kit/aggregate/aggregatetest"
	"ticketx/kit/dapr"
	"ticketx/kit/daprtest"
	"ticketx/kit/errs"
	"ticketx/kit/events"
	"ticketx/services/tickets"
	"ticketx/services/tickets/internal/state"
)

func TestRunSaysWhatIsMissing(t *testing.T) {
	err := run(t.Context(), []string{"LOG_LEVEL=loud", "TICKET_CURRENCY=EUR", "RESALE_CAP_PERCENT=1001"})
	for _, name := range []string{"API_ADDR", "APP_ADDR", "LOG_LEVEL", `TICKET_CURRENCY: "EUR" is not one of`, "RESALE_CAP_PERCENT"} {
		assert.ErrorContains(t, err, name)
	}
}

// TestOverDapr runs the service with a real sidecar, broker and store, beside
// another replica that writes to the same store.
func TestOverDapr(t *testing.T) {
	if testing.Short() {
		t.Skip("-short: no sidecars")
	}
	broker, control := daprtest.StartBroker(t), daprtest.StartControlPlane(t)
	redisPort, _ := daprtest.RedisServer(t)
	resources := []string{
		broker.Component(t),
		daprtest.Component(t, "state/redis", map[string]string{"redisHost": addr(redisPort)}),
	}
	other := daprtest.Start(t, daprtest.Options{AppID: "tickets", Resources: resources}).Dial(t)
	outbox := aggregatetest.NewOutbox(dapr.NewPublisher(other), slog.New(slog.DiscardHandler))
	store := state.New(dapr.NewStore(other), outbox)
	old := list(t, store)

	ports := daprtest.FreePorts(t, 2)
	sidecar := daprtest.Start(t, daprtest.Options{
		AppID: "tickets", App: eventually(ports[1]), Resources: resources, ControlPlane: control,
	})
	base := start(t, ports[0], ports[1], sidecar.GRPCPort)

	requireSoon(t, func() bool { return status(t, base+"/readyz") == http.StatusNoContent }, "readiness")
	assert.Equal(t, tickets.Available, shown(t, base, old.ID), "the catalogue is filled from the store")

	// What another replica announces comes through the feed.
	requireSoon(t, func() bool {
		fresh := list(t, store) // the first ones may be too early for the feed
		return inCatalogue(t, base, fresh.ID, time.Second)
	}, "the feed")

	// What orders announces reaches the ticket.
	publish(t, other, order(old.ID, 1, "created"))
	requireSoon(t, func() bool { return shown(t, base, old.ID) == tickets.Reserved }, "the reservation")
	publish(t, other, order(old.ID, 2, "complete"))
	requireSoon(t, func() bool { return shown(t, base, old.ID) == tickets.Sold }, "the sale")

	// orders asks for a ticket it has not heard of.
	body, err := sidecar.Dial(t).Invoke(t.Context(), "tickets", "tickets/"+old.ID)
	require.NoError(t, err)
	var snapshot events.Ticket
	require.NoError(t, json.Unmarshal(body, &snapshot))
	assert.Equal(t, "sold", snapshot.Status)
	_, err = sidecar.Dial(t).Invoke(t.Context(), "tickets", "tickets/unheard-of")
	assert.True(t, errs.Is(err, errs.KindNotFound), "%v", err)

	// Without the broker it is not ready, and can still be looked at.
	broker.Kill()
	requireSoon(t, func() bool { return status(t, base+"/readyz") == http.StatusServiceUnavailable }, "unreadiness")
	assert.Equal(t, tickets.Sold, shown(t, base, old.ID))
	broker.Restart(t)
	requireSoon(t, func() bool { return status(t, base+"/readyz") == http.StatusNoContent }, "recovery")
}

// start runs the service until the test ends and returns the base of its API.
func start(t *testing.T, api, app, daprPort int) (base string) {
	t.Helper()
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() {
		ended <- run(ctx, []string{
			"API_ADDR=" + addr(api), "APP_ADDR=" + addr(app), "DAPR_GRPC_PORT=" + strconv.Itoa(daprPort), "LOG_LEVEL=error",
		})
	}()
	t.Cleanup(func() {
		stop()
		assert.NoError(t, <-ended)
	})
	return "http://" + addr(api)
}

// eventually passes requests on to the port as soon as somebody listens there:
// the sidecar starts before the service, whose settings name the sidecar.
func eventually(port int) http.Handler {
	proxy := httputil.NewSingleHostReverseProxy(&url.URL{Scheme: "http", Host: addr(port)})
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		for r.Context().Err() == nil {
			if conn, err := net.DialTimeout("tcp", addr(port), time.Second); err == nil {
				_ = conn.Close()
				break
			}
			<-time.After(10 * time.Millisecond)
		}
		proxy.ServeHTTP(w, r)
	})
}

func addr(port int) string { return net.JoinHostPort("127.0.0.1", strconv.Itoa(port)) }

func requireSoon(t *testing.T, done func() bool, what string) {
	t.Helper()
	require.Eventually(t, done, 30*time.Second, 20*time.Millisecond, what)
}

// list puts a ticket into the store, as another replica does.
func list(t *testing.T, store *state.Store) tickets.Ticket {
	t.Helper()
	id, err := tickets.NewID()
	require.NoError(t, err)
	ticket := tickets.List(id, "mara", tickets.Offer{Title: "Row 3", Price: 2550}, time.Now().UTC())
	_, err = store.Insert(t.Context(), ticket)
	require.NoError(t, err)
	return ticket
}

func order(ticketID string, version int64, status string) events.Order {
	return events.Order{
		ID: "order-1", Sequence: 1, Version: version, Status: status, CreatedAt: time.Now(),
		ExpiresAt: time.Now().Add(time.Hour), Ticket: events.OrderTicket{ID: ticketID},
	}
}

func publish(t *testing.T, sidecar *dapr.Sidecar, o events.Order) {
	t.Helper()
	require.NoError(t, dapr.NewPublisher(sidecar).Publish(t.Context(), events.NewOrder("order."+o.Status, o)))
}

func get(t *testing.T, target string) *http.Response {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, target, http.NoBody)
	require.NoError(t, err)
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return &http.Response{Body: http.NoBody} // nobody listens yet
	}
	t.Cleanup(func() { _ = res.Body.Close() })
	return res
}

func status(t *testing.T, target string) int {
	t.Helper()
	return get(t, target).StatusCode
}

func shown(t *testing.T, base, id string) tickets.Status {
	t.Helper()
	var ticket struct{ Status tickets.Status }
	res := get(t, base+"/api/tickets/"+id)
	require.Equal(t, http.StatusOK, res.StatusCode)
	require.NoError(t, json.NewDecoder(res.Body).Decode(&ticket))
	return ticket.Status
}

// inCatalogue reports whether the ticket is listed within the time.
func inCatalogue(t *testing.T, base, id string, within time.Duration) bool {
	t.Helper()
	for deadline := time.Now().Add(within); time.Now().Before(deadline); {
		var page []struct{ ID string }
		res := get(t, base+"/api/tickets?limit=1")
		require.NoError(t, json.NewDecoder(res.Body).Decode(&page))
		if len(page) == 1 && page[0].ID == id {
			return true
		}
	}
	return false
}

func TestMemoryIsLimited(t *testing.T) {
	before := debug.SetMemoryLimit(-1)
	defer debug.SetMemoryLimit(before)
	limitMemory([]string{"GOMEMLIMIT=1GiB"}, settings{CatalogueTickets: 100_000})
	assert.Equal(t, before, debug.SetMemoryLimit(-1), "the runtime has read it itself")
	limitMemory(nil, settings{CatalogueTickets: 120_000})
	assert.EqualValues(t, 120_000*ticketBytes+otherBytes, debug.SetMemoryLimit(-1))
	limitMemory(nil, settings{CatalogueTickets: 1})
	assert.EqualValues(t, leastBytes, debug.SetMemoryLimit(-1))
}
