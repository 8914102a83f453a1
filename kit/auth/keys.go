package auth

import (
	"context"
	"crypto/ed25519"
	"encoding/json"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/MicahParks/jwkset"

	"ticketx/kit/errs"
)

// JWKSPath is where auth publishes its key set, on its API and on its app
// channel.
const JWKSPath = "/.well-known/jwks.json"

// refetchPause is the shortest time between two fetches: made-up key ids must
// not turn into calls to auth, nor its absence into a queue of calls that wait.
const refetchPause = time.Second

// maxAge is how long a fetched key set is believed: a key that auth has
// withdrawn opens nothing after that.
const maxAge = 5 * time.Minute

// fetchTimeout bounds one fetch.
const fetchTimeout = 2 * time.Second

// Keys is auth's published key set as this process knows it. A key id it does
// not know, or the set's age, makes it fetch the set anew, so keys may rotate at
// any time.
type Keys struct {
	fetch func(context.Context) ([]byte, error)
	known atomic.Pointer[keySet]

	mu      sync.Mutex // one fetch at a time
	fetched time.Time
	failed  error
}

// NewKeys returns a key set that fetch reads as a JWK set (RFC 7517) when it is
// first needed.
func NewKeys(fetch func(context.Context) ([]byte, error)) *Keys {
	k := &Keys{fetch: fetch}
	k.known.Store(&keySet{})
	return k
}

// keySet is the published keys by their ids, as they were at a time.
type keySet struct {
	byID map[string]ed25519.PublicKey
	at   time.Time
}

// find returns the key with the id. An id that auth does not know is
// errs.KindUnauthenticated. Auth not answering is errs.KindUnavailable, so that
// nobody is signed out by it.
func (k *Keys) find(ctx context.Context, id string) (ed25519.PublicKey, error) {
	known := k.known.Load()
	key, ok := known.byID[id]
	if ok && time.Since(known.at) < maxAge {
		return key, nil
	}
	if ok && !k.mu.TryLock() {
		return key, nil // somebody else is fetching; an old set serves meanwhile
	}
	if !ok {
		k.mu.Lock()
	}
	err := k.refetch(ctx)
	k.mu.Unlock()
	if err != nil {
		if ok {
			return key, nil // an old set is better than signing everybody out
		}
		return nil, err
	}
	if key, ok := k.known.Load().byID[id]; ok {
		return key, nil
	}
	return nil, errNoSession
}

// refetch brings the key set up to date, unless that was tried just now. The
// caller holds mu.
func (k *Keys) refetch(ctx context.Context) error {
	if time.Since(k.fetched) < refetchPause {
		return k.failed
	}
	// The answer is for everybody who waits, so the caller who happened to ask
	// first must not end it by hanging up.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), fetchTimeout)
	defer cancel()
	keys, err := k.load(ctx)
	k.fetched, k.failed = time.Now(), err
	if err == nil {
		k.known.Store(&keySet{byID: keys, at: k.fetched})
	}
	return err
}

// load fetches the key set. One that can't be read is as good as none.
func (k *Keys) load(ctx context.Context) (map[string]ed25519.PublicKey, error) {
	set, err := k.fetch(ctx)
	if err == nil {
		var keys map[string]ed25519.PublicKey
		if keys, err = parseKeys(set); err == nil {
			return keys, nil
		}
	}
	return nil, errs.Unavailable("Your session can't be checked at the moment. Please try again.", err)
}

// parseKeys keeps the Ed25519 keys of a JWK set.
func parseKeys(set []byte) (map[string]ed25519.PublicKey, error) {
	var jwks jwkset.JWKSMarshal
	if err := json.Unmarshal(set, &jwks); err != nil {
		return nil, fmt.Errorf("decode auth's key set: %w", err)
	}
	keys := make(map[string]ed25519.PublicKey, len(jwks.Keys))
	for _, marshalled := range jwks.Keys {
		jwk, err := jwkset.NewJWKFromMarshal(marshalled, jwkset.JWKMarshalOptions{}, jwkset.JWKValidateOptions{})
		if err != nil {
			return nil, fmt.Errorf("decode key %s of auth's key set: %w", marshalled.KID, err)
		}
		if key, ok := jwk.Key().(ed25519.PublicKey); ok {
			keys[marshalled.KID] = key
		}
	}
	return keys, nil
}
