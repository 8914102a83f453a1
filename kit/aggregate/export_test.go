package aggregate

import (
	"context"

	"ticketx/kit/events"
)

// Publish sends events that no change has made.
func (o *Outbox) Publish(ctx context.Context, batch ...events.Event) {
	o.send(ctx, func() {}, batch...)
}

// Enter is one change that does nothing but wait for the journal.
func (j *Journal) Enter(ctx context.Context, key string) error {
	e := j.enter(key)
	defer e.leave()
	return e.wait(ctx)
}
