package payments

import (
	"context"
	"errors"
	"time"

	"github.com/cenkalti/backoff/v5"
)

// How somebody waits for an attempt that is somebody else's: by reading the
// document, because the other one may be in another process.
const (
	waitTimeout = 5 * time.Second
	firstPause  = 20 * time.Millisecond
	maxPause    = 500 * time.Millisecond
)

var errHeld = errors.New("payments: the attempt is still somebody else's")

// await waits until the attempt that p has open is over or given up, and returns
// the payment as it is then. An attempt that takes longer than waitTimeout is
// Unavailable.
func (s *Service) await(ctx context.Context, p Payment) (Payment, error) {
	ctx, cancel := context.WithTimeout(ctx, waitTimeout)
	defer cancel()
	attempt := p.Attempt.Number
	look := func() (Payment, error) {
		p, _, err := s.payments.Load(ctx, p.Order.ID)
		switch {
		case err != nil:
			return p, backoff.Permanent(err)
		case p.held(s.now()) && p.Attempt.Number == attempt:
			return p, errHeld
		default:
			return p, nil
		}
	}
	pauses := backoff.NewExponentialBackOff() // with jitter: those who wait together do not read together
	pauses.InitialInterval = firstPause
	pauses.MaxInterval = maxPause
	p, err := backoff.Retry(ctx, look, backoff.WithBackOff(pauses))
	if err != nil && ctx.Err() != nil {
		return p, errPending
	}
	return p, err
}
