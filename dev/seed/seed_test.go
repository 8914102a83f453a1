package seed_test

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"ticketx/dev/seed"
)

func TestTheSameSeedGivesTheSameOffers(t *testing.T) {
	now := time.Date(2026, 5, 1, 12, 0, 0, 0, time.UTC)
	different := 0
	for n := range 100 {
		o := seed.NewOffer(7, n, now)
		assert.Equal(t, o, seed.NewOffer(7, n, now.Add(time.Hour)))
		starts, err := time.Parse(time.RFC3339, o.StartsAt)
		require.NoError(t, err)
		assert.True(t, starts.After(now))
		if o != seed.NewOffer(8, n, now) {
			different++
		}
	}
	assert.Greater(t, different, 90)
}

// A shop that is busy now and then gets every offer once all the same.
func TestRun(t *testing.T) {
	var mu sync.Mutex
	listed := make(map[string]int)
	calls := 0
	shop := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		if r.URL.Path != "/api/tickets" {
			_, _ = io.WriteString(w, `{"id":"x"}`)
			return
		}
		if calls++; calls%5 == 0 {
			w.WriteHeader(http.StatusServiceUnavailable)
			return
		}
		body, _ := io.ReadAll(r.Body)
		listed[string(body)]++
		w.WriteHeader(http.StatusCreated)
		_, _ = io.WriteString(w, `{}`)
	}))
	defer shop.Close()
	start := time.Now()
	require.NoError(t, seed.Run(t.Context(), io.Discard, shop.URL, 40, 7))
	total := 0
	for _, n := range listed {
		total += n
	}
	assert.Equal(t, 40, total)
	want, err := json.Marshal(seed.NewOffer(7, 1, start))
	require.NoError(t, err)
	assert.Contains(t, listed, string(want))

	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	require.Error(t, seed.Run(ctx, io.Discard, shop.URL, 1, 7))
}
