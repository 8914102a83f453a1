//go:build linux

// Package develop has the system run by what `make dev` calls, on a copy of the
// source, and changes that.
package develop_test

import (
	"cmp"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"ticketx/kit/daprtest"
	"ticketx/test/system"
)

// patience is how long a change may take to be seen, on a machine that has other
// work: what is changed is built first.
const patience = 90 * time.Second

func TestWhatChangesRuns(t *testing.T) {
	if testing.Short() {
		t.Skip("needs the whole system, and Node.js")
	}
	source := checkout(t)
	dir, err := os.MkdirTemp("", "ticketx-develop-") //nolint:usetesting // kept, with its logs, when this fails
	require.NoError(t, err)
	sys, err := system.Develop(t.Context(), source, dir, "CLIENT=on",
		"TICKETX_TOOLS="+cmp.Or(os.Getenv("TICKETX_TOOLS"), filepath.Join(daprtest.Root(t), ".ticketx", "tools", "bin")),
		"GOFLAGS=-trimpath", // so that the copy is not compiled from nothing each time
	)
	require.NoError(t, err, "its logs are in %s", dir)
	t.Cleanup(func() {
		sys.Stop()
		// The workers of Next.js are killed when it has ended.
		assert.Eventually(t, func() bool { return len(system.Using(dir)) == 0 }, patience, 50*time.Millisecond, "left behind")
		if t.Failed() {
			t.Logf("it said:\n%s\nits logs are in %s", sys.Output(), dir)
			return
		}
		_ = os.RemoveAll(dir)
	})
	standIn, err := sys.Port("standin")
	require.NoError(t, err)
	signIn := request{http.MethodPost, sys.Base + "/api/users/signin", `{"email":"nobody"}`}
	book := request{http.MethodGet, fmt.Sprintf("http://127.0.0.1:%d/", standIn), ""}
	home := request{http.MethodGet, sys.Base + "/", ""}
	auth := filepath.Join(source, "services", "auth", "credentials.go")

	t.Run("a service", func(t *testing.T) {
		require.Contains(t, signIn.answer(), "Must be a valid e-mail address.")
		edit(t, auth, "Must be a valid e-mail address.", "Is nobody's address.")
		signIn.comesTo(t, "Is nobody's address.")
		says(t, sys, "auth runs anew")
		assert.NotContains(t, sys.Output(), "tickets runs anew", "it has not changed")
	})
	t.Run("what does not compile", func(t *testing.T) {
		edit(t, auth, "package auth", "package auth\nvar _ int = \"no number\"\n")
		says(t, sys, "the services do not compile")
		assert.Contains(t, signIn.answer(), "Is nobody's address.", "the old one goes on")
		edit(t, auth, "var _ int = \"no number\"", "")
		edit(t, auth, "Is nobody's address.", "Is somebody else's address.")
		signIn.comesTo(t, "Is somebody else's address.")
	})
	t.Run("the stand-in", func(t *testing.T) {
		require.Contains(t, book.answer(), "The stand-in for Stripe")
		edit(t, filepath.Join(source, "standin", "html", "book.html"), "The stand-in for Stripe", "Nothing like Stripe")
		book.comesTo(t, "Nothing like Stripe")
	})
	t.Run("a page", func(t *testing.T) {
		require.Contains(t, home.answer(), "Somebody has your ticket.")
		edit(t, filepath.Join(source, "client", "messages", "en.json"), "Somebody has your ticket.", "Nobody has it.")
		home.comesTo(t, "Nobody has it.")
	})
	t.Run("a page that is open hears of changes", func(t *testing.T) {
		assert.Equal(t, http.StatusSwitchingProtocols, upgrade(t, sys.Base+"/_next/hmr"))
	})
}

// request is one whose answer a change changes.
type request struct{ method, url, body string }

// answer is what is answered now, or the error that there is instead.
func (r request) answer() string {
	req, err := http.NewRequest(r.method, r.url, strings.NewReader(r.body)) //nolint:noctx // the client has a limit
	if err != nil {
		return err.Error()
	}
	req.Header.Set("Content-Type", "application/json")
	res, err := (&http.Client{Timeout: patience}).Do(req)
	if err != nil {
		return err.Error()
	}
	defer func() { _ = res.Body.Close() }()
	text, err := io.ReadAll(res.Body)
	if err != nil {
		return err.Error()
	}
	return string(text)
}

// comesTo waits until the answer contains the text.
func (r request) comesTo(t *testing.T, text string) {
	t.Helper()
	require.Eventually(t, func() bool { return strings.Contains(r.answer(), text) }, patience, 100*time.Millisecond,
		"%s does not come to say %q", r.url, text)
}

// says waits until the system has said something.
func says(t *testing.T, sys *system.System, text string) {
	t.Helper()
	require.Eventually(t, func() bool { return strings.Contains(sys.Output(), text) }, patience, 100*time.Millisecond, text)
}

// upgrade asks for a WebSocket, and returns the status of the answer.
func upgrade(t *testing.T, url string) int {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, http.NoBody)
	require.NoError(t, err)
	for name, value := range map[string]string{
		"Connection": "Upgrade", "Upgrade": "websocket", "Origin": strings.TrimSuffix(url, req.URL.Path),
		"Sec-WebSocket-Version": "13", "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
	} {
		req.Header.Set(name, value)
	}
	res, err := http.DefaultClient.Do(req)
	require.NoError(t, err)
	require.NoError(t, res.Body.Close())
	return res.StatusCode
}
