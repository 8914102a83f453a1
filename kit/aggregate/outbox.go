package aggregate

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"ticketx/kit/errs"
	"ticketx/kit/events"
)

const (
	// publishTimeout bounds one attempt. A healthy broker takes a millisecond.
	publishTimeout = time.Second
	// retryPause is the time between two rounds of attempts.
	retryPause = 250 * time.Millisecond
)

// Publisher sends an event to its topic. An error does not mean that it was not
// published.
type Publisher interface {
	Publish(ctx context.Context, e events.Event) error
}

// Outbox publishes events and keeps those that fail until they are out. It
// holds them in memory: what a crash takes with it is healed by the aggregate's
// next event.
type Outbox struct {
	publisher Publisher
	logger    *slog.Logger

	mu      sync.Mutex
	waiting map[string]events.Event // by event id
	order   []string
	wake    chan struct{}
}

// NewOutbox returns an empty Outbox. Run must be running for failed publishes
// to be tried again.
func NewOutbox(publisher Publisher, logger *slog.Logger) *Outbox {
	return &Outbox{
		publisher: publisher,
		logger:    logger,
		waiting:   make(map[string]events.Event),
		wake:      make(chan struct{}, 1),
	}
}

// Ready returns errs.KindUnavailable while events wait to be published.
func (o *Outbox) Ready() error {
	o.mu.Lock()
	defer o.mu.Unlock()
	if len(o.waiting) > 0 {
		return errs.Unavailable("The message broker does not answer. Please try again.", nil)
	}
	return nil
}

// Publish sends the events, in order. Those that fail wait for Run.
func (o *Outbox) Publish(ctx context.Context, batch ...events.Event) {
	for _, e := range batch {
		if err := o.try(ctx, e); err != nil {
			o.logger.Warn("publish failed, will be tried again", "event", e.ID, "topic", e.Topic, "err", err)
			o.keep(e)
		}
	}
}

func (o *Outbox) try(ctx context.Context, e events.Event) error {
	ctx, cancel := context.WithTimeout(ctx, publishTimeout)
	defer cancel()
	return o.publisher.Publish(ctx, e)
}

func (o *Outbox) keep(e events.Event) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if _, ok := o.waiting[e.ID]; !ok {
		o.order = append(o.order, e.ID)
	}
	o.waiting[e.ID] = e
	select {
	case o.wake <- struct{}{}:
	default:
	}
}

// Run publishes what waits, oldest first, until ctx ends and a last round has
// been tried.
func (o *Outbox) Run(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			o.round(context.WithoutCancel(ctx))
			return
		case <-o.wake:
		}
		for !o.round(ctx) {
			select {
			case <-ctx.Done():
			case <-time.After(retryPause):
				continue
			}
			break
		}
	}
}

// round tries everything that waits until one fails, and reports whether
// nothing waits any more.
func (o *Outbox) round(ctx context.Context) (empty bool) {
	for {
		o.mu.Lock()
		if len(o.order) == 0 {
			o.mu.Unlock()
			return true
		}
		e := o.waiting[o.order[0]]
		o.mu.Unlock()

		if err := o.try(ctx, e); err != nil {
			return false
		}
		o.logger.Info("published after all", "event", e.ID, "topic", e.Topic)

		o.mu.Lock()
		delete(o.waiting, e.ID)
		o.order = o.order[1:]
		o.mu.Unlock()
	}
}
