package payments_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"ticketx/kit/errs"
	"ticketx/kit/events"
	"ticketx/services/payments"
	"ticketx/standin"
)

func TestPaidOrderIsCancelled(t *testing.T) {
	w := newWorld(t)
	o := w.order()
	s := w.process()
	_, err := s.Pay(t.Context(), buyer, o.ID, visa, "")
	require.NoError(t, err)

	require.NoError(t, s.OrderChanged(t.Context(), cancelled(o)))
	assert.Equal(t, account{intents: []standin.Status{standin.Succeeded}, charges: 1, refunds: 1}, w.bank.account(o))
	assert.Equal(t, []string{events.PaymentStarted, events.PaymentCreated, events.PaymentRefundPending, events.PaymentRefunded}, w.events.types(o))
	p := w.stored(o)
	assert.Equal(t, payments.StatusRefunded, p.Status)
	assert.NotEmpty(t, p.Refund.ID)

	require.NoError(t, s.OrderChanged(t.Context(), cancelled(o)), "a duplicate")
	assert.Equal(t, 1, w.bank.account(o).refunds)
	assert.Equal(t, p, w.stored(o))
	assert.Equal(t, events.PaymentRefunded, w.events.last().Type, "told again, perhaps for the first time")

	_, err = s.Pay(t.Context(), buyer, o.ID, visa, "")
	assert.True(t, errs.Is(err, errs.KindConflict), "%v", err)
}

func TestDeclinedOrderIsCancelled(t *testing.T) {
	w := newWorld(t)
	o := w.order()
	s := w.process()
	_, err := s.Pay(t.Context(), buyer, o.ID, declined, "")
	requireDeclined(t, err)

	require.NoError(t, s.OrderChanged(t.Context(), expired(o)))
	assert.Equal(t, account{intents: []standin.Status{standin.Canceled}, declines: 1}, w.bank.account(o))
	assert.Equal(t, payments.StatusCancelled, w.stored(o).Status)
	assert.Equal(t, []string{events.PaymentStarted, events.PaymentFailed, events.PaymentCancelled}, w.events.types(o))
}

func TestUnpaidOrderIsCancelled(t *testing.T) {
	w := newWorld(t)
	o := w.order()
	s := w.process()
	require.NoError(t, s.OrderChanged(t.Context(), cancelled(o)), "an order not heard of before")
	require.NoError(t, s.OrderChanged(t.Context(), o), "out of order")
	_, err := s.Pay(t.Context(), buyer, o.ID, visa, "")
	assert.True(t, errs.Is(err, errs.KindConflict), "%v", err)
	assert.Equal(t, account{}, w.bank.account(o))
}

func TestCompleteOrderKeepsItsPayment(t *testing.T) {
	w := newWorld(t)
	o := w.order()
	s := w.process()
	require.NoError(t, s.OrderChanged(t.Context(), o))
	_, err := s.Pay(t.Context(), buyer, o.ID, visa, "")
	require.NoError(t, err)
	before := len(w.events.all)
	require.NoError(t, s.OrderChanged(t.Context(), completed(o)))
	require.NoError(t, s.OrderChanged(t.Context(), o), "out of order")
	assert.Equal(t, "complete", w.stored(o).Order.Status)
	assert.Equal(t, payments.StatusSucceeded, w.stored(o).Status)
	assert.Len(t, w.events.all, before, "nothing new to tell")
}

func TestMalformedOrders(t *testing.T) {
	w := newWorld(t)
	for name, spoil := range map[string]func(*events.Order){
		"id":      func(o *events.Order) { o.ID = "a||b" },
		"ticket":  func(o *events.Order) { o.Ticket.ID = "" },
		"version": func(o *events.Order) { o.Version = 0 },
		"buyer":   func(o *events.Order) { o.BuyerID = "" },
		"end":     func(o *events.Order) { o.ExpiresAt = time.Time{} },
	} {
		o := w.order()
		spoil(&o)
		err := w.process().OrderChanged(t.Context(), o)
		assert.True(t, errs.Is(err, errs.KindInvalid), "%s: %v", name, err)
	}
}
