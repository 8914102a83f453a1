//go:build linux

package replicas_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"ticketx/dev/shop"
)

func TestWorkIsShared(t *testing.T) {
	const buyers = 24
	ctx := t.Context()
	seller := newcomer(t, "seller")
	people := crowd(t, buyers)
	orders := make([]shop.Order, buyers)
	for i, buyer := range people {
		ticket, err := seller.List(ctx, fmt.Sprintf("Shared %d", i), 20)
		require.NoError(t, err)
		orders[i], err = buyer.Reserve(ctx, ticket.ID, 0)
		require.NoError(t, err)
		if i%2 == 0 {
			_, err = buyer.Pay(ctx, orders[i].ID, "tok_visa")
		} else {
			err = buyer.Cancel(ctx, orders[i].ID)
		}
		require.NoError(t, err)
	}
	for i, buyer := range people {
		order, ticket := "complete", "sold"
		if i%2 == 1 {
			order, ticket = "cancelled", "available"
		}
		awaitOrder(t, buyer, orders[i].ID, order)
		awaitTicket(t, seller, orders[i].Ticket.ID, ticket)
	}

	for _, service := range []string{"auth", "tickets", "orders", "payments"} {
		for _, instance := range replicas(service) {
			served := lines(t, instance, func(l line) bool { return l.Msg == "request" && strings.HasPrefix(l.Path, "/api/") })
			assert.NotEmpty(t, served, "%s has served nobody", instance)
			t.Logf("%s served %d requests", instance, len(served))
		}
	}
	for service, topic := range map[string]string{"tickets": "orders", "orders": "tickets", "payments": "orders", "expiration": "orders"} {
		for _, instance := range replicas(service) {
			handled := lines(t, instance, func(l line) bool { return l.Msg == "event" && l.Topic == topic && l.Verdict == "SUCCESS" })
			assert.NotEmpty(t, handled, "%s has handled no event of %s", instance, topic)
			t.Logf("%s handled %d events of %s", instance, len(handled), topic)
		}
	}
}

// reserve has each of the buyers reserve a ticket of their own, for as long as
// hold says.
func reserve(t *testing.T, seller *shop.Person, buyers []*shop.Person, hold func(i int) time.Duration) []shop.Order {
	t.Helper()
	orders := make([]shop.Order, len(buyers))
	for i, buyer := range buyers {
		ticket, err := seller.List(t.Context(), fmt.Sprintf("Forgotten %d", i), 20)
		require.NoError(t, err)
		orders[i], err = buyer.Reserve(t.Context(), ticket.ID, hold(i))
		require.NoError(t, err)
	}
	return orders
}

// awaitExpirations waits until something was told about each of the orders, and
// returns how often, and how late the first of it was at the most.
func awaitExpirations(t *testing.T, orders []shop.Order) (count map[string]int, latest time.Duration) {
	t.Helper()
	due := make(map[string]time.Time, len(orders))
	for _, order := range orders {
		due[order.ID] = order.ExpiresAt
	}
	_, err := shop.Until(soon(t),
		func(ctx context.Context) ([]told, error) { return stream(ctx, "expirations") },
		func(all []told) bool {
			count, latest = make(map[string]int, len(orders)), 0
			for _, e := range all {
				at, mine := due[e.Subject]
				if !mine {
					continue
				}
				if count[e.Subject]++; count[e.Subject] == 1 {
					latest = max(latest, e.at.Sub(at))
				}
			}
			return len(count) == len(orders)
		})
	require.NoError(t, err)
	return count, latest
}

func TestEveryReminderFiresOnce(t *testing.T) {
	const buyers = 24
	seller, people := newcomer(t, "seller"), crowd(t, buyers)
	orders := reserve(t, seller, people, func(int) time.Duration { return 3 * time.Second })
	for i, order := range orders {
		assert.Equal(t, "expired", awaitOrder(t, people[i], order.ID, "cancelled").Reason)
		awaitTicket(t, seller, order.Ticket.ID, "available")
	}

	told, latest := awaitExpirations(t, orders)
	for _, order := range orders {
		reminder := "/actors/OrderExpiration/" + order.ID + "/method/remind/expire"
		fired := func() (all int) {
			for _, instance := range replicas("expiration") {
				all += len(lines(t, instance, func(l line) bool { return l.Path == reminder }))
			}
			return all
		}
		require.Eventually(t, func() bool { return fired() > 0 }, patience, 10*time.Millisecond) // a line is written when all is done
		assert.Equal(t, 1, fired())
		assert.Equal(t, 1, told[order.ID])
	}
	for _, instance := range replicas("expiration") {
		assert.NotEmpty(t, lines(t, instance, func(l line) bool { return l.Method == http.MethodPut }), "%s hosts no actor", instance)
	}
	t.Logf("%d reminders, the latest %s after its time", buyers, latest.Round(time.Millisecond))
}

func TestFiftyBuyersOverBothReplicas(t *testing.T) {
	const buyers, rounds = 50, 5
	seller, people := newcomer(t, "seller"), crowd(t, buyers)
	for round := range rounds {
		ticket, err := seller.List(t.Context(), fmt.Sprintf("Round %d", round+1), 25)
		require.NoError(t, err)
		results := atOnce(buyers, func(i int) error {
			_, err := at(t, people[i], replicas("orders")[i%2]).Reserve(t.Context(), ticket.ID, 0)
			return err
		})
		sold, refused := 0, 0
		for _, err := range results {
			answer, ok := errors.AsType[*shop.Refused](err)
			switch {
			case ok:
				require.Contains(t, []int{http.StatusConflict, http.StatusServiceUnavailable}, answer.Status)
				refused++
			default:
				require.NoError(t, err)
				sold++
			}
		}
		require.Equal(t, 1, sold, "round %d", round+1)
		require.Equal(t, buyers-1, refused, "round %d", round+1)
	}
}

// A change that is made at one replica is seen in the catalogue of the other. How long
// that took is printed, and BenchmarkTheOtherReplicaSees measures it.
func TestTheOtherReplicaSeesAChange(t *testing.T) {
	ctx, title := t.Context(), uuid.NewString()
	seller, buyer := newcomer(t, "seller"), newcomer(t, "buyer")
	here, there := at(t, seller, "tickets"), at(t, buyer, "tickets-2")
	var id string
	for _, change := range []struct {
		name string
		do   func() error
		seen func(shop.Ticket) bool
	}{
		{"listed", func() error {
			listed, err := here.List(ctx, title, 10)
			id = listed.ID
			return err
		}, func(l shop.Ticket) bool { return l.Price == 10 }},
		{"edited", func() error {
			_, err := here.Edit(ctx, id, title, 11)
			return err
		}, func(l shop.Ticket) bool { return l.Price == 11 }},
		{
			"withdrawn", func() error { return here.Withdraw(ctx, id) },
			func(l shop.Ticket) bool { return l.Status == "withdrawn" },
		},
	} {
		require.NoError(t, change.do(), change.name)
		began := time.Now()
		// Its list, because a ticket that it does not know is looked for in the store.
		_, err := shop.Until(soon(t), func(ctx context.Context) ([]shop.Ticket, error) {
			return shop.Call[[]shop.Ticket](ctx, there, http.MethodGet, "/api/tickets?status=all&q="+title, nil)
		}, func(list []shop.Ticket) bool { return len(list) == 1 && change.seen(list[0]) })
		require.NoError(t, err, "%s: the other replica does not see it", change.name)
		t.Logf("%s: the other replica shows it %s after the answer", change.name, time.Since(began).Round(time.Millisecond))
	}
}

// BenchmarkTheOtherReplicaSees measures how long after the answer to a change at one
// replica the other shows it, in milliseconds.
func BenchmarkTheOtherReplicaSees(b *testing.B) {
	ctx := b.Context()
	seller := shop.NewPerson(sys.Base, "seller")
	_, err := seller.SignUp(ctx, email("seller"), password)
	require.NoError(b, err)
	here, there := at(b, seller, "tickets"), at(b, seller, "tickets-2")
	ticket, err := here.List(ctx, "Row 3", 10)
	require.NoError(b, err)
	var took []time.Duration
	for b.Loop() {
		changed, err := here.Edit(ctx, ticket.ID, "Row 3", 10+float64(len(took)%1000))
		require.NoError(b, err)
		began := time.Now()
		for shown := (shop.Ticket{}); shown.Version < changed.Version; {
			shown, err = there.Ticket(ctx, ticket.ID)
			require.NoError(b, err)
		}
		took = append(took, time.Since(began))
	}
	slices.Sort(took)
	millis := func(part float64) float64 {
		return float64(took[int(part*float64(len(took)-1))].Microseconds()) / 1000
	}
	b.ReportMetric(0, "ns/op") // means nothing here
	b.ReportMetric(millis(0.5), "p50-ms")
	b.ReportMetric(millis(0.99), "p99-ms")
	b.ReportMetric(millis(1), "max-ms")
}

// What is written through either replica is soon shown by both.
func TestCataloguesAgree(t *testing.T) {
	const listed = 10
	ctx, name := t.Context(), uuid.NewString()
	seller, buyer := newcomer(t, "seller"), newcomer(t, "buyer")
	tickets := make([]shop.Ticket, listed)
	for i := range tickets {
		var err error
		one, other := at(t, seller, replicas("tickets")[i%2]), at(t, seller, replicas("tickets")[(i+1)%2])
		tickets[i], err = one.List(ctx, fmt.Sprintf("%s %d", name, i), 10)
		require.NoError(t, err)
		if i%3 == 0 {
			_, err = other.Edit(ctx, tickets[i].ID, fmt.Sprintf("%s %d, edited", name, i), 11)
		} else {
			_, err = buyer.Reserve(ctx, tickets[i].ID, 0)
		}
		require.NoError(t, err)
	}

	began := time.Now()
	shown := make(map[string][]shop.Ticket)
	for _, instance := range replicas("tickets") {
		list, err := shop.Until(soon(t), func(ctx context.Context) ([]shop.Ticket, error) {
			newest, err := shop.Call[[]shop.Ticket](ctx, at(t, buyer, instance), http.MethodGet, "/api/tickets?status=all", nil)
			return slices.DeleteFunc(newest, func(ticket shop.Ticket) bool { return !strings.HasPrefix(ticket.Title, name) }), err
		}, func(list []shop.Ticket) bool {
			changed := 0
			for _, ticket := range list {
				if ticket.Status == "reserved" || ticket.Price == 11 {
					changed++
				}
			}
			return changed == listed
		})
		require.NoError(t, err, "%s does not show all", instance)
		shown[instance] = list
	}
	assert.Equal(t, shown["tickets"], shown["tickets-2"])
	t.Logf("both show all changes %s after the last", time.Since(began).Round(time.Millisecond))
}
