package dapr

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"github.com/dapr/go-sdk/client"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"ticketx/kit/state"
)

// bulkParallelism is how many keys a store without a bulk read is asked for at
// the same time.
const bulkParallelism = 16

// Store is a state.Store over the sidecar's component StateStore.
type Store struct {
	sidecar *Sidecar
}

// NewStore returns the sidecar's state store.
func NewStore(s *Sidecar) *Store { return &Store{sidecar: s} }

var _ state.ExpiringStore = (*Store)(nil)

// Read implements state.Store.
func (s *Store) Read(ctx context.Context, keys ...string) ([]state.Item, error) {
	ctx, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	if len(keys) == 1 {
		item, err := s.sidecar.dapr.GetState(ctx, StateStore, keys[0], nil)
		if err != nil {
			return nil, unavailable("read state", err)
		}
		return []state.Item{newItem(keys[0], item.Value, item.Etag)}, nil
	}
	found, err := s.sidecar.dapr.GetBulkState(ctx, StateStore, keys, nil, bulkParallelism)
	if err != nil {
		return nil, unavailable("read state", err)
	}
	byKey := make(map[string]*client.BulkStateItem, len(found))
	for _, item := range found {
		if item.Error != "" {
			return nil, unavailable("read state", fmt.Errorf("%s: %s", item.Key, item.Error))
		}
		byKey[item.Key] = item
	}
	items := make([]state.Item, len(keys))
	for i, key := range keys {
		items[i].Key = key
		if item := byKey[key]; item != nil {
			items[i] = newItem(key, item.Value, item.Etag)
		}
	}
	return items, nil
}

// newItem makes a missing document, which Dapr gives as an empty value, a nil
// one.
func newItem(key string, value []byte, etag string) state.Item {
	if len(value) == 0 {
		return state.Item{Key: key}
	}
	return state.Item{Key: key, Value: value, ETag: etag}
}

// Write implements state.Store. It always asks for first-write: without it
// Redis ignores the ETag. It never gives a content type: with one MongoDB
// merges the document into the old one instead of replacing it.
func (s *Store) Write(ctx context.Context, key string, value []byte, etag string) error {
	return s.write(ctx, key, value, etag, nil)
}

// WriteFor implements state.ExpiringStore.
func (s *Store) WriteFor(ctx context.Context, key string, value []byte, etag string, ttl time.Duration) error {
	seconds := strconv.FormatInt(int64(ttl/time.Second), 10)
	return s.write(ctx, key, value, etag, map[string]string{"ttlInSeconds": seconds})
}

func (s *Store) write(ctx context.Context, key string, value []byte, etag string, metadata map[string]string) error {
	ctx, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	err := s.sidecar.dapr.SaveStateWithETag(ctx, StateStore, key, value, etag, metadata,
		client.WithConcurrency(client.StateConcurrencyFirstWrite),
		client.WithConsistency(client.StateConsistencyStrong))
	switch {
	case err == nil:
		return nil
	case status.Code(err) == codes.Aborted:
		return state.ErrConflict
	default:
		return unavailable("write state", err)
	}
}

// Overwrite stores value whatever is there, for documents with a single writer.
// It asks for last-write: on Redis a key that was once written first-write takes
// no write without an ETag, so such documents are never written by Write.
func (s *Store) Overwrite(ctx context.Context, key string, value []byte) error {
	ctx, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	err := s.sidecar.dapr.SaveStateWithETag(ctx, StateStore, key, value, "", nil,
		client.WithConcurrency(client.StateConcurrencyLastWrite),
		client.WithConsistency(client.StateConsistencyStrong))
	if err != nil {
		return unavailable("write state", err)
	}
	return nil
}

// Delete removes a document, if there is one, for documents with a single writer:
// a write with the ETag of a deleted document creates it on some stores and is
// refused on others.
func (s *Store) Delete(ctx context.Context, key string) error {
	ctx, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	if err := s.sidecar.dapr.DeleteState(ctx, StateStore, key, nil); err != nil {
		return unavailable("delete state", err)
	}
	return nil
}
