// Package passwords hashes passwords with argon2id (RFC 9106), a few at a time:
// every hash under way holds megabytes.
package passwords

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"fmt"
	"runtime/debug"
	"sync/atomic"
	"time"

	"github.com/alexedwards/argon2id"

	"ticketx/kit/errs"
	"ticketx/services/auth"
)

// OWASP is what the OWASP Password Storage Cheat Sheet asks of argon2id at the
// least: 19 MiB, two passes, one thread.
var OWASP = argon2id.Params{Memory: 19 << 10, Iterations: 2, Parallelism: 1, SaltLength: 16, KeyLength: 32}

const (
	// queuePerPlace is how many wait for each place before newcomers are turned
	// away. At 25 ms for a hash the last one waits less than two seconds.
	queuePerPlace = 64
	// retryAfter is what those who are turned away are told.
	retryAfter = 2 * time.Second
	// quiet is how long nobody hashes until the memory is given back.
	quiet = time.Second
)

// Hasher implements auth.Passwords. Its memory is bounded: as many hashes as it
// has places are under way, and a bounded number waits.
type Hasher struct {
	params  argon2id.Params
	nobody  string // a hash that is no password's
	places  chan struct{}
	inside  atomic.Int64
	limit   int64
	release *time.Timer
}

var _ auth.Passwords = (*Hasher)(nil)

// New returns a Hasher with room for places hashes at a time.
func New(params argon2id.Params, places int) *Hasher {
	h := &Hasher{
		params: params,
		nobody: nobodysHash(params),
		places: make(chan struct{}, places),
		limit:  int64(places) * (1 + queuePerPlace),
	}
	// A hash leaves its memory as garbage, and the runtime keeps garbage until
	// the next collection, which on an idle process is up to two minutes away.
	h.release = time.AfterFunc(quiet, debug.FreeOSMemory)
	return h
}

// nobodysHash has the form of a hash with the parameters, of random content.
func nobodysHash(p argon2id.Params) string {
	random := func(n uint32) string {
		b := make([]byte, n)
		_, _ = rand.Read(b) // never fails (crypto/rand)
		return base64.RawStdEncoding.EncodeToString(b)
	}
	return fmt.Sprintf("$argon2id$v=19$m=%d,t=%d,p=%d$%s$%s",
		p.Memory, p.Iterations, p.Parallelism, random(p.SaltLength), random(p.KeyLength))
}

// Hash implements auth.Passwords. The result carries its parameters and salt.
func (h *Hasher) Hash(ctx context.Context, password string) (hash string, err error) {
	err = h.inPlace(ctx, func() error {
		hash, err = argon2id.CreateHash(password, &h.params)
		return err
	})
	return hash, err
}

// Matches implements auth.Passwords.
func (h *Hasher) Matches(ctx context.Context, password, hash string) (matches bool, err error) {
	err = h.inPlace(ctx, func() error {
		if hash == "" {
			_, err := argon2id.ComparePasswordAndHash(password, h.nobody)
			return err
		}
		matches, err = argon2id.ComparePasswordAndHash(password, hash)
		return err
	})
	return matches, err
}

// inPlace calls work when there is a place for it.
func (h *Hasher) inPlace(ctx context.Context, work func() error) error {
	defer h.inside.Add(-1)
	if h.inside.Add(1) > h.limit {
		return &errs.Error{
			Kind:       errs.KindUnavailable,
			Message:    "Too many people are signing in at the moment. Please try again.",
			RetryAfter: retryAfter,
		}
	}
	select {
	case h.places <- struct{}{}:
	case <-ctx.Done():
		return fmt.Errorf("wait for a place: %w", ctx.Err())
	}
	defer func() { <-h.places }()
	defer h.release.Reset(quiet)
	if err := work(); err != nil {
		return fmt.Errorf("argon2id: %w", err)
	}
	return nil
}
