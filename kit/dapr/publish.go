package dapr

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/dapr/go-sdk/client"

	"ticketx/kit/events"
)

// Publisher publishes to the component PubSub.
type Publisher struct {
	sidecar *Sidecar
}

// NewPublisher returns the sidecar's publisher.
func NewPublisher(s *Sidecar) *Publisher { return &Publisher{sidecar: s} }

// Publish sends e to its topic as it stands: the envelope is ours, so that the
// id names the fact and a broker that knows duplicates drops a second one. An
// error does not mean that it was not published: JetStream has been seen to
// store a message after the call had failed.
func (p *Publisher) Publish(ctx context.Context, e events.Event) error {
	body, err := json.Marshal(e)
	if err != nil {
		return fmt.Errorf("encode event %s: %w", e.ID, err)
	}
	ctx, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	err = p.sidecar.dapr.PublishEvent(ctx, PubSub, e.Topic, body,
		client.PublishEventWithContentType("application/cloudevents+json"))
	if err != nil {
		return unavailable("publish to "+e.Topic, err)
	}
	return nil
}

// PublishRaw sends body to topic as it is, whatever it is: what was put aside
// goes back as it came. The same holds for errors.
func (p *Publisher) PublishRaw(ctx context.Context, topic string, body []byte) error {
	ctx, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	if err := p.sidecar.dapr.PublishEvent(ctx, PubSub, topic, body, client.PublishEventWithRawPayload()); err != nil {
		return unavailable("publish to "+topic, err)
	}
	return nil
}
