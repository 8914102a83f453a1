// Package keyring holds the keys that sign sessions. It reads them from the
// secret store in the background, so the service may start before its sidecar
// and keys may rotate while it runs.
package keyring

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"sync/atomic"
	"time"

	"github.com/golang-jwt/jwt/v5"

	kitauth "ticketx/kit/auth"
	"ticketx/kit/errs"
	"ticketx/services/auth"
)

// SecretName is the secret that holds the keys. The documentation of package
// auth describes its form.
const SecretName = "auth-signing-keys"

const (
	// reloadEvery is how old the keys can get. Whoever rotates keys waits as
	// long between two steps.
	reloadEvery = 5 * time.Minute
	// firstRetry and maxRetry are the shortest and longest pause after a
	// failure.
	firstRetry = 250 * time.Millisecond
	maxRetry   = 5 * time.Second
)

// Ring is the keys as they were last read. It is safe for concurrent use.
type Ring struct {
	read   func(context.Context) (map[string]string, error)
	logger *slog.Logger
	keys   atomic.Pointer[keys]
	failed atomic.Pointer[errs.Error] // why the last attempt failed
}

var _ auth.Signer = (*Ring)(nil)

// New returns a Ring without keys; Run gets them. read returns the values of
// the secret.
func New(read func(context.Context) (map[string]string, error), logger *slog.Logger) *Ring {
	return &Ring{read: read, logger: logger}
}

// Run reads the keys until ctx ends: every five minutes, sooner after a
// failure. Keys that were read once stay in use while reading fails.
func (r *Ring) Run(ctx context.Context) {
	retry := firstRetry
	for {
		pause := reloadEvery
		if r.load(ctx) {
			retry = firstRetry
		} else {
			pause = retry
			retry = min(2*retry, maxRetry)
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(pause):
		}
	}
}

// load reads the keys once and reports whether that went well.
func (r *Ring) load(ctx context.Context) bool {
	secret, err := r.read(ctx)
	if err != nil {
		r.fail(ctx, slog.LevelWarn, "The signing keys can't be read from the secret store.", err)
		return false
	}
	fresh, err := parse(secret)
	if err != nil {
		r.fail(ctx, slog.LevelError, "The secret "+SecretName+" is malformed.", err)
		return false
	}
	known := r.keys.Swap(fresh)
	r.failed.Store(nil)
	if known == nil || known.current != fresh.current || string(known.published) != string(fresh.published) {
		r.logger.InfoContext(ctx, "signing keys read", "current", fresh.current, "published", fresh.ids)
	}
	return true
}

// fail remembers why the keys could not be read, and logs it when that is news:
// a sidecar that is not there yet is asked many times.
func (r *Ring) fail(ctx context.Context, level slog.Level, message string, cause error) {
	if ctx.Err() != nil {
		return // the service is stopping
	}
	failed, _ := errors.AsType[*errs.Error](errs.Unavailable(message, cause))
	before := r.failed.Swap(failed)
	if before == nil || before.Message != message {
		r.logger.Log(ctx, level, "signing keys not read, will be tried again", "err", failed, "in_use", r.keys.Load() != nil)
	}
}

// Ready returns errs.KindUnavailable, with the reason, while there are no keys.
func (r *Ring) Ready(context.Context) error {
	_, err := r.inUse()
	return err
}

// Sign implements auth.Signer.
func (r *Ring) Sign(claims kitauth.Claims) (string, error) {
	k, err := r.inUse()
	if err != nil {
		return "", err
	}
	token := jwt.NewWithClaims(jwt.SigningMethodEdDSA, claims)
	token.Header["kid"] = k.current
	signed, err := token.SignedString(k.signing)
	if err != nil {
		return "", fmt.Errorf("sign with key %s: %w", k.current, err)
	}
	return signed, nil
}

// JWKS returns the public keys as a JWK set (RFC 7517), or, while there are
// none, errs.KindUnavailable: an empty set would sign everybody out.
func (r *Ring) JWKS() (json.RawMessage, error) {
	k, err := r.inUse()
	if err != nil {
		return nil, err
	}
	return k.published, nil
}

func (r *Ring) inUse() (*keys, error) {
	if k := r.keys.Load(); k != nil {
		return k, nil
	}
	if failed := r.failed.Load(); failed != nil {
		return nil, failed
	}
	return nil, errs.Unavailable("The signing keys have not been read yet.", nil)
}
