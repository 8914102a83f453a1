package orders_test

import (
	"context"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"ticketx/kit/errs"
	"ticketx/kit/ids"
	"ticketx/kit/state"
	"ticketx/kit/state/statetest"
	"ticketx/services/orders"
)

func showing(t *testing.T, store state.Store) {
	t.Run("the caller's own", func(t *testing.T) {
		s := open(store)
		mara := buyer()
		o := s.place(t, mara, s.ticket(t))
		_, err := s.Order(t.Context(), buyer(), o.ID)
		assertKind(t, errs.KindForbidden, err)
		_, err = s.Order(t.Context(), mara, ids.New())
		assertKind(t, errs.KindNotFound, err)
		_, err = s.Lookup(t.Context(), ids.New())
		assertKind(t, errs.KindNotFound, err)
	})

	t.Run("an overdue order is expired for everybody who looks", func(t *testing.T) {
		s := open(store)
		mara := buyer()
		o := s.place(t, mara, s.ticket(t))
		s.clock.pass(hold)

		shown, err := s.Order(t.Context(), mara, o.ID)
		require.NoError(t, err)
		assert.Equal(t, o.At(s.clock.Now()), shown)
		assert.Equal(t, orders.ReasonExpired, shown.Reason)
		list, _, err := s.Of(t.Context(), mara, -1, 10)
		require.NoError(t, err)
		assert.Equal(t, []orders.Order{shown}, list)
		assert.Equal(t, o, s.stored(t, o.ID), "looking writes nothing")
	})
}

func listing(t *testing.T, store state.Store) {
	t.Run("newest first, each from where it is", func(t *testing.T) {
		s := open(store)
		mara, shared := buyer(), s.ticket(t)
		archived := s.cancelled(t, mara, shared)
		s.place(t, buyer(), shared)
		cancelled := s.cancelled(t, mara, s.ticket(t))
		live := s.place(t, mara, s.ticket(t))

		list, next, err := s.Of(t.Context(), mara, -1, 10)
		require.NoError(t, err)
		assert.Equal(t, []orders.Order{live, cancelled, archived}, list)
		assert.Zero(t, next)
	})

	t.Run("nothing for somebody who never ordered", func(t *testing.T) {
		list, next, err := open(store).Of(t.Context(), buyer(), -1, 10)
		require.NoError(t, err)
		assert.Empty(t, list)
		assert.Zero(t, next)
	})

	t.Run("pages stay what they are while orders are placed", func(t *testing.T) {
		s := open(store)
		mara := buyer()
		var want []string
		for range 7 {
			want = append([]string{s.place(t, mara, s.ticket(t)).ID}, want...)
		}
		var got []string
		position, pages := -1, 0
		for position != 0 {
			list, next, err := s.Of(t.Context(), mara, position, 3)
			require.NoError(t, err)
			require.LessOrEqual(t, len(list), 3)
			got = append(got, idsOf(list)...)
			s.place(t, mara, s.ticket(t))
			position, pages = next, pages+1
		}
		assert.Equal(t, want, got)
		assert.Equal(t, 3, pages)
		assert.Len(t, s.of(t, mara), 7+pages)
	})
}

// dangling is orders whose hints were written, and that then were not placed.
func dangling(t *testing.T, store state.Store) {
	s := open(store)
	id, mara := s.ticket(t), buyer()
	// The record, the index, and then the write that decides.
	_, err := s.over(statetest.FailNth(store, 3, statetest.FailsBefore), s.broker).Place(t.Context(), mara, id, 0)
	require.True(t, errs.Is(err, errs.KindUnavailable), "%v", err)
	named, _, err := state.NewIndex(store, "orders-of").Before(t.Context(), mara, -1, 10)
	require.NoError(t, err)
	require.Len(t, named, 1, "the index names it")

	assertNever := func(t *testing.T) {
		t.Helper()
		_, err := s.Order(t.Context(), mara, named[0])
		assertKind(t, errs.KindNotFound, err)
		_, err = s.Lookup(t.Context(), named[0])
		assertKind(t, errs.KindNotFound, err)
		assertKind(t, errs.KindNotFound, s.Cancel(t.Context(), mara, named[0]))
		assertKind(t, errs.KindNotFound, s.Complete(t.Context(), id, named[0]))
		assertKind(t, errs.KindNotFound, s.Expire(t.Context(), id, named[0]))
		assert.NotContains(t, s.of(t, mara), named[0])
	}
	assertNever(t)

	o := s.place(t, mara, id)
	assertNever(t)
	assert.Equal(t, []string{o.ID}, s.of(t, mara))

	require.NoError(t, s.Cancel(t.Context(), mara, o.ID))
	s.place(t, buyer(), id)
	assertNever(t)
}

// racing is orders that leave their slot while somebody deals with them.
func racing(t *testing.T, store state.Store) {
	// about returns a process in which, once, just before it reads the ticket,
	// the order in the ticket's slot is cancelled and somebody else's placed.
	about := func(t *testing.T, s *shop, o orders.Order) *shop {
		done := false
		return s.over(&hooked{Store: store, beforeRead: func(keys []string) {
			if done || !slices.Contains(keys, "ticket:"+o.Ticket.ID) {
				return
			}
			done = true
			require.NoError(t, s.Cancel(t.Context(), o.BuyerID, o.ID))
			s.place(t, buyer(), o.Ticket.ID)
		}}, s.broker)
	}
	s := open(store)
	start := func(t *testing.T) orders.Order {
		t.Helper()
		return s.place(t, buyer(), s.ticket(t))
	}
	check := func(t *testing.T, o orders.Order) {
		t.Helper()
		assert.NotEqual(t, o.ID, s.slot(t, o.Ticket.ID).ID, "the replacement took place")
		assert.Equal(t, orders.StatusCancelled, s.stored(t, o.ID).Status)
		assert.Equal(t, orders.StatusCreated, s.slot(t, o.Ticket.ID).Status)
	}

	t.Run("a look-up finds it", func(t *testing.T) {
		o := start(t)
		got, err := about(t, s, o).Order(t.Context(), o.BuyerID, o.ID)
		require.NoError(t, err)
		assert.Equal(t, orders.StatusCancelled, got.Status)
		check(t, o)
	})

	t.Run("a list has it, in its place", func(t *testing.T) {
		o := start(t)
		older, newer := o, s.place(t, o.BuyerID, s.ticket(t))
		list, _, err := about(t, s, o).Of(t.Context(), o.BuyerID, -1, 10)
		require.NoError(t, err)
		assert.Equal(t, []string{newer.ID, older.ID}, idsOf(list))
		check(t, o)
	})

	t.Run("cancelling it is harmless", func(t *testing.T) {
		o := start(t)
		require.NoError(t, about(t, s, o).Cancel(t.Context(), o.BuyerID, o.ID))
		check(t, o)
	})

	t.Run("completing it is too late", func(t *testing.T) {
		o := start(t)
		require.NoError(t, about(t, s, o).Complete(t.Context(), o.Ticket.ID, o.ID))
		check(t, o)
	})

	t.Run("expiring it is not needed", func(t *testing.T) {
		o := start(t)
		require.NoError(t, about(t, s, o).Expire(t.Context(), o.Ticket.ID, o.ID))
		check(t, o)
	})
}

// hooked is a store that lets a test act between a command's calls.
type hooked struct {
	state.Store
	beforeRead func(keys []string)
	// afterWrite is called when a write is done; its error takes the place of
	// the answer.
	afterWrite func(key string) error
}

func (h *hooked) Read(ctx context.Context, keys ...string) ([]state.Item, error) {
	if h.beforeRead != nil {
		h.beforeRead(keys)
	}
	return h.Store.Read(ctx, keys...)
}

func (h *hooked) Write(ctx context.Context, key string, value []byte, etag string) error {
	err := h.Store.Write(ctx, key, value, etag)
	if err == nil && h.afterWrite != nil {
		return h.afterWrite(key)
	}
	return err
}

// cancellable returns a context of the test, and what ends it.
func cancellable(t *testing.T) (ctx context.Context, hangUp func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	t.Cleanup(cancel)
	return ctx, cancel
}
