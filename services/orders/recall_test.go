package orders_test

import (
	"fmt"
	"slices"
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

// reserved lists a ticket that the third order of it holds, of which this store
// knows nothing.
func (s *shop) reserved() (events.Ticket, events.Order) {
	id := s.freshTicket()
	listed, now := s.market.listed[id], s.clock.Now()
	o := events.Order{
		ID: ids.New(), Version: 1, Sequence: 3, Status: "created", BuyerID: buyer(), CreatedAt: now, ExpiresAt: now.Add(hold),
		Ticket: events.OrderTicket{ID: id, Title: listed.Title, Price: listed.Price, Currency: listed.Currency, SellerID: listed.SellerID},
	}
	listed.Version, listed.Status = 6, "reserved"
	listed.OrderID, listed.OrderSequence, listed.ReservedUntil = o.ID, o.Sequence, &o.ExpiresAt
	s.market.put(listed)
	return listed, o
}

// sold lists a ticket that the third order of it has bought.
func (s *shop) sold() (events.Ticket, events.Order) {
	listed, o := s.reserved()
	listed.Version++
	listed.Status, listed.ReservedUntil = "sold", nil
	s.market.put(listed)
	return listed, o
}

// asBegun returns a live order as it comes back from its copy: payments may have
// begun one that this store has lost.
func (s *shop) asBegun(o events.Order) events.Order {
	now := s.clock.Now()
	o.Version, o.Status, o.AwaitingSince = o.Version+1, "awaiting:payment", &now
	return o
}

func losing(t *testing.T, store state.Store) {
	t.Run("a sold ticket is not sold again", func(t *testing.T) {
		for _, announced := range []bool{true, false} {
			s := open(store)
			ticket, _ := s.sold()
			if announced {
				require.NoError(t, s.Learn(t.Context(), ticket))
			}
			for range 2 {
				_, err := s.Place(t.Context(), buyer(), ticket.ID, 0)
				assertKind(t, errs.KindConflict, err)
				s.clock.pass(2 * hold)
			}
			assert.Empty(t, s.broker.told(t, ticket.ID))
		}
	})

	t.Run("a reserved ticket is free when its time is over, and the count goes on", func(t *testing.T) {
		for _, announced := range []bool{true, false} {
			s := open(store)
			ticket, _ := s.reserved()
			if announced {
				require.NoError(t, s.Learn(t.Context(), ticket))
			}
			_, err := s.Place(t.Context(), buyer(), ticket.ID, 0)
			assertKind(t, errs.KindConflict, err)
			s.clock.pass(hold)
			o := s.place(t, buyer(), ticket.ID)
			assert.EqualValues(t, 4, o.Sequence, "tickets ignores what is not newer")
			assert.Equal(t, []string{"4 created"}, s.broker.told(t, ticket.ID))
		}
	})

	t.Run("a live order comes back from its copy", func(t *testing.T) {
		s := open(store)
		ticket, o := s.reserved()
		s.vault.keep(o)
		for range 2 {
			require.NoError(t, s.Learn(t.Context(), ticket))
		}
		shown, err := s.Order(t.Context(), o.BuyerID, o.ID)
		require.NoError(t, err)
		assert.Equal(t, s.asBegun(o), shown.Snapshot())
		assert.Equal(t, []string{o.ID}, s.of(t, o.BuyerID))
		assert.Equal(t, []string{"3 awaiting:payment"}, s.broker.told(t, ticket.ID), "so that its reminder is set again")
		_, err = s.Place(t.Context(), buyer(), ticket.ID, 0)
		assertKind(t, errs.KindConflict, err)

		require.NoError(t, s.Complete(t.Context(), ticket.ID, o.ID))
		assert.Equal(t, orders.StatusComplete, s.stored(t, o.ID).Status)
	})

	t.Run("and ends as payments says, not before", func(t *testing.T) {
		for outcome, want := range map[orders.Outcome][]string{
			orders.OutcomeCancelled: {"3 awaiting:payment", "3 cancelled expired"},
			orders.OutcomeSucceeded: {"3 awaiting:payment", "3 complete"},
		} {
			s := open(store)
			ticket, o := s.reserved()
			s.vault.keep(o)
			s.till.change(o.ID, func(p *payment) { p.begun, p.outcome = true, outcome })
			require.NoError(t, s.Learn(t.Context(), ticket))
			s.clock.pass(hold)
			require.NoError(t, s.Expire(t.Context(), ticket.ID, o.ID))
			assert.Equal(t, want, s.broker.told(t, ticket.ID))
			assert.EqualValues(t, 3, s.stored(t, o.ID).Version, "whoever had heard that it awaits its payment hears this too")
		}
	})

	t.Run("one that awaited its payment comes back as it was", func(t *testing.T) {
		s := open(store)
		ticket, o := s.reserved()
		o = s.asBegun(o)
		s.vault.keep(o)
		s.clock.pass(time.Minute)
		require.NoError(t, s.Learn(t.Context(), ticket))
		back := s.stored(t, o.ID)
		assert.Equal(t, o, back.Snapshot())
	})

	t.Run("a bought ticket's order comes back complete", func(t *testing.T) {
		s := open(store)
		ticket, o := s.sold()
		s.vault.keep(o) // payments has not heard of its end
		require.NoError(t, s.Learn(t.Context(), ticket))
		assert.Equal(t, orders.StatusComplete, s.stored(t, o.ID).Status)
		_, err := s.Place(t.Context(), buyer(), ticket.ID, 0)
		assertKind(t, errs.KindConflict, err)
	})

	t.Run("a paid order comes back complete", func(t *testing.T) {
		s := open(store)
		ticket, o := s.reserved()
		s.vault.keep(o)
		s.vault.paid[o.ID] = true // which orders had heard of, and had not told
		require.NoError(t, s.Learn(t.Context(), ticket))
		assert.Equal(t, orders.StatusComplete, s.stored(t, o.ID).Status)
		assert.Equal(t, []string{"3 complete"}, s.broker.told(t, ticket.ID))
	})

	t.Run("a copy that is cancelled frees the ticket", func(t *testing.T) {
		s := open(store)
		ticket, o := s.reserved()
		now := s.clock.Now()
		o.Version, o.Status, o.Reason, o.ClosedAt = 2, "cancelled", "buyer", &now
		s.vault.keep(o)
		require.NoError(t, s.Learn(t.Context(), ticket))
		assert.Equal(t, []string{"3 cancelled buyer"}, s.broker.told(t, ticket.ID))
		s.place(t, buyer(), ticket.ID)
	})

	t.Run("while payments does not answer it is tried again", func(t *testing.T) {
		s := open(store)
		ticket, o := s.reserved()
		s.vault.keep(o)
		s.vault.down = errs.Unavailable("Down.", nil)
		assertKind(t, errs.KindUnavailable, s.Learn(t.Context(), ticket))
		_, err := s.Place(t.Context(), buyer(), ticket.ID, 0)
		assertKind(t, errs.KindConflict, err)
		s.vault.down = nil
		require.NoError(t, s.Learn(t.Context(), ticket))
		assert.Equal(t, o.ID, s.slot(t, ticket.ID).ID)
	})

	t.Run("what is paid is completed", func(t *testing.T) {
		s := open(store)
		ticket, o := s.reserved()
		s.vault.keep(o)
		for range 2 {
			require.NoError(t, s.Complete(t.Context(), ticket.ID, o.ID), "nothing was announced")
		}
		assert.Equal(t, orders.StatusComplete, s.stored(t, o.ID).Status)
		assert.Contains(t, s.broker.told(t, ticket.ID), "3 complete")
	})

	t.Run("what is paid is completed, though tickets is behind", func(t *testing.T) {
		s := open(store)
		id := s.ticket(t)
		_, o := s.reserved()
		o.Ticket.ID, o.Sequence = id, 1
		s.vault.keep(o)
		require.NoError(t, s.Complete(t.Context(), id, o.ID))
		assert.Equal(t, orders.StatusComplete, s.stored(t, o.ID).Status)
	})

	t.Run("what is paid too late is told as cancelled, so that it is given back", func(t *testing.T) {
		s := open(store)
		ticket, o := s.reserved()
		s.clock.pass(hold)
		heir := s.place(t, buyer(), ticket.ID)
		s.vault.keep(o)
		for range 2 {
			require.NoError(t, s.Complete(t.Context(), ticket.ID, o.ID))
		}
		assert.Equal(t, orders.StatusCancelled, s.stored(t, o.ID).Status)
		assert.Equal(t, []string{"4 created", "3 cancelled expired"}, s.broker.told(t, ticket.ID))
		assert.Equal(t, heir, *s.slot(t, ticket.ID))
		assert.Equal(t, []string{o.ID}, s.of(t, o.BuyerID))
	})

	t.Run("a reminder ends a lost order", func(t *testing.T) {
		s := open(store)
		ticket, o := s.reserved()
		s.vault.keep(o)
		s.clock.pass(hold)
		require.NoError(t, s.Expire(t.Context(), ticket.ID, o.ID))
		assert.Equal(t, orders.ReasonExpired, s.stored(t, o.ID).Reason)
	})

	t.Run("a copy of something else is none", func(t *testing.T) {
		s := open(store)
		ticket, o := s.reserved()
		wrong := o
		wrong.Ticket.ID = ids.New()
		s.vault.kept[o.ID] = wrong
		require.NoError(t, s.Learn(t.Context(), ticket))
		wrong = o
		wrong.BuyerID = ""
		s.vault.kept[o.ID] = wrong
		require.NoError(t, s.Learn(t.Context(), ticket))
		assertKind(t, errs.KindNotFound, s.Complete(t.Context(), ticket.ID, o.ID))
		assert.Nil(t, s.slot(t, ticket.ID))
	})

	t.Run("a store of before loses its place to what came after", func(t *testing.T) {
		s := open(store)
		id := s.ticket(t)
		old := s.place(t, buyer(), id) // the first; in truth it was cancelled, and the third holds the ticket
		_, o := s.reserved()
		o.Ticket.ID = id
		ticket := s.market.listed[id]
		ticket.Version, ticket.Status, ticket.OrderID, ticket.OrderSequence, ticket.ReservedUntil = 6, "reserved", o.ID, 3, &o.ExpiresAt
		s.market.put(ticket)
		s.vault.keep(o)
		require.NoError(t, s.Learn(t.Context(), ticket))
		assert.Equal(t, o.ID, s.slot(t, id).ID)
		assert.Equal(t, orders.StatusCancelled, s.stored(t, old.ID).Status)
		assert.Equal(t, []string{"1 created", "1 cancelled expired", "3 awaiting:payment"}, s.broker.told(t, id))
	})

	for _, way := range []failure{diesBefore, diesAfter, unheardBefore, unheardAfter} {
		t.Run("bringing it back, "+string(way), func(t *testing.T) {
			for nth := 1; crashRecalling(t, store, way, nth); nth++ {
				require.Less(t, nth, 20)
			}
		})
	}

	t.Run("brought back by many at once", func(t *testing.T) {
		s := open(store)
		ticket, o := s.reserved()
		s.vault.keep(o)
		together(8, func(i int) {
			s := s.over(store, s.broker)
			if i%2 == 0 {
				assert.NoError(t, s.Learn(t.Context(), ticket))
			} else {
				assert.NoError(t, s.Complete(t.Context(), ticket.ID, o.ID))
			}
		})
		assert.Equal(t, orders.StatusComplete, s.stored(t, o.ID).Status)
		assert.Equal(t, orders.StatusComplete, s.slot(t, ticket.ID).Status)
		assert.Contains(t, s.of(t, o.BuyerID), o.ID)
	})
}

// crashRecalling has the nth write fail while a lost order is brought back, and
// the event come again. It reports false when there are not that many writes.
func crashRecalling(t *testing.T, store state.Store, way failure, nth int) (failed bool) {
	t.Helper()
	s := open(store)
	ticket, o := s.reserved()
	s.vault.keep(o)
	frail := &frail{Store: store, nth: nth, way: way}
	process := s.over(frail, voice{frail, s.broker})
	_ = process.Learn(t.Context(), ticket)
	if !frail.failed() {
		return false
	}
	if way.deadly() {
		process = s.over(store, s.broker)
	} else {
		frail.heal()
	}
	at := fmt.Sprintf("write %d failed", nth)
	_, err := process.Place(t.Context(), buyer(), ticket.ID, 0)
	assertKind(t, errs.KindConflict, err)
	require.NoError(t, process.Learn(t.Context(), ticket), at)
	assert.Equal(t, s.asBegun(o), s.slot(t, ticket.ID).Snapshot(), at)
	assert.Equal(t, []string{o.ID}, s.of(t, o.BuyerID), at)
	return true
}

func announcing(t *testing.T, store state.Store) {
	t.Run("tells the newest order of each ticket, in pages", func(t *testing.T) {
		s := open(store)
		var want []string
		for i := range 7 {
			id := s.ticket(t)
			switch i % 3 {
			case 1:
				want = append(want, s.cancelled(t, buyer(), id).ID)
			case 2:
				s.cancelled(t, buyer(), id)
				want = append(want, s.place(t, buyer(), id).ID)
			}
		}
		s.freshTicket() // of which orders has not heard
		known := s.broker.ids()
		s.broker.forget()

		announced, pages := 0, 0
		for position := -1; position != 0; pages++ {
			n, next, err := s.AnnouncePage(t.Context(), position, 3)
			require.NoError(t, err)
			announced, position = announced+n, next
		}
		assert.Equal(t, 3, pages)
		assert.Equal(t, len(want), announced)
		assert.ElementsMatch(t, want, s.broker.subjects())
		for _, id := range s.broker.ids() {
			assert.NotContains(t, known, id, "a broker that knows it would drop it")
		}

		var listed []string
		for position := -1; position != 0; {
			page, next, err := s.IDs(t.Context(), position, 3)
			require.NoError(t, err)
			listed, position = append(listed, page...), next
		}
		assert.ElementsMatch(t, want, listed)
	})

	t.Run("may be asked for a page again", func(t *testing.T) {
		s := open(store)
		s.place(t, buyer(), s.ticket(t))
		for range 2 {
			n, next, err := s.AnnouncePage(t.Context(), -1, 100)
			require.NoError(t, err)
			assert.Equal(t, 1, n)
			assert.Zero(t, next)
		}
		ids := s.broker.ids()
		assert.Len(t, slices.Compact(slices.Sorted(slices.Values(ids))), len(ids))
	})

	t.Run("fails while tickets does not answer", func(t *testing.T) {
		s := open(store)
		s.market.down = errs.Unavailable("Down.", nil)
		_, _, err := s.AnnouncePage(t.Context(), -1, 100)
		assertKind(t, errs.KindUnavailable, err)
		_, _, err = s.IDs(t.Context(), -1, 100)
		assertKind(t, errs.KindUnavailable, err)
	})

	t.Run("an overdue order is told as it was written, so that somebody ends it", func(t *testing.T) {
		s := open(store)
		id := s.ticket(t)
		s.place(t, buyer(), id)
		s.clock.pass(hold + time.Hour)
		s.broker.forget()
		_, _, err := s.AnnouncePage(t.Context(), -1, 100)
		require.NoError(t, err)
		assert.Equal(t, []string{"1 created"}, s.broker.told(t, id))
	})
}
