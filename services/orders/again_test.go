package orders_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"ticketx/kit/errs"
	"ticketx/kit/ids"
	"ticketx/kit/state"
	"ticketx/services/orders"
)

// Whoever tries again under the same id, because there was no answer, has one order.
func placingAgain(t *testing.T, store state.Store) {
	t.Run("finds the order, whatever has become of it", func(t *testing.T) {
		s := open(store)
		ticketID, mara, orderID := s.ticket(t), buyer(), ids.New()
		again := func() orders.Order {
			o, err := s.PlaceAs(t.Context(), orderID, mara, ticketID, 0)
			require.NoError(t, err)
			require.Equal(t, orderID, o.ID)
			return o
		}
		first := again()
		assert.Equal(t, first, again())
		require.NoError(t, s.Cancel(t.Context(), mara, orderID))
		assert.Equal(t, orders.StatusCancelled, again().Status)

		heir := s.place(t, buyer(), ticketID)
		_, err := s.PlaceAs(t.Context(), orderID, mara, ticketID, 0)
		assertKind(t, errs.KindConflict, err) // as the ticket stands
		require.NoError(t, s.Cancel(t.Context(), heir.BuyerID, heir.ID))
		assert.Equal(t, orders.StatusCancelled, again().Status, "from its archive")
		assert.Equal(t, heir.ID, s.slot(t, ticketID).ID, "nothing was placed")
		assert.Equal(t, []string{orderID}, s.of(t, mara))
	})

	t.Run("places what a dead process has not", func(t *testing.T) {
		for _, way := range []failure{diesBefore, diesAfter, unheardBefore, unheardAfter} {
			for nth := 1; ; nth++ {
				s := open(store)
				ticketID, mara, orderID := s.ticket(t), buyer(), ids.New()
				frail := &frail{Store: store, nth: nth, way: way}
				_, _ = s.over(frail, voice{frail, s.broker}).PlaceAs(t.Context(), orderID, mara, ticketID, 0)
				if !frail.failed() {
					break
				}
				frail.heal()
				o, err := s.PlaceAs(t.Context(), orderID, mara, ticketID, 0)
				require.NoError(t, err, "%s, write %d", way, nth)
				assert.Equal(t, orders.StatusCreated, o.Status)
				assert.Equal(t, []string{orderID}, s.of(t, mara), "%s, write %d", way, nth)
				assert.Equal(t, []string{"1 created"}, s.broker.told(t, ticketID), "%s, write %d", way, nth)
			}
		}
	})

	t.Run("at the same moment", func(t *testing.T) {
		s := open(store)
		ticketID, mara, orderID := s.ticket(t), buyer(), ids.New()
		together(8, func(int) {
			o, err := s.PlaceAs(context.Background(), orderID, mara, ticketID, 0)
			if assert.NoError(t, err) {
				assert.Equal(t, orderID, o.ID)
			}
		})
		assert.Equal(t, []string{"1 created"}, s.broker.told(t, ticketID))
		assert.Equal(t, []string{orderID}, s.of(t, mara))
	})
}
