package api_test

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/alexedwards/argon2id"
	"github.com/gorilla/mux"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	kitauth "ticketx/kit/auth"
	"ticketx/kit/errs"
	"ticketx/kit/state"
	"ticketx/kit/web"
	"ticketx/services/auth"
	"ticketx/services/auth/internal/api"
	"ticketx/services/auth/internal/keyring"
	"ticketx/services/auth/internal/passwords"
)

const (
	email    = "Mara@Example.com"
	password = "correct horse"
	account  = `{"email":"` + email + `","password":"` + password + `"}`
)

// server is the API over a store in memory, with all that is around it.
type server struct {
	http   http.Handler
	app    http.Handler
	store  *store
	secret map[string]string // nil: the secret store does not answer
	clock  time.Time
	log    bytes.Buffer
}

// store is a store that can be switched off.
type store struct {
	state.Store
	down bool
}

var errDown = errs.Unavailable("A part of the system does not answer.", nil)

func (s *store) Read(ctx context.Context, keys ...string) ([]state.Item, error) {
	if s.down {
		return nil, errDown
	}
	return s.Store.Read(ctx, keys...)
}

func (s *store) Write(ctx context.Context, key string, value []byte, etag string) error {
	if s.down {
		return errDown
	}
	return s.Store.Write(ctx, key, value, etag)
}

// secrets are the signing keys of all tests.
var secrets = sync.OnceValue(func() map[string]string {
	_, key, _ := ed25519.GenerateKey(nil)
	der, _ := x509.MarshalPKCS8PrivateKey(key)
	return map[string]string{
		"current": "test",
		"test":    string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der})),
	}
})

type option func(*server, *api.API)

func secureCookies(_ *server, a *api.API) { a.SecureCookies = true }

func withoutKeys(s *server, _ *api.API) { s.secret = nil }

func newServer(t *testing.T, options ...option) *server {
	s := &server{
		store:  &store{Store: state.NewMemory()},
		secret: secrets(),
		clock:  time.Now(),
	}
	now := func() time.Time { return s.clock }
	logger := slog.New(slog.NewTextHandler(&s.log, nil))
	ring := keyring.New(func(context.Context) (map[string]string, error) {
		if s.secret == nil {
			return nil, errDown
		}
		return s.secret, nil
	}, slog.New(slog.DiscardHandler))
	cheap := argon2id.Params{Memory: 64, Iterations: 1, Parallelism: 1, SaltLength: 16, KeyLength: 32}
	edge := &api.API{
		Users:  auth.NewService(s.store, passwords.New(cheap, 2), ring, logger, now),
		KeySet: ring.JWKS,
		Keys:   kitauth.NewKeys(func(context.Context) ([]byte, error) { return ring.JWKS() }),
		Now:    now,
	}
	for _, o := range options {
		o(s, edge)
	}
	if s.secret != nil {
		ctx, cancel := context.WithCancel(t.Context())
		t.Cleanup(cancel)
		go ring.Run(ctx)
		require.Eventually(t, func() bool { return ring.Ready(ctx) == nil }, 10*time.Second, time.Millisecond)
	}
	router, app := web.NewRouter(logger, ring.Ready), mux.NewRouter()
	edge.Routes(router)
	edge.AppRoutes(app)
	s.http, s.app = router, app
	return s
}

// browser is somebody with cookies, and with a look at each Set-Cookie.
type browser struct {
	*server
	t       *testing.T
	cookies map[string]string
}

func (s *server) browser(t *testing.T) *browser {
	return &browser{server: s, t: t, cookies: make(map[string]string)}
}

// do sends a request and takes the cookies of the answer.
func (b *browser) do(method, path, body string) *http.Response {
	b.t.Helper()
	r := httptest.NewRequestWithContext(b.t.Context(), method, path, strings.NewReader(body))
	for name, value := range b.cookies {
		r.AddCookie(&http.Cookie{Name: name, Value: value})
	}
	w := httptest.NewRecorder()
	b.http.ServeHTTP(w, r)
	res := w.Result()
	for _, c := range res.Cookies() {
		if c.MaxAge < 0 {
			delete(b.cookies, c.Name)
		} else {
			b.cookies[c.Name] = c.Value
		}
	}
	return res
}

func (b *browser) post(call, body string) *http.Response {
	b.t.Helper()
	return b.do(http.MethodPost, "/api/users/"+call, body)
}

func (b *browser) currentUser() *http.Response {
	b.t.Helper()
	return b.do(http.MethodGet, "/api/users/currentuser", "")
}

func (b *browser) signUp() *http.Response {
	b.t.Helper()
	res := b.post("signup", account)
	require.Equal(b.t, http.StatusCreated, res.StatusCode)
	return res
}

func bodyOf(t *testing.T, res *http.Response) string {
	t.Helper()
	body, err := io.ReadAll(res.Body)
	require.NoError(t, err)
	return strings.TrimSpace(string(body))
}

// answers asserts the status and the whole body.
func answers(t *testing.T, status int, body string, res *http.Response) {
	t.Helper()
	assert.Equal(t, status, res.StatusCode)
	assert.JSONEq(t, body, bodyOf(t, res))
}

// refuses asserts the status and the fields that a problem document names.
func refuses(t *testing.T, status int, fields []string, res *http.Response) web.Problem {
	t.Helper()
	assert.Equal(t, status, res.StatusCode)
	assert.Equal(t, "application/problem+json", res.Header.Get("Content-Type"))
	var p web.Problem
	require.NoError(t, json.Unmarshal([]byte(bodyOf(t, res)), &p))
	var named []string
	for _, f := range p.Errors {
		assert.NotEmpty(t, f.Message)
		if f.Field != "" {
			named = append(named, f.Field)
		}
	}
	assert.Equal(t, fields, named)
	if status == http.StatusServiceUnavailable {
		assert.NotEmpty(t, res.Header.Get("Retry-After"))
	}
	return p
}
