package tickets_test

import (
	"math/rand/v2"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"ticketx/kit/events"
	"ticketx/services/tickets"
)

func TestFollow(t *testing.T) {
	ticket := newTicket(t)
	id := ticket.ID
	for _, step := range []struct {
		name    string
		order   events.Order
		news    bool
		status  tickets.Status
		orderID string
	}{
		{"reserved", order(id, "a", 1, 1, "created"), true, tickets.Reserved, "a"},
		{"the same again", order(id, "a", 1, 1, "created"), false, tickets.Reserved, "a"},
		{"being paid", order(id, "a", 1, 2, "awaiting:payment"), true, tickets.Reserved, "a"},
		{"freed", order(id, "a", 1, 3, "cancelled"), true, tickets.Available, ""},
		{"an old reservation", order(id, "a", 1, 1, "created"), false, tickets.Available, ""},
		{"the next order", order(id, "b", 2, 1, "created"), true, tickets.Reserved, "b"},
		{"the end of the order before", order(id, "a", 1, 4, "cancelled"), false, tickets.Reserved, "b"},
		{"an order never heard of is cancelled", order(id, "c", 3, 2, "cancelled"), true, tickets.Available, ""},
		{"an order never heard of is complete", order(id, "d", 4, 2, "complete"), true, tickets.Sold, "d"},
		{"its reservation comes late", order(id, "d", 4, 1, "created"), false, tickets.Sold, "d"},
	} {
		t.Run(step.name, func(t *testing.T) {
			before := ticket
			require.Equal(t, step.news, ticket.Follow(step.order, noon))
			assert.Equal(t, step.status, ticket.StatusAt(noon))
			assert.Equal(t, step.orderID, ticket.OrderID)
			if step.news {
				assert.Equal(t, before.Version+1, ticket.Version)
			} else {
				assert.Equal(t, before, ticket)
			}
		})
	}
}

func TestReservationEndsWithItsTime(t *testing.T) {
	ticket := newTicket(t)
	require.True(t, ticket.Follow(order(ticket.ID, "a", 1, 1, "created"), noon))
	assert.Equal(t, tickets.Reserved, ticket.StatusAt(noon.Add(held-time.Nanosecond)))
	assert.Equal(t, tickets.Available, ticket.StatusAt(noon.Add(held)))

	require.True(t, ticket.Follow(order(ticket.ID, "a", 1, 2, "complete"), noon.Add(held)))
	assert.Equal(t, tickets.Sold, ticket.StatusAt(noon.Add(2*held)), "a payment that was under way counts")
}

// However often the events of a ticket's orders come, and in whichever order,
// the ticket ends as if each had come once, in turn. So does one that its seller
// has withdrawn before the first of them came, and it is not for sale then.
func TestEveryDeliveryEndsInTheSameTicket(t *testing.T) {
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	random := rand.New(rand.NewPCG(seed, 0))

	for range 500 {
		listed := newTicket(t)
		if random.IntN(2) == 0 {
			withdraw(t, &listed, noon)
		}
		history := randomHistory(random, listed.ID)
		want := deliver(listed, history)
		if listed.Withdrawn {
			assert.NotEqual(t, tickets.Available, want.StatusAt(noon))
			assert.NotEqual(t, tickets.Available, want.StatusAt(noon.Add(held)))
		}

		delivered := history
		for range random.IntN(len(history) + 1) {
			delivered = append(delivered, history[random.IntN(len(history))])
		}
		random.Shuffle(len(delivered), func(i, j int) { delivered[i], delivered[j] = delivered[j], delivered[i] })
		require.Equal(t, want, deliver(listed, delivered), "delivered %+v", delivered)
	}
}

// randomHistory returns the events of up to five orders of one ticket, in turn.
// The last order may be open, cancelled or complete.
func randomHistory(random *rand.Rand, ticketID string) (history []events.Order) {
	last := 1 + random.Int64N(5)
	for sequence := int64(1); sequence <= last; sequence++ {
		id := "order-" + string(rune('a'+sequence))
		history = append(history, order(ticketID, id, sequence, 1, "created"))
		version := int64(2)
		if random.IntN(2) == 0 {
			history = append(history, order(ticketID, id, sequence, version, "awaiting:payment"))
			version++
		}
		end := "cancelled"
		if sequence == last {
			end = []string{"", "cancelled", "complete"}[random.IntN(3)]
		}
		if end != "" {
			history = append(history, order(ticketID, id, sequence, version, end))
		}
	}
	return history
}

// deliver returns the ticket after the events, without what counts writes: a
// fact that came too late to matter was not written.
func deliver(ticket tickets.Ticket, history []events.Order) tickets.Ticket {
	for _, o := range history {
		ticket.Follow(o, noon)
	}
	ticket.Version = 0
	return ticket
}
