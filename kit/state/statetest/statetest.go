// Package statetest holds the contract of state.Store and of what is built on
// it. Every store the project promises to run on passes Run: the one in memory
// and, through a sidecar, each component of a profile. It also has stores that
// fail on purpose, for tests of what a crash leaves behind.
package statetest

import (
	"crypto/rand"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"ticketx/kit/state"
)

// crowd is how many callers do a thing at the same moment.
const crowd = 20

// Run holds the store that open returns to the contract. The store may be
// shared and need not be empty: every test uses keys of its own.
func Run(t *testing.T, open func(t *testing.T) state.Store) {
	t.Run("store", func(t *testing.T) { runStore(t, open) })
	t.Run("documents that go by themselves", func(t *testing.T) { runExpiring(t, open) })
	t.Run("collection", func(t *testing.T) { runCollection(t, open) })
	t.Run("index", func(t *testing.T) { runIndex(t, open) })
}

// unique makes a name that no other test and no earlier run has used.
func unique(name string) string { return name + "-" + rand.Text() }

// together runs do for 0..n-1, all at the same moment, and waits for them.
func together(n int, do func(i int)) {
	var ready, done sync.WaitGroup
	ready.Add(n)
	for i := range n {
		done.Go(func() {
			ready.Done()
			ready.Wait()
			do(i)
		})
	}
	done.Wait()
}

// read returns the document under the key as it is.
func read(t *testing.T, store state.Store, key string) state.Item {
	t.Helper()
	items, err := store.Read(t.Context(), key)
	require.NoError(t, err)
	require.Len(t, items, 1)
	return items[0]
}

// create writes a document that is not there yet and returns it as it is then.
func create(t *testing.T, store state.Store, key, value string) state.Item {
	t.Helper()
	require.NoError(t, store.Write(t.Context(), key, []byte(value), ""))
	return read(t, store, key)
}
