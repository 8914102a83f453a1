package tickets_test

import (
	"errors"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"ticketx/kit/errs"
	"ticketx/kit/events"
	"ticketx/services/tickets"
)

// withdraw has the seller withdraw a ticket that is for sale.
func withdraw(t *testing.T, ticket *tickets.Ticket, now time.Time) {
	t.Helper()
	news, err := ticket.Withdraw(seller, now)
	require.NoError(t, err)
	require.True(t, news)
}

func TestWithdraw(t *testing.T) {
	during, after := noon.Add(held-time.Nanosecond), noon.Add(held)
	for name, tc := range map[string]struct {
		user   string
		orders []string // the statuses the ticket's one order went through
		at     time.Time
		code   string // the conflict
		want   errs.Kind
		ok     bool
	}{
		"available":                 {user: seller, at: noon, ok: true},
		"past":                      {user: seller, at: told.StartsAt, ok: true},
		"somebody else's":           {user: "other", at: noon, want: errs.KindForbidden},
		"somebody else's, reserved": {user: "other", orders: []string{"created"}, at: during, want: errs.KindForbidden},
		"reserved":                  {user: seller, orders: []string{"created"}, at: during, want: errs.KindConflict, code: "reserved"},
		"being paid":                {user: seller, orders: []string{"created", "awaiting:payment"}, at: during, want: errs.KindConflict, code: "reserved"},
		"reserved until just now":   {user: seller, orders: []string{"created"}, at: after, ok: true},
		"available again":           {user: seller, orders: []string{"created", "cancelled"}, at: during, ok: true},
		"sold":                      {user: seller, orders: []string{"created", "complete"}, at: during, want: errs.KindConflict, code: "sold"},
	} {
		t.Run(name, func(t *testing.T) {
			ticket := tickets.List(newTicket(t).ID, seller, told, noon)
			for i, status := range tc.orders {
				require.True(t, ticket.Follow(order(ticket.ID, "o", 1, int64(i+1), status), noon))
			}
			before := ticket
			news, err := ticket.Withdraw(tc.user, tc.at)
			if !tc.ok {
				refused, ok := errors.AsType[*errs.Error](err)
				require.True(t, ok, "%v", err)
				assert.Equal(t, tc.want, refused.Kind)
				assert.Equal(t, tc.code, refused.Code)
				assert.Equal(t, before, ticket, "a refused withdrawal changes nothing")
				return
			}
			require.NoError(t, err)
			assert.True(t, news)
			assert.Equal(t, tickets.Withdrawn, ticket.StatusAt(tc.at))
			assert.Equal(t, before.Version+1, ticket.Version)
			assert.Equal(t, tc.at, ticket.UpdatedAt)
			assert.Equal(t, "withdrawn", ticket.Snapshot().Status)
			assert.Empty(t, ticket.OrderID)
			assert.Zero(t, ticket.ReservedUntil)

			before = ticket
			news, err = ticket.Withdraw(tc.user, tc.at.Add(time.Hour))
			require.NoError(t, err, "twice is harmless")
			assert.False(t, news)
			err = ticket.Edit(seller, offer, tc.at)
			assert.True(t, errs.Is(err, errs.KindConflict), "%v", err)
			assert.Equal(t, before, ticket)
		})
	}
}

// An order that was decided before the ticket's seller withdrew it may be heard of
// afterwards. It goes on; when it falls through the ticket stays withdrawn.
func TestAWithdrawnTicketFollowsAnOrderThatCameFirst(t *testing.T) {
	ticket := newTicket(t)
	require.True(t, ticket.Follow(order(ticket.ID, "a", 1, 1, "created"), noon))
	late := noon.Add(held)
	withdraw(t, &ticket, late)
	for _, step := range []struct {
		name   string
		order  events.Order
		status tickets.Status
	}{
		{"the end of an order that was over", order(ticket.ID, "a", 1, 2, "cancelled"), tickets.Withdrawn},
		{"an order nobody had heard of", later(order(ticket.ID, "b", 2, 1, "created")), tickets.Reserved},
		{"it falls through", later(order(ticket.ID, "b", 2, 2, "cancelled")), tickets.Withdrawn},
		{"another one", later(order(ticket.ID, "c", 3, 1, "created")), tickets.Reserved},
		{"it buys the ticket", later(order(ticket.ID, "c", 3, 2, "complete")), tickets.Sold},
	} {
		require.True(t, ticket.Follow(step.order, late), step.name)
		assert.Equal(t, step.status, ticket.StatusAt(late), step.name)
		assert.Equal(t, string(step.status), ticket.Snapshot().Status, step.name)
		assert.True(t, ticket.Snapshot().Withdrawn, "whoever is told takes no further order: %s", step.name)
	}
}

// later returns the order with a hold that begins when the first has ended.
func later(o events.Order) events.Order {
	o.ExpiresAt = o.ExpiresAt.Add(held)
	return o
}

// Whenever among the events of its orders a seller withdraws a ticket: refused, it
// changes nothing; accepted, the ticket ends with the newest order that holds or
// has bought it, or withdrawn, whatever comes late or twice.
func TestWithdrawingAmongLateEvents(t *testing.T) {
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	random := rand.New(rand.NewPCG(seed, 0))
	for range 500 {
		ticket := newTicket(t)
		history := randomHistory(random, ticket.ID)
		newest := deliver(ticket, history)
		random.Shuffle(len(history), func(i, j int) { history[i], history[j] = history[j], history[i] })

		at := random.IntN(len(history) + 1)
		for _, o := range history[:at] {
			ticket.Follow(o, noon)
		}
		before := ticket
		accepted, err := ticket.Withdraw(seller, noon)
		if err != nil {
			require.True(t, errs.Is(err, errs.KindConflict), "%v", err)
			require.Equal(t, before, ticket)
		}
		for _, o := range history[at:] {
			ticket.Follow(o, noon)
		}
		want := newest.Status
		if accepted && want == tickets.Available {
			want = tickets.Withdrawn
		}
		require.Equal(t, want, ticket.StatusAt(noon), "withdrawn after %d of %+v", at, history)
		require.Equal(t, newest.OrderID, ticket.OrderID)
	}
}
