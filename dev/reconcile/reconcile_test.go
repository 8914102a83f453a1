package reconcile_test

import (
	"bytes"
	"net"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"ticketx/dev/ports"
	"ticketx/dev/reconcile"
	"ticketx/dev/sidecar"
)

// payments answers with one page after the other.
type payments struct {
	pages []string
	asked []string
}

func (p *payments) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	p.asked = append(p.asked, r.Method+" "+r.URL.RequestURI())
	if len(p.pages) == 0 {
		w.WriteHeader(http.StatusServiceUnavailable)
		_, _ = w.Write([]byte(`{"detail":"A part of the system does not answer."}`))
		return
	}
	_, _ = w.Write([]byte(p.pages[0]))
	p.pages = p.pages[1:]
}

func run(t *testing.T, pages ...string) (said string, asked []string, err error) {
	t.Helper()
	p := &payments{pages: pages}
	server := httptest.NewServer(p)
	defer server.Close()
	client := sidecar.New(map[string]int{"payments" + ports.HTTP: server.Listener.Addr().(*net.TCPAddr).Port})
	var out bytes.Buffer
	err = reconcile.Run(t.Context(), &out, client)
	return out.String(), p.asked, err
}

func TestReconciling(t *testing.T) {
	said, asked, err := run(t,
		`{"looked":2,"waiting":1,"failed":0,"mended":[{"orderId":"a","from":"created","to":"succeeded"},{"orderId":"c","from":"","to":"cancelled"}],"next":"2026-11-27T04@50"}`,
		`{"looked":1,"waiting":1,"failed":0,"stuck":[{"orderId":"b","tries":5},{"orderId":"b","tries":5},{"orderId":"d","code":"balance_insufficient","tries":1,"next":"2026-11-27T10:00:00Z"}]}`)
	require.NoError(t, err)
	const path = "POST /v1.0/invoke/payments/method/reconciliations"
	assert.Equal(t, []string{path, path + "?from=2026-11-27T04%4050"}, asked)
	at := time.Date(2026, 11, 27, 10, 0, 0, 0, time.UTC).Local().Format(time.DateTime)
	assert.Equal(t, `order a: created, and now succeeded
order c: not begun, and now cancelled
order b: its money has not gone back (try 5 failed at the bank); look at it in Stripe. It is tried again by the next make reconcile
order d: its money has not gone back (try 1 refused by Stripe: balance_insufficient); look at it in Stripe. It is tried again at `+at+`
3 looked at, 2 mended, 2 still open
`, said)
}

func TestWhatCouldNotBeLookedAt(t *testing.T) {
	said, _, err := run(t, `{"looked":2,"waiting":0,"failed":1,"causes":["order a: Stripe says no"]}`)
	assert.Contains(t, said, "not looked at: order a: Stripe says no\n")
	require.ErrorContains(t, err, "1 could not be looked at")
	assert.Contains(t, said, "2 looked at, 0 mended")
}

func TestStopping(t *testing.T) {
	_, _, err := run(t, `{"looked":2,"next":"2026-11-27T04"}`)
	require.ErrorContains(t, err, "stopped after 2 payments")
	require.ErrorContains(t, err, "A part of the system does not answer.")

	_, _, err = run(t, `{"next":"2026-11-27T04"}`, `{"next":"2026-11-27T04"}`)
	require.ErrorContains(t, err, "in circles")
}
