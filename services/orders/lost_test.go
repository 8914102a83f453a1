package orders

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"ticketx/kit/errs"
	"ticketx/kit/events"
	"ticketx/kit/ids"
)

// reserved returns the snapshot of a ticket whose newest order is the one named.
func reserved(version, sequence int64, orderID string) events.Ticket {
	until := placedAt.Add(time.Minute)
	s := snapshotOf(version)
	s.Status, s.OrderID, s.OrderSequence, s.ReservedUntil = "reserved", orderID, sequence, &until
	return s
}

func sold(version, sequence int64, orderID string) events.Ticket {
	s := reserved(version, sequence, orderID)
	s.Status, s.ReservedUntil = ticketSold, nil
	return s
}

// free returns the snapshot of a ticket whose newest order was cancelled.
func free(version, sequence int64) events.Ticket {
	s := snapshotOf(version)
	s.OrderSequence = sequence
	return s
}

// before returns the snapshot as services told it before they told the sequence.
func before(s events.Ticket) events.Ticket {
	s.OrderSequence = 0
	return s
}

func TestATicketWhoseOrderWasLost(t *testing.T) {
	over := placedAt.Add(time.Minute)
	for _, row := range []struct {
		name     string
		told     events.Ticket
		at       time.Time
		want     errs.Kind // Internal: offered
		sequence int64     // of the next order
	}{
		{"never ordered", free(1, 0), placedAt, errs.KindInternal, 1},
		{"reserved", reserved(2, 1, "lost"), placedAt, errs.KindConflict, 0},
		{"reserved, and its time is over", reserved(2, 1, "lost"), over, errs.KindInternal, 2},
		{"given back", free(9, 4), placedAt, errs.KindInternal, 5},
		{"sold", sold(3, 1, "lost"), placedAt, errs.KindConflict, 0},
		{"sold, and time does not matter", sold(3, 1, "lost"), over.Add(time.Hour), errs.KindConflict, 0},
		{"reserved, told as before", before(reserved(2, 1, "lost")), placedAt, errs.KindConflict, 0},
		{"sold, told as before", before(sold(2, 1, "lost")), over, errs.KindConflict, 0},
	} {
		t.Run(row.name, func(t *testing.T) {
			var ticket Ticket
			require.True(t, ticket.learn(row.told, placedAt))
			assert.False(t, ticket.learn(row.told, placedAt), "again it is no news")
			err := ticket.offered("finn", row.at)
			require.Equal(t, row.want, errs.KindOf(err), "%v", err)
			require.Equal(t, row.want == errs.KindInternal, err == nil)
			if err == nil {
				ticket.place("new", "finn", row.at, time.Minute)
				assert.Equal(t, row.sequence, ticket.Order.Sequence, "others ignore what is not newer")
				assert.Nil(t, ticket.Lost)
			}
			assert.True(t, errs.Is(ticket.offered("sam", row.at), errs.KindForbidden), "the buyer's own")
		})
	}
}

// Tickets hears of an order after it was put into the slot: what it tells is then
// never news about the slot.
func TestNothingIsMissedWhenNothingIsLost(t *testing.T) {
	var ticket Ticket
	ticket.learn(snapshotOf(1), placedAt)
	ticket.place("one", "mara", placedAt, time.Minute)
	for _, told := range []events.Ticket{reserved(2, 1, "one"), before(reserved(3, 1, "one")), free(4, 1), before(snapshotOf(5))} {
		ticket.learn(told, placedAt)
		assert.Nil(t, ticket.Lost)
		assert.Equal(t, StatusCreated, ticket.Order.Status)
	}
	ticket.vacate(placedAt)
	ticket.place("two", "finn", placedAt, time.Minute)
	for _, told := range []events.Ticket{sold(6, 1, "one"), reserved(7, 2, "two"), before(sold(8, 1, "one"))} {
		ticket.learn(told, placedAt)
		assert.Nil(t, ticket.Lost)
		assert.True(t, ticket.holds("two"))
	}
	ticket.Order.complete(placedAt)
	ticket.learn(reserved(9, 3, "odd"), placedAt)
	assert.Nil(t, ticket.Lost, "nothing comes after a complete order")
}

// A store that was put back as it was some time ago has a slot, but an old one.
func TestASlotThatIsBehind(t *testing.T) {
	for _, row := range []struct {
		name string
		told events.Ticket
	}{
		{"a later order holds the ticket", reserved(7, 3, "later")},
		{"another order of that sequence", reserved(7, 1, "other")},
	} {
		t.Run(row.name, func(t *testing.T) {
			var ticket Ticket
			ticket.learn(snapshotOf(1), placedAt)
			ticket.place("old", "mara", placedAt, time.Minute)
			require.True(t, ticket.learn(row.told, placedAt))
			assert.Equal(t, StatusCancelled, ticket.Order.Status, "it can't hold the ticket any more")
			assert.True(t, errs.Is(ticket.offered("mara", placedAt), errs.KindConflict))
			ticket.place("new", "finn", placedAt.Add(time.Minute), time.Minute)
			assert.Equal(t, row.told.OrderSequence+1, ticket.Order.Sequence)
		})
	}
}

// What a service told before it told the sequence is completed by one that does,
// though the listing is the same.
func TestTheSequenceIsLearnedLater(t *testing.T) {
	var ticket Ticket
	ticket.learn(before(reserved(5, 7, "lost")), placedAt)
	assert.True(t, ticket.learn(reserved(5, 7, "lost"), placedAt))
	assert.EqualValues(t, 7, ticket.sequence())
	ticket.learn(before(reserved(6, 7, "lost")), placedAt)
	assert.EqualValues(t, 7, ticket.sequence(), "and not forgotten again")

	listed := Ticket{}
	listed.learn(snapshotOf(3), placedAt) // a document from before, whose order was lost since
	assert.True(t, listed.learn(sold(3, 2, "lost"), placedAt))
	assert.Error(t, listed.offered("finn", placedAt))
	assert.False(t, listed.learn(free(2, 1), placedAt), "what is older says nothing")
	assert.Error(t, listed.offered("finn", placedAt))
}

func TestWhatATicketMisses(t *testing.T) {
	order := func(id string, sequence int64) Order {
		return Order{ID: id, Version: 1, Sequence: sequence, Status: StatusCreated, ExpiresAt: placedAt.Add(time.Minute)}
	}
	cancelled := order("lost", 3)
	cancelled.close(StatusCancelled, ReasonBuyer, placedAt)

	var ticket Ticket
	ticket.learn(reserved(5, 3, "lost"), placedAt)
	assert.True(t, ticket.misses(order("lost", 3)))
	assert.True(t, ticket.misses(cancelled))
	assert.True(t, ticket.misses(order("later", 4)), "tickets has not heard of it yet")
	assert.False(t, ticket.misses(order("earlier", 2)))
	assert.False(t, ticket.misses(order("other", 3)))

	ticket.restore(order("lost", 3), false, placedAt)
	assert.Nil(t, ticket.Lost)
	assert.Equal(t, StatusCreated, ticket.Order.Status)
	assert.False(t, ticket.misses(order("earlier", 2)))

	var gone Ticket
	gone.learn(sold(6, 3, "lost"), placedAt)
	assert.False(t, gone.misses(cancelled), "a sold ticket is not freed")
	gone.restore(order("lost", 3), false, placedAt)
	assert.Equal(t, StatusComplete, gone.Order.Status)
	assert.EqualValues(t, 2, gone.Order.Version)

	var paid Ticket
	paid.learn(reserved(6, 3, "lost"), placedAt)
	paid.restore(order("lost", 3), true, placedAt)
	assert.Equal(t, StatusComplete, paid.Order.Status)
}

func TestOrdersFromCopies(t *testing.T) {
	o := inState(StatusCancelled, ReasonBuyer)
	o.ID, o.Ticket.ID = ids.New(), ids.New()
	o.Sequence, o.Ticket.Seat = 3, "12"
	back, err := orderFrom(o.Snapshot())
	require.NoError(t, err)
	o.Ticket.Version = 0 // not told
	assert.Equal(t, o, back)

	for name, spoil := range map[string]func(*events.Order){
		"no id":          func(s *events.Order) { s.ID = "" },
		"no ticket":      func(s *events.Order) { s.Ticket.ID = "a||b" },
		"no version":     func(s *events.Order) { s.Version = 0 },
		"no sequence":    func(s *events.Order) { s.Sequence = 0 },
		"no buyer":       func(s *events.Order) { s.BuyerID = "" },
		"no end":         func(s *events.Order) { s.ExpiresAt = time.Time{} },
		"unknown status": func(s *events.Order) { s.Status = "lost" },
	} {
		bad := o.Snapshot()
		spoil(&bad)
		_, err := orderFrom(bad)
		assert.True(t, errs.Is(err, errs.KindInvalid), name)
	}
}
