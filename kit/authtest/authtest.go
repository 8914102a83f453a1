// Package authtest signs people in for tests: session cookies signed with a key
// of the test's own, and the key set that verifies them.
package authtest

import (
	"context"
	"crypto/ed25519"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"ticketx/kit/auth"
)

// keyID is the kid of the test's key.
const keyID = "test"

// NewKeys returns a key set with one key, and a function that gives the session
// cookie of a user, signed with that key and good for an hour.
func NewKeys(t testing.TB) (keys *auth.Keys, session func(userID string) *http.Cookie) {
	t.Helper()
	public, private, err := ed25519.GenerateKey(nil)
	if err != nil {
		t.Fatal(err)
	}
	set, err := json.Marshal(map[string]any{"keys": []map[string]string{{
		"kty": "OKP", "crv": "Ed25519", "alg": "EdDSA", "use": "sig", "kid": keyID,
		"x": base64.RawURLEncoding.EncodeToString(public),
	}}})
	if err != nil {
		t.Fatal(err)
	}
	keys = auth.NewKeys(func(context.Context) ([]byte, error) { return set, nil })
	return keys, func(userID string) *http.Cookie {
		t.Helper()
		now := time.Now()
		who := auth.Principal{ID: userID, Email: userID + "@example.com"}
		token := jwt.NewWithClaims(jwt.SigningMethodEdDSA, auth.NewClaims(who, now, now.Add(time.Hour)))
		token.Header["kid"] = keyID
		signed, err := token.SignedString(private)
		if err != nil {
			t.Fatal(err)
		}
		return &http.Cookie{Name: auth.SessionCookie, Value: signed}
	}
}
