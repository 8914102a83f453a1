package sidecar_test

import (
	"errors"
	"net"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"ticketx/dev/ports"
	"ticketx/dev/sidecar"
)

// serve plays a sidecar and returns its port.
func serve(t *testing.T, handle http.HandlerFunc) int {
	t.Helper()
	server := httptest.NewServer(handle)
	t.Cleanup(server.Close)
	return server.Listener.Addr().(*net.TCPAddr).Port
}

// closedPort is one that nobody listens on.
func closedPort(t *testing.T) int {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	require.NoError(t, ln.Close())
	return ln.Addr().(*net.TCPAddr).Port
}

func TestInvoke(t *testing.T) {
	t.Setenv("DAPR_API_TOKEN", "secret")
	port := serve(t, func(w http.ResponseWriter, r *http.Request) {
		assert.Equal(t, "secret", r.Header.Get("dapr-api-token"))
		_, _ = w.Write([]byte(`{"said":"` + r.Method + " " + r.URL.String() + `"}`))
	})
	client := sidecar.New(map[string]int{"orders" + ports.HTTP: port})
	var answer struct{ Said string }
	require.NoError(t, client.Invoke(t.Context(), "orders", http.MethodPost, "/things?from=3", &answer))
	assert.Equal(t, "POST /v1.0/invoke/orders/method/things?from=3", answer.Said)
	require.NoError(t, client.Invoke(t.Context(), "orders", http.MethodPost, "things", nil))
}

// A replica that is away is not the end of it.
func TestInvokeAnotherReplica(t *testing.T) {
	asked := 0
	living := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		asked++
		w.WriteHeader(http.StatusServiceUnavailable)
	})
	client := sidecar.New(map[string]int{
		ports.Instance("orders", 1) + ports.HTTP: closedPort(t),
		ports.Instance("orders", 2) + ports.HTTP: living,
		ports.Instance("orders", 3) + ports.HTTP: living,
	})
	require.Error(t, client.Invoke(t.Context(), "orders", http.MethodPost, "things", nil))
	assert.Equal(t, 1, asked, "what was answered was not refused for want of a connection")
}

func TestInvokeFails(t *testing.T) {
	for _, row := range []struct {
		name   string
		status int
		body   string
		want   string
	}{
		{"a problem of the service", 503, `{"status":503,"detail":"The message broker does not answer."}`, "orders answers 503: The message broker does not answer."},
		{"an error of Dapr", 500, `{"errorCode":"ERR_DIRECT_INVOKE","message":"fail to invoke, id: orders"}`, "orders answers 500: fail to invoke, id: orders"},
		{"nothing", 404, ``, "orders answers 404: Not Found"},
	} {
		t.Run(row.name, func(t *testing.T) {
			port := serve(t, func(w http.ResponseWriter, _ *http.Request) {
				w.WriteHeader(row.status)
				_, _ = w.Write([]byte(row.body))
			})
			err := sidecar.New(map[string]int{"orders" + ports.HTTP: port}).Invoke(t.Context(), "orders", http.MethodGet, "x", nil)
			require.EqualError(t, err, row.want)
			refused, ok := errors.AsType[*sidecar.Refused](err)
			require.True(t, ok)
			assert.Equal(t, row.status, refused.Status)
		})
	}
	port := serve(t, func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte(`<html>`)) })
	client := sidecar.New(map[string]int{"orders" + ports.HTTP: port, "auth" + ports.HTTP: closedPort(t)})
	assert.ErrorContains(t, client.Invoke(t.Context(), "orders", http.MethodGet, "x", &struct{}{}), "can't be read")
	assert.ErrorContains(t, client.Invoke(t.Context(), "auth", http.MethodGet, "x", nil), "is the system running?")
	assert.ErrorContains(t, client.Invoke(t.Context(), "nobody", http.MethodGet, "x", nil), `no service "nobody"`)
}
