package payments_test

import (
	"context"
	"errors"
	"sync"

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
	m.Service = w.processOn(mortalStore{m, w.store}, mortalBank{m, w.bank}, mortalBroker{m, w.events})
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

func (b mortalBank) Create(ctx context.Context, o events.Order) (id string, err error) {
	err = b.m.do(func() error { id, err = b.bank.Create(ctx, o); return err })
	return id, err
}

func (b mortalBank) Confirm(ctx context.Context, c payments.Confirmation) (o payments.Outcome, err error) {
	err = b.m.do(func() error { o, err = b.bank.Confirm(ctx, c); return err })
	return o, err
}

func (b mortalBank) Cancel(ctx context.Context, intentID string) (o payments.Outcome, err error) {
	err = b.m.do(func() error { o, err = b.bank.Cancel(ctx, intentID); return err })
	return o, err
}

func (b mortalBank) Refund(ctx context.Context, orderID, intentID string) (id string, err error) {
	err = b.m.do(func() error { id, err = b.bank.Refund(ctx, orderID, intentID); return err })
	return id, err
}
