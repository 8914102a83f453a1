package orders_test

import (
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"ticketx/kit/errs"
	"ticketx/kit/ids"
	"ticketx/kit/state"
	"ticketx/services/orders"
)

func awaiting(t *testing.T, store state.Store) {
	t.Run("begins once, however often it is asked", func(t *testing.T) {
		s := open(store)
		id, mara := s.ticket(t), buyer()
		o := s.place(t, mara, id)
		s.clock.pass(time.Minute)
		for range 3 {
			got := s.begin(t, o)
			assert.Equal(t, orders.StatusAwaitingPayment, got.Status)
			assert.EqualValues(t, 2, got.Version)
			assert.Equal(t, o.CreatedAt.Add(time.Minute), *got.AwaitingSince)
			assert.Equal(t, o.ExpiresAt, got.ExpiresAt, "nobody gets more time by paying")
			assert.Equal(t, got, s.stored(t, o.ID))
			s.clock.pass(time.Second)
		}
		assert.Equal(t, []string{"1 created", "1 awaiting:payment"}, s.broker.told(t, id))
		assert.Zero(t, s.till.asked, "there is nothing to settle")
	})

	t.Run("holds the ticket", func(t *testing.T) {
		s := open(store)
		id, mara := s.ticket(t), buyer()
		o := s.place(t, mara, id)
		s.begin(t, o)
		_, err := s.Place(t.Context(), buyer(), id, 0)
		assertKind(t, errs.KindConflict, err)
		assert.Equal(t, orders.CodeReserved, errs.CodeOf(err))
		_, err = s.Place(t.Context(), mara, id, 0)
		assert.Equal(t, orders.CodeReservedByYou, errs.CodeOf(err))
		assert.Error(t, s.Expire(t.Context(), id, o.ID), "it has time left")
		require.NoError(t, s.Settle(t.Context(), id, o.ID, false))
		assert.Equal(t, orders.StatusAwaitingPayment, s.stored(t, o.ID).Status)
		assert.Zero(t, s.till.asked, "before its time nobody asks")
	})

	t.Run("not for an order that is closed, overdue or unknown", func(t *testing.T) {
		s := open(store)
		cancelled := s.cancelled(t, buyer(), s.ticket(t))
		sold := s.place(t, buyer(), s.ticket(t))
		require.NoError(t, s.Complete(t.Context(), sold.Ticket.ID, sold.ID))
		archived := s.cancelled(t, buyer(), s.ticket(t))
		s.place(t, buyer(), archived.Ticket.ID)
		overdue := s.place(t, buyer(), s.ticket(t))
		late := s.place(t, buyer(), s.ticket(t))
		s.begin(t, late)
		s.clock.pass(hold)
		for _, o := range []orders.Order{cancelled, sold, archived, overdue, late} {
			before := s.stored(t, o.ID)
			_, err := s.BeginPayment(t.Context(), o.ID)
			assertKind(t, errs.KindConflict, err)
			assert.Equal(t, before, s.stored(t, o.ID))
		}
		_, err := s.BeginPayment(t.Context(), ids.New())
		assertKind(t, errs.KindNotFound, err)
	})

	t.Run("tells again what could not be told", func(t *testing.T) {
		s := open(store)
		id := s.ticket(t)
		o := s.place(t, buyer(), id)
		_, err := s.over(store, deaf{}).BeginPayment(t.Context(), o.ID)
		require.NoError(t, err)
		s.begin(t, o)
		assert.Equal(t, []string{"1 created", "1 awaiting:payment"}, s.broker.told(t, id))
	})

	t.Run("is completed by its payment", func(t *testing.T) {
		s := open(store)
		id := s.ticket(t)
		o := s.place(t, buyer(), id)
		s.pays(t, o)
		for range 2 {
			require.NoError(t, s.Complete(t.Context(), id, o.ID))
		}
		assert.EqualValues(t, 3, s.stored(t, o.ID).Version)
		assert.Equal(t, []string{"1 created", "1 awaiting:payment", "1 complete"}, s.broker.told(t, id))
	})

	t.Run("brings back an order that this store has lost", func(t *testing.T) {
		s := open(store)
		ticket, o := s.reserved()
		s.vault.keep(o)
		got, err := s.BeginPayment(t.Context(), o.ID)
		require.NoError(t, err)
		assert.Equal(t, orders.StatusAwaitingPayment, got.Status)
		assert.Equal(t, o.ID, s.slot(t, ticket.ID).ID)
	})
}

// An order that awaits its payment and whose time is over ends as payments says,
// whoever looks first.
func settling(t *testing.T, store state.Store) {
	lookers := map[string]func(t *testing.T, s *shop, o orders.Order){
		"the reminder": func(t *testing.T, s *shop, o orders.Order) { _ = s.Expire(t.Context(), o.Ticket.ID, o.ID) },
		"its buyer":    func(t *testing.T, s *shop, o orders.Order) { _, _ = s.Order(t.Context(), o.BuyerID, o.ID) },
		"the next buyer": func(t *testing.T, s *shop, o orders.Order) {
			_, _ = s.Place(t.Context(), buyer(), o.Ticket.ID, 0)
		},
		"its buyer, who gives it up": func(t *testing.T, s *shop, o orders.Order) { _ = s.Cancel(t.Context(), o.BuyerID, o.ID) },
		"payments, by an event":      func(t *testing.T, s *shop, o orders.Order) { _ = s.Settle(t.Context(), o.Ticket.ID, o.ID, true) },
		"its seller, who withdraws": func(t *testing.T, s *shop, o orders.Order) {
			_, _ = s.Withdraw(t.Context(), s.withdrawn(o.Ticket.ID))
		},
	}
	// overdue returns an order that awaits its payment and whose time is over.
	overdue := func(t *testing.T, s *shop) orders.Order {
		t.Helper()
		o := s.place(t, buyer(), s.ticket(t))
		s.begin(t, o)
		s.clock.pass(hold)
		return s.stored(t, o.ID)
	}
	for who, look := range lookers {
		t.Run(who, func(t *testing.T) {
			t.Run("nothing was paid", func(t *testing.T) {
				s := open(store)
				o := overdue(t, s)
				look(t, s, o)
				got := s.stored(t, o.ID)
				assert.Equal(t, orders.StatusCancelled, got.Status)
				assert.Equal(t, orders.ReasonExpired, got.Reason)
				assert.Contains(t, s.broker.told(t, o.Ticket.ID), "1 cancelled expired")
			})
			t.Run("the card was declined", func(t *testing.T) {
				s := open(store)
				o := overdue(t, s)
				s.till.change(o.ID, func(p *payment) { p.declined = true })
				look(t, s, o)
				assert.Equal(t, orders.ReasonPaymentFailed, s.stored(t, o.ID).Reason)
			})
			t.Run("it was paid", func(t *testing.T) {
				s := open(store)
				o := overdue(t, s)
				s.till.charge(o.ID)
				look(t, s, o)
				assert.Equal(t, orders.StatusComplete, s.stored(t, o.ID).Status)
				assert.Contains(t, s.broker.told(t, o.Ticket.ID), "1 complete")
			})
			t.Run("while it can't be told it stays, and is asked again", func(t *testing.T) {
				s := open(store)
				o := overdue(t, s)
				s.till.change(o.ID, func(p *payment) { p.pending = true })
				look(t, s, o)
				assert.Equal(t, o, s.stored(t, o.ID))
				s.till.down = errDown
				look(t, s, o)
				assert.Equal(t, o, s.stored(t, o.ID))
				s.till.down = nil
				s.till.change(o.ID, func(p *payment) { p.pending = false })
				look(t, s, o)
				assert.Equal(t, orders.StatusCancelled, s.stored(t, o.ID).Status)
				assert.Equal(t, 3, s.till.asked)
			})
		})
	}

	t.Run("what each of them is told", func(t *testing.T) {
		s := open(store)
		o := overdue(t, s)
		s.till.change(o.ID, func(p *payment) { p.pending = true })
		shown, err := s.Order(t.Context(), o.BuyerID, o.ID)
		require.NoError(t, err)
		assert.Equal(t, o, shown, "as it stands")
		_, err = s.Place(t.Context(), buyer(), o.Ticket.ID, 0)
		assertKind(t, errs.KindConflict, err)
		assert.Equal(t, orders.CodeReserved, errs.CodeOf(err))
		reservedByYou(t, s, o)
		assertKind(t, errs.KindConflict, s.Cancel(t.Context(), o.BuyerID, o.ID))
		require.NoError(t, s.Expire(t.Context(), o.Ticket.ID, o.ID), "others' time must not wait")
		holder, err := s.Withdraw(t.Context(), s.withdrawn(o.Ticket.ID))
		require.NoError(t, err)
		assert.Equal(t, orders.HolderOrder, holder)

		s.till.down = errDown
		_, err = s.Order(t.Context(), o.BuyerID, o.ID)
		require.NoError(t, err)
		_, err = s.Place(t.Context(), buyer(), o.Ticket.ID, 0)
		assert.Equal(t, orders.CodeReserved, errs.CodeOf(err))
		reservedByYou(t, s, o)
		assertKind(t, errs.KindUnavailable, s.Cancel(t.Context(), o.BuyerID, o.ID))
		assertKind(t, errs.KindUnavailable, s.Expire(t.Context(), o.Ticket.ID, o.ID))
	})

	t.Run("the next buyer gets what was not paid for", func(t *testing.T) {
		s := open(store)
		o := overdue(t, s)
		heir := s.place(t, buyer(), o.Ticket.ID)
		assert.EqualValues(t, 2, heir.Sequence)
		assert.Equal(t, []string{"1 created", "1 awaiting:payment", "1 cancelled expired", "2 created"}, s.broker.told(t, o.Ticket.ID))
	})

	t.Run("and is told that it is sold where it was paid", func(t *testing.T) {
		s := open(store)
		o := overdue(t, s)
		s.till.charge(o.ID)
		_, err := s.Place(t.Context(), buyer(), o.Ticket.ID, 0)
		assert.Equal(t, orders.CodeSold, errs.CodeOf(err))
	})

	t.Run("a buyer can give it up before its time", func(t *testing.T) {
		s := open(store)
		o := s.place(t, buyer(), s.ticket(t))
		s.begin(t, o)
		s.till.change(o.ID, func(p *payment) { p.declined = true })
		require.NoError(t, s.Cancel(t.Context(), o.BuyerID, o.ID))
		assert.Equal(t, orders.ReasonBuyer, s.stored(t, o.ID).Reason)
		assert.False(t, s.till.charge(o.ID), "and can't pay for it any more")
		s.place(t, buyer(), o.Ticket.ID)
	})

	t.Run("but not once it is paid, or being paid", func(t *testing.T) {
		s := open(store)
		paid, busy := s.place(t, buyer(), s.ticket(t)), s.place(t, buyer(), s.ticket(t))
		s.pays(t, paid)
		assertKind(t, errs.KindConflict, s.Cancel(t.Context(), paid.BuyerID, paid.ID))
		assert.Equal(t, orders.StatusComplete, s.stored(t, paid.ID).Status, "though its event has not come yet")

		s.begin(t, busy)
		s.till.change(busy.ID, func(p *payment) { p.pending = true })
		assertKind(t, errs.KindConflict, s.Cancel(t.Context(), busy.BuyerID, busy.ID))
		assert.Equal(t, orders.StatusAwaitingPayment, s.stored(t, busy.ID).Status)
	})

	t.Run("somebody else's looking settles nothing", func(t *testing.T) {
		s := open(store)
		o := overdue(t, s)
		_, err := s.Order(t.Context(), buyer(), o.ID)
		assertKind(t, errs.KindForbidden, err)
		assert.Zero(t, s.till.asked)
	})

	t.Run("a list shows it as it stands", func(t *testing.T) {
		s := open(store)
		o := overdue(t, s)
		list, _, err := s.Of(t.Context(), o.BuyerID, -1, 10)
		require.NoError(t, err)
		assert.Equal(t, []orders.Order{o}, list)
		assert.Zero(t, s.till.asked)
	})
}

// reservedByYou says that the order's buyer is led to it who wants the ticket again.
func reservedByYou(t *testing.T, s *shop, o orders.Order) {
	t.Helper()
	_, err := s.Place(t.Context(), o.BuyerID, o.Ticket.ID, 0)
	assert.Equal(t, orders.CodeReservedByYou, errs.CodeOf(err))
	told, ok := errors.AsType[*errs.Error](err)
	require.True(t, ok, "%v", err)
	assert.Equal(t, o.ID, told.OrderID)
}
