package standin

import (
	"net/http"
	"net/url"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"github.com/stripe/stripe-go/v76"
	bolt "go.etcd.io/bbolt"
)

func intentForm() url.Values {
	return url.Values{"amount": {"1000"}, "currency": {"eur"}, "payment_method_types[]": {"card"}}
}

func confirmForm(token string) url.Values {
	return url.Values{"payment_method_data[type]": {"card"}, "payment_method_data[card][token]": {token}}
}

func TestReplayIsTheSameAnswer(t *testing.T) {
	s := start(t)
	first := s.post("/v1/payment_intents", "order:1", intentForm())
	again := s.post("/v1/payment_intents", "order:1", intentForm())

	require.Equal(t, http.StatusOK, first.status, first.body)
	assert.Equal(t, first.status, again.status)
	assert.Equal(t, first.body, again.body, "byte for byte")
	assert.Empty(t, first.header.Get("Idempotent-Replayed"))
	assert.Equal(t, "true", again.header.Get("Idempotent-Replayed"))
	assert.Equal(t, "order:1", again.header.Get("Idempotency-Key"))
	assert.Equal(t, first.header.Get("Request-Id"), first.header.Get("Original-Request"))
	assert.Equal(t, first.header.Get("Request-Id"), again.header.Get("Original-Request"))
	assert.NotEqual(t, first.header.Get("Request-Id"), again.header.Get("Request-Id"))
	assert.Len(t, s.contents().PaymentIntents, 1)
}

// A decline is an answer like any other: the same key never tries again.
func TestReplayOfADecline(t *testing.T) {
	s := start(t)
	i := s.create(1000)
	confirm := func() *stripe.Error {
		p := withToken("tok_chargeDeclined")
		p.SetIdempotencyKey("order:1:1")
		_, err := s.intents.Confirm(i.ID, p)
		return refused(t, err, http.StatusPaymentRequired, stripe.ErrorCodeCardDeclined)
	}
	first, again := confirm(), confirm()
	assert.Equal(t, first.ChargeID, again.ChargeID)
	assert.Len(t, s.contents().Charges, 1)
}

func TestKeyWithOtherParametersOrPath(t *testing.T) {
	s := start(t)
	require.Equal(t, http.StatusOK, s.post("/v1/payment_intents", "k", intentForm()).status)

	other := intentForm()
	other.Set("amount", "2000")
	r := s.post("/v1/payment_intents", "k", other)
	assert.Equal(t, http.StatusBadRequest, r.status)
	assert.Equal(t, "idempotency_error", r.error(t).Type)
	assert.Contains(t, r.error(t).Message, "same parameters")

	i := s.create(1000)
	r = s.post("/v1/payment_intents/"+i.ID+"/confirm", "k", confirmForm("tok_visa"))
	assert.Equal(t, http.StatusBadRequest, r.status)
	assert.Equal(t, "idempotency_error", r.error(t).Type)
	assert.Contains(t, r.error(t).Message, "same endpoint")
	assert.Empty(t, s.contents().Charges)

	assert.Equal(t, "true", s.post("/v1/payment_intents", "k", intentForm()).header.Get("Idempotent-Replayed"),
		"a misuse does not spoil the key")
}

// Nothing has run when a parameter is wrong, so the key is still free. What
// the book had to be asked for is an answer that stays.
func TestOnlyWhatRanIsKept(t *testing.T) {
	s := start(t)
	wrong := intentForm()
	wrong.Set("amount", "1")
	assert.Equal(t, "amount_too_small", s.post("/v1/payment_intents", "k", wrong).error(t).Code)
	assert.Equal(t, http.StatusOK, s.post("/v1/payment_intents", "k", intentForm()).status)

	path := "/v1/payment_intents/" + s.create(1000).ID + "/confirm"
	assert.Equal(t, "resource_missing", s.post(path, "k2", confirmForm("tok_nobody")).error(t).Code)
	assert.Equal(t, "true", s.post(path, "k2", confirmForm("tok_nobody")).header.Get("Idempotent-Replayed"))
	assert.Equal(t, "idempotency_error", s.post(path, "k2", confirmForm("tok_visa")).error(t).Type)
}

func TestKeyInUse(t *testing.T) {
	s := start(t)
	// A writer that does not end keeps the first request from being answered.
	writer, err := s.book.db.Begin(true)
	require.NoError(t, err)
	release := sync.OnceValue(writer.Rollback)
	defer func() { _ = release() }()

	first := make(chan response, 1)
	go func() { first <- s.post("/v1/payment_intents", "k", intentForm()) }()
	require.Eventually(t, func() bool {
		s.book.mu.Lock()
		defer s.book.mu.Unlock()
		return s.book.busy["k"]
	}, 10*time.Second, time.Millisecond)

	r := s.post("/v1/payment_intents", "k", intentForm())
	assert.Equal(t, http.StatusConflict, r.status)
	assert.Equal(t, "idempotency_key_in_use", r.error(t).Code)

	require.NoError(t, release())
	done := <-first
	assert.Equal(t, http.StatusOK, done.status, done.body)
	again := s.post("/v1/payment_intents", "k", intentForm())
	assert.Equal(t, done.body, again.body)
}

// Twenty of the same request at once: each is told to wait or given the one answer.
func TestSameKeyAtOnce(t *testing.T) {
	s := start(t)
	path := "/v1/payment_intents/" + s.create(1000).ID + "/confirm"
	answers := make([]response, 20)
	var all sync.WaitGroup
	for n := range answers {
		all.Go(func() { answers[n] = s.post(path, "order:1:1", confirmForm("tok_visa")) })
	}
	all.Wait()
	bodies := map[string]bool{}
	for _, r := range answers {
		if r.status != http.StatusConflict {
			assert.Equal(t, http.StatusOK, r.status, r.body)
			bodies[r.body] = true
		}
	}
	assert.Len(t, bodies, 1)
	assert.Len(t, s.contents().Charges, 1)
}

func TestKeysLiveADay(t *testing.T) {
	s := start(t)
	now := s.clock()
	first := s.post("/v1/payment_intents", "k", intentForm())

	now.advance(keyLifetime - time.Second)
	assert.Equal(t, first.body, s.post("/v1/payment_intents", "k", intentForm()).body)
	now.advance(time.Second)
	assert.NotEqual(t, first.body, s.post("/v1/payment_intents", "k", intentForm()).body, "a new request")

	for _, key := range []string{"a", "b", "c"} {
		s.post("/v1/payment_intents", key, intentForm())
	}
	now.advance(keyLifetime)
	s.post("/v1/payment_intents", "d", intentForm())
	s.post("/v1/payment_intents", "e", intentForm())
	assert.Equal(t, 2, s.count(bucketKeys), "only d and e are left")
	assert.Equal(t, 2, s.count(bucketKeysByAge))
}

// clock replaces the book's clock by one that the test moves.
func (s *stand) clock() *clock {
	c := &clock{now: time.Now()}
	s.book.SetClock(c.read)
	return c
}

type clock struct {
	mu  sync.Mutex
	now time.Time
}

func (c *clock) read() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

func (s *stand) count(bucket string) int {
	s.t.Helper()
	n := 0
	require.NoError(s.t, s.book.db.View(func(btx *bolt.Tx) error {
		return btx.Bucket([]byte(bucket)).ForEach(func(_, _ []byte) error { n++; return nil })
	}))
	return n
}

func TestKeyTooLong(t *testing.T) {
	s := start(t)
	long := make([]byte, longestKey+1)
	for n := range long {
		long[n] = 'k'
	}
	assert.Equal(t, http.StatusBadRequest, s.post("/v1/payment_intents", string(long), intentForm()).status)
	assert.Equal(t, http.StatusOK, s.post("/v1/payment_intents", string(long[1:]), intentForm()).status)
}

// stripe-go waits and tries again by itself when a key is in use.
func TestStripeGoRetriesAKeyInUse(t *testing.T) {
	s := start(t)
	require.True(t, s.book.enter("k"))
	backend := stripe.GetBackendWithConfig(stripe.APIBackend, &stripe.BackendConfig{
		URL:           stripe.String(s.url),
		LeveledLogger: &freeingLogger{book: s.book, key: "k"},
	})
	s.intents.B = backend
	p := cardIntent(1000)
	p.SetIdempotencyKey("k")
	_, err := s.intents.New(p)
	require.NoError(t, err)
}

// freeingLogger gives the key free when stripe-go says that it will try again.
type freeingLogger struct {
	book *Book
	key  string
}

func (l *freeingLogger) Debugf(string, ...any) {}
func (l *freeingLogger) Errorf(string, ...any) {}
func (l *freeingLogger) Infof(string, ...any)  {}
func (l *freeingLogger) Warnf(string, ...any)  { l.book.leave(l.key) }
