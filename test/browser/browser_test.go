//go:build linux

// Package browser has people use the shop in a real Chromium, against the real
// system. The tests are written for Playwright, in the *.spec.ts beside this file;
// this starts what they need, and takes parts away when they say so.
package browser_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"ticketx/test/system"
)

const client = "client"

// chromium is where the browser is, unless CHROMIUM says otherwise.
const chromium = "/usr/bin/chromium"

func TestBrowser(t *testing.T) {
	if testing.Short() {
		t.Skip("needs the whole system, and a browser")
	}
	browser := os.Getenv("CHROMIUM")
	if browser == "" {
		browser = chromium
	}
	_, err := exec.LookPath(browser)
	require.NoError(t, err, "a Chromium is needed (Debian: apt-get install chromium); CHROMIUM says where it is")

	dir, err := os.MkdirTemp("", "ticketx-browser-") //nolint:usetesting // kept, with its logs, when this fails
	require.NoError(t, err)
	sys, err := system.Start(t.Context(), dir, "ON_CRASH=report", "CLIENT=on")
	require.NoError(t, err)
	t.Cleanup(func() {
		sys.Stop()
		if t.Failed() {
			t.Logf("the system's logs are in %s", dir)
			return
		}
		_ = os.RemoveAll(dir)
	})
	parts := httptest.NewServer(control(sys))
	t.Cleanup(parts.Close)

	cmd := exec.CommandContext(t.Context(), "node", "node_modules/@playwright/test/cli.js", "test", "--grep", os.Getenv("ONLY"))
	// By the name that the stand-in sends people back to: cookies are of a host.
	shop := strings.Replace(sys.Base, "127.0.0.1", "localhost", 1)
	cmd.Env = append(os.Environ(), "SHOP="+shop, "CONTROL="+parts.URL, "CHROMIUM="+browser)
	cmd.Stdout, cmd.Stderr = os.Stdout, os.Stderr
	require.NoError(t, cmd.Run())
}

// control kills parts of the system, and starts them again and waits for them:
// POST /kill/PART and POST /restart/PART?SETTING=value, which is kept.
func control(sys *system.System) http.Handler {
	var mu sync.Mutex
	killed := make(map[string]*system.Process)
	mux := http.NewServeMux()
	handle := func(action string, do func(ctx context.Context, part string, settings url.Values) error) {
		mux.HandleFunc("POST /"+action+"/{part}", func(w http.ResponseWriter, r *http.Request) {
			ctx, cancel := context.WithTimeout(r.Context(), 20*time.Second)
			defer cancel()
			mu.Lock()
			defer mu.Unlock()
			if err := do(ctx, r.PathValue("part"), r.URL.Query()); err != nil {
				http.Error(w, err.Error(), http.StatusInternalServerError)
			}
		})
	}
	handle("kill", func(ctx context.Context, part string, _ url.Values) error {
		process, err := sys.Process(part)
		if err != nil {
			return err
		}
		if part == client {
			process.Command("node", "server.js")
		}
		killed[part] = process
		return process.Kill(ctx)
	})
	handle("restart", func(ctx context.Context, part string, settings url.Values) error {
		process, ok := killed[part]
		if !ok {
			return fmt.Errorf("%s was not killed", part)
		}
		for name := range settings {
			process.Set(name, settings.Get(name))
		}
		if err := process.Restart(); err != nil {
			return err
		}
		return answers(ctx, sys, part)
	})
	return mux
}

// answers waits until the part, a service or the client, is there again.
func answers(ctx context.Context, sys *system.System, part string) error {
	ready := func() (int, error) { return sys.Ready(ctx, part) }
	if part == client {
		ready = func() (int, error) { return status(ctx, sys.Base+"/offline") }
	}
	for {
		if code, err := ready(); err == nil && code < http.StatusMultipleChoices {
			return nil
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("%s does not come back: %w", part, ctx.Err())
		case <-time.After(50 * time.Millisecond):
		}
	}
}

func status(ctx context.Context, url string) (int, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, http.NoBody)
	if err != nil {
		return 0, err
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return 0, err
	}
	return res.StatusCode, res.Body.Close()
}
