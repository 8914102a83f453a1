package idempotency_test

import (
	"context"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"ticketx/kit/auth"
	"ticketx/kit/authtest"
	"ticketx/kit/errs"
	"ticketx/kit/idempotency"
	"ticketx/kit/ids"
	"ticketx/kit/state"
	"ticketx/kit/web"
)

// shop is a service with one route that counts how often it is really called.
type shop struct {
	store   *counted
	now     time.Time
	session func(userID string) *http.Cookie
	keys    *auth.Keys
	handle  func(w http.ResponseWriter, r *http.Request) error
	runs    atomic.Int32
	made    []string // the ids of what was created
	mu      sync.Mutex
}

func open(t *testing.T) *shop {
	t.Helper()
	keys, session := authtest.NewKeys(t)
	s := &shop{
		store: &counted{ExpiringStore: state.NewMemory()}, now: time.Now(), keys: keys, session: session,
	}
	s.handle = func(w http.ResponseWriter, r *http.Request) error {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			return err
		}
		w.Header().Set("Location", "/things/1")
		return web.Encode(w, http.StatusCreated, map[string]string{"got": string(body), "id": idempotency.ID(r.Context())})
	}
	return s
}

// replica is another process of the shop.
func (s *shop) replica() http.Handler {
	router := web.NewRouter(slog.New(slog.DiscardHandler), func(context.Context) error { return nil })
	r := router.NewRoute().Subrouter()
	r.Use(auth.Required(s.keys))
	used := idempotency.New(s.store, func() time.Time { return s.now })
	counting := web.Handler(func(w http.ResponseWriter, r *http.Request) error {
		s.runs.Add(1)
		s.mu.Lock()
		s.made = append(s.made, idempotency.ID(r.Context()))
		s.mu.Unlock()
		return s.handle(w, r)
	})
	r.Handle("/things", used.Middleware(counting)).Methods(http.MethodPost, http.MethodPut)
	r.Handle("/others", used.Middleware(counting)).Methods(http.MethodPost)
	r.Handle("/secrets", used.Unkept(counting)).Methods(http.MethodPost)
	return router
}

func (s *shop) send(h http.Handler, user, method, path, body string, keys ...string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, path, strings.NewReader(body))
	r.AddCookie(s.session(user))
	for _, key := range keys {
		r.Header.Add(idempotency.Header, key)
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

func (s *shop) post(h http.Handler, body string, keys ...string) *httptest.ResponseRecorder {
	return s.send(h, "mara", http.MethodPost, "/things", body, keys...)
}

func TestTheSameRequestHasTheSameAnswer(t *testing.T) {
	s := open(t)
	first := s.post(s.replica(), `{"n":1}`, "k")
	require.Equal(t, http.StatusCreated, first.Code)
	s.now = s.now.Add(23 * time.Hour)
	again := s.post(s.replica(), `{"n":1}`, "k")
	assert.Equal(t, first.Code, again.Code)
	assert.Equal(t, first.Body.String(), again.Body.String())
	for _, name := range []string{"Location", "Content-Type", "Cache-Control"} {
		assert.Equal(t, first.Header().Values(name), again.Header().Values(name), name)
	}
	assert.NotEqual(t, first.Header().Get("X-Request-Id"), again.Header().Get("X-Request-Id"))
	assert.EqualValues(t, 1, s.runs.Load())

	s.now = s.now.Add(2 * time.Hour)
	anew := s.post(s.replica(), `{"n":1}`, "k")
	assert.EqualValues(t, 2, s.runs.Load(), "a day is over")
	assert.NotEqual(t, first.Body.String(), anew.Body.String(), "and so is what was created then")
}

func TestAnotherBodyIsRefused(t *testing.T) {
	s := open(t)
	s.post(s.replica(), `{"n":1}`, "k")
	for range 2 {
		w := s.post(s.replica(), `{"n":2}`, "k")
		assert.Equal(t, http.StatusUnprocessableEntity, w.Code)
	}
	assert.EqualValues(t, 1, s.runs.Load())
	assert.Equal(t, http.StatusCreated, s.post(s.replica(), `{"n":1}`, "k").Code)
}

func TestAnAnswerThatIsNotKept(t *testing.T) {
	s := open(t)
	h := s.replica()
	for range 2 {
		assert.Equal(t, http.StatusCreated, s.send(h, "mara", http.MethodPost, "/secrets", `{"a":1}`, "k").Code)
	}
	assert.EqualValues(t, 2, s.runs.Load(), "carried out each time")
	assert.Equal(t, s.made[0], s.made[1], "as the same request")
	w := s.send(h, "mara", http.MethodPost, "/secrets", `{"a":2}`, "k")
	assert.Equal(t, http.StatusUnprocessableEntity, w.Code)
	assert.NotContains(t, s.store.written(), "got", "the answer is in no document")

	s.handle = func(http.ResponseWriter, *http.Request) error {
		w := s.send(s.replica(), "mara", http.MethodPost, "/secrets", `{"a":3}`, "other")
		assert.Equal(t, http.StatusConflict, w.Code, "%s", w.Body)
		return nil
	}
	s.send(h, "mara", http.MethodPost, "/secrets", `{"a":3}`, "other")
}

func TestKeysAreOfOneUserMethodAndPath(t *testing.T) {
	s := open(t)
	h := s.replica()
	s.send(h, "mara", http.MethodPost, "/things", `{}`, "k")
	s.send(h, "finn", http.MethodPost, "/things", `{"n":1}`, "k")
	s.send(h, "mara", http.MethodPut, "/things", `{"n":2}`, "k")
	s.send(h, "mara", http.MethodPost, "/others", `{"n":3}`, "k")
	s.send(h, "mara", http.MethodPost, "/things", `{"n":4}`, "K")
	assert.EqualValues(t, 5, s.runs.Load())
}

func TestKeysThatAreNone(t *testing.T) {
	s := open(t)
	h := s.replica()
	for _, keys := range [][]string{{""}, {strings.Repeat("k", 256)}, {"a", "b"}} {
		w := s.post(h, `{}`, keys...)
		assert.Equal(t, http.StatusBadRequest, w.Code)
		assert.Contains(t, w.Body.String(), `"field":"Idempotency-Key"`)
	}
	assert.Equal(t, http.StatusBadRequest, s.post(h, strings.Repeat("x", web.MaxBody+1), "k").Code)
	assert.Zero(t, s.runs.Load())
	assert.Equal(t, http.StatusCreated, s.post(h, `{}`, strings.Repeat("k", 255)).Code)
	assert.Equal(t, http.StatusCreated, s.post(h, `{}`, "a||b \"quoted\"").Code)
}

func TestWithoutAKeyNothingIsStored(t *testing.T) {
	s := open(t)
	for range 2 {
		assert.Equal(t, http.StatusCreated, s.post(s.replica(), `{}`).Code)
	}
	assert.EqualValues(t, 2, s.runs.Load())
	assert.Zero(t, s.store.calls.Load())
	assert.NotEqual(t, s.made[0], s.made[1])
	assert.True(t, ids.Valid(s.made[0]))
}

// Refusals are answers too. What promises nothing is not kept, and the next try has
// the same id for what the one before may have created.
func TestWhatIsKept(t *testing.T) {
	s := open(t)
	s.handle = func(http.ResponseWriter, *http.Request) error { return errs.Conflict("No.") }
	assert.Equal(t, http.StatusConflict, s.post(s.replica(), `{}`, "refused").Code)
	assert.Equal(t, http.StatusConflict, s.post(s.replica(), `{}`, "refused").Code)
	assert.EqualValues(t, 1, s.runs.Load())

	for _, fail := range []func(http.ResponseWriter, *http.Request) error{
		func(http.ResponseWriter, *http.Request) error { return errs.Unavailable("Down.", nil) },
		func(http.ResponseWriter, *http.Request) error { panic("a defect") },
	} {
		key, good := ids.New(), s.handle
		s.made = nil
		s.handle = fail
		assert.GreaterOrEqual(t, s.post(s.replica(), `{}`, key).Code, 500)
		s.handle = good
		assert.Equal(t, http.StatusConflict, s.post(s.replica(), `{}`, key).Code, "at once")
		require.Len(t, s.made, 2)
		assert.Equal(t, s.made[0], s.made[1])
	}
}

func TestWhileTheFirstIsUnderWay(t *testing.T) {
	s := open(t)
	entered, leave := make(chan struct{}), make(chan struct{})
	handle := s.handle
	s.handle = func(w http.ResponseWriter, r *http.Request) error {
		close(entered)
		<-leave
		return handle(w, r)
	}
	var first *httptest.ResponseRecorder
	var done sync.WaitGroup
	done.Go(func() { first = s.post(s.replica(), `{}`, "k") })
	<-entered
	w := s.post(s.replica(), `{}`, "k")
	assert.Equal(t, http.StatusConflict, w.Code)
	assert.Contains(t, w.Body.String(), `"code":"key_in_use"`)
	assert.Equal(t, http.StatusUnprocessableEntity, s.post(s.replica(), `{"n":1}`, "k").Code)
	close(leave)
	done.Wait()
	assert.Equal(t, first.Body.String(), s.post(s.replica(), `{}`, "k").Body.String())
	assert.EqualValues(t, 1, s.runs.Load())
}

func TestOneOfManyIsCarriedOut(t *testing.T) {
	s := open(t)
	var done sync.WaitGroup
	codes := make([]int, 20)
	start := make(chan struct{})
	for i := range codes {
		h := s.replica()
		done.Go(func() {
			<-start
			codes[i] = s.post(h, `{}`, "k").Code
		})
	}
	close(start)
	done.Wait()
	assert.EqualValues(t, 1, s.runs.Load())
	assert.Contains(t, codes, http.StatusCreated)
	for _, code := range codes {
		assert.Contains(t, []int{http.StatusCreated, http.StatusConflict}, code)
	}
}

// The process dies, or the store goes away, at every write in every way. Whatever is
// left, the key is free again when the lease is over, the next try has the id of the
// one before, and an answer that was given is given again.
func TestCrashes(t *testing.T) {
	for nth := int32(1); nth <= 2; nth++ {
		for _, after := range []bool{false, true} {
			s := open(t)
			s.store.failsAt, s.store.after = nth, after
			first := s.post(s.replica(), `{}`, "k")
			s.store.heal()
			if early := s.post(s.replica(), `{}`, "k").Code; early != http.StatusCreated {
				assert.Equal(t, http.StatusConflict, early, "write %d, after %t", nth, after)
			}
			s.now = s.now.Add(31 * time.Second)
			again := s.post(s.replica(), `{}`, "k")
			assert.Equal(t, http.StatusCreated, again.Code, "write %d, after %t", nth, after)
			assert.Equal(t, again.Body.String(), s.post(s.replica(), `{}`, "k").Body.String())
			if first.Code == http.StatusCreated {
				assert.Equal(t, first.Body.String(), again.Body.String(), "it was carried out, whatever was written down")
			}
			for _, id := range s.made {
				assert.Equal(t, s.made[0], id, "write %d, after %t", nth, after)
			}
			assert.LessOrEqual(t, s.runs.Load(), int32(2))
		}
	}
}

// Who outlives the lease does not write over the answer of who took over.
func TestTheLateOneDoesNotAnswerForTheOther(t *testing.T) {
	s := open(t)
	entered, leave := make(chan struct{}), make(chan struct{})
	var slow atomic.Bool
	slow.Store(true)
	s.handle = func(w http.ResponseWriter, _ *http.Request) error {
		if slow.Load() {
			close(entered)
			<-leave
			return web.Encode(w, http.StatusOK, "late")
		}
		return web.Encode(w, http.StatusOK, "in time")
	}
	var done sync.WaitGroup
	done.Go(func() { s.post(s.replica(), `{}`, "k") })
	<-entered
	slow.Store(false)
	s.now = s.now.Add(31 * time.Second)
	assert.Equal(t, `"in time"`, s.post(s.replica(), `{}`, "k").Body.String())
	close(leave)
	done.Wait()
	assert.Equal(t, `"in time"`, s.post(s.replica(), `{}`, "k").Body.String())
}

// counted is a store that counts its calls, and whose nth write and all calls after
// it have no answer until it heals.
type counted struct {
	state.ExpiringStore
	calls, writes atomic.Int32
	failsAt       int32
	after         bool // the nth write happens all the same
	mu            sync.Mutex
	text          strings.Builder
}

// written is all that was ever written.
func (c *counted) written() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.text.String()
}

func (c *counted) heal() { c.failsAt = 0 }

var errGone = errs.Unavailable("Down.", nil)

func (c *counted) gone() bool { return c.failsAt > 0 && c.writes.Load() >= c.failsAt }

func (c *counted) Read(ctx context.Context, keys ...string) ([]state.Item, error) {
	c.calls.Add(1)
	if c.gone() {
		return nil, errGone
	}
	return c.ExpiringStore.Read(ctx, keys...)
}

func (c *counted) WriteFor(ctx context.Context, key string, value []byte, etag string, ttl time.Duration) error {
	c.calls.Add(1)
	c.mu.Lock()
	c.text.Write(value)
	c.mu.Unlock()
	if nth := c.writes.Add(1); c.gone() && (nth > c.failsAt || !c.after) {
		return errGone
	}
	if err := c.ExpiringStore.WriteFor(ctx, key, value, etag, ttl); err != nil || !c.gone() {
		return err
	}
	return errGone
}
