package state

import (
	"context"
	"time"
)

// ExpiringStore is a Store whose documents can go by themselves.
type ExpiringStore interface {
	Store

	// WriteFor is Write of a document that is gone after ttl, which is in whole
	// seconds. A key that has once been written by it is never written by Write:
	// Redis would keep the old end. The end is when a store may forget the document,
	// and no more: what must be exact carries its own end inside. On MongoDB a key
	// whose time is over can't be created anew for up to a minute.
	WriteFor(ctx context.Context, key string, value []byte, etag string, ttl time.Duration) error
}

// Expiring returns store with every write by WriteFor, for collections of what is
// kept for ttl after its last write.
func Expiring(store ExpiringStore, ttl time.Duration) Store { return expiring{store, ttl} }

type expiring struct {
	ExpiringStore
	ttl time.Duration
}

// Write implements Store.
func (e expiring) Write(ctx context.Context, key string, value []byte, etag string) error {
	return e.WriteFor(ctx, key, value, etag, e.ttl)
}
