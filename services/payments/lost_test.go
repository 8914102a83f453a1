package payments_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"ticketx/kit/errs"
	"ticketx/kit/events"
	"ticketx/kit/ids"
	"ticketx/kit/state"
	"ticketx/services/payments"
	"ticketx/standin"
)

// lose takes the store away and puts an empty one in its place.
func (w *world) lose() { w.store = state.NewMemory() }

func TestALiveOrderCanBePaidAfterTheStoreWasLost(t *testing.T) {
	t.Run("asked for", func(t *testing.T) {
		w := newWorld(t)
		o := w.order()
		require.NoError(t, w.process().OrderChanged(t.Context(), o))
		w.lose()
		_, err := w.process().Pay(t.Context(), buyer, o.ID, visa, "")
		require.NoError(t, err)
		assert.Equal(t, 1, w.bank.account(o).charges)
	})
	t.Run("announced anew", func(t *testing.T) {
		w := newWorld(t)
		o := w.order()
		w.lose()
		require.NoError(t, w.process().OrderChanged(t.Context(), o))
		_, err := w.process().Pay(t.Context(), buyer, o.ID, visa, "")
		require.NoError(t, err)
		assert.Zero(t, w.orders.asked)
	})
}

// What was charged before the loss is not charged again: the processor knows.
func TestNothingIsChargedTwiceAfterTheStoreWasLost(t *testing.T) {
	t.Run("the order is complete", func(t *testing.T) {
		w := newWorld(t)
		o := w.order()
		_, err := w.process().Pay(t.Context(), buyer, o.ID, visa, "")
		require.NoError(t, err)
		w.orders.keep(completed(o))
		w.lose()
		_, err = w.process().Pay(t.Context(), buyer, o.ID, amex, "")
		assert.True(t, errs.Is(err, errs.KindConflict), "asked for: %v", err)

		require.NoError(t, w.process().OrderChanged(t.Context(), completed(o)))
		_, err = w.process().Pay(t.Context(), buyer, o.ID, amex, "")
		assert.True(t, errs.Is(err, errs.KindConflict), "announced anew: %v", err)
		assert.Equal(t, account{intents: []standin.Status{standin.Succeeded}, charges: 1, net: price}, w.bank.account(o))
	})
	for _, token := range []payments.Token{visa, amex} {
		t.Run("orders has not heard of it, "+string(token), func(t *testing.T) {
			w := newWorld(t)
			o := w.order()
			_, err := w.process().Pay(t.Context(), buyer, o.ID, visa, "")
			require.NoError(t, err)
			w.lose()
			_, err = w.process().Pay(t.Context(), buyer, o.ID, token, "")
			require.NoError(t, err, "the charge is found, whichever card is offered now")
			assert.Equal(t, payments.StatusSucceeded, w.stored(o).Status)
			assert.Equal(t, account{intents: []standin.Status{standin.Succeeded}, charges: 1, net: price}, w.bank.account(o))
		})
	}
}

// Attempts are counted from one again, whose keys the processor has seen.
func TestAnotherCardAfterADeclineAndALostStore(t *testing.T) {
	w := newWorld(t)
	o := w.order()
	s := w.process()
	for range 2 {
		_, err := s.Pay(t.Context(), buyer, o.ID, declined, "")
		requireDeclined(t, err)
	}
	w.lose()
	s = w.process()
	for range 2 { // an attempt for each that was forgotten
		_, err := s.Pay(t.Context(), buyer, o.ID, visa, "")
		require.True(t, errs.Is(err, errs.KindPaymentRequired), "nothing was charged: %v", err)
	}
	_, err := s.Pay(t.Context(), buyer, o.ID, visa, "")
	require.NoError(t, err)
	assert.Equal(t, 1, w.bank.account(o).charges)
}

func TestCopyOfAnOrder(t *testing.T) {
	w := newWorld(t)
	o := w.order()
	s := w.process()
	_, _, err := s.Order(t.Context(), o.ID)
	assert.True(t, errs.Is(err, errs.KindNotFound), "orders is not asked for what orders asks: %v", err)
	assert.Zero(t, w.orders.asked)

	require.NoError(t, s.OrderChanged(t.Context(), completed(o)))
	require.NoError(t, s.OrderChanged(t.Context(), o), "older")
	kept, paid, err := s.Order(t.Context(), o.ID)
	require.NoError(t, err)
	assert.Equal(t, completed(o), kept, "whole, as it was last heard of")
	assert.False(t, paid, "not here")

	late := w.order()
	_, err = s.Pay(t.Context(), buyer, late.ID, visa, "")
	require.NoError(t, err)
	_, paid, err = s.Order(t.Context(), late.ID)
	require.NoError(t, err)
	assert.True(t, paid)
	require.NoError(t, s.OrderChanged(t.Context(), cancelled(late)))
	_, paid, err = s.Order(t.Context(), late.ID)
	require.NoError(t, err)
	assert.False(t, paid, "given back")
}

func TestAnnouncingPayments(t *testing.T) {
	w := newWorld(t)
	s := w.process()
	paid, refused, untried := w.order(), w.order(), w.order()
	_, err := s.Pay(t.Context(), buyer, paid.ID, visa, "")
	require.NoError(t, err)
	_, err = s.Pay(t.Context(), buyer, refused.ID, declined, "")
	requireDeclined(t, err)
	require.NoError(t, s.OrderChanged(t.Context(), untried))
	w.orders.keep(events.Order{ID: ids.New()}) // of which payments has not heard
	w.events.all = nil

	announced, pages := 0, 0
	for position := -1; position != 0; pages++ {
		n, next, err := s.AnnouncePage(t.Context(), position, 3)
		require.NoError(t, err)
		announced, position = announced+n, next
	}
	assert.Equal(t, 2, pages)
	assert.Equal(t, 2, announced)
	assert.Len(t, w.events.all, 2)
	assert.Equal(t, []string{events.PaymentCreated}, w.events.types(paid))
	assert.Equal(t, []string{events.PaymentFailed}, w.events.types(refused))
}
