package state

import (
	"bytes"
	"context"
	"strconv"
	"sync"
	"time"
)

// Memory is a Store in this process's memory, for tests of rules.
type Memory struct {
	mu    sync.Mutex
	docs  map[string]Item
	ends  map[string]time.Time // of those that go by themselves
	count int
}

var _ ExpiringStore = (*Memory)(nil)

// NewMemory returns an empty Memory.
func NewMemory() *Memory {
	return &Memory{docs: make(map[string]Item), ends: make(map[string]time.Time)}
}

// Read implements Store.
func (m *Memory) Read(ctx context.Context, keys ...string) ([]Item, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	items := make([]Item, len(keys))
	for i, key := range keys {
		m.end(key)
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
	return m.write(key, value, etag)
}

// WriteFor implements ExpiringStore.
func (m *Memory) WriteFor(ctx context.Context, key string, value []byte, etag string, ttl time.Duration) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if err := m.write(key, value, etag); err != nil {
		return err
	}
	m.ends[key] = time.Now().Add(ttl)
	return nil
}

func (m *Memory) write(key string, value []byte, etag string) error {
	m.end(key)
	if m.docs[key].ETag != etag {
		return ErrConflict
	}
	m.count++
	m.docs[key] = Item{Key: key, Value: bytes.Clone(value), ETag: strconv.Itoa(m.count)}
	return nil
}

// end drops the document under the key if its time is over.
func (m *Memory) end(key string) {
	if end, ok := m.ends[key]; ok && !time.Now().Before(end) {
		delete(m.docs, key)
		delete(m.ends, key)
	}
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
