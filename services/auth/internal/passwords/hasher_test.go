package passwords

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/alexedwards/argon2id"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"ticketx/kit/errs"
)

// cheap is argon2id that tests can afford.
var cheap = argon2id.Params{Memory: 64, Iterations: 1, Parallelism: 1, SaltLength: 16, KeyLength: 32}

func TestHashesMatchTheirPasswordsAlone(t *testing.T) {
	h := New(cheap, 1)
	one, err := h.Hash(t.Context(), "correct horse")
	require.NoError(t, err)
	two, err := h.Hash(t.Context(), "correct horse")
	require.NoError(t, err)
	assert.NotEqual(t, one, two, "each has a salt of its own")

	for _, hash := range []string{one, two} {
		matches, err := h.Matches(t.Context(), "correct horse", hash)
		require.NoError(t, err)
		assert.True(t, matches)
		matches, err = h.Matches(t.Context(), "correct horsf", hash)
		require.NoError(t, err)
		assert.False(t, matches)
	}
}

func TestHashesAreMadeAsOWASPAsks(t *testing.T) {
	hash, err := New(OWASP, 1).Hash(t.Context(), "correct horse")
	require.NoError(t, err)
	assert.True(t, strings.HasPrefix(hash, "$argon2id$v=19$m=19456,t=2,p=1$"), hash)
}

func TestNobodyHasNoPasswordButCostsAsMuch(t *testing.T) {
	h := New(cheap, 1)
	matches, err := h.Matches(t.Context(), "correct horse", "")
	require.NoError(t, err)
	assert.False(t, matches)

	params, salt, key, err := argon2id.DecodeHash(h.nobody)
	require.NoError(t, err)
	assert.Equal(t, &cheap, params)
	assert.Len(t, salt, int(cheap.SaltLength))
	assert.Len(t, key, int(cheap.KeyLength))
}

func TestAHashThatIsNoneIsAnError(t *testing.T) {
	_, err := New(cheap, 1).Matches(t.Context(), "correct horse", "correct horse")
	assert.Equal(t, errs.KindInternal, errs.KindOf(err))
}

func TestThoseWhoAreTooManyAreTurnedAway(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := New(cheap, 1)
		h.places <- struct{}{} // somebody hashes, and goes on until the end
		h.inside.Add(1)
		ctx, cancel := context.WithCancel(t.Context())
		waiting := make(chan error, queuePerPlace)
		for range queuePerPlace {
			go func() {
				_, err := h.Hash(ctx, "correct horse")
				waiting <- err
			}()
		}
		synctest.Wait()

		_, err := h.Hash(t.Context(), "correct horse")
		e, ok := errors.AsType[*errs.Error](err)
		require.True(t, ok)
		assert.Equal(t, errs.KindUnavailable, e.Kind)
		assert.Equal(t, retryAfter, e.RetryAfter)

		cancel()
		for range queuePerPlace {
			require.ErrorIs(t, <-waiting, context.Canceled, "whoever hangs up leaves the queue")
		}
		<-h.places
		h.inside.Add(-1)
		_, err = h.Hash(t.Context(), "correct horse")
		assert.NoError(t, err, "the queue is empty again")
	})
}
