// Package auth knows who calls. A session is a short-lived JWT (RFC 7519) that
// the auth service signs with EdDSA (RFC 8037) and keeps in a cookie; every
// service verifies it by itself with auth's published key set (RFC 7517).
package auth

import (
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/golang-jwt/jwt/v5"
	"github.com/gorilla/mux"

	"ticketx/kit/errs"
	"ticketx/kit/web"
)

const (
	// SessionCookie is the cookie that holds the session's JWT.
	SessionCookie = "session"
	// Issuer is the iss claim of every session.
	Issuer = "ticketx"
	// leeway forgives clocks that differ between machines.
	leeway = 5 * time.Second
)

// Principal is who is signed in.
type Principal struct {
	ID    string
	Email string
}

// Claims is what a session's JWT says: the subject is the user's id.
type Claims struct {
	jwt.RegisteredClaims
	Email string `json:"email"`
}

// NewClaims returns the claims of a session of p that ends at expires.
func NewClaims(p Principal, issued, expires time.Time) Claims {
	return Claims{
		Email: p.Email,
		RegisteredClaims: jwt.RegisteredClaims{
			Issuer:    Issuer,
			Subject:   p.ID,
			IssuedAt:  jwt.NewNumericDate(issued),
			ExpiresAt: jwt.NewNumericDate(expires),
		},
	}
}

// errNoSession is why a caller without a valid session is turned away.
var errNoSession = errs.Unauthenticated("Please sign in first.")

// Verify returns the principal of a session's JWT. A token that is malformed,
// forged or over is errs.KindUnauthenticated; keys that can't be had are
// errs.KindUnavailable.
func Verify(ctx context.Context, keys *Keys, token string, now func() time.Time) (Principal, error) {
	var claims Claims
	_, err := jwt.ParseWithClaims(token, &claims, func(t *jwt.Token) (any, error) {
		id, _ := t.Header["kid"].(string)
		return keys.find(ctx, id)
	},
		jwt.WithValidMethods([]string{jwt.SigningMethodEdDSA.Alg()}),
		jwt.WithIssuer(Issuer),
		jwt.WithExpirationRequired(),
		jwt.WithLeeway(leeway),
		jwt.WithTimeFunc(now),
	)
	if e, ok := errors.AsType[*errs.Error](err); ok {
		return Principal{}, e
	}
	if err != nil || claims.Subject == "" {
		return Principal{}, errNoSession
	}
	return Principal{ID: claims.Subject, Email: claims.Email}, nil
}

type principalKey struct{}

// Required turns callers without a valid session away with 401 and gives the
// handlers behind it UserID.
func Required(keys *Keys) mux.MiddlewareFunc {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			cookie, err := r.Cookie(SessionCookie)
			if err != nil {
				web.Fail(w, r, errNoSession)
				return
			}
			p, err := Verify(r.Context(), keys, cookie.Value, time.Now)
			if err != nil {
				web.Fail(w, r, err)
				return
			}
			next.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), principalKey{}, p)))
		})
	}
}

// UserID returns the id of the user who calls, or "" for a caller who did not
// pass Required.
func UserID(ctx context.Context) string {
	p, _ := ctx.Value(principalKey{}).(Principal)
	return p.ID
}
