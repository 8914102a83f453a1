package auth_test

import (
	"context"
	"crypto"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/rsa"
	"encoding/base64"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/golang-jwt/jwt/v5"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"ticketx/kit/auth"
	"ticketx/kit/errs"
	"ticketx/kit/web"
)

var mara = auth.Principal{ID: "019b76da-a800-7000-8000-000000000001", Email: "mara@example.com"}

// issuer is an auth service: keys that come and go, and a set that is fetched.
type issuer struct {
	mu      sync.Mutex
	private map[string]ed25519.PrivateKey
	down    error
	garbled bool
	fetches atomic.Int32
}

func newIssuer(t *testing.T, ids ...string) *issuer {
	t.Helper()
	i := &issuer{private: make(map[string]ed25519.PrivateKey)}
	for _, id := range ids {
		i.add(t, id)
	}
	return i
}

func (i *issuer) add(t *testing.T, id string) {
	t.Helper()
	_, private, err := ed25519.GenerateKey(rand.Reader)
	require.NoError(t, err)
	i.mu.Lock()
	defer i.mu.Unlock()
	i.private[id] = private
}

func (i *issuer) set(change func(i *issuer)) {
	i.mu.Lock()
	defer i.mu.Unlock()
	change(i)
}

// fetch publishes the key set.
func (i *issuer) fetch(ctx context.Context) ([]byte, error) {
	i.fetches.Add(1)
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	i.mu.Lock()
	defer i.mu.Unlock()
	if i.down != nil {
		return nil, i.down
	}
	if i.garbled {
		return []byte(`<html>502 Bad Gateway</html>`), nil
	}
	keys := []map[string]string{}
	for id, private := range i.private {
		public := private.Public().(ed25519.PublicKey)
		keys = append(keys, map[string]string{
			"kty": "OKP", "crv": "Ed25519", "alg": "EdDSA", "use": "sig", "kid": id,
			"x": base64.RawURLEncoding.EncodeToString(public),
		})
	}
	return json.Marshal(map[string]any{"keys": keys})
}

// sign makes a token by hand, so that it may say anything.
func sign(t *testing.T, method jwt.SigningMethod, kid any, key any, claims jwt.Claims) string {
	t.Helper()
	token := jwt.NewWithClaims(method, claims)
	if kid != nil {
		token.Header["kid"] = kid
	}
	signed, err := token.SignedString(key)
	require.NoError(t, err)
	return signed
}

func (i *issuer) session(t *testing.T, kid string, claims jwt.Claims) string {
	t.Helper()
	i.mu.Lock()
	defer i.mu.Unlock()
	return sign(t, jwt.SigningMethodEdDSA, kid, i.private[kid], claims)
}

// pass lets time go by, on the clock of the synctest bubble.
func pass(d time.Duration) { <-time.After(d) }

func current() auth.Claims { return auth.NewClaims(mara, time.Now(), time.Now().Add(time.Hour)) }

func changed(change func(c *auth.Claims)) auth.Claims {
	claims := current()
	change(&claims)
	return claims
}

func TestVerify(t *testing.T) {
	i := newIssuer(t, "a", "b")
	keys := auth.NewKeys(i.fetch)
	for _, kid := range []string{"a", "b"} {
		p, err := auth.Verify(t.Context(), keys, i.session(t, kid, current()), time.Now)
		require.NoError(t, err)
		assert.Equal(t, mara, p)
	}
	assert.EqualValues(t, 1, i.fetches.Load(), "the set is kept")
}

func TestVerifyRefuses(t *testing.T) {
	i := newIssuer(t, "a", "b")
	stranger := newIssuer(t, "a")
	public := i.private["a"].Public().(ed25519.PublicKey)
	rsaKey, err := rsa.GenerateKey(rand.Reader, 2048)
	require.NoError(t, err)
	good := i.session(t, "a", current())
	parts := strings.Split(good, ".")
	resigned := func(header, payload string) string {
		encode := base64.RawURLEncoding.EncodeToString
		input := encode([]byte(header)) + "." + encode([]byte(payload))
		signature, err := i.private["a"].Sign(nil, []byte(input), crypto.Hash(0))
		require.NoError(t, err)
		return input + "." + encode(signature)
	}

	for name, token := range map[string]string{
		"nothing":                        "",
		"no token":                       "session",
		"dots":                           "..",
		"half a token":                   parts[0] + "." + parts[1],
		"no signature":                   parts[0] + "." + parts[1] + ".",
		"another's signature":            parts[0] + "." + parts[1] + "." + strings.Split(i.session(t, "b", current()), ".")[2],
		"other claims, same signature":   parts[0] + "." + strings.Split(i.session(t, "a", changed(func(c *auth.Claims) { c.Subject = "other" })), ".")[1] + "." + parts[2],
		"forged with a stranger's key":   stranger.session(t, "a", current()),
		"signed with another of auth's":  sign(t, jwt.SigningMethodEdDSA, "b", i.private["a"], current()),
		"alg none":                       sign(t, jwt.SigningMethodNone, "a", jwt.UnsafeAllowNoneSignatureType, current()),
		"HS256 with the public key":      sign(t, jwt.SigningMethodHS256, "a", []byte(public), current()),
		"RS256":                          sign(t, jwt.SigningMethodRS256, "a", rsaKey, current()),
		"an unknown alg":                 resigned(`{"alg":"none2","kid":"a"}`, `{}`),
		"no alg":                         resigned(`{"kid":"a"}`, `{}`),
		"an unknown kid":                 sign(t, jwt.SigningMethodEdDSA, "c", i.private["a"], current()),
		"no kid":                         sign(t, jwt.SigningMethodEdDSA, nil, i.private["a"], current()),
		"a kid that is no string":        sign(t, jwt.SigningMethodEdDSA, 1, i.private["a"], current()),
		"over":                           i.session(t, "a", auth.NewClaims(mara, time.Now().Add(-time.Hour), time.Now().Add(-time.Minute))),
		"without end":                    i.session(t, "a", changed(func(c *auth.Claims) { c.ExpiresAt = nil })),
		"not yet":                        i.session(t, "a", changed(func(c *auth.Claims) { c.NotBefore = jwt.NewNumericDate(time.Now().Add(time.Minute)) })),
		"of another issuer":              i.session(t, "a", changed(func(c *auth.Claims) { c.Issuer = "elsewhere" })),
		"of no issuer":                   i.session(t, "a", changed(func(c *auth.Claims) { c.Issuer = "" })),
		"of nobody":                      i.session(t, "a", changed(func(c *auth.Claims) { c.Subject = "" })),
		"claims that are no object":      resigned(`{"alg":"EdDSA","kid":"a"}`, `"claims"`),
		"an end that is no time":         resigned(`{"alg":"EdDSA","kid":"a"}`, `{"iss":"ticketx","sub":"x","exp":"never"}`),
		"a header that is no JSON":       resigned(`alg`, `{}`),
		"its key inside, as an attacker": resigned(`{"alg":"EdDSA","jwk":{"kty":"OKP"}}`, `{"iss":"ticketx","sub":"x","exp":99999999999}`),
	} {
		t.Run(name, func(t *testing.T) {
			p, err := auth.Verify(t.Context(), auth.NewKeys(i.fetch), token, time.Now)
			require.True(t, errs.Is(err, errs.KindUnauthenticated), "%v", err)
			assert.Zero(t, p)
		})
	}
}

// A session lasts as long as it says, with a few seconds for clocks that differ.
func TestSessionsEnd(t *testing.T) {
	i := newIssuer(t, "a")
	keys := auth.NewKeys(i.fetch)
	start := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	token := i.session(t, "a", auth.NewClaims(mara, start, start.Add(time.Minute)))
	for after, valid := range map[time.Duration]bool{
		0: true, 59 * time.Second: true, 63 * time.Second: true, 70 * time.Second: false, time.Hour: false,
	} {
		_, err := auth.Verify(t.Context(), keys, token, func() time.Time { return start.Add(after) })
		assert.Equal(t, valid, err == nil, "after %s: %v", after, err)
	}
}

// Made-up key ids do not become calls to auth.
func TestUnknownKeyIDsAreFetchedOnceASecond(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		i, stranger := newIssuer(t, "a"), newIssuer(t, "made-up")
		keys := auth.NewKeys(i.fetch)
		forged := stranger.session(t, "made-up", current())
		for second := range 3 {
			var done sync.WaitGroup
			for range 50 {
				done.Go(func() {
					_, err := auth.Verify(t.Context(), keys, forged, time.Now)
					assert.True(t, errs.Is(err, errs.KindUnauthenticated), "%v", err)
				})
			}
			done.Wait()
			assert.EqualValues(t, second+1, i.fetches.Load())
			_, err := auth.Verify(t.Context(), keys, i.session(t, "a", current()), time.Now)
			require.NoError(t, err, "nobody else notices")
			pass(time.Second)
		}
	})
}

func TestKeysRotate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		i := newIssuer(t, "old")
		keys := auth.NewKeys(i.fetch)
		verify := func(token string) error {
			_, err := auth.Verify(t.Context(), keys, token, time.Now)
			return err
		}
		old := i.session(t, "old", current())
		require.NoError(t, verify(old))
		pass(time.Minute)

		i.add(t, "new")
		require.NoError(t, verify(i.session(t, "new", current())), "a new key is fetched when it is first met")
		require.NoError(t, verify(old), "and nobody is signed out")
		assert.EqualValues(t, 2, i.fetches.Load())
		pass(time.Minute)

		i.set(func(i *issuer) { delete(i.private, "old") })
		i.add(t, "newer")
		require.NoError(t, verify(i.session(t, "newer", current())))
		assert.True(t, errs.Is(verify(old), errs.KindUnauthenticated), "a retired key is good no more")
	})
}

// That auth does not answer signs nobody out and stops nobody who is known.
func TestAuthDown(t *testing.T) {
	for name, fail := range map[string]func(i *issuer){
		"no answer":    func(i *issuer) { i.down = errors.New("connection refused") },
		"out of time":  func(i *issuer) { i.down = context.DeadlineExceeded },
		"no key set":   func(i *issuer) { i.garbled = true },
		"already told": func(i *issuer) { i.down = errs.Unavailable("Later.", nil) },
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				i := newIssuer(t, "a")
				keys := auth.NewKeys(i.fetch)
				i.set(fail)
				token := i.session(t, "a", current())
				for range 20 {
					_, err := auth.Verify(t.Context(), keys, token, time.Now)
					require.True(t, errs.Is(err, errs.KindUnavailable), "%v", err)
				}
				assert.EqualValues(t, 1, i.fetches.Load(), "auth is not stormed while it is down")

				i.set(func(i *issuer) { i.down, i.garbled = nil, false })
				pass(time.Second)
				_, err := auth.Verify(t.Context(), keys, token, time.Now)
				require.NoError(t, err, "it goes on without a restart")

				i.set(fail)
				pass(time.Minute)
				_, err = auth.Verify(t.Context(), keys, token, time.Now)
				require.NoError(t, err, "known keys need no auth")
			})
		})
	}
}

// One caller's hanging up is not auth's failing for all others.
func TestFetchOutlivesItsCaller(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		i := newIssuer(t, "a")
		keys := auth.NewKeys(i.fetch)
		token := i.session(t, "a", current())
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		_, err := auth.Verify(ctx, keys, token, time.Now)
		require.NoError(t, err)
		_, err = auth.Verify(t.Context(), keys, token, time.Now)
		require.NoError(t, err)
	})
}

func TestFetchIsBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		i := newIssuer(t, "a")
		keys := auth.NewKeys(func(ctx context.Context) ([]byte, error) {
			<-ctx.Done()
			return nil, ctx.Err()
		})
		start := time.Now()
		_, err := auth.Verify(t.Context(), keys, i.session(t, "a", current()), time.Now)
		require.True(t, errs.Is(err, errs.KindUnavailable), "%v", err)
		assert.LessOrEqual(t, time.Since(start), 5*time.Second)
	})
}

func TestRequired(t *testing.T) {
	i := newIssuer(t, "a")
	served := ""
	ask := func(cookies ...*http.Cookie) *httptest.ResponseRecorder {
		served = ""
		h := auth.Required(auth.NewKeys(i.fetch))(web.Handler(func(w http.ResponseWriter, r *http.Request) error {
			served = auth.UserID(r.Context())
			w.WriteHeader(http.StatusNoContent)
			return nil
		}))
		r := httptest.NewRequest(http.MethodGet, "/", http.NoBody)
		for _, c := range cookies {
			r.AddCookie(c)
		}
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		return w
	}
	session := &http.Cookie{Name: auth.SessionCookie, Value: i.session(t, "a", current())}

	assert.Equal(t, http.StatusNoContent, ask(session).Code)
	assert.Equal(t, mara.ID, served)

	for name, cookies := range map[string][]*http.Cookie{
		"no cookie":      nil,
		"another cookie": {{Name: "other", Value: session.Value}},
		"an empty one":   {{Name: auth.SessionCookie}},
		"a forged one":   {{Name: auth.SessionCookie, Value: session.Value + "x"}},
	} {
		w := ask(cookies...)
		assert.Equal(t, http.StatusUnauthorized, w.Code, name)
		assert.Equal(t, "application/problem+json", w.Header().Get("Content-Type"), name)
		assert.Empty(t, served, name)
	}

	i.set(func(i *issuer) { i.down = errors.New("connection refused") })
	w := ask(session)
	assert.Equal(t, http.StatusServiceUnavailable, w.Code)
	assert.Equal(t, "1", w.Header().Get("Retry-After"))
	assert.NotContains(t, w.Body.String(), "refused")
	assert.Empty(t, served)
	assert.Equal(t, http.StatusUnauthorized, ask().Code, "who has no session needs no key")

	assert.Empty(t, auth.UserID(t.Context()))
}

// A key set may hold keys that are none of ours.
func TestOtherKeysInTheSet(t *testing.T) {
	i := newIssuer(t, "a")
	rsaKey, err := rsa.GenerateKey(rand.Reader, 2048)
	require.NoError(t, err)
	keys := auth.NewKeys(func(ctx context.Context) ([]byte, error) {
		set, err := i.fetch(ctx)
		if err != nil {
			return nil, err
		}
		other := `{"keys":[{"kty":"RSA","kid":"rsa","alg":"RS256","use":"sig","e":"AQAB","n":"` +
			base64.RawURLEncoding.EncodeToString(rsaKey.N.Bytes()) + `"},`
		return []byte(strings.Replace(string(set), `{"keys":[`, other, 1)), nil
	})
	_, err = auth.Verify(t.Context(), keys, i.session(t, "a", current()), time.Now)
	require.NoError(t, err)
	_, err = auth.Verify(t.Context(), keys, sign(t, jwt.SigningMethodRS256, "rsa", rsaKey, current()), time.Now)
	require.True(t, errs.Is(err, errs.KindUnauthenticated), "%v", err)
}
