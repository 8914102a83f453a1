package dapr

import (
	"context"
	"sync"
	"time"

	"github.com/dapr/go-sdk/client"
	"golang.org/x/sync/errgroup"

	"ticketx/kit/events"
)

const (
	// probeTimeout bounds one look at one dependency.
	probeTimeout = time.Second
	// probeEvery is how long an answer is good for: however often readiness is
	// asked, the dependencies are not asked more often than this.
	probeEvery = time.Second
)

// Check looks whether one thing the service needs answers.
type Check func(ctx context.Context) error

// Ready returns a function that makes all the checks at once and returns the
// first failure. Callers share an answer for a second.
func Ready(checks ...Check) func(context.Context) error {
	var (
		mu      sync.Mutex
		checked time.Time
		last    error
	)
	return func(ctx context.Context) error {
		mu.Lock()
		defer mu.Unlock()
		if time.Since(checked) < probeEvery {
			return last
		}
		// The answer is for everybody who waits, whoever asked first.
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), probeTimeout)
		defer cancel()
		group, ctx := errgroup.WithContext(ctx)
		for _, check := range checks {
			group.Go(func() error { return check(ctx) })
		}
		last = group.Wait()
		checked = time.Now()
		return last
	}
}

// StoreAnswers checks the state store by reading a key that is never written.
func (s *Sidecar) StoreAnswers(ctx context.Context) error {
	if _, err := s.dapr.GetState(ctx, StateStore, "probe", nil); err != nil {
		return unavailable("probe the state store", err)
	}
	return nil
}

// BrokerAnswers checks the broker by publishing to a topic nobody listens to:
// Dapr has no other way to ask.
func (s *Sidecar) BrokerAnswers(ctx context.Context) error {
	err := s.dapr.PublishEvent(ctx, PubSub, events.TopicProbes, []byte("{}"), client.PublishEventWithContentType("application/json"))
	if err != nil {
		return unavailable("probe the broker", err)
	}
	return nil
}
