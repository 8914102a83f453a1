package payments_test

import (
	"context"
	"log/slog"
	"maps"
	"net/http/httptest"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"ticketx/kit/aggregate"
	"ticketx/kit/aggregate/aggregatetest"
	"ticketx/kit/errs"
	"ticketx/kit/events"
	"ticketx/kit/ids"
	"ticketx/kit/state"
	"ticketx/services/payments"
	"ticketx/services/payments/internal/stripe"
	"ticketx/standin"
)

const (
	buyer    = "buyer"
	visa     = payments.Token("tok_visa")
	amex     = payments.Token("tok_amex")
	declined = payments.Token("tok_chargeDeclinedInsufficientFunds")
	unknown  = payments.Token("tok_unknown")
	price    = 25_50
	hold     = 15 * time.Minute
)

// world is everything outside of a payments process: it goes on when one dies.
type world struct {
	t      *testing.T
	store  state.Store
	bank   *bank
	events *published
	orders *knownOrders
	clock  *clock
}

func newWorld(t *testing.T) *world { return newWorldOn(t, state.NewMemory()) }

func newWorldOn(t *testing.T, store state.Store) *world {
	w := &world{
		t: t, store: store, bank: openBank(t), events: &published{},
		orders: &knownOrders{byID: map[string]events.Order{}}, clock: &clock{},
	}
	w.bank.book.SetClock(w.clock.now)
	return w
}

// process starts a payments process.
func (w *world) process() *payments.Service { return w.processWith(w.bank) }

func (w *world) processWith(p payments.Processor) *payments.Service {
	return w.processOn(w.store, p, w.events)
}

func (w *world) processOn(store state.Store, p payments.Processor, publisher aggregate.Publisher) *payments.Service {
	return w.processAsking(w.orders, store, p, publisher)
}

func (w *world) processAsking(orders payments.Orders, store state.Store, p payments.Processor, publisher aggregate.Publisher) *payments.Service {
	outbox := aggregatetest.NewOutbox(publisher, slog.New(slog.DiscardHandler))
	return payments.NewService(store, outbox, orders, p, w.clock.now)
}

// order places an order that payments has not heard of yet.
func (w *world) order() events.Order {
	now := w.clock.now().UTC()
	o := events.Order{
		ID: ids.New(), Version: 1, Sequence: 1, Status: "created", BuyerID: buyer, CreatedAt: now, ExpiresAt: now.Add(hold),
		Ticket: events.OrderTicket{ID: ids.New(), Title: "A ticket", Price: price, Currency: "eur", SellerID: "seller"},
	}
	w.orders.keep(o)
	return o
}

// cancelled returns the order as its event says when it was cancelled.
func cancelled(o events.Order) events.Order { return closed(o, "cancelled", "buyer") }

func expired(o events.Order) events.Order { return closed(o, "cancelled", "expired") }

func completed(o events.Order) events.Order { return closed(o, "complete", "") }

func closed(o events.Order, status, reason string) events.Order {
	at := o.CreatedAt.Add(time.Second)
	o.Version += 2 // after awaiting payment
	o.Status, o.Reason, o.ClosedAt = status, reason, &at
	return o
}

// stored returns the payment of the order as it is stored.
func (w *world) stored(o events.Order) payments.Payment {
	w.t.Helper()
	p, found, err := state.NewCollection[payments.Payment](w.store, "order").Load(w.t.Context(), o.ID)
	require.NoError(w.t, err)
	require.True(w.t, found)
	return p
}

// bank is Stripe: the stand-in, behind the client that talks to Stripe.
type bank struct {
	*stripe.Processor
	t    *testing.T
	book *standin.Book
	url  string
}

func openBank(t *testing.T) *bank {
	t.Helper()
	book, err := standin.OpenScratch(filepath.Join(t.TempDir(), "book.db"))
	require.NoError(t, err)
	t.Cleanup(func() { _ = book.Close() })
	// What takes its time happens when a test has it hurry, however long that takes.
	server := httptest.NewServer(standin.NewServer(book, standin.WithDelay(1000*time.Hour)))
	t.Cleanup(server.Close)
	return &bank{Processor: stripe.New(stripe.Config{APIURL: server.URL}), t: t, book: book, url: server.URL}
}

// account is what the bank has done for one order.
type account struct {
	intents  []standin.Status
	charges  int // paid ones
	declines int
	refunds  int
	net      int64
}

func (b *bank) account(o events.Order) account {
	b.t.Helper()
	contents, err := b.book.Contents()
	require.NoError(b.t, err)
	var a account
	for _, i := range contents.PaymentIntents {
		if i.Metadata["order_id"] != o.ID {
			continue
		}
		a.intents = append(a.intents, i.Status)
		for _, c := range contents.Charges {
			switch {
			case c.PaymentIntent != i.ID:
			case c.Paid:
				a.charges++
				a.net += c.AmountCaptured - c.AmountRefunded
			default:
				a.declines++
			}
		}
		for _, r := range contents.Refunds {
			if r.PaymentIntent == i.ID {
				a.refunds++
			}
		}
	}
	return a
}

// published is a broker: it keeps what was published.
type published struct {
	mu  sync.Mutex
	all []events.Event
}

// Publish implements aggregate.Publisher.
func (p *published) Publish(_ context.Context, e events.Event) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.all = append(p.all, e)
	return nil
}

// types returns the types of what was published about the order, each fact once.
func (p *published) types(o events.Order) []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	seen := map[string]bool{}
	types := []string{}
	for _, e := range p.all {
		if e.Subject == o.ID && !seen[e.ID] {
			types = append(types, e.Type)
		}
		seen[e.ID] = true
	}
	return types
}

func (p *published) last() events.Event {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.all[len(p.all)-1]
}

// knownOrders is the orders service.
type knownOrders struct {
	mu    sync.Mutex
	byID  map[string]events.Order
	asked int
}

func (k *knownOrders) keep(o events.Order) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.byID[o.ID] = o
}

func (k *knownOrders) forget(o events.Order) {
	k.mu.Lock()
	defer k.mu.Unlock()
	delete(k.byID, o.ID)
}

// Order implements payments.Orders.
func (k *knownOrders) Order(_ context.Context, id string) (events.Order, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.asked++
	o, ok := k.byID[id]
	if !ok {
		return o, errs.NotFound("There is no such order.")
	}
	return o, nil
}

// AwaitPayment implements payments.Orders, as orders does.
func (k *knownOrders) AwaitPayment(_ context.Context, id string) (events.Order, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	o, ok := k.byID[id]
	switch {
	case !ok:
		return o, errs.NotFound("There is no such order.")
	case o.Status == "created":
		o.Status = "awaiting:payment"
		o.Version++
		k.byID[id] = o
	case o.Status != "awaiting:payment":
		return o, errs.Conflict("The order is closed.")
	}
	return o, nil
}

// OrderIDs implements payments.Orders. The newest order is the last by its id.
func (k *knownOrders) OrderIDs(_ context.Context, position, limit int) (found []string, next int, err error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	all := slices.Sorted(maps.Keys(k.byID))
	if position < 0 {
		position = len(all)
	}
	for ; position > 0 && len(found) < limit; position-- {
		found = append(found, all[position-1])
	}
	return found, position, nil
}

// clock is the time, which a test can move on.
type clock struct {
	mu    sync.Mutex
	ahead time.Duration
}

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return time.Now().Add(c.ahead)
}

func (c *clock) pass(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.ahead += d
}
