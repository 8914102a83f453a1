package payments_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"ticketx/kit/errs"
	"ticketx/kit/events"
	"ticketx/kit/ids"
	"ticketx/services/payments"
	"ticketx/standin"
)

func TestPay(t *testing.T) {
	w := newWorld(t)
	o := w.order()
	id, err := w.process().Pay(t.Context(), buyer, o.ID, visa, "")
	require.NoError(t, err)
	assert.True(t, ids.Valid(id))
	assert.Equal(t, account{intents: []standin.Status{standin.Succeeded}, charges: 1, net: price}, w.bank.account(o))

	p := w.stored(o)
	assert.Equal(t, payments.StatusSucceeded, p.Status)
	assert.Empty(t, string(p.Attempt.Token))

	e := w.events.last()
	assert.Equal(t, events.PaymentCreated, e.Type)
	assert.Equal(t, events.TopicPayments, e.Topic)
	assert.Equal(t, fmt.Sprintf("payment:%s:%d", o.ID, p.Version), e.ID)
	var snapshot events.Payment
	require.NoError(t, json.Unmarshal(e.Data, &snapshot))
	assert.Equal(t, events.Payment{
		ID: id, Version: p.Version, OrderID: o.ID, TicketID: o.Ticket.ID, BuyerID: buyer, Status: "succeeded",
		Amount: price, Currency: "eur", UpdatedAt: p.UpdatedAt,
	}, snapshot)
}

func TestPayTwice(t *testing.T) {
	w := newWorld(t)
	o := w.order()
	s := w.process()
	first, err := s.Pay(t.Context(), buyer, o.ID, visa, "")
	require.NoError(t, err)
	told := w.events.last()

	second, err := s.Pay(t.Context(), buyer, o.ID, amex, "")
	require.NoError(t, err)
	assert.Equal(t, first, second)
	assert.Equal(t, 1, w.bank.account(o).charges)
	assert.Equal(t, told, w.events.last(), "the same fact is told again")
	assert.Equal(t, 1, w.orders.asked, "an order that is known is not asked for")

	require.NoError(t, s.OrderChanged(t.Context(), completed(o)))
	w.clock.pass(time.Hour)
	third, err := s.Pay(t.Context(), buyer, o.ID, visa, "")
	require.NoError(t, err)
	assert.Equal(t, first, third)
}

func TestPayWithMethod(t *testing.T) {
	w := newWorld(t)
	o := w.order()
	_, err := w.process().Pay(t.Context(), buyer, o.ID, "pm_card_visa", "")
	require.NoError(t, err)
	assert.Equal(t, 1, w.bank.account(o).charges)
}

func TestDeclined(t *testing.T) {
	w := newWorld(t)
	o := w.order()
	s := w.process()
	_, err := s.Pay(t.Context(), buyer, o.ID, declined, "")
	requireDeclined(t, err)
	assert.Equal(t, []string{events.PaymentStarted, events.PaymentFailed}, w.events.types(o))
	var snapshot events.Payment
	require.NoError(t, json.Unmarshal(w.events.last().Data, &snapshot))
	assert.Equal(t, "failed", snapshot.Status)
	assert.Equal(t, "insufficient_funds", snapshot.Code)
	assert.Empty(t, string(w.stored(o).Attempt.Token))

	id, err := s.Pay(t.Context(), buyer, o.ID, visa, "")
	require.NoError(t, err, "another card may be tried")
	assert.Equal(t, snapshot.ID, id, "an order has one payment")
	assert.Equal(t, []string{events.PaymentStarted, events.PaymentFailed, events.PaymentStarted, events.PaymentCreated}, w.events.types(o))
	assert.Equal(t, account{intents: []standin.Status{standin.Succeeded}, charges: 1, declines: 1, net: price}, w.bank.account(o))
}

func requireDeclined(t *testing.T, err error) {
	t.Helper()
	e, ok := errors.AsType[*errs.Error](err)
	require.True(t, ok, "%v", err)
	assert.Equal(t, errs.KindPaymentRequired, e.Kind)
	assert.Equal(t, "insufficient_funds", e.Code)
	assert.Equal(t, "Your card has insufficient funds.", e.Message)
}

func TestUnknownToken(t *testing.T) {
	w := newWorld(t)
	o := w.order()
	s := w.process()
	_, err := s.Pay(t.Context(), buyer, o.ID, unknown, "")
	require.True(t, errs.Is(err, errs.KindInvalid), "%v", err)
	assert.Equal(t, "token", func() *errs.Error {
		target := &errs.Error{}
		_ = errors.As(err, &target)
		return target
	}().Fields[0].Field)
	assert.NotContains(t, err.Error(), string(unknown))
	assert.Equal(t, []string{events.PaymentStarted}, w.events.types(o), "no card was tried")

	_, err = s.Pay(t.Context(), buyer, o.ID, visa, "")
	require.NoError(t, err)
}

func TestNotPayable(t *testing.T) {
	for name, c := range map[string]struct {
		order func(events.Order) events.Order
		buyer string
		kind  errs.Kind
	}{
		"somebody else's": {order: func(o events.Order) events.Order { return o }, buyer: "another", kind: errs.KindForbidden},
		"cancelled":       {order: cancelled, buyer: buyer, kind: errs.KindConflict},
		"expired":         {order: expired, buyer: buyer, kind: errs.KindConflict},
		"complete":        {order: completed, buyer: buyer, kind: errs.KindConflict},
		"out of time, though nobody has said so": {
			order: func(o events.Order) events.Order { o.ExpiresAt = time.Now().Add(-time.Millisecond); return o },
			buyer: buyer, kind: errs.KindConflict,
		},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			o := c.order(w.order())
			w.orders.keep(o)
			s := w.process()
			_, err := s.Pay(t.Context(), c.buyer, o.ID, visa, "")
			assert.True(t, errs.Is(err, c.kind), "asked for: %v", err)

			require.NoError(t, s.OrderChanged(t.Context(), o))
			_, err = s.Pay(t.Context(), c.buyer, o.ID, visa, "")
			assert.True(t, errs.Is(err, c.kind), "heard of: %v", err)
			assert.Equal(t, account{}, w.bank.account(o))
			assert.Empty(t, w.events.types(o))
		})
	}
}

func TestUnknownOrder(t *testing.T) {
	_, err := newWorld(t).process().Pay(t.Context(), buyer, ids.New(), visa, "")
	assert.True(t, errs.Is(err, errs.KindNotFound), "%v", err)
}
