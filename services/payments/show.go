package payments

import (
	"context"
	"sync"
	"time"

	"ticketx/kit/errs"
)

// glanceTimeout bounds how long a page waits for the processor before it shows the
// payment as it was last known.
const glanceTimeout = 3 * time.Second

// Payment returns how the payment of the buyer's own order stands. While it is
// open the processor is asked, unless that was done a moment ago: no webhook
// reaches a laptop, and one may be late. It is NotFound when nobody has begun to
// pay, and Forbidden for somebody else's order.
func (s *Service) Payment(ctx context.Context, buyer, orderID string) (Payment, error) {
	p, found, err := s.payments.Load(ctx, orderID)
	switch {
	case err != nil:
		return p, err
	case !found || p.Order.ID == "":
		return p, errs.NotFound("Nobody has begun to pay for such an order.")
	case p.Order.BuyerID != buyer:
		return p, errs.Forbidden("This order belongs to somebody else.")
	case p.ID == "":
		return p, errs.NotFound("Nobody has begun to pay for this order.")
	case !p.open() || !s.glances.due(orderID, s.now()):
		return p, nil
	}
	ctx, cancel := context.WithTimeout(ctx, glanceTimeout)
	defer cancel()
	seen, err := s.look(ctx, p)
	if err == nil {
		seen, err = s.giveBack(ctx, seen)
	}
	if err != nil {
		return p, nil // as it was last known
	}
	return seen, nil
}

// Of returns up to limit of the buyer's payments before a position, the newest
// first, and the position to go on from, 0 at the end. A negative position is the
// start.
func (s *Service) Of(ctx context.Context, buyer string, position, limit int) (list []Payment, next int, err error) {
	ids, next, err := s.hints.of.Before(ctx, buyer, position, limit)
	if err != nil {
		return nil, 0, err
	}
	found, err := s.payments.LoadMany(ctx, ids...)
	if err != nil {
		return nil, 0, err
	}
	seen := make(map[string]bool, len(found))
	for _, p := range found {
		if p != nil && p.ID != "" && p.Order.BuyerID == buyer && !seen[p.ID] {
			seen[p.ID] = true
			list = append(list, *p)
		}
	}
	return list, next, nil
}

const (
	// glancePause is how long the processor is not asked again by one process
	// about an order that a page is watching.
	glancePause = time.Second
	// manyGlances is when those that are over are forgotten.
	manyGlances = 10_000
)

// glances remembers when the processor was last asked about an order.
type glances struct {
	mu   sync.Mutex
	last map[string]time.Time
}

// due reports whether to ask now, and takes it that the caller does.
func (g *glances) due(orderID string, now time.Time) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	if now.Sub(g.last[orderID]) < glancePause {
		return false
	}
	if g.last == nil || len(g.last) >= manyGlances {
		g.last = make(map[string]time.Time)
	}
	g.last[orderID] = now
	return true
}
