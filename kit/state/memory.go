package state

import (
	"bytes"
	"context"
	"strconv"
	"sync"
)

// Memory is a Store in this process's memory, for tests of rules.
type Memory struct {
	mu    sync.Mutex
	docs  map[string]Item
	count int
}

// NewMemory returns an empty Memory.
func NewMemory() *Memory { return &Memory{docs: make(map[string]Item)} }

// Read implements Store.
func (m *Memory) Read(ctx context.Context, keys ...string) ([]Item, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	items := make([]Item, len(keys))
	for i, key := range keys {
		items[i] = m.docs[key]
		items[i].Key = key
		items[i].Value = bytes.Clone(items[i].Value)
	}
	return items, nil
}

// Write implements Store.
func (m *Memory) Write(ctx context.Context, key string, value []byte, etag string) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.docs[key].ETag != etag {
		return ErrConflict
	}
	m.count++
	m.docs[key] = Item{Key: key, Value: bytes.Clone(value), ETag: strconv.Itoa(m.count)}
	return nil
}

// Overwrite stores value whatever is there, for documents with a single writer.
func (m *Memory) Overwrite(ctx context.Context, key string, value []byte) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.count++
	m.docs[key] = Item{Key: key, Value: bytes.Clone(value), ETag: strconv.Itoa(m.count)}
	return nil
}

// Delete removes a document, if there is one, for documents with a single writer.
func (m *Memory) Delete(ctx context.Context, key string) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	delete(m.docs, key)
	return nil
}
