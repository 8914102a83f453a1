package standin

import (
	"bufio"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"github.com/stripe/stripe-go/v76"
)

// spawn serves the book in a process of its own and returns its address and
// what kills it.
func spawn(t *testing.T, path string, env ...string) (string, func()) {
	t.Helper()
	child := exec.CommandContext(t.Context(), os.Args[0])
	child.Env = slices.Concat(os.Environ(), []string{bookOfChild + "=" + path}, env)
	child.Stderr = os.Stderr
	out, err := child.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, child.Start())
	address, err := bufio.NewReader(out).ReadString('\n')
	require.NoError(t, err)
	return strings.TrimSpace(address), func() {
		require.NoError(t, child.Process.Kill())
		_ = child.Wait() // "signal: killed"
	}
}

// What was acknowledged is there after kill -9, the answers kept for
// idempotency keys with it.
func TestBookSurvivesKill(t *testing.T) {
	path := filepath.Join(t.TempDir(), "book.db")
	address, kill := spawn(t, path)
	s := connect(t, address)
	paid := s.paid(1000)
	_, err := s.refunds.New(refundOf(paid.ID, 400))
	require.NoError(t, err)
	open := s.create(700)
	confirmPath := "/v1/payment_intents/" + open.ID + "/confirm"
	declined := s.post(confirmPath, "order:1:1", confirmForm("tok_chargeDeclined"))
	charged := s.post(confirmPath, "order:1:2", confirmForm("tok_visa"))
	require.Equal(t, http.StatusPaymentRequired, declined.status)
	require.Equal(t, http.StatusOK, charged.status)
	kill()

	address, kill = spawn(t, path)
	defer kill()
	s = connect(t, address)
	i, err := s.intents.Get(paid.ID, nil)
	require.NoError(t, err)
	assert.Equal(t, stripe.PaymentIntentStatusSucceeded, i.Status)
	c, err := s.charges.Get(i.LatestCharge.ID, nil)
	require.NoError(t, err)
	assert.Equal(t, int64(400), c.AmountRefunded)
	for key, before := range map[string]response{"order:1:1": declined, "order:1:2": charged} {
		token := "tok_visa"
		if before.status != http.StatusOK {
			token = "tok_chargeDeclined"
		}
		after := s.post(confirmPath, key, confirmForm(token))
		assert.Equal(t, before.status, after.status)
		assert.Equal(t, before.body, after.body)
		assert.Equal(t, "true", after.header.Get("Idempotent-Replayed"))
	}
	assert.Greater(t, s.create(500).ID, open.ID, "ids go on growing")
}

// Deliveries go on after kill -9, and each event arrives in the end.
func TestDeliveriesSurviveKill(t *testing.T) {
	shop := receive(t)
	shop.answer = func(stripe.Event, int) int { return http.StatusServiceUnavailable }
	path := filepath.Join(t.TempDir(), "book.db")
	address, kill := spawn(t, path, webhookOfChild+"="+shop.URL)
	s := connect(t, address)
	s.paid(1000)
	require.Eventually(t, func() bool { return len(shop.types()) >= 5 }, 20*time.Second, time.Millisecond)
	kill()

	shop.mu.Lock()
	shop.answer = nil
	shop.got = nil
	shop.mu.Unlock()
	_, kill = spawn(t, path, webhookOfChild+"="+shop.URL)
	defer kill()
	require.Eventually(t, func() bool { return len(shop.types()) >= 3 }, 20*time.Second, time.Millisecond)
	assert.Subset(t, shop.types(), []string{
		"payment_intent.created", "charge.succeeded", "payment_intent.succeeded",
	}, "at least once")
}

func TestBookHasOneOwner(t *testing.T) {
	path := filepath.Join(t.TempDir(), "book.db")
	startOn(t, path)
	_, err := Open(path)
	require.ErrorContains(t, err, "another process has it open")
	_, err = Open(filepath.Join(path, "below-a-file"))
	require.Error(t, err)
}

// A book that can't be written to is the stand-in's own failure: 500, and
// nothing is acknowledged.
func TestClosedBook(t *testing.T) {
	book, err := Open(filepath.Join(t.TempDir(), "book.db"))
	require.NoError(t, err)
	srv := httptest.NewServer(NewServer(book))
	defer srv.Close()
	s := connect(t, srv.URL)
	require.NoError(t, book.Close())

	_, err = s.intents.New(cardIntent(1000))
	e := refused(t, err, http.StatusInternalServerError, "")
	assert.Equal(t, stripe.ErrorTypeAPI, e.Type)
	assert.Equal(t, http.StatusServiceUnavailable, s.do(s.request(http.MethodGet, "/healthz", "")).status)
	assert.Equal(t, http.StatusInternalServerError, s.do(s.request(http.MethodGet, "/book", "")).status)
}
