package orders_test

import (
	"context"
	"fmt"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"ticketx/kit/errs"
	"ticketx/services/orders"
)

// till is the payments service, with the money. It implements orders.Settlements
// as payments promises: what has succeeded or was cancelled stays so.
type till struct {
	mu       sync.Mutex
	payments map[string]*payment // by order
	down     error
	asked    int
	// enter is where whoever asks waits to be let in, if anybody does.
	enter func(ctx context.Context)
}

type payment struct {
	begun    bool
	pending  bool // it can't be told yet
	declined bool
	outcome  orders.Outcome // "" while it is open
}

func (p *till) of(orderID string) *payment {
	if p.payments[orderID] == nil {
		p.payments[orderID] = &payment{}
	}
	return p.payments[orderID]
}

// Settle implements orders.Settlements.
func (p *till) Settle(ctx context.Context, orderID string) (orders.Settlement, error) {
	if p.enter != nil {
		p.enter(ctx)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.asked++
	if p.down != nil {
		return orders.Settlement{}, p.down
	}
	paid := p.of(orderID)
	switch {
	case paid.outcome == "" && paid.pending:
		return orders.Settlement{Outcome: orders.OutcomePending}, nil
	case paid.outcome == "":
		paid.outcome = orders.OutcomeCancelled
	}
	return orders.Settlement{Outcome: paid.outcome, Failed: paid.outcome == orders.OutcomeCancelled && paid.declined}, nil
}

// open lets a card be charged for the order, unless its payment is over.
func (p *till) open(orderID string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.of(orderID).begun = true
}

// charge has the card of a payment charged that is open, and reports whether it
// was.
func (p *till) charge(orderID string) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	paid := p.of(orderID)
	if !paid.begun || paid.outcome != "" {
		return false
	}
	paid.outcome = orders.OutcomeSucceeded
	return true
}

// change does something to the order's payment.
func (p *till) change(orderID string, change func(*payment)) {
	p.mu.Lock()
	defer p.mu.Unlock()
	change(p.of(orderID))
}

// begin has payments begin a payment of the order.
func (s *shop) begin(t *testing.T, o orders.Order) orders.Order {
	t.Helper()
	awaiting, err := s.BeginPayment(t.Context(), o.ID)
	require.NoError(t, err)
	s.till.open(o.ID)
	return awaiting
}

// pays has the order's payment begun and its card charged; orders has not heard of
// the charge yet.
func (s *shop) pays(t *testing.T, o orders.Order) {
	t.Helper()
	s.begin(t, o)
	require.True(t, s.till.charge(o.ID))
}

var errDown = errs.Unavailable("Down.", nil)

// agrees says what is wrong with the order's end, as far as the money knows.
func (p *till) agrees(o orders.Order) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	paid := p.of(o.ID)
	switch {
	case o.Status == orders.StatusComplete && paid.outcome != orders.OutcomeSucceeded:
		return fmt.Errorf("order %s is complete, and was not paid", o.ID)
	case o.Status == orders.StatusCancelled && paid.outcome == orders.OutcomeSucceeded:
		return fmt.Errorf("order %s is cancelled, and was paid", o.ID)
	case o.Status == orders.StatusCancelled && paid.begun && paid.outcome != orders.OutcomeCancelled:
		return fmt.Errorf("order %s is cancelled, and can still be paid", o.ID)
	case o.Reason == orders.ReasonPaymentFailed && !paid.declined:
		return fmt.Errorf("order %s says that a card was declined", o.ID)
	}
	return nil
}
