package reconcile_test

import (
	"bytes"
	"net"
	"net/http"
	"net/http/httptest"
	"testing"

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
		`{"looked":1,"waiting":1,"failed":0,"stuck":["b"]}`)
	require.NoError(t, err)
	const path = "POST /v1.0/invoke/payments/method/reconciliations"
	assert.Equal(t, []string{path, path + "?from=2026-11-27T04%4050"}, asked)
	assert.Equal(t, "order a: created, and now succeeded\norder c: not begun, and now cancelled\norder b: its money could not be given back, look at it in Stripe\n3 looked at, 2 mended, 2 still open\n", said)
}

func TestWhatCouldNotBeLookedAt(t *testing.T) {
	said, _, err := run(t, `{"looked":2,"waiting":0,"failed":1}`)
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
