package orders_test

import (
	"errors"
	"sync/atomic"
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

func learning(t *testing.T, store state.Store) {
	t.Run("old and repeated snapshots are ignored", func(t *testing.T) {
		s := open(store)
		id := s.freshTicket()
		first := s.market.listed[id]
		second := first
		second.Version, second.Price = 3, 9900
		for _, snapshot := range []events.Ticket{second, first, second} {
			require.NoError(t, s.Learn(t.Context(), snapshot))
		}
		assert.EqualValues(t, 9900, s.place(t, buyer(), id).Ticket.Price)
	})

	t.Run("an order keeps what it was ordered as", func(t *testing.T) {
		s := open(store)
		id := s.ticket(t)
		o := s.place(t, buyer(), id)
		newer := s.market.listed[id]
		newer.Version, newer.Title, newer.Price = 2, "Back row", 100
		require.NoError(t, s.Learn(t.Context(), newer))

		after := s.stored(t, o.ID)
		assert.Equal(t, o.Ticket, after.Ticket)
		assert.Equal(t, o.Version, after.Version)
		assert.Equal(t, []string{"1 created"}, s.broker.told(t, id))
	})

	t.Run("what can't be right is refused", func(t *testing.T) {
		s := open(store)
		bad := s.market.listed[s.freshTicket()]
		bad.SellerID = ""
		assertKind(t, errs.KindInvalid, s.Learn(t.Context(), bad))
		bad.ID = "a||b"
		assertKind(t, errs.KindInvalid, s.Learn(t.Context(), bad))
	})
}

func placing(t *testing.T, store state.Store) {
	t.Run("reserves the ticket", func(t *testing.T) {
		s := open(store)
		id, mara := s.ticket(t), buyer()
		o := s.place(t, mara, id)

		assert.True(t, ids.Valid(o.ID))
		want := orders.Order{
			ID: o.ID, Version: 1, Sequence: 1, Status: orders.StatusCreated, BuyerID: mara,
			CreatedAt: s.clock.Now(), ExpiresAt: s.clock.Now().Add(hold),
			Ticket: orders.Listing{ID: id, Version: 1, Title: "Front row", Price: 2550, Currency: "eur", SellerID: seller},
		}
		assert.Equal(t, want, o)
		shown, err := s.Order(t.Context(), mara, o.ID)
		require.NoError(t, err)
		assert.Equal(t, want, shown)
		assert.Equal(t, []string{o.ID}, s.of(t, mara))
		assert.Equal(t, []events.Order{want.Snapshot()}, s.broker.published(t, id), "told once")
	})

	t.Run("for as long as asked, but no longer than usual", func(t *testing.T) {
		s := open(store)
		for asked, given := range map[time.Duration]time.Duration{
			0:               hold,
			5 * time.Second: 5 * time.Second,
			hold:            hold,
			24 * time.Hour:  hold,
		} {
			o, err := s.Place(t.Context(), buyer(), s.ticket(t), asked)
			require.NoError(t, err)
			assert.Equal(t, given, o.ExpiresAt.Sub(o.CreatedAt), "asked for %s", asked)
		}
	})

	t.Run("is refused while somebody holds the ticket", func(t *testing.T) {
		s := open(store)
		id, mara, finn := s.ticket(t), buyer(), buyer()
		o := s.place(t, mara, id)
		s.clock.pass(hold - 1)
		for _, who := range []string{finn, mara} {
			_, err := s.Place(t.Context(), who, id, 0)
			assertKind(t, errs.KindConflict, err)
		}
		assert.Empty(t, s.of(t, finn))
		assert.Equal(t, []string{o.ID}, s.of(t, mara))
		assert.Equal(t, []string{"1 created"}, s.broker.told(t, id))
	})

	t.Run("is refused for ever once the ticket is sold", func(t *testing.T) {
		s := open(store)
		id, mara := s.ticket(t), buyer()
		o := s.place(t, mara, id)
		require.NoError(t, s.Complete(t.Context(), id, o.ID))
		s.clock.pass(100 * hold)
		for _, who := range []string{buyer(), mara} {
			_, err := s.Place(t.Context(), who, id, 0)
			assertKind(t, errs.KindConflict, err)
			assert.EqualError(t, err, "The ticket is already sold.")
		}
		assert.Equal(t, o.ID, s.slot(t, id).ID)
	})

	t.Run("is forbidden for the seller", func(t *testing.T) {
		s := open(store)
		for _, id := range []string{s.ticket(t), s.freshTicket()} {
			_, err := s.Place(t.Context(), seller, id, 0)
			assertKind(t, errs.KindForbidden, err)
			assert.Nil(t, s.slot(t, id))
		}
	})

	t.Run("a fresh listing can be bought at once", func(t *testing.T) {
		s := open(store)
		id := s.freshTicket()
		o := s.place(t, buyer(), id)
		assert.Equal(t, "Front row", o.Ticket.Title)
		assert.Equal(t, 1, s.market.asked)

		_, err := s.Place(t.Context(), buyer(), id, 0)
		assertKind(t, errs.KindConflict, err)
		assert.Equal(t, 1, s.market.asked, "the ticket is known now")
		require.NoError(t, s.Learn(t.Context(), s.market.listed[id]), "its event comes later")
		assert.Equal(t, o.ID, s.slot(t, id).ID)
	})

	t.Run("a ticket that does not exist is asked for once", func(t *testing.T) {
		s := open(store)
		mara := buyer()
		_, err := s.Place(t.Context(), mara, ids.New(), 0)
		assertKind(t, errs.KindNotFound, err)
		assert.Equal(t, 1, s.market.asked)
		assert.Empty(t, s.of(t, mara))
	})

	t.Run("without a sound answer about the ticket nothing is decided", func(t *testing.T) {
		other := ids.New()
		for name, spoil := range map[string]func(m *market, id string){
			"no answer":    func(m *market, _ string) { m.down = errs.Unavailable("Down.", nil) },
			"an empty one": func(m *market, id string) { m.listed[id] = events.Ticket{} },
			"no price":     func(m *market, id string) { m.listed[id] = events.Ticket{ID: id, Version: 1} },
			"another ticket": func(m *market, id string) {
				snapshot := m.listed[id]
				snapshot.ID = other
				m.listed[id] = snapshot
			},
		} {
			s := open(store)
			id := s.freshTicket()
			good := s.market.listed[id]
			spoil(s.market, id)
			_, err := s.Place(t.Context(), buyer(), id, 0)
			assert.True(t, errs.Is(err, errs.KindUnavailable), "%s: %v", name, err)
			assert.Nil(t, s.slot(t, id), name)

			s.market.down = nil
			s.market.put(good)
			s.place(t, buyer(), id)
		}
	})
}

// crowding is many buyers who want one ticket at the same moment.
func crowding(t *testing.T, store state.Store) {
	const crowd = 50
	s := open(store)
	id := s.freshTicket()

	// rush has fifty people try to place, and returns who did.
	rush := func(t *testing.T) (winner string) {
		t.Helper()
		buyers := make([]string, crowd)
		answers := make([]error, crowd)
		var won atomic.Int32
		together(crowd, func(i int) {
			buyers[i] = buyer()
			answers[i] = errUnanswered
			for errs.Is(answers[i], errs.KindUnavailable) { // a busy machine's store refuses some at first
				_, answers[i] = s.Place(t.Context(), buyers[i], id, 0)
			}
		})
		for i, err := range answers {
			if err == nil || err.Error() == "You have already reserved this ticket." {
				won.Add(1)
				winner = buyers[i]
				continue
			}
			assertKind(t, errs.KindConflict, err)
			assert.EqualError(t, err, "The ticket is reserved by somebody else.")
			assert.Empty(t, s.of(t, buyers[i]), "who lost has no order")
		}
		require.EqualValues(t, 1, won.Load())
		assert.Equal(t, winner, s.slot(t, id).BuyerID)
		assert.Equal(t, []string{s.slot(t, id).ID}, s.of(t, winner))
		return winner
	}

	first := rush(t)
	assert.Equal(t, []string{"1 created"}, s.broker.told(t, id))

	require.NoError(t, s.Cancel(t.Context(), first, s.slot(t, id).ID))
	rush(t)
	assert.Equal(t, []string{"1 created", "1 cancelled buyer", "2 created"}, s.broker.told(t, id))

	s.clock.pass(hold)
	rush(t)
	assert.Equal(t, []string{
		"1 created", "1 cancelled buyer", "2 created", "2 cancelled expired", "3 created",
	}, s.broker.told(t, id))
}

var errUnanswered = errs.Unavailable("not asked yet", nil)

// replacing is what happens to a closed order when the next one takes its slot.
func replacing(t *testing.T, store state.Store) {
	t.Run("an overdue order is expired, then replaced", func(t *testing.T) {
		s := open(store)
		id, mara, finn := s.ticket(t), buyer(), buyer()
		overdue := s.place(t, mara, id)
		s.clock.pass(hold)
		s.broker.forget()
		o := s.place(t, finn, id)

		assert.Equal(t, []string{"1 cancelled expired", "2 created"}, s.broker.told(t, id))
		assert.Equal(t, o.ID, s.slot(t, id).ID)
		old := s.stored(t, overdue.ID)
		assert.Equal(t, orders.StatusCancelled, old.Status)
		assert.Equal(t, orders.ReasonExpired, old.Reason)
		assert.Equal(t, overdue.Version+1, old.Version)
		assert.Equal(t, s.clock.Now(), *old.ClosedAt)
	})

	t.Run("whose it was may be the next", func(t *testing.T) {
		s := open(store)
		id, mara := s.ticket(t), buyer()
		first := s.place(t, mara, id)
		s.clock.pass(hold)
		second := s.place(t, mara, id)
		assert.Equal(t, []string{second.ID, first.ID}, s.of(t, mara))
	})

	t.Run("what could not be told is told before it is replaced", func(t *testing.T) {
		s := open(store)
		id := s.ticket(t)
		mara := buyer()
		o := s.place(t, mara, id)
		dying := s.over(store, deaf{})
		require.NoError(t, dying.Cancel(t.Context(), mara, o.ID))
		require.Equal(t, []string{"1 created"}, s.broker.told(t, id))

		s.place(t, buyer(), id)
		assert.Equal(t, []string{"1 created", "1 cancelled buyer", "2 created"}, s.broker.told(t, id))
	})

	t.Run("telling does not depend on the caller's staying", func(t *testing.T) {
		s := open(store)
		id := s.ticket(t)
		old := s.cancelled(t, buyer(), id)
		s.broker.forget()

		ctx, hangUp := cancellable(t)
		finn := buyer()
		impatient := s.over(&hooked{Store: store, afterWrite: func(key string) error {
			if key == "order:"+old.ID { // archived: everything but the deciding write is done
				hangUp()
			}
			return nil
		}}, s.broker)
		_, err := impatient.Place(ctx, finn, id, 0)
		require.NoError(t, err)
		assert.Equal(t, []string{"1 cancelled buyer", "2 created"}, s.broker.told(t, id))
		require.NoError(t, impatient.Cancel(t.Context(), finn, s.slot(t, id).ID), "nothing waits to be published")
	})

	t.Run("sequence and archive go on over many orders", func(t *testing.T) {
		s := open(store)
		id := s.ticket(t)
		var all []orders.Order
		for n := int64(1); n <= 4; n++ {
			o := s.cancelled(t, buyer(), id)
			assert.Equal(t, n, o.Sequence)
			all = append(all, o)
		}
		for _, o := range all {
			assert.Equal(t, o, s.stored(t, o.ID))
			shown, err := s.Order(t.Context(), o.BuyerID, o.ID)
			require.NoError(t, err)
			assert.Equal(t, o, shown)
			assert.Equal(t, []string{o.ID}, s.of(t, o.BuyerID))
		}
	})
}

// unanswered is a write that is done, and whose answer gets lost.
func unanswered(t *testing.T, store state.Store) {
	errLost := errors.New("the answer was lost")

	t.Run("a placed order that somebody else has written over is recognised", func(t *testing.T) {
		s := open(store)
		id := s.ticket(t)
		newer := s.market.listed[id]
		newer.Version = 2
		unlucky := s.over(&hooked{Store: store, afterWrite: func(key string) error {
			if key != "ticket:"+id {
				return nil
			}
			require.NoError(t, s.Learn(t.Context(), newer)) // before the service can look what became of its write
			return errLost
		}}, s.broker)

		o, err := unlucky.Place(t.Context(), buyer(), id, 0)
		require.NoError(t, err)
		assert.Equal(t, o.ID, s.slot(t, id).ID)
		assert.Equal(t, []string{"1 created"}, s.broker.told(t, id))
	})

	t.Run("who asks again is told to have it already, and so is everybody", func(t *testing.T) {
		s := open(store)
		id, mara := s.ticket(t), buyer()
		_, err := s.over(store, deaf{}).Place(t.Context(), mara, id, 0)
		require.NoError(t, err)
		require.Empty(t, s.broker.told(t, id))

		_, err = s.Place(t.Context(), buyer(), id, 0)
		assertKind(t, errs.KindConflict, err)
		assert.Empty(t, s.broker.told(t, id), "a stranger's try is one read and no more")

		_, err = s.Place(t.Context(), mara, id, 0)
		assertKind(t, errs.KindConflict, err)
		assert.EqualError(t, err, "You have already reserved this ticket.")
		assert.Equal(t, []string{"1 created"}, s.broker.told(t, id))
	})
}
