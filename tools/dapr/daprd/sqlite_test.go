package main

import (
	"context"
	"math/rand/v2"
	"path/filepath"
	"strconv"
	"sync"
	"testing"
	"time"

	contrib "github.com/dapr/components-contrib/metadata"
	"github.com/dapr/components-contrib/state"
	statesqlite "github.com/dapr/components-contrib/state/sqlite"
	"github.com/dapr/kit/logger"
)

// TestSQLiteOutlivesItsClients ends calls at random moments, as the runtime
// does when the app that made them is gone. modernc.org/sqlite before v1.40.1
// then kept a statement open now and then: its connection went on showing the
// data of that moment, and refused each write with "database is locked": 517, or
// 5 at once while another connection writes.
func TestSQLiteOutlivesItsClients(t *testing.T) {
	const clients, calls, seed = 4, 500, 1
	s := newSQLite(t)
	for i := range s.keys {
		must(t, s.set(t.Context(), s.keys[i].Key, 1))
	}

	// The end of a call falls anywhere in what it takes when nothing ends it.
	took := make([]time.Duration, len(s.calls))
	for i, call := range s.calls {
		for range 3 {
			began := time.Now()
			must(t, call(t.Context()))
			took[i] = max(took[i], time.Since(began))
		}
	}
	var left sync.WaitGroup
	for client := range clients {
		random := rand.New(rand.NewPCG(seed, uint64(client)))
		left.Go(func() {
			for range calls {
				i := random.IntN(len(s.calls))
				ctx, end := context.WithCancel(t.Context())
				timer := time.AfterFunc(time.Duration(random.Int64N(int64(took[i]))), end)
				if err := s.calls[i](ctx); err != nil && ctx.Err() == nil {
					t.Errorf("a call that nobody ended: %v", err)
				}
				timer.Stop()
				end()
			}
		})
	}
	gone := make(chan struct{})
	go func() { left.Wait(); close(gone) }()

	// Who stays sees every write, on whichever connection, then and afterwards.
	for version, more := 2, 50; more > 0; version++ {
		if err := s.set(t.Context(), s.keys[0].Key, version); err != nil {
			t.Fatalf("version %d is not written: %v", version, err)
		}
		s.shows(t, version)
		select {
		case <-gone:
			more--
		default:
		}
		if t.Failed() {
			t.FailNow()
		}
	}

	// No connection reads any more, not even one that is closed.
	db := s.store.GetDBAccess().GetConnection()
	eventually(t, "the write-ahead log can be emptied", func() bool {
		var busy, frames, moved int
		must(t, db.QueryRow("PRAGMA wal_checkpoint(TRUNCATE)").Scan(&busy, &frames, &moved))
		return busy == 0
	})
}

// sqliteStore is the component on a file, with the calls that clients make.
type sqliteStore struct {
	store *statesqlite.SQLiteStore
	keys  []state.GetRequest
	calls []func(context.Context) error
}

func newSQLite(t *testing.T) *sqliteStore {
	t.Helper()
	s := &sqliteStore{store: statesqlite.NewSQLiteStateStore(logger.NewLogger("test")).(*statesqlite.SQLiteStore)}
	must(t, s.store.Init(t.Context(), state.Metadata{Base: contrib.Base{Properties: map[string]string{
		"connectionString": filepath.Join(t.TempDir(), "state.db"), "busyTimeout": "10s",
	}}}))
	t.Cleanup(func() { _ = s.store.Close() })
	for i := range 200 {
		s.keys = append(s.keys, state.GetRequest{Key: "ticket-" + strconv.Itoa(i)})
	}
	s.calls = []func(context.Context) error{
		func(ctx context.Context) error {
			_, err := s.store.Get(ctx, &s.keys[0])
			return err
		},
		func(ctx context.Context) error {
			_, err := s.store.BulkGet(ctx, s.keys, state.BulkGetOpts{})
			return err
		},
		func(ctx context.Context) error {
			_, err := s.store.KeysLike(ctx, &state.KeysLikeRequest{Pattern: "ticket-%"})
			return err
		},
		func(ctx context.Context) error { return s.set(ctx, "scratch", 1) },
		func(ctx context.Context) error { return s.store.Delete(ctx, &state.DeleteRequest{Key: "scratch"}) },
		func(ctx context.Context) error {
			return s.store.Multi(ctx, &state.TransactionalStateRequest{Operations: []state.TransactionalStateOperation{
				state.SetRequest{Key: "scratch", Value: []byte("2")}, state.DeleteRequest{Key: "scratch"},
			}})
		},
	}
	return s
}

func (s *sqliteStore) set(ctx context.Context, key string, version int) error {
	return s.store.Set(ctx, &state.SetRequest{Key: key, Value: []byte(strconv.Itoa(version))})
}

// shows reads at once from as many connections as there are readers.
func (s *sqliteStore) shows(t *testing.T, version int) {
	t.Helper()
	var readers sync.WaitGroup
	for range 4 {
		readers.Go(func() {
			got, err := s.store.Get(t.Context(), &s.keys[0])
			if err != nil {
				t.Errorf("version %d is not read: %v", version, err)
			} else if string(got.Data) != strconv.Itoa(version) {
				t.Errorf("version %s is read, %d is written", got.Data, version)
			}
		})
	}
	readers.Wait()
}
