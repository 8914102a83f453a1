// Package state keeps JSON documents where one document decides: every change
// is a single write of a single document, guarded by the ETag of what was read.
//
// Store is the little that is asked of a state store. It is implemented over
// the Dapr sidecar (package dapr) and in memory (NewMemory); package statetest
// holds the contract both must pass. Collection and Index are built on it and
// are all that services use.
package state

import (
	"context"
	"errors"
)

// ErrConflict says that a write lost: the document is not what the writer read.
// Read again and decide anew. Collection does that; few others meet it.
var ErrConflict = errors.New("state: the document has changed")

// Item is a stored document as it was read. Value is nil when there is none.
type Item struct {
	Key   string
	Value []byte
	ETag  string
}

// Store reads and writes single documents. A document is a JSON object: its
// first byte is '{', because one of Dapr's stores mangles strings that start
// with '$'. A store that can't be reached answers errs.KindUnavailable.
//
// There is no delete. A write with the ETag of a deleted document creates it
// on some stores and is refused on others, so what somebody may still hold an
// ETag of is never removed; documents that end carry their end inside.
type Store interface {
	// Read returns the items of the keys, in their order.
	Read(ctx context.Context, keys ...string) ([]Item, error)

	// Write stores value when the document still has etag; "" means that there
	// must be none yet. It returns ErrConflict when that does not hold, and then
	// the write has not happened and never will: a component must not repeat
	// writes by itself, because a repetition conflicts with itself. After any
	// other error the write may or may not have happened: read to find out.
	Write(ctx context.Context, key string, value []byte, etag string) error
}
