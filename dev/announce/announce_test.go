package announce_test

import (
	"bytes"
	"encoding/json"
	"net"
	"net/http"
	"net/http/httptest"
	"strconv"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"ticketx/dev/announce"
	"ticketx/dev/ports"
	"ticketx/dev/sidecar"
)

// owner plays orders with 250 things to tell, and is away at a position.
type owner struct {
	asked []string
	away  int
}

func (o *owner) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	o.asked = append(o.asked, r.Method+" "+r.URL.RequestURI())
	from := 250
	if value := r.URL.Query().Get("from"); value != "" {
		from, _ = strconv.Atoi(value)
	}
	if from == o.away {
		w.WriteHeader(http.StatusServiceUnavailable)
		_, _ = w.Write([]byte(`{"detail":"The message broker does not answer."}`))
		return
	}
	next := max(0, from-100)
	_ = json.NewEncoder(w).Encode(map[string]int{"announced": from - next, "next": next})
}

func clientOf(t *testing.T, o http.Handler) *sidecar.Client {
	t.Helper()
	server := httptest.NewServer(o)
	t.Cleanup(server.Close)
	return sidecar.New(map[string]int{"orders" + ports.HTTP: server.Listener.Addr().(*net.TCPAddr).Port})
}

func TestAnnouncing(t *testing.T) {
	o := &owner{}
	var out bytes.Buffer
	require.NoError(t, announce.Run(t.Context(), &out, clientOf(t, o), "orders", 0))
	const path = "POST /v1.0/invoke/orders/method/announcements"
	assert.Equal(t, []string{path, path + "?from=150", path + "?from=50"}, o.asked)
	assert.Equal(t, "orders: 100 announced, going on from 150\norders: 200 announced, going on from 50\norders: done, 250 announced\n", out.String())
}

func TestGoingOnWhereItStopped(t *testing.T) {
	o := &owner{away: 150}
	client := clientOf(t, o)
	var out bytes.Buffer
	err := announce.Run(t.Context(), &out, client, "orders", 0)
	require.ErrorContains(t, err, "stopped after 100: orders answers 503: The message broker does not answer.")
	require.ErrorContains(t, err, "make announce TOPIC=orders FROM=150")

	o.away = 0
	out.Reset()
	require.NoError(t, announce.Run(t.Context(), &out, client, "orders", 150))
	assert.Contains(t, out.String(), "done, 150 announced")

	o.away = 250
	assert.ErrorContains(t, announce.Run(t.Context(), &out, client, "orders", 0), "nothing was announced")
}

func TestWhatIsNotAnnounced(t *testing.T) {
	client := clientOf(t, &owner{})
	for topic, want := range map[string]string{
		"":            "TOPIC is missing: it is one of tickets, orders, payments",
		"expirations": "announce TOPIC=orders",
		"orders-dead": "only tickets, orders, payments",
		"tickts":      `no topic "tickts"`,
	} {
		assert.ErrorContains(t, announce.Run(t.Context(), &bytes.Buffer{}, client, topic, 0), want)
	}
}

// Whatever the owner says, it comes to an end.
func TestAnOwnerThatGoesRoundInCircles(t *testing.T) {
	client := clientOf(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = w.Write([]byte(`{"announced":1,"next":7}`))
	}))
	assert.ErrorContains(t, announce.Run(t.Context(), &bytes.Buffer{}, client, "orders", 0), "circles")
}
