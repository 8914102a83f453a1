package statetest

import (
	"context"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"ticketx/kit/state"
)

func runStore(t *testing.T, open func(t *testing.T) state.Store) {
	store := open(t)

	t.Run("a missing document is an empty item", func(t *testing.T) {
		key := unique("missing")
		assert.Equal(t, state.Item{Key: key}, read(t, store, key))
	})

	t.Run("every write gives a new ETag", func(t *testing.T) {
		key := unique("etags")
		first := create(t, store, key, `{"n":1}`)
		assert.Equal(t, key, first.Key)
		assert.JSONEq(t, `{"n":1}`, string(first.Value))
		require.NotEmpty(t, first.ETag)

		require.NoError(t, store.Write(t.Context(), key, []byte(`{"n":2}`), first.ETag))
		second := read(t, store, key)
		assert.Equal(t, `{"n":2}`, string(second.Value))

		require.NoError(t, store.Write(t.Context(), key, []byte(`{"n":2}`), second.ETag))
		third := read(t, store, key)
		assert.NotEqual(t, first.ETag, second.ETag)
		assert.NotEqual(t, second.ETag, third.ETag, "a write of the same value is a write")
		assert.NotEqual(t, first.ETag, third.ETag)
	})

	t.Run("create-if-absent leaves what is there", func(t *testing.T) {
		// Redis answers an internal error here, SQLite a conflict.
		key := unique("create")
		first := create(t, store, key, `{"by":"first"}`)
		require.Error(t, store.Write(t.Context(), key, []byte(`{"by":"second"}`), ""))
		assert.Equal(t, first, read(t, store, key))
	})

	t.Run("a stale ETag is a conflict and writes nothing", func(t *testing.T) {
		key := unique("stale")
		first := create(t, store, key, `{"n":1}`)
		require.NoError(t, store.Write(t.Context(), key, []byte(`{"n":2}`), first.ETag))
		second := read(t, store, key)

		err := store.Write(t.Context(), key, []byte(`{"n":3}`), first.ETag)
		require.ErrorIs(t, err, state.ErrConflict)
		assert.Equal(t, second, read(t, store, key))
	})

	t.Run("one of many creators wins", func(t *testing.T) {
		key := unique("creators")
		var won atomic.Int32
		together(crowd, func(i int) {
			if store.Write(t.Context(), key, fmt.Appendf(nil, `{"by":%d}`, i), "") == nil {
				won.Add(1)
			}
		})
		assert.EqualValues(t, 1, won.Load())
	})

	t.Run("one of many writers of one ETag wins", func(t *testing.T) {
		key := unique("writers")
		before := create(t, store, key, `{"by":-1}`)
		var won atomic.Int32
		var winner atomic.Int64
		together(crowd, func(i int) {
			if store.Write(t.Context(), key, fmt.Appendf(nil, `{"by":%d}`, i), before.ETag) == nil {
				won.Add(1)
				winner.Store(int64(i))
			}
		})
		require.EqualValues(t, 1, won.Load())
		assert.Equal(t, fmt.Sprintf(`{"by":%d}`, winner.Load()), string(read(t, store, key).Value))
	})

	t.Run("many are read at once, in order, with gaps", func(t *testing.T) {
		const n = 50 // more than are asked for in parallel
		prefix := unique("bulk")
		keys := make([]string, n)
		want := make([]state.Item, n)
		for i := range n {
			keys[i] = fmt.Sprintf("%s:%d", prefix, n-i)
			want[i] = state.Item{Key: keys[i]}
			if i%3 != 1 {
				want[i] = create(t, store, keys[i], fmt.Sprintf(`{"i":%d}`, i))
			}
		}
		items, err := store.Read(t.Context(), keys...)
		require.NoError(t, err)
		assert.Equal(t, want, items)
	})

	t.Run("an ETag read in bulk is good for a write", func(t *testing.T) {
		a, b := unique("bulk-etag"), unique("bulk-etag")
		create(t, store, a, `{"n":1}`)
		items, err := store.Read(t.Context(), b, a)
		require.NoError(t, err)
		require.NoError(t, store.Write(t.Context(), a, []byte(`{"n":2}`), items[1].ETag))
		require.NoError(t, store.Write(t.Context(), b, []byte(`{"n":1}`), items[0].ETag))
	})

	t.Run("values come back byte for byte", func(t *testing.T) { runValues(t, store) })
	t.Run("keys are taken as they are", func(t *testing.T) { runKeys(t, store) })

	t.Run("an overwrite replaces the whole document", func(t *testing.T) {
		// MongoDB merges what it is given as JSON.
		key := unique("replace")
		before := create(t, store, key, `{"a":1,"b":{"c":2},"list":[1,2,3]}`)
		require.NoError(t, store.Write(t.Context(), key, []byte(`{"a":3,"list":[4]}`), before.ETag))
		assert.Equal(t, `{"a":3,"list":[4]}`, string(read(t, store, key).Value))
	})

	t.Run("what was read or written belongs to the caller", func(t *testing.T) {
		key := unique("own")
		value := []byte(`{"n":1}`)
		require.NoError(t, store.Write(t.Context(), key, value, ""))
		value[5] = '7'
		item := read(t, store, key)
		assert.Equal(t, `{"n":1}`, string(item.Value))
		item.Value[5] = '8'
		assert.Equal(t, `{"n":1}`, string(read(t, store, key).Value))
	})

	t.Run("a cancelled context ends calls and writes nothing", func(t *testing.T) {
		key := unique("cancelled")
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		_, err := store.Read(ctx, key)
		require.Error(t, err)
		_, err = store.Read(ctx, key, unique("cancelled"))
		require.Error(t, err)
		require.Error(t, store.Write(ctx, key, []byte(`{}`), ""))
		assert.Nil(t, read(t, store, key).Value)
	})
}

func runValues(t *testing.T, store state.Store) {
	for name, value := range map[string]string{
		"empty object":           `{}`,
		"keys not sorted":        `{"z":1,"a":2,"m":{"y":1,"b":2}}`,
		"dollar in value":        `{"price":"$5","hash":"$argon2id$v=19$m=65536,t=3,p=4$c2FsdA$aGFzaA"}`,
		"dollar in key":          `{"$set":{"a":1},"$":"x"}`,
		"dot in key":             `{"a.b":1,"a":{"b":2},".":3}`,
		"integers above 2^53":    `{"n":9007199254740993,"max":9223372036854775807,"min":-9223372036854775808}`,
		"number as written":      `{"a":1.0,"b":1e3,"c":0.10,"d":-0}`,
		"unicode":                `{"title":"Zürich — Ελλάδα, 東京, 🎟️, e\u0301 and é","ключ":"значение"}`,
		"escapes":                `{"s":"\"quoted\" \\ \/ \b\f\n\r\t \u0000 \u2028 \ud83c\udf9f"}`,
		"markup":                 `{"s":"<b>&amp;</b>'; DROP TABLE state; --"}`,
		"null and nothing":       `{"a":null,"b":"","c":[],"d":{}}`,
		"white space":            "{ \"a\" :\t1,\n  \"b\": [ 1, 2 ] }",
		"a date":                 `{"at":"2026-01-02T03:04:05.678901234Z"}`,
		"MongoDB's own types":    `{"_id":"x","v":{"$oid":"507f1f77bcf86cd799439011"},"$date":0}`,
		"deeply nested":          `{"a":` + strings.Repeat(`[`, 100) + strings.Repeat(`]`, 100) + `}`,
		"a document of 64 KiB":   sized(64 << 10),
		"a document of 64 KiB+1": sized(64<<10 + 1),
	} {
		t.Run(name, func(t *testing.T) {
			key, other := unique("value"), unique("value")
			item := create(t, store, key, value)
			assert.Equal(t, value, string(item.Value))

			items, err := store.Read(t.Context(), other, key)
			require.NoError(t, err)
			assert.Equal(t, []state.Item{{Key: other}, item}, items, "in bulk")

			require.NoError(t, store.Write(t.Context(), key, []byte(`{"between":"$x"}`), item.ETag))
			require.NoError(t, store.Write(t.Context(), key, []byte(value), read(t, store, key).ETag))
			assert.Equal(t, value, string(read(t, store, key).Value), "over another")
		})
	}
}

// sized makes a document of exactly n bytes.
func sized(n int) string {
	const frame = `{"s":""}`
	return `{"s":"` + strings.Repeat("x", n-len(frame)) + `"}`
}

func runKeys(t *testing.T, store state.Store) {
	prefix := unique("key")
	keys := []string{
		prefix + ":a", prefix + ":A", prefix + ":a.b", prefix + ":a/b", prefix + ":$a", prefix + ":a:b:c",
		prefix + ":jo+tag@example.com", prefix + ":ключ-東京", prefix + ":a b", prefix + ":%61", prefix + ":a*",
		prefix + ":" + strings.Repeat("k", 200),
	}
	for i, key := range keys {
		create(t, store, key, fmt.Sprintf(`{"i":%d}`, i))
	}
	items, err := store.Read(t.Context(), keys...)
	require.NoError(t, err)
	for i, key := range keys {
		assert.Equal(t, key, items[i].Key)
		assert.Equal(t, fmt.Sprintf(`{"i":%d}`, i), string(items[i].Value), key)
		assert.Equal(t, fmt.Sprintf(`{"i":%d}`, i), string(read(t, store, key).Value), key)
	}
}
