package orders_test

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"ticketx/kit/aggregate"
	"ticketx/kit/aggregate/aggregatetest"
	"ticketx/kit/daprtest"
	"ticketx/kit/errs"
	"ticketx/kit/events"
	"ticketx/kit/ids"
	"ticketx/kit/state"
	"ticketx/services/orders"
)

const (
	hold   = 15 * time.Minute
	seller = "sam"
)

// What the service promises holds on every store.
func TestService(t *testing.T) {
	daprtest.EachStore(t, func(t *testing.T, store state.Store) {
		for _, promise := range []struct {
			about string
			hold  func(t *testing.T, store state.Store)
		}{
			{"learning of tickets", learning},
			{"placing", placing},
			{"placing at the same moment", crowding},
			{"placing again", placingAgain},
			{"replacing", replacing},
			{"cancelling", cancelling},
			{"expiring", expiring},
			{"completing", completing},
			{"awaiting payment", awaiting},
			{"settling", settling},
			{"showing", showing},
			{"listing", listing},
			{"orders that never came to be", dangling},
			{"racing with a replacement", racing},
			{"writes without an answer", unanswered},
			{"crashes", crashing},
			{"orders that were lost", losing},
			{"withdrawing", withdrawing},
			{"announcing anew", announcing},
		} {
			t.Run(promise.about, func(t *testing.T) { promise.hold(t, store) })
		}
	})
}

// shop is the service over a store, with everything around it in the test's
// hands.
type shop struct {
	*orders.Service
	store  state.Store
	clock  *clock
	broker *broker
	market *market
	vault  *vault
	till   *till
}

func open(store state.Store) *shop {
	s := &shop{
		store:  store,
		clock:  &clock{now: time.Date(2026, 5, 4, 12, 0, 0, 0, time.UTC)},
		broker: &broker{},
		market: &market{listed: make(map[string]events.Ticket)},
		vault:  &vault{kept: make(map[string]events.Order), paid: make(map[string]bool)},
		till:   &till{payments: make(map[string]*payment)},
	}
	return s.over(store, s.broker)
}

// over returns another process of the same shop, with a store and a publisher
// of its own.
func (s *shop) over(store state.Store, publisher aggregate.Publisher) *shop {
	another := *s
	outbox := aggregatetest.NewOutbox(publisher, slog.New(slog.DiscardHandler))
	another.Service = orders.NewService(store, outbox, s.market, s.vault, s.till, hold, s.clock.Now)
	return &another
}

// ticket lists a ticket that orders has heard of.
func (s *shop) ticket(t *testing.T) string {
	t.Helper()
	id := s.freshTicket()
	require.NoError(t, s.Learn(t.Context(), s.market.listed[id]))
	return id
}

// freshTicket lists a ticket that orders has not heard of yet.
func (s *shop) freshTicket() string {
	snapshot := events.Ticket{
		ID: ids.New(), Version: 1, Title: "Front row", Price: 2550, Currency: "eur", SellerID: seller,
		Status: "available", CreatedAt: s.clock.Now(), UpdatedAt: s.clock.Now(),
	}
	s.market.put(snapshot)
	return snapshot.ID
}

// place has the buyer reserve the ticket for the usual time.
func (s *shop) place(t *testing.T, buyer, ticketID string) orders.Order {
	t.Helper()
	o, err := s.Place(t.Context(), buyer, ticketID, 0)
	require.NoError(t, err)
	return o
}

// cancelled returns an order that has been cancelled by its buyer.
func (s *shop) cancelled(t *testing.T, buyer, ticketID string) orders.Order {
	t.Helper()
	o := s.place(t, buyer, ticketID)
	require.NoError(t, s.Cancel(t.Context(), buyer, o.ID))
	return s.stored(t, o.ID)
}

// stored returns the order as it was last written.
func (s *shop) stored(t *testing.T, orderID string) orders.Order {
	t.Helper()
	o, err := s.Lookup(t.Context(), orderID)
	require.NoError(t, err)
	return o
}

// slot returns the order in the ticket's document, the one that decides.
func (s *shop) slot(t *testing.T, ticketID string) *orders.Order {
	t.Helper()
	doc, _, err := state.NewCollection[orders.Ticket](s.store, "ticket").Load(t.Context(), ticketID)
	require.NoError(t, err)
	return doc.Order
}

// of returns the ids of the buyer's newest orders.
func (s *shop) of(t *testing.T, buyer string) []string {
	t.Helper()
	list, _, err := s.Of(t.Context(), buyer, -1, 100)
	require.NoError(t, err)
	return idsOf(list)
}

func idsOf(list []orders.Order) []string {
	found := make([]string, len(list))
	for i, o := range list {
		found[i] = o.ID
	}
	return found
}

// clock is a time that passes when the test says so.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) pass(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

// market is the tickets service. It implements orders.Listings.
type market struct {
	mu     sync.Mutex
	listed map[string]events.Ticket
	down   error
	asked  int
}

func (m *market) Ticket(_ context.Context, ticketID string) (events.Ticket, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.asked++
	snapshot, ok := m.listed[ticketID]
	if m.down != nil {
		return snapshot, m.down
	}
	if !ok {
		return snapshot, errs.NotFound("There is no such ticket.")
	}
	return snapshot, nil
}

// TicketIDs implements orders.Listings.
func (m *market) TicketIDs(_ context.Context, position, limit int) (found []string, next int, err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.down != nil {
		return nil, 0, m.down
	}
	all := slices.Sorted(maps.Keys(m.listed))
	if position < 0 {
		position = len(all)
	}
	for ; position > 0 && len(found) < limit; position-- {
		found = append(found, all[position-1])
	}
	return found, position, nil
}

// vault is the payments service, with the copies of orders that it keeps. It
// implements orders.Copies.
type vault struct {
	mu   sync.Mutex
	kept map[string]events.Order
	paid map[string]bool
	down error
}

func (v *vault) Order(_ context.Context, orderID string) (o events.Order, paid bool, err error) {
	v.mu.Lock()
	defer v.mu.Unlock()
	o, ok := v.kept[orderID]
	if v.down != nil {
		return o, false, v.down
	}
	if !ok {
		return o, false, errs.NotFound("There is no such order.")
	}
	return o, v.paid[orderID], nil
}

func (v *vault) keep(o events.Order) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.kept[o.ID] = o
}

func (m *market) put(snapshot events.Ticket) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.listed[snapshot.ID] = snapshot
}

// broker takes what is published. It implements aggregate.Publisher.
type broker struct {
	mu    sync.Mutex
	taken []events.Event
}

func (b *broker) Publish(ctx context.Context, e events.Event) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.taken = append(b.taken, e)
	return nil
}

// published returns all that was published about the ticket's orders, as often
// as it was.
func (b *broker) published(t *testing.T, ticketID string) []events.Order {
	t.Helper()
	b.mu.Lock()
	defer b.mu.Unlock()
	var all []events.Order
	for _, e := range b.taken {
		var o events.Order
		require.NoError(t, json.Unmarshal(e.Data, &o))
		if o.Ticket.ID == ticketID {
			all = append(all, o)
		}
	}
	return all
}

// told returns what consumers hear about the ticket's orders, as "sequence
// status reason": brokers and consumers drop what comes again.
func (b *broker) told(t *testing.T, ticketID string) []string {
	t.Helper()
	var all []string
	for _, o := range b.published(t, ticketID) {
		line := strings.TrimSpace(fmt.Sprintf("%d %s %s", o.Sequence, o.Status, o.Reason))
		if !slices.Contains(all, line) {
			all = append(all, line)
		}
	}
	return all
}

// ids returns the ids of all that was published.
func (b *broker) ids() []string {
	b.mu.Lock()
	defer b.mu.Unlock()
	all := make([]string, len(b.taken))
	for i, e := range b.taken {
		all[i] = e.ID
	}
	return all
}

// subjects returns the orders that all that was published is about.
func (b *broker) subjects() []string {
	b.mu.Lock()
	defer b.mu.Unlock()
	all := make([]string, len(b.taken))
	for i, e := range b.taken {
		all[i] = e.Subject
	}
	return all
}

// forget drops what was published so far.
func (b *broker) forget() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.taken = nil
}

// deaf is a publisher whose events get lost: its process dies before it can
// tell.
type deaf struct{}

func (deaf) Publish(context.Context, events.Event) error { return nil }

// buyer makes up somebody whom no other test knows.
func buyer() string { return ids.New() }

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

func assertKind(t *testing.T, want errs.Kind, err error) {
	t.Helper()
	if assert.Error(t, err) {
		assert.Equal(t, want, errs.KindOf(err), "%v", err)
	}
}
