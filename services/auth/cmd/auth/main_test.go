package main

import (
	"context"
	"crypto/ed25519"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"ticketx/kit/daprtest"
	"ticketx/services/auth/internal/keyring"
)

func TestSettingsAreCheckedAllAtOnce(t *testing.T) {
	err := run(t.Context(), []string{"API_ADDR=nowhere", "APP_ADDR=0.0.0.0:3101"})
	require.ErrorContains(t, err, "API_ADDR")
	assert.ErrorContains(t, err, "APP_API_TOKEN")
}

// The service starts before its sidecar, says that it is not ready, and works
// when the sidecar has come, without a restart.
func TestTheServiceWaitsForItsSidecar(t *testing.T) {
	if testing.Short() {
		t.Skip("runs a sidecar")
	}
	ports := daprtest.FreePorts(t, 3)
	addr := func(i int) string { return net.JoinHostPort("127.0.0.1", strconv.Itoa(ports[i])) }
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() {
		ended <- run(ctx, []string{
			"API_ADDR=" + addr(0), "APP_ADDR=" + addr(1),
			"DAPR_GRPC_PORT=" + strconv.Itoa(ports[2]), "COOKIE_SECURE=false", "LOG_LEVEL=error",
		})
	}()
	eventually(t, http.StatusNoContent, "http://"+addr(0)+"/healthz")

	status, body := get(t, "http://"+addr(0)+"/readyz")
	assert.Equal(t, http.StatusServiceUnavailable, status)
	assert.NotEmpty(t, body)

	state := filepath.Join(t.TempDir(), "auth.db")
	sidecar := daprtest.Start(t, daprtest.Options{AppID: "auth", Resources: []string{
		daprtest.Component(t, filepath.Join("state", "sqlite"), map[string]string{"connectionString": state}),
		daprtest.Component(t, filepath.Join("secrets", "local"), map[string]string{"secretsFile": secretsFile(t)}),
	}})
	forward(t, addr(2), net.JoinHostPort("127.0.0.1", strconv.Itoa(sidecar.GRPCPort)))
	eventually(t, http.StatusNoContent, "http://"+addr(0)+"/readyz")

	status, body = get(t, "http://"+addr(1)+"/.well-known/jwks.json")
	assert.Equal(t, http.StatusOK, status)
	assert.Contains(t, body, `"kid":"2026-10-05"`)
	status, body = call(t, http.MethodPost, "http://"+addr(0)+"/api/users/signup",
		`{"email":"mara@example.com","password":"correct horse"}`)
	assert.Equal(t, http.StatusCreated, status, body)

	stop()
	assert.NoError(t, <-ended)
}

// secretsFile makes a file for secretstores.local.file, in the form that the
// documentation of package auth has.
func secretsFile(t *testing.T) string {
	t.Helper()
	_, key, err := ed25519.GenerateKey(nil)
	require.NoError(t, err)
	der, err := x509.MarshalPKCS8PrivateKey(key)
	require.NoError(t, err)
	content, err := json.Marshal(map[string]any{keyring.SecretName: map[string]string{
		"current":    "2026-10-05",
		"2026-10-05": string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der})),
	}})
	require.NoError(t, err)
	path := filepath.Join(t.TempDir(), "secrets.json")
	require.NoError(t, os.WriteFile(path, content, 0o600))
	return path
}

// forward passes connections to from on to to: a sidecar's port is known only
// when the sidecar runs, and the service has been told one before.
func forward(t *testing.T, from, to string) {
	t.Helper()
	ln, err := net.Listen("tcp", from)
	require.NoError(t, err)
	t.Cleanup(func() { _ = ln.Close() })
	go func() {
		for {
			in, err := ln.Accept()
			if err != nil {
				return
			}
			out, err := net.Dial("tcp", to)
			if err != nil {
				_ = in.Close()
				continue
			}
			go pipe(in, out)
			go pipe(out, in)
		}
	}()
}

func pipe(to, from net.Conn) {
	_, _ = io.Copy(to, from)
	_ = to.Close()
	_ = from.Close()
}

func get(t *testing.T, url string) (status int, answer string) {
	t.Helper()
	return call(t, http.MethodGet, url, "")
}

// call answers with the status 0 when nobody is there.
func call(t *testing.T, method, url, body string) (status int, answer string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, url, strings.NewReader(body))
	require.NoError(t, err)
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return 0, ""
	}
	defer func() { _ = res.Body.Close() }()
	content, err := io.ReadAll(res.Body)
	require.NoError(t, err)
	return res.StatusCode, string(content)
}

func eventually(t *testing.T, want int, url string) {
	t.Helper()
	require.EventuallyWithT(t, func(c *assert.CollectT) {
		status, body := get(t, url)
		assert.Equal(c, want, status, body)
	}, 30*time.Second, 50*time.Millisecond)
}
