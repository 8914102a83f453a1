//go:build linux

package e2e_test

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"ticketx/dev/shop"
)

// listening is a page that listens to what changes, through the ingress.
type listening struct {
	t     *testing.T
	lines *bufio.Scanner
	last  string // the id of the last event
}

// listen has a page listen from behind the event with the id on, for as long as the
// system may take for what is not immediate.
func listen(t *testing.T, id string) *listening {
	t.Helper()
	req, err := http.NewRequestWithContext(soon(t), http.MethodGet, sys.Base+"/api/tickets/stream", http.NoBody)
	require.NoError(t, err)
	if id != "" {
		req.Header.Set("Last-Event-ID", id)
	}
	res, err := http.DefaultClient.Do(req)
	require.NoError(t, err)
	t.Cleanup(func() { _ = res.Body.Close() })
	require.Equal(t, http.StatusOK, res.StatusCode)
	require.Equal(t, "text/event-stream", res.Header.Get("Content-Type"))
	return &listening{t: t, lines: bufio.NewScanner(res.Body)}
}

// next returns the next event's name and data, and whether there is one.
func (l *listening) next() (name, data string, ok bool) {
	for l.lines.Scan() {
		switch field, value, _ := strings.Cut(l.lines.Text(), ": "); field {
		case "event":
			name = value
		case "data":
			data = value
		case "id":
			l.last = value
		case "":
			if l.lines.Text() == "" {
				return name, data, true
			}
		}
	}
	return "", "", false
}

// begin reads how the stream begins.
func (l *listening) begin(want string) {
	l.t.Helper()
	name, _, ok := l.next()
	require.True(l.t, ok, l.lines.Err())
	require.Equal(l.t, want, name)
	require.NotEmpty(l.t, l.last)
}

// await reads until the ticket is told of with the status; other tests change others.
func (l *listening) await(id, status string) {
	l.t.Helper()
	for {
		name, data, ok := l.next()
		require.True(l.t, ok, "nobody says that it is %s: %v", status, l.lines.Err())
		var ticket shop.Ticket
		if name == "ticket" {
			require.NoError(l.t, json.Unmarshal([]byte(data), &ticket))
		}
		if ticket.ID == id && ticket.Status == status {
			return
		}
	}
}

// An open page is told through the ingress what becomes of a ticket, when it happens:
// nothing on the way keeps it back. It goes on where it stood after its connection
// broke, is told to look again where that is not known any more, and its connection is
// ended, not broken, when the service ends.
func TestAPageHearsWhatChanges(t *testing.T) {
	ctx := t.Context()
	seller, buyer := newcomer(t, "seller"), newcomer(t, "buyer")
	page := listen(t, "")
	page.begin("")

	began := time.Now()
	ticket, err := seller.List(ctx, "Heard of", 20)
	require.NoError(t, err)
	page.await(ticket.ID, "available")
	t.Logf("heard %s after it was asked for", time.Since(began).Round(time.Millisecond))
	listed := page.last
	order, err := buyer.Reserve(ctx, ticket.ID, 0)
	require.NoError(t, err)
	page.await(ticket.ID, "reserved")
	require.NoError(t, buyer.Cancel(ctx, order.ID))
	page.await(ticket.ID, "available")

	again := listen(t, listed)
	again.begin("")
	again.await(ticket.ID, "reserved")
	again.await(ticket.ID, "available")

	service, err := sys.Process("tickets")
	require.NoError(t, err)
	sidecar, err := sys.Process("tickets-daprd")
	require.NoError(t, err)
	require.NoError(t, service.Terminate(soon(t)))
	for ok := true; ok; _, _, ok = page.next() {
	}
	assert.NoError(t, page.lines.Err(), "the stream has ended as an answer that is complete")
	require.NoError(t, sidecar.Ended(soon(t)), "it ends with its service")
	require.NoError(t, sidecar.Restart())
	require.NoError(t, service.Restart())
	requireReady(t, "tickets")
	again = listen(t, page.last)
	again.begin("reset")

	// What was there before is listed again: it came from the store.
	_, err = shop.Until(soon(t), func(ctx context.Context) ([]shop.Ticket, error) {
		return shop.Call[[]shop.Ticket](ctx, buyer, http.MethodGet, "/api/tickets?q=heard", nil)
	}, func(found []shop.Ticket) bool { return len(found) > 0 && found[0].ID == ticket.ID })
	require.NoError(t, err)
}

// `make seed` fills the shop, a page that is open meanwhile hears of every ticket, and
// `make load` finds what to ask there, and is answered.
func TestAPageHearsOfEveryTicketOfARush(t *testing.T) {
	const seeded = 100
	page := listen(t, "")
	page.begin("")
	said, err := sys.Command(soon(t), "seed", fmt.Sprint(seeded), "7")
	require.NoError(t, err, said)
	require.Contains(t, said, fmt.Sprintf("%d tickets by", seeded))
	heard := make(map[string]bool)
	for len(heard) < seeded {
		name, data, ok := page.next()
		require.True(t, ok, "heard of %d tickets: %v", len(heard), page.lines.Err())
		var ticket shop.Ticket
		if name == "ticket" {
			require.NoError(t, json.Unmarshal([]byte(data), &ticket))
			heard[ticket.ID] = true
		}
	}

	said, err = sys.Command(soon(t), "load", "-connections", "4", "-duration", "100ms")
	require.NoError(t, err, said)
	for _, name := range []string{"first page", "filtered, by price", "search", "counts for filters", "one ticket"} {
		assert.Regexp(t, `(?m) ms +[1-9]\d* +0 +[1-9]\d* +`+name+"$", said)
	}
}
