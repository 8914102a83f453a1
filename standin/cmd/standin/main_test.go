package main

import (
	"context"
	"io"
	"net"
	"net/http"
	"net/url"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func environment(vars map[string]string) func(string) string {
	return func(name string) string { return vars[name] }
}

func TestRunSaysWhatIsWrong(t *testing.T) {
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer func() { require.NoError(t, taken.Close()) }()
	vars := map[string]string{
		"STANDIN_DATA": filepath.Join(t.TempDir(), "made", "book.db"),
		"STANDIN_ADDR": taken.Addr().String(),
	}
	require.ErrorContains(t, run(t.Context(), environment(vars)), "STANDIN_ADDR moves it")
}

func TestRunStopsWhenTold(t *testing.T) {
	told, stop := context.WithCancel(t.Context())
	stop()
	vars := map[string]string{"STANDIN_DATA": filepath.Join(t.TempDir(), "book.db"), "STANDIN_ADDR": "127.0.0.1:0"}
	require.NoError(t, run(told, environment(vars)))
	require.NoError(t, run(told, environment(vars)), "the book was closed")
}

// A request that a fault holds back ends with the process, in good order.
func TestRunStopsDuringAFault(t *testing.T) {
	addr := freeAddress(t)
	told, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() {
		ended <- run(told, environment(map[string]string{
			"STANDIN_DATA": filepath.Join(t.TempDir(), "book.db"), "STANDIN_ADDR": addr,
		}))
	}()
	base := "http://" + addr
	require.Eventually(t, func() bool {
		res, err := http.Get(base + "/healthz")
		return err == nil && res.Body.Close() == nil
	}, 10*time.Second, time.Millisecond)
	res, err := http.PostForm(base+"/faults", url.Values{"kind": {"late"}, "delay": {"1h"}})
	require.NoError(t, err)
	require.NoError(t, res.Body.Close())
	asked := make(chan error, 1)
	go func() {
		res, err := http.Get(base + "/v1/refunds")
		if err == nil {
			err = res.Body.Close()
		}
		asked <- err
	}()
	require.Eventually(t, func() bool {
		res, err := http.Get(base + "/faults")
		require.NoError(t, err)
		body, err := io.ReadAll(res.Body)
		require.NoError(t, err)
		require.NoError(t, res.Body.Close())
		return strings.Contains(string(body), `"met": 1`)
	}, 10*time.Second, time.Millisecond)
	stop()
	require.NoError(t, <-ended)
	require.NoError(t, <-asked)
}

// freeAddress is one that nobody listens at.
func freeAddress(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	require.NoError(t, l.Close())
	return l.Addr().String()
}

func TestSettings(t *testing.T) {
	_, err := settings(environment(nil))
	require.NoError(t, err)
	_, err = settings(environment(map[string]string{
		"STANDIN_PUBLIC_URL":      "https://pay.shop.example",
		"STANDIN_DELAY":           "0s",
		"STANDIN_WEBHOOK_URL":     "http://127.0.0.1:8080/api/payments/webhooks",
		"STANDIN_WEBHOOK_SECRETS": "whsec_new, whsec_old",
		"STANDIN_WEBHOOK_PAUSE":   "50ms",
		"STANDIN_WEBHOOK_TRIES":   "3",
		"STANDIN_WEBHOOK_TIMEOUT": "2s",
	}))
	require.NoError(t, err)
	for name, c := range map[string]struct{ set, value, says string }{
		"url without secrets": {"STANDIN_WEBHOOK_URL", "http://127.0.0.1/", "STANDIN_WEBHOOK_SECRETS"},
		"secrets without url": {"STANDIN_WEBHOOK_SECRETS", "whsec_private", "STANDIN_WEBHOOK_URL"},
		"public url":          {"STANDIN_PUBLIC_URL", "shop.example", "STANDIN_PUBLIC_URL"},
		"delay":               {"STANDIN_DELAY", "soon", "STANDIN_DELAY"},
		"negative":            {"STANDIN_DELAY", "-1s", "STANDIN_DELAY"},
		"timeout":             {"STANDIN_WEBHOOK_TIMEOUT", "3", "STANDIN_WEBHOOK_TIMEOUT"},
		"pause":               {"STANDIN_WEBHOOK_PAUSE", "x", "STANDIN_WEBHOOK_PAUSE"},
		"tries":               {"STANDIN_WEBHOOK_TRIES", "0", "STANDIN_WEBHOOK_TRIES"},
	} {
		t.Run(name, func(t *testing.T) {
			vars := map[string]string{c.set: c.value}
			err := run(t.Context(), environment(vars))
			require.ErrorContains(t, err, c.says)
			require.NotContains(t, err.Error(), "whsec_private")
		})
	}
}
