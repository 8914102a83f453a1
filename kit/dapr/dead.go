package dapr

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"ticketx/kit/events"
)

// KeepDead has everything on topic's dead-letter topic handled by one replica of
// the app, as the bytes that were published, whatever they are. There is nowhere
// left to put aside what fails here, so it is tried again without end.
//
// The payload is asked for raw: what is no CloudEvent would otherwise never get
// past the sidecar, which would hold up what is behind it.
func KeepDead(a *App, topic string, keep func(ctx context.Context, body []byte) error) {
	dead := events.DeadLetterTopic(topic)
	a.serve(subscription{
		PubSub: PubSub, Topic: dead, Route: "/topics/" + dead,
		Metadata: map[string]string{"rawPayload": "true"},
		keepsAll: true,
	}, func(ctx context.Context, body []byte) (e events.Event, err error) {
		defer recoverAs(&err)
		// The sidecar's own wrapping, new with each delivery.
		var wrapped struct {
			Body []byte `json:"data_base64"`
		}
		if err := json.Unmarshal(body, &wrapped); err != nil {
			return e, fmt.Errorf("unwrap the dead letter: %w", err)
		}
		if wrapped.Body == nil { // an empty one is there, and empty
			return e, errors.New("unwrap the dead letter: there is none in it")
		}
		_ = json.Unmarshal(wrapped.Body, &e) // for the log, where it is an event
		return e, keep(ctx, wrapped.Body)
	})
}

// recoverAs makes a panic an error.
func recoverAs(err *error) {
	if p := recover(); p != nil {
		*err = fmt.Errorf("panic: %v", p)
	}
}
