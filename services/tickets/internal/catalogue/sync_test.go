package catalogue_test

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"ticketx/services/tickets"
	"ticketx/services/tickets/internal/catalogue"
)

// source is a store that other replicas write to behind the catalogue's back.
type source struct {
	mu       sync.Mutex
	listings []tickets.Listing // oldest first
	batch    int
	down     bool
	reads    int
}

func (s *source) Before(_ context.Context, position int) ([]tickets.Listing, int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.reads++
	if s.down {
		return nil, 0, errors.New("the store is down")
	}
	if position < 0 {
		position = len(s.listings)
	}
	next := max(0, position-s.batch)
	listings := slices.Clone(s.listings[next:position])
	slices.Reverse(listings)
	return listings, next, nil
}

func (s *source) count() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.reads
}

func (s *source) setDown(down bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.down = down
}

func (s *source) add(l tickets.Listing) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.listings = append(s.listings, l)
}

func (s *source) sell(i int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.listings[i] = as(s.listings[i], tickets.Sold)
}

// run has c synchronised with s in the background. It is called in a bubble
// of synctest, where time stands still while anybody works.
func run(t *testing.T, c *catalogue.Catalogue, s *source) {
	ctx, stop := context.WithCancel(t.Context())
	var done sync.WaitGroup
	done.Go(func() { catalogue.NewSync(c, s, slog.New(slog.DiscardHandler)).Run(ctx) })
	t.Cleanup(func() {
		stop()
		done.Wait()
	})
	synctest.Wait()
}

func after(d time.Duration) {
	<-time.After(d) // in a bubble this takes no time
	synctest.Wait()
}

func statusOf(t *testing.T, c *catalogue.Catalogue, id string) tickets.Status {
	t.Helper()
	l, ok := c.Find(id)
	require.True(t, ok, "%s is not in the catalogue", id)
	return l.Status
}

func TestFillWaitsForTheStore(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, s := newCatalogue(), &source{listings: newListings(t, 25), batch: 10, down: true}
		run(t, c, s)
		after(time.Minute)
		require.Error(t, c.Ready())

		s.setDown(false)
		after(time.Second)
		require.NoError(t, c.Ready())
		assert.Equal(t, 25, c.Len())
	})
}

func TestFillOfAnEmptyStore(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newCatalogue()
		run(t, c, &source{batch: 10})
		assert.NoError(t, c.Ready())
	})
}

// What other replicas wrote while the feed was not live yet is there when the store
// has been read again, however old the ticket is.
func TestGapBeforeTheFeedCloses(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, s := newCatalogue(), &source{listings: newListings(t, 95), batch: 10}
		run(t, c, s)
		missed := newListings(t, 1)[0]
		s.add(missed)
		s.sell(0)

		after(10 * time.Second)
		assert.Equal(t, tickets.Available, statusOf(t, c, missed.ID))
		after(9 * 150 * time.Millisecond)
		assert.Equal(t, tickets.Sold, statusOf(t, c, s.listings[0].ID))
	})
}

// Once there are answers to give, the store is read little by little.
func TestReadingAgainLeavesTimeForAnswers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, s := newCatalogue(), &source{listings: newListings(t, 250), batch: 10}
		run(t, c, s)
		require.NoError(t, c.Ready())
		require.Equal(t, 25, s.count(), "the fill")
		after(10*time.Second + 20*150*time.Millisecond)
		assert.Equal(t, 25+1+20, s.count(), "a batch every 150 ms")
	})
}

// A new ticket that the feed misses while the store is read again is found meanwhile.
func TestNewTicketsAreFoundWhileTheStoreIsReadAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, s := newCatalogue(), &source{listings: newListings(t, 1000), batch: 10}
		run(t, c, s)
		after(10*time.Second + 500*time.Millisecond)
		missed := newListings(t, 1)[0]
		s.add(missed)
		after(5 * time.Second)
		assert.Equal(t, tickets.Available, statusOf(t, c, missed.ID))
	})
}

// What the feed misses later is found too: a new ticket within 5 s, a change of
// an old one within 5 s for each batch.
func TestWhatTheFeedMissedIsFound(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, s := newCatalogue(), &source{listings: newListings(t, 95), batch: 10}
		run(t, c, s)
		after(time.Minute)
		missed := newListings(t, 1)[0]
		s.add(missed)
		s.sell(0)

		after(5 * time.Second)
		assert.Equal(t, tickets.Available, statusOf(t, c, missed.ID))
		after(10 * 5 * time.Second)
		assert.Equal(t, tickets.Sold, statusOf(t, c, s.listings[0].ID))
	})
}

func TestChecksOutliveAnOutage(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, s := newCatalogue(), &source{listings: newListings(t, 25), batch: 10}
		run(t, c, s)
		after(time.Minute)
		s.setDown(true)
		s.sell(0)
		after(time.Minute)
		require.NoError(t, c.Ready(), "what is known can still be looked at")

		s.setDown(false)
		after(4 * 5 * time.Second)
		assert.Equal(t, tickets.Sold, statusOf(t, c, s.listings[0].ID))
	})
}
