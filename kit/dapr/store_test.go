package dapr_test

import (
	"fmt"
	"path/filepath"
	"testing"

	"github.com/dapr/go-sdk/client"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"ticketx/kit/aggregate"
	"ticketx/kit/dapr"
	"ticketx/kit/daprtest"
	"ticketx/kit/ids"
	"ticketx/kit/state"
	"ticketx/kit/state/statetest"
)

func TestStoreContract(t *testing.T) {
	daprtest.EachStore(t, func(t *testing.T, store state.Store) {
		statetest.Run(t, func(*testing.T) state.Store { return store })
	})
}

var firstWrite = client.WithConcurrency(client.StateConcurrencyFirstWrite)

// What the code relies on about Dapr's state stores, each measured on the pinned
// versions. When one of these fails after an update, the runtime has changed:
// read what is said here beside the test before changing the test.
func TestFactsOfStores(t *testing.T) {
	if testing.Short() {
		return // needs real sidecars
	}
	t.Run("sqlite", func(t *testing.T) {
		facts(t, startStore(t, "sqlite", "connectionString", filepath.Join(t.TempDir(), "state.db")), codes.Aborted)
	})
	t.Run("redis", func(t *testing.T) {
		port, _ := daprtest.RedisServer(t)
		c := startStore(t, "redis", "redisHost", fmt.Sprintf("127.0.0.1:%d", port))
		facts(t, c, codes.Internal)
		redisFacts(t, c)
	})
}

func startStore(t *testing.T, product, key, value string) client.Client {
	t.Helper()
	sidecar := daprtest.Start(t, daprtest.Options{
		AppID: "facts",
		Resources: []string{
			daprtest.Component(t, filepath.Join("state", product), map[string]string{key: value}),
		},
	})
	return sidecar.Dial(t).Client()
}

func save(t *testing.T, c client.Client, key, value, etag string, options ...client.StateOption) error {
	t.Helper()
	return c.SaveStateWithETag(t.Context(), dapr.StateStore, key, []byte(value), etag, nil, options...)
}

func stored(t *testing.T, c client.Client, key string) *client.StateItem {
	t.Helper()
	item, err := c.GetState(t.Context(), dapr.StateStore, key, nil)
	require.NoError(t, err)
	return item
}

// facts holds for every store; present is the code of a create-if-absent that
// finds something.
func facts(t *testing.T, c client.Client, present codes.Code) {
	t.Run("a missing key is an empty value and no error", func(t *testing.T) {
		// Store tells a missing document by its empty value.
		item := stored(t, c, "missing")
		assert.Empty(t, item.Value)
		items, err := c.GetBulkState(t.Context(), dapr.StateStore, []string{"missing-1", "missing-2"}, nil, 2)
		require.NoError(t, err)
		for _, item := range items {
			assert.Empty(t, item.Value)
			assert.Empty(t, item.Error)
		}
	})

	t.Run("a stale ETag is Aborted", func(t *testing.T) {
		// Store.Write knows a conflict by this code alone.
		require.NoError(t, save(t, c, "stale", `{"n":1}`, "", firstWrite))
		first := stored(t, c, "stale")
		require.NoError(t, save(t, c, "stale", `{"n":2}`, first.Etag, firstWrite))
		err := save(t, c, "stale", `{"n":3}`, first.Etag, firstWrite)
		assert.Equal(t, codes.Aborted, status.Code(err), "%v", err)
		assert.Equal(t, `{"n":2}`, string(stored(t, c, "stale").Value))
	})

	t.Run("create-if-absent refuses what is there", func(t *testing.T) {
		// Where this is not Aborted, Collection.attempt must look for itself.
		require.NoError(t, save(t, c, "present", `{"n":1}`, "", firstWrite))
		err := save(t, c, "present", `{"n":2}`, "", firstWrite)
		assert.Equal(t, present, status.Code(err), "%v", err)
		assert.Equal(t, `{"n":1}`, string(stored(t, c, "present").Value))
	})

	t.Run("a key with || is refused", func(t *testing.T) {
		// ids.Valid keeps made-up ids away from the store.
		require.Error(t, save(t, c, "a||b", `{}`, "", firstWrite))
		_, err := c.GetState(t.Context(), dapr.StateStore, "a||b", nil)
		require.Error(t, err)
	})
}

// Documents with a single writer are written blindly and removed. That must leave
// nothing that could hold up a later write of the same key, by either way.
func TestDocumentsWithASingleWriter(t *testing.T) {
	daprtest.EachStore(t, func(t *testing.T, store state.Store) {
		single := store.(aggregate.JournalStore)
		key := "single:" + ids.New()
		for _, value := range []string{`{"keys":["a","b"]}`, `{"keys":["c"]}`} {
			require.NoError(t, single.Overwrite(t.Context(), key, []byte(value)))
			items, err := store.Read(t.Context(), key)
			require.NoError(t, err)
			assert.Equal(t, value, string(items[0].Value))
		}
		for range 2 { // removing again is harmless
			require.NoError(t, single.Delete(t.Context(), key))
			items, err := store.Read(t.Context(), key)
			require.NoError(t, err)
			assert.Equal(t, state.Item{Key: key}, items[0])
		}
		require.NoError(t, single.Overwrite(t.Context(), key, []byte(`{}`)), "written again by who was thought dead")

		guarded := "guarded:" + ids.New()
		for range 2 {
			require.NoError(t, store.Write(t.Context(), guarded, []byte(`{}`), ""))
			require.NoError(t, single.Delete(t.Context(), guarded))
		}
	})
}

// redisFacts are why Store.Write names first-write on every write.
func redisFacts(t *testing.T, c client.Client) {
	t.Run("without first-write a stale ETag is ignored", func(t *testing.T) {
		require.NoError(t, save(t, c, "last", `{"n":1}`, ""))
		first := stored(t, c, "last")
		require.NoError(t, save(t, c, "last", `{"n":2}`, first.Etag))
		require.NoError(t, save(t, c, "last", `{"n":3}`, first.Etag), "the ETag was stale")
		assert.Equal(t, `{"n":3}`, string(stored(t, c, "last").Value))
	})

	t.Run("a key written first-write refuses a write without an ETag", func(t *testing.T) {
		require.NoError(t, save(t, c, "first", `{"n":1}`, "", firstWrite))
		require.Error(t, save(t, c, "first", `{"n":2}`, ""))
		assert.Equal(t, `{"n":1}`, string(stored(t, c, "first").Value))
	})
}
