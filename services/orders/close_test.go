package orders_test

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"ticketx/kit/errs"
	"ticketx/kit/ids"
	"ticketx/kit/state"
	"ticketx/services/orders"
)

func cancelling(t *testing.T, store state.Store) {
	t.Run("frees the ticket", func(t *testing.T) {
		s := open(store)
		id, mara := s.ticket(t), buyer()
		o := s.place(t, mara, id)
		require.NoError(t, s.Cancel(t.Context(), mara, o.ID))

		got := s.stored(t, o.ID)
		assert.Equal(t, orders.StatusCancelled, got.Status)
		assert.Equal(t, orders.ReasonBuyer, got.Reason)
		assert.EqualValues(t, 2, got.Version)
		assert.Equal(t, []string{"1 created", "1 cancelled buyer"}, s.broker.told(t, id))
		s.place(t, buyer(), id)
	})

	t.Run("twice is harmless", func(t *testing.T) {
		s := open(store)
		id, mara := s.ticket(t), buyer()
		o := s.cancelled(t, mara, id)
		require.NoError(t, s.Cancel(t.Context(), mara, o.ID))
		assert.Equal(t, o, s.stored(t, o.ID))
	})

	t.Run("an overdue order has expired", func(t *testing.T) {
		s := open(store)
		id, mara := s.ticket(t), buyer()
		o := s.place(t, mara, id)
		s.clock.pass(hold)
		require.NoError(t, s.Cancel(t.Context(), mara, o.ID))
		assert.Equal(t, []string{"1 created", "1 cancelled expired"}, s.broker.told(t, id))
	})

	t.Run("a complete order stays", func(t *testing.T) {
		s := open(store)
		id, mara := s.ticket(t), buyer()
		o := s.place(t, mara, id)
		require.NoError(t, s.Complete(t.Context(), id, o.ID))
		assertKind(t, errs.KindConflict, s.Cancel(t.Context(), mara, o.ID))
		assert.Equal(t, orders.StatusComplete, s.stored(t, o.ID).Status)
	})

	t.Run("somebody else's is forbidden", func(t *testing.T) {
		s := open(store)
		id := s.ticket(t)
		o := s.place(t, buyer(), id)
		assertKind(t, errs.KindForbidden, s.Cancel(t.Context(), buyer(), o.ID))
		assert.Equal(t, orders.StatusCreated, s.stored(t, o.ID).Status)
	})

	t.Run("there must be one", func(t *testing.T) {
		assertKind(t, errs.KindNotFound, open(store).Cancel(t.Context(), buyer(), ids.New()))
	})

	t.Run("an archived order answers as its end says", func(t *testing.T) {
		s := open(store)
		id := s.ticket(t)
		old := s.cancelled(t, buyer(), id)
		heir := s.place(t, buyer(), id)
		require.NoError(t, s.Cancel(t.Context(), old.BuyerID, old.ID))
		assertKind(t, errs.KindForbidden, s.Cancel(t.Context(), heir.BuyerID, old.ID))
		assert.Equal(t, heir, *s.slot(t, id), "the next order is not touched")

		// A complete order does not leave its slot; one that had would stay
		// complete.
		sold := old
		sold.ID, sold.Status, sold.Reason = ids.New(), orders.StatusComplete, ""
		record, err := json.Marshal(map[string]any{"ticketId": id, "buyerId": sold.BuyerID, "archived": sold})
		require.NoError(t, err)
		require.NoError(t, store.Write(t.Context(), "order:"+sold.ID, record, ""))
		assertKind(t, errs.KindConflict, s.Cancel(t.Context(), sold.BuyerID, sold.ID))
	})

	t.Run("what could not be told is told by the next try", func(t *testing.T) {
		s := open(store)
		id, mara := s.ticket(t), buyer()
		o := s.place(t, mara, id)
		require.NoError(t, s.over(store, deaf{}).Cancel(t.Context(), mara, o.ID))
		require.NoError(t, s.Cancel(t.Context(), mara, o.ID))
		assert.Equal(t, []string{"1 created", "1 cancelled buyer"}, s.broker.told(t, id))
	})
}

func expiring(t *testing.T, store state.Store) {
	t.Run("ends an order whose time is over", func(t *testing.T) {
		s := open(store)
		id := s.ticket(t)
		o := s.place(t, buyer(), id)
		s.clock.pass(hold)
		for range 3 { // reminders may fire again
			require.NoError(t, s.Expire(t.Context(), id, o.ID))
		}
		got := s.stored(t, o.ID)
		assert.Equal(t, orders.ReasonExpired, got.Reason)
		assert.EqualValues(t, 2, got.Version)
		assert.Equal(t, []string{"1 created", "1 cancelled expired"}, s.broker.told(t, id))
	})

	t.Run("too early fails, to be tried again", func(t *testing.T) {
		s := open(store)
		id := s.ticket(t)
		o := s.place(t, buyer(), id)
		s.clock.pass(hold - 1)
		err := s.Expire(t.Context(), id, o.ID)
		require.Error(t, err)
		assert.False(t, errs.Is(err, errs.KindInvalid), "it would be dropped")
		assert.Equal(t, o, s.stored(t, o.ID))

		s.clock.pass(1)
		require.NoError(t, s.Expire(t.Context(), id, o.ID))
	})

	t.Run("changes nothing about a closed order", func(t *testing.T) {
		s := open(store)
		sold, free := s.ticket(t), s.ticket(t)
		complete := s.place(t, buyer(), sold)
		require.NoError(t, s.Complete(t.Context(), sold, complete.ID))
		archived := s.cancelled(t, buyer(), free)
		heir := s.place(t, buyer(), free)
		s.clock.pass(hold)

		require.NoError(t, s.Expire(t.Context(), sold, complete.ID))
		require.NoError(t, s.Expire(t.Context(), free, archived.ID))
		assert.Equal(t, orders.StatusComplete, s.stored(t, complete.ID).Status)
		assert.Equal(t, archived, s.stored(t, archived.ID))
		assert.Equal(t, heir, *s.slot(t, free), "it is not that order's time that is over")
	})

	t.Run("there must be one", func(t *testing.T) {
		s := open(store)
		id := s.ticket(t)
		assertKind(t, errs.KindNotFound, s.Expire(t.Context(), id, ids.New()))
		assertKind(t, errs.KindNotFound, s.Expire(t.Context(), ids.New(), ids.New()))
		o := s.place(t, buyer(), id)
		s.clock.pass(hold)
		assertKind(t, errs.KindNotFound, s.Expire(t.Context(), s.ticket(t), o.ID))
		assertKind(t, errs.KindNotFound, s.Expire(t.Context(), id, ids.New()))
	})

	t.Run("tells again what could not be told", func(t *testing.T) {
		s := open(store)
		id, mara := s.ticket(t), buyer()
		o := s.place(t, mara, id)
		require.NoError(t, s.over(store, deaf{}).Cancel(t.Context(), mara, o.ID))
		s.clock.pass(hold)
		require.NoError(t, s.Expire(t.Context(), id, o.ID))
		assert.Equal(t, []string{"1 created", "1 cancelled buyer"}, s.broker.told(t, id))
	})
}

func completing(t *testing.T, store state.Store) {
	t.Run("closes the order as paid", func(t *testing.T) {
		s := open(store)
		id := s.ticket(t)
		o := s.place(t, buyer(), id)
		for range 3 { // events may come again
			require.NoError(t, s.Complete(t.Context(), id, o.ID))
		}
		got := s.stored(t, o.ID)
		assert.Equal(t, orders.StatusComplete, got.Status)
		assert.EqualValues(t, 2, got.Version)
		assert.Equal(t, s.clock.Now(), *got.ClosedAt)
		assert.Equal(t, []string{"1 created", "1 complete"}, s.broker.told(t, id))
	})

	t.Run("an overdue order still holds its ticket", func(t *testing.T) {
		s := open(store)
		id, mara := s.ticket(t), buyer()
		o := s.place(t, mara, id)
		s.clock.pass(2 * hold)
		require.NoError(t, s.Complete(t.Context(), id, o.ID))
		shown, err := s.Order(t.Context(), mara, o.ID)
		require.NoError(t, err)
		assert.Equal(t, orders.StatusComplete, shown.Status)
	})

	t.Run("leaves a cancelled order cancelled, and says so again", func(t *testing.T) {
		// Payments gives the money back when it hears of the cancellation: it
		// must hear of it, even where the first telling was lost.
		s := open(store)
		id, mara := s.ticket(t), buyer()
		o := s.place(t, mara, id)
		require.NoError(t, s.over(store, deaf{}).Cancel(t.Context(), mara, o.ID))
		require.NoError(t, s.Complete(t.Context(), id, o.ID))
		assert.Equal(t, orders.StatusCancelled, s.stored(t, o.ID).Status)
		assert.Equal(t, []string{"1 created", "1 cancelled buyer"}, s.broker.told(t, id))

		heir := s.place(t, buyer(), id)
		s.broker.forget()
		require.NoError(t, s.Complete(t.Context(), id, o.ID))
		assert.Equal(t, []string{"1 cancelled buyer"}, s.broker.told(t, id), "from its archive")
		assert.Equal(t, heir, *s.slot(t, id), "it is not that order that is paid")
	})

	t.Run("tells again what could not be told", func(t *testing.T) {
		s := open(store)
		id := s.ticket(t)
		o := s.place(t, buyer(), id)
		require.NoError(t, s.over(store, deaf{}).Complete(t.Context(), id, o.ID))
		require.NoError(t, s.Complete(t.Context(), id, o.ID), "the payment's event comes again")
		assert.Equal(t, []string{"1 created", "1 complete"}, s.broker.told(t, id))
	})

	t.Run("there must be one", func(t *testing.T) {
		s := open(store)
		assertKind(t, errs.KindNotFound, s.Complete(t.Context(), ids.New(), ids.New()))
		assertKind(t, errs.KindNotFound, s.Complete(t.Context(), s.ticket(t), ids.New()))
	})
}
