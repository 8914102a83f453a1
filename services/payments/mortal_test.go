package payments_test

import (
	"context"
	"errors"
	"sync"
	"time"

	"ticketx/kit/errs"
	"ticketx/kit/events"
	"ticketx/kit/state"
	"ticketx/services/payments"
)

// death is the step at which a process dies: every call out of it, to the store,
// to the bank and to the broker, is a step, counted from 1. The zero death never
// comes.
type death struct {
	step  int
	after bool // the step is done, and nobody hears of it
}

// mortal is a process that dies as told, and everything through which it acts.
type mortal struct {
	*payments.Service
	death death

	mu    sync.Mutex
	steps int
	dead  bool
}

func (w *world) mortal(d death) *mortal {
	m := &mortal{death: d}
	m.Service = w.processAsking(mortalOrders{m, w.orders}, mortalStore{m, w.store}, mortalBank{m, w.bank}, mortalBroker{m, w.events})
	return m
}

var errDead = errs.Unavailable("A part of the system does not answer.", errors.New("the process has died"))

// do takes one step, unless the process is dead or dies of it.
func (m *mortal) do(step func() error) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.steps++
	dies := m.steps == m.death.step
	switch {
	case m.dead || dies && !m.death.after:
		m.dead = true
		return errDead
	case dies:
		m.dead = true
		_ = step()
		return errDead
	default:
		return step()
	}
}

type mortalStore struct {
	m *mortal
	state.Store
}

func (s mortalStore) Read(ctx context.Context, keys ...string) (items []state.Item, err error) {
	err = s.m.do(func() error { items, err = s.Store.Read(ctx, keys...); return err })
	return items, err
}

func (s mortalStore) Write(ctx context.Context, key string, value []byte, etag string) error {
	return s.m.do(func() error { return s.Store.Write(ctx, key, value, etag) })
}

type mortalBroker struct {
	m *mortal
	*published
}

func (b mortalBroker) Publish(ctx context.Context, e events.Event) error {
	return b.m.do(func() error { return b.published.Publish(ctx, e) })
}

type mortalBank struct {
	m *mortal
	*bank
}

func (b mortalBank) Create(ctx context.Context, o events.Order, number int64) (i payments.Intent, err error) {
	err = b.m.do(func() error { i, err = b.bank.Create(ctx, o, number); return err })
	return i, err
}

func (b mortalBank) Confirm(ctx context.Context, c payments.Confirmation) (i payments.Intent, err error) {
	err = b.m.do(func() error { i, err = b.bank.Confirm(ctx, c); return err })
	return i, err
}

func (b mortalBank) Intent(ctx context.Context, intentID string) (i payments.Intent, err error) {
	err = b.m.do(func() error { i, err = b.bank.Intent(ctx, intentID); return err })
	return i, err
}

func (b mortalBank) Cancel(ctx context.Context, intentID string) (i payments.Intent, err error) {
	err = b.m.do(func() error { i, err = b.bank.Cancel(ctx, intentID); return err })
	return i, err
}

func (b mortalBank) Refund(ctx context.Context, orderID, intentID string, number int64) (r payments.MadeRefund, err error) {
	err = b.m.do(func() error { r, err = b.bank.Refund(ctx, orderID, intentID, number); return err })
	return r, err
}

func (b mortalBank) Refunds(ctx context.Context, intentID string) (made []payments.MadeRefund, err error) {
	err = b.m.do(func() error { made, err = b.bank.Refunds(ctx, intentID); return err })
	return made, err
}

func (b mortalBank) MadeRefund(ctx context.Context, refundID string) (r payments.MadeRefund, err error) {
	err = b.m.do(func() error { r, err = b.bank.MadeRefund(ctx, refundID); return err })
	return r, err
}

func (b mortalBank) Dispute(ctx context.Context, disputeID string) (d payments.Dispute, intentID string, err error) {
	err = b.m.do(func() error { d, intentID, err = b.bank.Dispute(ctx, disputeID); return err })
	return d, intentID, err
}

func (b mortalBank) DisputeOf(ctx context.Context, intentID string) (d payments.Dispute, err error) {
	err = b.m.do(func() error { d, err = b.bank.DisputeOf(ctx, intentID); return err })
	return d, err
}

func (b mortalBank) Told(ctx context.Context, since time.Time, after string, limit int) (told []payments.Notice, last string, more bool, err error) {
	err = b.m.do(func() error { told, last, more, err = b.bank.Told(ctx, since, after, limit); return err })
	return told, last, more, err
}

type mortalOrders struct {
	m *mortal
	*knownOrders
}

func (o mortalOrders) Order(ctx context.Context, id string) (order events.Order, err error) {
	err = o.m.do(func() error { order, err = o.knownOrders.Order(ctx, id); return err })
	return order, err
}

func (o mortalOrders) AwaitPayment(ctx context.Context, id string) (order events.Order, err error) {
	err = o.m.do(func() error { order, err = o.knownOrders.AwaitPayment(ctx, id); return err })
	return order, err
}
