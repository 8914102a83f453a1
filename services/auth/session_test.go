package auth

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

var noon = time.Date(2026, 10, 5, 12, 0, 0, 0, time.UTC)

func TestARefreshTokenIsReplacedWhenItIsUsed(t *testing.T) {
	s, token := newSession("mara", noon)
	later := noon.Add(AccessLifetime)

	next, v := s.renew(token.secret, later)

	assert.Equal(t, rotated, v)
	assert.NotEqual(t, token.secret, next)
	assert.Equal(t, later.Add(RefreshLifetime), s.ExpiresAt, "it lasts as if it had begun now")
	_, v = s.renew(next, later.Add(Grace))
	assert.Equal(t, rotated, v, "the successor is used like the first")
}

// What a token is worth depends on which one it is and on when it is used. The
// first token was replaced at noon, by the second.
func TestWhatATokenIsWorth(t *testing.T) {
	rows := []struct {
		name   string
		second bool // present the second token, else the first
		after  time.Duration
		want   verdict
	}{
		{"two tabs at once", false, 0, repeated},
		{"the last moment of the grace", false, Grace - time.Millisecond, repeated},
		{"a stolen token", false, Grace, reused},
		{"a stolen token, much later", false, 24 * time.Hour, reused},
		{"the successor, while the first may be under way", true, Grace - time.Millisecond, kept},
		{"the successor", true, Grace, rotated},
		{"the successor, at the last moment", true, RefreshLifetime - time.Second, rotated},
		{"the successor, too late", true, RefreshLifetime, refused},
		{"the first, too late", false, RefreshLifetime, refused},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			s, token := newSession("mara", noon.Add(-time.Hour))
			second, v := s.renew(token.secret, noon)
			require.Equal(t, rotated, v)
			before := s
			secret := token.secret
			if row.second {
				secret = second
			}

			next, v := s.renew(secret, noon.Add(row.after))

			assert.Equal(t, row.want, v)
			assert.Equal(t, v.changes(), s != before, "a verdict says whether the session changed")
			switch v {
			case repeated:
				assert.Equal(t, second, next, "both tabs end up with the same token")
			case kept, refused:
				assert.Empty(t, next)
			case reused:
				_, v = s.renew(second, noon.Add(row.after))
				assert.Equal(t, refused, v, "the session is over for the thief and the robbed")
			case rotated:
				assert.NotContains(t, []string{token.secret, second, ""}, next)
			}
		})
	}
}

func TestATokenFromLongAgoEndsTheSession(t *testing.T) {
	s, first := newSession("mara", noon)
	second, _ := s.renew(first.secret, noon)
	third, _ := s.renew(second, noon.Add(time.Hour))

	_, v := s.renew(first.secret, noon.Add(2*time.Hour))
	assert.Equal(t, reused, v)
	_, v = s.renew(third, noon.Add(2*time.Hour))
	assert.Equal(t, refused, v)
}

func TestTheDocumentHoldsNoToken(t *testing.T) {
	s, token := newSession("mara", noon)
	next, _ := s.renew(token.secret, noon)
	for _, kept := range []string{s.ID, s.Current, s.Previous, s.Nonce} {
		assert.NotContains(t, []string{token.session, token.secret, next}, kept)
	}
}

func TestRefreshTokensFromOutside(t *testing.T) {
	_, token := newSession("mara", noon)
	read, ok := parseRefreshToken(token.String())
	require.True(t, ok)
	assert.Equal(t, token, read)

	for _, garbage := range []string{
		"", ".", "a.b", token.session, token.session + ".", "." + token.secret,
		token.String() + "A", token.String()[1:], token.String() + ".x",
		"AAAAAAAAAAAA||AAAAAAAAAAAA." + token.secret,
		token.session + ".****************************************___",
	} {
		_, ok := parseRefreshToken(garbage)
		assert.False(t, ok, "%q", garbage)
	}
}
