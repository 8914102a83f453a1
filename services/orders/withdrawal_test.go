package orders_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"ticketx/kit/errs"
	"ticketx/kit/events"
	"ticketx/kit/ids"
	"ticketx/kit/state"
	"ticketx/services/orders"
)

// withdrawn returns the ticket's snapshot of a moment later, withdrawn.
func (s *shop) withdrawn(ticketID string) events.Ticket {
	snapshot := s.market.listed[ticketID]
	snapshot.Version++
	snapshot.Status, snapshot.Withdrawn = "withdrawn", true
	return snapshot
}

// assertRefused checks that nobody can order the ticket, and the reason.
func (s *shop) assertRefused(t *testing.T, ticketID, code string) {
	t.Helper()
	_, err := s.Place(t.Context(), buyer(), ticketID, 0)
	refused, ok := errors.AsType[*errs.Error](err)
	if assert.True(t, ok, "%v", err) {
		assert.Equal(t, errs.KindConflict, refused.Kind)
		assert.Equal(t, code, refused.Code)
	}
}

func withdrawing(t *testing.T, store state.Store) {
	withdraw := func(t *testing.T, s *shop, snapshot events.Ticket) orders.Holder {
		t.Helper()
		holder, err := s.Withdraw(t.Context(), snapshot)
		require.NoError(t, err)
		return holder
	}

	t.Run("nobody orders it any more", func(t *testing.T) {
		s := open(store)
		id := s.ticket(t)
		s.cancelled(t, buyer(), id)
		for range 2 {
			assert.Equal(t, orders.HolderNone, withdraw(t, s, s.withdrawn(id)))
			s.assertRefused(t, id, "withdrawn")
		}
		require.NoError(t, s.Learn(t.Context(), s.market.listed[id]))
		s.assertRefused(t, id, "withdrawn") // an older snapshot came late
	})

	t.Run("also when orders has never heard of it", func(t *testing.T) {
		s := open(store)
		id := s.freshTicket()
		s.market.put(s.withdrawn(id))
		s.assertRefused(t, id, "withdrawn")
		assert.Equal(t, orders.HolderNone, withdraw(t, s, s.market.listed[id]))
	})

	t.Run("an order that came first goes on", func(t *testing.T) {
		s := open(store)
		id, mara := s.ticket(t), buyer()
		o := s.place(t, mara, id)
		for range 2 {
			assert.Equal(t, orders.HolderOrder, withdraw(t, s, s.withdrawn(id)))
		}
		s.assertRefused(t, id, "reserved")
		require.NoError(t, s.Complete(t.Context(), id, o.ID))
		assert.Equal(t, orders.HolderBuyer, withdraw(t, s, s.withdrawn(id)))
		assert.Equal(t, []string{"1 created", "1 complete"}, s.broker.told(t, id))
	})

	t.Run("and when it falls through, nobody gets the ticket", func(t *testing.T) {
		s := open(store)
		id, mara := s.ticket(t), buyer()
		o := s.place(t, mara, id)
		assert.Equal(t, orders.HolderOrder, withdraw(t, s, s.withdrawn(id)))
		require.NoError(t, s.Cancel(t.Context(), mara, o.ID))
		s.assertRefused(t, id, "withdrawn")
		assert.Equal(t, orders.HolderNone, withdraw(t, s, s.withdrawn(id)))
	})

	t.Run("an overdue order is over", func(t *testing.T) {
		s := open(store)
		id := s.ticket(t)
		s.place(t, buyer(), id)
		s.clock.pass(hold)
		assert.Equal(t, orders.HolderNone, withdraw(t, s, s.withdrawn(id)))
		assert.Equal(t, []string{"1 created", "1 cancelled expired"}, s.broker.told(t, id))
	})

	t.Run("an order that this store has lost counts", func(t *testing.T) {
		s := open(store)
		reserved, _ := s.reserved()
		reserved.Withdrawn = true
		assert.Equal(t, orders.HolderOrder, withdraw(t, s, reserved))
		s.clock.pass(hold)
		assert.Equal(t, orders.HolderNone, withdraw(t, s, reserved))
		s.assertRefused(t, reserved.ID, "withdrawn")

		sold, _ := s.sold()
		sold.Withdrawn = true
		assert.Equal(t, orders.HolderBuyer, withdraw(t, s, sold))
	})

	t.Run("what can't be right is refused", func(t *testing.T) {
		s := open(store)
		id := s.freshTicket()
		_, err := s.Withdraw(t.Context(), s.market.listed[id])
		assertKind(t, errs.KindInvalid, err)
		bad := s.withdrawn(id)
		bad.SellerID = ""
		_, err = s.Withdraw(t.Context(), bad)
		assertKind(t, errs.KindInvalid, err)
	})

	t.Run("of those who come at the same moment, one is right", func(t *testing.T) {
		s := open(store)
		for range 10 {
			id := s.ticket(t)
			gone := s.withdrawn(id)
			var holder orders.Holder
			var failed error
			placed := make([]bool, 4)
			together(len(placed)+1, func(i int) {
				if i == len(placed) {
					holder, failed = s.Withdraw(context.Background(), gone)
					return
				}
				_, err := s.Place(context.Background(), ids.New(), id, 0)
				placed[i] = err == nil
			})
			require.NoError(t, failed)
			slot := s.slot(t, id)
			if holder == orders.HolderNone {
				assert.Nil(t, slot)
				assert.NotContains(t, placed, true)
			} else {
				require.NotNil(t, slot)
				assert.Contains(t, placed, true)
			}
		}
	})
}

func TestTicketsWhoseEventHasStarted(t *testing.T) {
	s := open(state.NewMemory())
	id := s.freshTicket()
	soon := s.market.listed[id]
	soon.StartsAt = s.clock.Now().Add(hold)
	s.market.put(soon)
	s.clock.pass(hold - 1)
	mara := buyer()
	o := s.place(t, mara, id)
	assert.Equal(t, soon.StartsAt, o.Ticket.StartsAt)
	s.clock.pass(1)
	s.assertRefused(t, id, "reserved")
	require.NoError(t, s.Cancel(t.Context(), mara, o.ID))
	s.assertRefused(t, id, "past")

	later := soon
	later.Version, later.StartsAt = 2, soon.StartsAt.AddDate(0, 1, 0)
	require.NoError(t, s.Learn(t.Context(), later))
	again := s.place(t, mara, id)
	require.NoError(t, s.Complete(t.Context(), id, again.ID))
	assert.Equal(t, time.June, s.stored(t, again.ID).Ticket.StartsAt.Month())
}
