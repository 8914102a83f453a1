package auth

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"strings"
	"time"
)

const (
	// AccessLifetime is how long an access token lasts.
	AccessLifetime = 15 * time.Minute
	// RefreshLifetime is how long a refresh token lasts when it is not used.
	RefreshLifetime = 30 * 24 * time.Hour
	// Grace is how long a refresh token still works after it was replaced.
	Grace = 30 * time.Second
)

// The reasons for which a session ends before its time.
const (
	endedBySignOut = "signed out"
	endedByReuse   = "replaced token used"
)

// Session is what somebody who signed in holds tokens of. The package
// documentation says what they are worth.
type Session struct {
	ID     string `json:"id"` // a digest of the part of its tokens that names it
	UserID string `json:"userId"`

	// Current and Previous are digests of secrets. Nonce makes the current
	// secret from the previous one.
	Current   string    `json:"current"`
	Previous  string    `json:"previous,omitempty"`
	Nonce     string    `json:"nonce,omitempty"`
	RotatedAt time.Time `json:"rotatedAt,omitzero"`

	CreatedAt time.Time `json:"createdAt"`
	ExpiresAt time.Time `json:"expiresAt"`

	Ended   string    `json:"ended,omitempty"` // why; empty while it lasts
	EndedAt time.Time `json:"endedAt,omitzero"`
}

// newSession begins a session and returns its first refresh token.
func newSession(userID string, now time.Time) (Session, refreshToken) {
	random := make([]byte, sha256.Size)
	_, _ = rand.Read(random) // never fails (crypto/rand)
	token := refreshToken{session: rand.Text(), secret: encodeSecret(random)}
	return Session{
		ID:        token.sessionID(),
		UserID:    userID,
		Current:   digest(token.secret),
		CreatedAt: now,
		ExpiresAt: now.Add(RefreshLifetime),
	}, token
}

// verdict is what a refresh token turned out to be worth.
type verdict int

const (
	refused  verdict = iota // the session is over, or never was
	kept                    // good, and stays in use
	rotated                 // good, and replaced
	repeated                // replaced a moment ago; its successor is given again
	reused                  // replaced before that: the session ends
)

// good reports whether the token buys an access token.
func (v verdict) good() bool { return v == kept || v == rotated || v == repeated }

// changes reports whether the verdict changed the session.
func (v verdict) changes() bool { return v == rotated || v == reused }

// renew uses the refresh token with the secret. next is the secret to use from
// now on, or "" when that is the same one.
func (s *Session) renew(secret string, now time.Time) (next string, v verdict) {
	used := digest(secret)
	switch {
	case s.over(now):
		return "", refused
	case used == s.Current && s.inGrace(now):
		return "", kept
	case used == s.Current:
		return s.rotate(secret, now), rotated
	case used == s.Previous && s.inGrace(now):
		return successor(secret, s.Nonce), repeated
	default:
		s.end(endedByReuse, now)
		return "", reused
	}
}

// rotate replaces the current secret, which is given, and makes the session
// last as if it had begun now.
func (s *Session) rotate(secret string, now time.Time) (next string) {
	s.Nonce = rand.Text()
	next = successor(secret, s.Nonce)
	s.Previous, s.Current = s.Current, digest(next)
	s.RotatedAt = now
	s.ExpiresAt = now.Add(RefreshLifetime)
	return next
}

// end ends the session before its time. It reports false when it was over.
func (s *Session) end(why string, now time.Time) bool {
	if s.over(now) {
		return false
	}
	s.Ended, s.EndedAt = why, now
	return true
}

func (s *Session) over(now time.Time) bool {
	return s.Ended != "" || !now.Before(s.ExpiresAt)
}

// inGrace reports whether the previous secret is still good.
func (s *Session) inGrace(now time.Time) bool {
	return s.Previous != "" && now.Before(s.RotatedAt.Add(Grace))
}

// refreshToken is what the refresh cookie holds: "session.secret". Its first
// part alone is enough to end the session, so it is a secret too.
type refreshToken struct {
	session string
	secret  string
}

// sessionID is the id of the token's session, which may appear in logs.
func (t refreshToken) sessionID() string { return digest(t.session) }

func (t refreshToken) String() string { return t.session + "." + t.secret }

// The lengths of the two parts, in bytes: what rand.Text gives, and SHA-256's
// size in base64url without padding.
const (
	sessionLength = 26
	secretLength  = 43
)

// parseRefreshToken reads a token from outside. What could not be one is not
// looked up: a made-up key must never reach the store.
func parseRefreshToken(s string) (t refreshToken, ok bool) {
	name, secret, _ := strings.Cut(s, ".")
	if len(name) != sessionLength || strings.Trim(name, "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567") != "" {
		return refreshToken{}, false
	}
	if _, err := base64.RawURLEncoding.DecodeString(secret); err != nil || len(secret) != secretLength {
		return refreshToken{}, false
	}
	return refreshToken{session: name, secret: secret}, true
}

// digest is what is kept of a secret. The secret has 256 random bits, so one
// round of SHA-256 is enough: nobody can try them all, as they could passwords.
func digest(secret string) string {
	sum := sha256.Sum256([]byte(secret))
	return hex.EncodeToString(sum[:])
}

// successor is the secret that replaces secret, the same for the same nonce.
func successor(secret, nonce string) string {
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write([]byte(nonce))
	return encodeSecret(mac.Sum(nil))
}

func encodeSecret(b []byte) string { return base64.RawURLEncoding.EncodeToString(b) }
