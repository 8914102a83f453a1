package state_test

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"ticketx/kit/aggregate/aggregatetest"
	"ticketx/kit/daprtest"
	"ticketx/kit/errs"
	"ticketx/kit/events"
	"ticketx/kit/state"
	"ticketx/kit/state/statetest"
	"ticketx/services/tickets"
	ticketstate "ticketx/services/tickets/internal/state"
)

var noon = time.Date(2026, 5, 1, 12, 0, 0, 0, time.UTC)

// published records what was announced.
type published struct {
	mu     sync.Mutex
	events []events.Event
	fail   error
}

func (p *published) Publish(_ context.Context, e events.Event) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.fail != nil {
		return p.fail
	}
	p.events = append(p.events, e)
	return nil
}

func (p *published) ids() (ids []string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, e := range p.events {
		ids = append(ids, e.ID)
	}
	return ids
}

func open(docs state.Store) (*ticketstate.Store, *published) {
	p := &published{}
	return ticketstate.New(docs, aggregatetest.NewOutbox(p, slog.New(slog.DiscardHandler))), p
}

func newTicket(t *testing.T) tickets.Ticket {
	t.Helper()
	id, err := tickets.NewID()
	require.NoError(t, err)
	return tickets.List(id, "seller", tickets.Offer{
		Title: "$5 off {row} “3”", Price: 2550, OriginalPrice: 3000, Description: "Line\nbreak",
		Details: events.Details{StartsAt: noon.Add(time.Hour), TimeZone: "Europe/Berlin", Venue: "Arena", Seat: "12-13", Quantity: 2},
	}, noon)
}

// insert saves a ticket that is not there yet.
func insert(t *testing.T, store *ticketstate.Store, ticket tickets.Ticket) {
	t.Helper()
	stored, err := store.Insert(t.Context(), ticket)
	require.NoError(t, err)
	require.Equal(t, ticket, stored)
}

func TestStore(t *testing.T) {
	daprtest.EachStore(t, func(t *testing.T, docs state.Store) {
		t.Run("a ticket comes back as it was saved", func(t *testing.T) {
			store, said := open(docs)
			ticket := newTicket(t)
			insert(t, store, ticket)
			ticket, err := store.Update(t.Context(), ticket.ID, func(doc *tickets.Ticket) error {
				doc.Follow(events.Order{ID: "o", Sequence: 3, Version: 1, Status: "created", ExpiresAt: noon.Add(time.Hour)}, noon)
				return nil
			})
			require.NoError(t, err)

			got, found, err := store.Load(t.Context(), ticket.ID)
			require.NoError(t, err)
			require.True(t, found)
			assert.Equal(t, ticket, got)
			assert.Equal(t, tickets.OrderFact{Sequence: 3, Version: 1}, got.LastOrder)
			assert.Equal(t, []string{"ticket:" + ticket.ID + ":1", "ticket:" + ticket.ID + ":2"}, said.ids())
		})
		t.Run("no ticket", func(t *testing.T) {
			store, said := open(docs)
			id := newTicket(t).ID
			_, found, err := store.Load(t.Context(), id)
			require.NoError(t, err)
			assert.False(t, found)
			_, err = store.Update(t.Context(), id, func(*tickets.Ticket) error { return nil })
			assert.True(t, errs.Is(err, errs.KindNotFound), "%v", err)
			assert.Empty(t, said.ids())
		})
		t.Run("what a change leaves alone is not announced", func(t *testing.T) {
			store, said := open(docs)
			ticket := newTicket(t)
			insert(t, store, ticket)
			got, err := store.Update(t.Context(), ticket.ID, func(*tickets.Ticket) error { return state.ErrUnchanged })
			require.NoError(t, err)
			assert.Equal(t, ticket, got)
			assert.Len(t, said.ids(), 1)
		})
		t.Run("no edit is lost", func(t *testing.T) {
			const writers = 8
			store, said := open(docs)
			ticket := newTicket(t)
			insert(t, store, ticket)
			var done sync.WaitGroup
			for range writers {
				done.Go(func() {
					_, err := store.Update(t.Context(), ticket.ID, func(doc *tickets.Ticket) error {
						return doc.Edit("seller", tickets.Offer{Title: rand.Text(), Price: 100}, noon)
					})
					assert.NoError(t, err)
				})
			}
			done.Wait()
			got, _, err := store.Load(t.Context(), ticket.ID)
			require.NoError(t, err)
			assert.EqualValues(t, 1+writers, got.Version)
			assert.Len(t, said.ids(), 1+writers)
		})
		t.Run("the index leads to every ticket, newest first", func(t *testing.T) {
			const n = 5
			store, _ := open(docs)
			want := make([]tickets.Listing, n)
			for i := range n {
				ticket := newTicket(t)
				insert(t, store, ticket)
				want[n-1-i] = ticket.Listing
			}
			listings, _, err := store.Before(t.Context(), -1)
			require.NoError(t, err)
			require.GreaterOrEqual(t, len(listings), n)
			assert.Equal(t, want, listings[:n])
		})
	})
}

func TestBatchesReachTheOldestTicket(t *testing.T) {
	store, _ := open(state.NewMemory())
	want := make(map[string]bool)
	for range 2*state.PageSize + 10 {
		ticket := newTicket(t)
		insert(t, store, ticket)
		want[ticket.ID] = true
	}
	for position := -1; position != 0; {
		listings, next, err := store.Before(t.Context(), position)
		require.NoError(t, err)
		for _, l := range listings {
			require.True(t, want[l.ID], "%s twice", l.ID)
			delete(want, l.ID)
		}
		position = next
	}
	assert.Empty(t, want)
}

// Whichever write fails, and whether or not it happened all the same: what
// Insert reports as done is found through the index and announced, and an index
// entry without a ticket harms nobody.
func TestInsertWhenTheStoreFails(t *testing.T) {
	for name, fault := range map[string]statetest.Fault{"before": statetest.FailsBefore, "after": statetest.FailsAfter} {
		for nth := 1; nth <= 2; nth++ {
			t.Run(fmt.Sprintf("%s write %d", name, nth), func(t *testing.T) {
				store, said := open(statetest.FailNth(state.NewMemory(), nth, fault))
				ticket := newTicket(t)
				_, err := store.Insert(t.Context(), ticket)
				listings, _, readErr := store.Before(t.Context(), -1)
				require.NoError(t, readErr)
				if err != nil {
					assert.True(t, errs.Is(err, errs.KindUnavailable), "%v", err)
					assert.Empty(t, listings)
					assert.Empty(t, said.ids())
					return
				}
				assert.Equal(t, []tickets.Listing{ticket.Listing}, listings)
				assert.Len(t, said.ids(), 1)
			})
		}
	}
}

// overtaken is a Store that writes a ticket, lets others see it, and then loses
// the answer.
type overtaken struct {
	state.Store
	once   sync.Once
	others func()
}

func (o *overtaken) Write(ctx context.Context, key string, value []byte, etag string) (err error) {
	err = o.Store.Write(ctx, key, value, etag)
	if strings.HasPrefix(key, "ticket:") {
		o.once.Do(func() {
			o.others()
			err = errs.Unavailable("A part of the system does not answer.", nil)
		})
	}
	return err
}

func TestInsertDoesNotUndoAnOrder(t *testing.T) {
	docs := state.NewMemory()
	replica, _ := open(docs)
	ticket := newTicket(t)
	store, said := open(&overtaken{Store: docs, others: func() {
		_, err := replica.Update(t.Context(), ticket.ID, func(doc *tickets.Ticket) error {
			doc.Follow(events.Order{ID: "o", Sequence: 1, Version: 1, Status: "created", ExpiresAt: noon.Add(time.Hour)}, noon)
			return nil
		})
		require.NoError(t, err)
	}})
	stored, err := store.Insert(t.Context(), ticket)
	require.NoError(t, err)
	got, _, err := store.Load(t.Context(), ticket.ID)
	require.NoError(t, err)
	assert.Equal(t, got, stored, "as it stands")
	assert.Equal(t, tickets.Reserved, got.Status)
	assert.EqualValues(t, 2, got.Version)
	assert.Equal(t, []string{"ticket:" + ticket.ID + ":2"}, said.ids(), "the ticket is announced as it stands")
}

func TestNothingIsListedWhileTheBrokerIsDown(t *testing.T) {
	docs := statetest.FailNth(state.NewMemory(), 0, statetest.Passes) // counts writes
	store, said := open(docs)
	said.fail = errors.New("the broker is down")
	_, err := store.Insert(t.Context(), newTicket(t))
	require.NoError(t, err, "the write stands, its event waits")

	before := docs.Writes()
	_, err = store.Insert(t.Context(), newTicket(t))
	assert.True(t, errs.Is(err, errs.KindUnavailable), "%v", err)
	assert.Equal(t, before, docs.Writes(), "the index does not grow by tickets that never come to be")
}
