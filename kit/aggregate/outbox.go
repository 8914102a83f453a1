package aggregate

import (
	"context"
	"log/slog"
	"slices"
	"sync"
	"sync/atomic"
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

// Outbox publishes events and keeps those that fail until they are out. What a
// crash takes with it is in the journal.
type Outbox struct {
	publisher Publisher
	journal   *Journal
	logger    *slog.Logger

	mu      sync.Mutex
	waiting []*parcel
	names   map[string]bool // of the waiting parcels
	wake    chan struct{}
}

// parcel is something that has to be told and could not be yet.
type parcel struct {
	name    string // what it tells, for the log and against doubles
	deliver func(ctx context.Context) error
	done    func()
	// look says that nobody knows yet whether there is anything to tell: the
	// store has to be asked first, and the broker is not to blame.
	look bool
}

// NewOutbox returns an empty Outbox. Run must be running for failed publishes
// to be tried again.
func NewOutbox(publisher Publisher, journal *Journal, logger *slog.Logger) *Outbox {
	return &Outbox{
		publisher: publisher,
		journal:   journal,
		logger:    logger,
		names:     make(map[string]bool),
		wake:      make(chan struct{}, 1),
	}
}

// Ready returns errs.KindUnavailable while events wait to be published.
func (o *Outbox) Ready() error {
	o.mu.Lock()
	defer o.mu.Unlock()
	if slices.ContainsFunc(o.waiting, func(p *parcel) bool { return !p.look }) {
		return errs.Unavailable("The message broker does not answer. Please try again.", nil)
	}
	return nil
}

// send publishes the events, in order, and calls done when all are out. From the
// first that fails on they wait for Run.
func (o *Outbox) send(ctx context.Context, done func(), batch ...events.Event) {
	for i, e := range batch {
		if err := o.publish(ctx, e); err != nil {
			o.logger.Warn("publish failed, will be tried again", "event", e.ID, "topic", e.Topic, "err", err)
			o.keepEvents(batch[i:], done)
			return
		}
	}
	done()
}

// keepEvents has the events published by Run and calls done after the last.
func (o *Outbox) keepEvents(batch []events.Event, done func()) {
	var left atomic.Int32
	left.Store(int32(len(batch)))
	for _, e := range batch {
		o.keep(&parcel{
			name:    e.ID,
			deliver: func(ctx context.Context) error { return o.publish(ctx, e) },
			done: func() {
				if left.Add(-1) == 0 {
					done()
				}
			},
		})
	}
}

func (o *Outbox) publish(ctx context.Context, e events.Event) error {
	ctx, cancel := context.WithTimeout(ctx, publishTimeout)
	defer cancel()
	return o.publisher.Publish(ctx, e)
}

// keep has the parcel delivered by Run. An event that waits already is joined. A
// look is not: the one that waits may be under way, and have looked too early.
func (o *Outbox) keep(p *parcel) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if !p.look && o.names[p.name] {
		for _, w := range o.waiting {
			if !w.look && w.name == p.name {
				before := w.done
				w.done = func() { before(); p.done() }
			}
		}
		return
	}
	if !p.look {
		o.names[p.name] = true
	}
	o.waiting = append(o.waiting, p)
	select {
	case o.wake <- struct{}{}:
	default:
	}
}

// Run looks after the journal and delivers what waits, oldest first, until ctx
// ends and a last round has been tried.
func (o *Outbox) Run(ctx context.Context) {
	var journal sync.WaitGroup
	keeping, stop := context.WithCancel(context.WithoutCancel(ctx))
	journal.Go(func() { o.journal.Run(keeping) })
	defer journal.Wait()
	defer stop()
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

// round tries what waits, and reports whether nothing waits any more. Once one
// has failed, those behind it that need the same are not tried.
func (o *Outbox) round(ctx context.Context) (empty bool) {
	o.mu.Lock()
	waiting := slices.Clone(o.waiting)
	o.mu.Unlock()

	failed := make(map[bool]bool) // by look
	for _, p := range waiting {
		if failed[p.look] {
			continue
		}
		if err := p.deliver(ctx); err != nil {
			failed[p.look] = true
			continue
		}
		o.logger.Info("told after all", "what", p.name)

		o.mu.Lock()
		delete(o.names, p.name)
		o.waiting = slices.DeleteFunc(o.waiting, func(w *parcel) bool { return w == p })
		done := p.done
		o.mu.Unlock()
		done()
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	return len(o.waiting) == 0
}
