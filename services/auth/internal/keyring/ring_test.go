package keyring

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"errors"
	"log/slog"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	kitauth "ticketx/kit/auth"
	"ticketx/kit/errs"
)

func pemOf(t *testing.T, key any) string {
	t.Helper()
	der, err := x509.MarshalPKCS8PrivateKey(key)
	require.NoError(t, err)
	return string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}))
}

// newKey returns an Ed25519 key as secrets hold it.
func newKey(t *testing.T) string {
	t.Helper()
	_, key, err := ed25519.GenerateKey(nil)
	require.NoError(t, err)
	return pemOf(t, key)
}

func TestSecretsThatHoldKeys(t *testing.T) {
	a, b := newKey(t), newKey(t)
	whole, err := json.Marshal(map[string]string{"current": "b", "a": a, "b": b})
	require.NoError(t, err)

	for name, secret := range map[string]map[string]string{
		"a value for each key":      {"current": "b", "a": a, "b": b},
		"all in one string":         {SecretName: string(whole)},
		"space around, as in files": {"current": "b", "a": "\n" + a + "\n\n", "b": b},
	} {
		t.Run(name, func(t *testing.T) {
			k, err := parse(secret)
			require.NoError(t, err)
			assert.Equal(t, "b", k.current)
			assert.Equal(t, []string{"a", "b"}, k.ids)

			var set struct{ Keys []map[string]string }
			require.NoError(t, json.Unmarshal(k.published, &set))
			require.Len(t, set.Keys, 2)
			for _, jwk := range set.Keys {
				assert.Subset(t, jwk, map[string]string{"kty": "OKP", "crv": "Ed25519", "alg": "EdDSA", "use": "sig"})
				assert.NotContains(t, jwk, "d", "the private half stays here")
			}
		})
	}
}

func TestSecretsThatAreMalformed(t *testing.T) {
	a := newKey(t)
	other, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	rows := []struct {
		name   string
		secret map[string]string
		says   string
	}{
		{"empty", nil, `"current" does not name a key`},
		{"no current", map[string]string{"a": a}, `"current" does not name a key`},
		{"current is not there", map[string]string{"current": "b", "a": a}, `"b", which is not there`},
		{"a key instead of its id", map[string]string{"current": a, "a": a}, `"current" does not name a key`},
		{"bad id", map[string]string{"current": "a b", "a b": a}, `"a b" is not the id of a key`},
		{"not PEM", map[string]string{"current": "a", "a": "c2VjcmV0"}, `key "a": not one PEM block`},
		{"two keys in one", map[string]string{"current": "a", "a": a + a}, `key "a": not one PEM block`},
		{"a certificate", map[string]string{"current": "a", "a": strings.Replace(a, "MC", "AA", 1)}, `key "a": not a PKCS #8`},
		{"another kind of key", map[string]string{"current": "a", "a": pemOf(t, other)}, `key "a": not an Ed25519 key`},
		{"a spare that is bad", map[string]string{"current": "a", "a": a, "b": ""}, `key "b": not one PEM block`},
		{"bad JSON", map[string]string{SecretName: `{"current": "a"`}, "not a JSON object"},
		{"values are not strings", map[string]string{SecretName: `{"current": 1}`}, "not a JSON object"},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			_, err := parse(row.secret)
			require.ErrorContains(t, err, row.says)
			for line := range strings.Lines(a) {
				assert.NotContains(t, err.Error(), strings.TrimSpace(line))
			}
		})
	}
}

// store is a secret store that tests steer.
type store struct {
	secret atomic.Pointer[map[string]string] // nil: it does not answer
}

func (s *store) read(context.Context) (map[string]string, error) {
	if secret := s.secret.Load(); secret != nil {
		return *secret, nil
	}
	return nil, errors.New("connection refused")
}

func (s *store) put(secret map[string]string) { s.secret.Store(&secret) }

// inBubble runs test beside a running Ring, in a bubble of time of its own.
func inBubble(t *testing.T, test func(t *testing.T, r *Ring, s *store, log *bytes.Buffer)) {
	synctest.Test(t, func(t *testing.T) {
		var (
			s   store
			log bytes.Buffer
		)
		r := New(s.read, slog.New(slog.NewTextHandler(&log, nil)))
		ctx, cancel := context.WithCancel(t.Context())
		var running atomic.Bool
		running.Store(true)
		go func() {
			r.Run(ctx)
			running.Store(false)
		}()
		synctest.Wait()
		test(t, r, &s, &log)
		cancel()
		synctest.Wait()
		assert.False(t, running.Load(), "Run ends with its context")
	})
}

func TestTheServiceWaitsForItsSidecar(t *testing.T) {
	inBubble(t, func(t *testing.T, r *Ring, s *store, log *bytes.Buffer) {
		pass(time.Minute)
		err := r.Ready(t.Context())
		assert.True(t, errs.Is(err, errs.KindUnavailable))
		assert.ErrorContains(t, err, "can't be read")
		_, err = r.Sign(claims())
		assert.True(t, errs.Is(err, errs.KindUnavailable))
		_, err = r.JWKS()
		assert.True(t, errs.Is(err, errs.KindUnavailable))
		assert.Equal(t, 1, strings.Count(log.String(), "level=WARN"), "one reason, one line")

		s.put(map[string]string{"current": "a", "a": newKey(t)})
		pass(maxRetry)
		assert.NoError(t, r.Ready(t.Context()))
	})
}

func TestAMalformedSecretIsTheReason(t *testing.T) {
	inBubble(t, func(t *testing.T, r *Ring, s *store, log *bytes.Buffer) {
		s.put(map[string]string{"current": "a"})
		pass(maxRetry)
		var reason *errs.Error
		require.ErrorAs(t, r.Ready(t.Context()), &reason)
		assert.Equal(t, "The secret auth-signing-keys is malformed.", reason.Message, "callers are told no more")
		assert.Contains(t, log.String(), "which is not there")
		assert.Contains(t, log.String(), "level=ERROR")

		s.put(map[string]string{"current": "a", "a": newKey(t)})
		pass(maxRetry)
		assert.NoError(t, r.Ready(t.Context()))
	})
}

func TestKeysStayInUseWhileTheSecretIsBad(t *testing.T) {
	inBubble(t, func(t *testing.T, r *Ring, s *store, log *bytes.Buffer) {
		s.put(map[string]string{"current": "a", "a": newKey(t)})
		pass(maxRetry)
		require.NoError(t, r.Ready(t.Context()))

		s.put(map[string]string{"current": "b"})
		pass(reloadEvery)
		assert.NoError(t, r.Ready(t.Context()))
		assert.Contains(t, log.String(), "malformed")
		_, err := r.Sign(claims())
		assert.NoError(t, err)
	})
}

// The three steps of a rotation, as the documentation of package auth has them.
// Two services watch: one that knows the set from the start, and one that sees
// it for the first time.
func TestKeysRotateWithoutSigningAnybodyOut(t *testing.T) {
	inBubble(t, func(t *testing.T, r *Ring, s *store, _ *bytes.Buffer) {
		old, fresh := newKey(t), newKey(t)
		fetch := func(context.Context) ([]byte, error) { return r.JWKS() }
		veteran := kitauth.NewKeys(fetch)
		valid := func(token string) {
			t.Helper()
			for _, keys := range []*kitauth.Keys{veteran, kitauth.NewKeys(fetch)} {
				who, err := kitauth.Verify(t.Context(), keys, token, time.Now)
				require.NoError(t, err)
				assert.Equal(t, "mara", who.ID)
			}
		}
		sign := func() string {
			t.Helper()
			token, err := r.Sign(claims())
			require.NoError(t, err)
			return token
		}
		step := func(secret map[string]string) {
			s.put(secret)
			pass(reloadEvery)
		}

		step(map[string]string{"current": "old", "old": old})
		before := sign()
		valid(before)
		step(map[string]string{"current": "old", "old": old, "fresh": fresh})
		valid(before)
		valid(sign())
		step(map[string]string{"current": "fresh", "old": old, "fresh": fresh})
		valid(before)
		after := sign()
		assert.NotEqual(t, headerOf(before), headerOf(after))
		valid(after)
		step(map[string]string{"current": "fresh", "fresh": fresh})
		valid(after)
		_, err := kitauth.Verify(t.Context(), kitauth.NewKeys(fetch), before, time.Now)
		assert.True(t, errs.Is(err, errs.KindUnauthenticated), "a key that was taken out verifies nothing")
	})
}

func claims() kitauth.Claims {
	return kitauth.NewClaims(kitauth.Principal{ID: "mara"}, time.Now(), time.Now().Add(time.Hour))
}

func headerOf(token string) string {
	header, _, _ := strings.Cut(token, ".")
	return header
}

// pass lets time go by and waits until the Ring has done what was due.
func pass(d time.Duration) {
	time.Sleep(d) //nolint:forbidigo // the time of synctest's bubble, which takes none
	synctest.Wait()
}
