package aggregate

import (
	"context"

	"ticketx/kit/events"
)

// Publish sends events that no change has made.
func (o *Outbox) Publish(ctx context.Context, batch ...events.Event) {
	o.send(ctx, func() {}, batch...)
}
