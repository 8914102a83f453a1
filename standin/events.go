package standin

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
)

// Event is one thing that happened, by the name that Stripe gives it, with
// what it happened to as it stood right after.
type Event struct {
	ID              string        `json:"id"`
	Object          string        `json:"object"`
	APIVersion      string        `json:"api_version"`
	Created         int64         `json:"created"`
	Data            EventData     `json:"data"`
	Livemode        bool          `json:"livemode"`
	PendingWebhooks int           `json:"pending_webhooks"`
	Request         *EventRequest `json:"request"`
	Type            string        `json:"type"`
	// Subject is the id of what it happened to. Stripe's events have no such
	// field, and what is sent as an event has not either.
	Subject string `json:"subject,omitempty"`
}

func (e *Event) objectID() string { return e.ID }

// EventData holds what the event is about, whole.
type EventData struct {
	Object json.RawMessage `json:"object"`
}

// EventRequest is the request that caused the event; both are null where it
// came by itself.
type EventRequest struct {
	ID             *string `json:"id"`
	IdempotencyKey *string `json:"idempotency_key"`
}

// public is the event as the API shows it.
func (e *Event) public() *Event {
	shown := *e
	shown.Subject = ""
	return &shown
}

// record notes an event in the transaction of the change that it tells of, and
// a delivery for each endpoint that wants to hear of it. The change must have
// been saved: the event shows the object as the book has it.
func (t *tx) record(eventType, subject string) error {
	object, err := t.snapshot(subject)
	if err != nil {
		return fmt.Errorf("record %s: %w", eventType, err)
	}
	id, err := t.mint(bucketEvents, "evt")
	if err != nil {
		return err
	}
	e := &Event{
		ID:         id,
		Object:     "event",
		APIVersion: apiVersion,
		Created:    t.now.Unix(),
		Data:       EventData{object},
		Request:    &EventRequest{},
		Type:       eventType,
		Subject:    subject,
	}
	if t.request.id != "" {
		e.Request.ID = &t.request.id
	}
	if t.request.key != "" {
		e.Request.IdempotencyKey = &t.request.key
	}
	if e.PendingWebhooks, err = t.addDeliveries(e); err != nil {
		return fmt.Errorf("record %s: %w", eventType, err)
	}
	if err := t.save(bucketEvents, id, e); err != nil {
		return fmt.Errorf("record %s: %w", eventType, err)
	}
	return nil
}

// recordAll notes several events about one thing.
func (t *tx) recordAll(subject string, types ...string) error {
	for _, eventType := range types {
		if err := t.record(eventType, subject); err != nil {
			return err
		}
	}
	return nil
}

// eventByID finds the event that a path names.
func (t *tx) eventByID(id string) (*Event, error) {
	e, err := load[Event](t, bucketEvents, id)
	if err == nil && e == nil {
		return nil, notFound("event", id, "id")
	}
	return e, err
}

// eventFilter is which events a list request asks for.
type eventFilter struct {
	types     []string
	created   period
	delivered *bool
}

func (f eventFilter) matches(e *Event) bool {
	switch {
	case len(f.types) > 0 && !slices.ContainsFunc(f.types, e.is):
		return false
	case f.delivered != nil && *f.delivered != (e.PendingWebhooks == 0):
		return false
	}
	return f.created.contains(e.Created)
}

// is reports whether a type, or a pattern such as charge.* names the event.
func (e *Event) is(pattern string) bool {
	if group, ok := strings.CutSuffix(pattern, "*"); ok {
		return strings.HasPrefix(e.Type, group)
	}
	return e.Type == pattern
}

// events lists events, newest first.
func (t *tx) events(f eventFilter, p page) (*list[Event], error) {
	found, err := search(t, source{bucket: bucketEvents}, "/v1/events", p, f.matches)
	if err != nil {
		return nil, err
	}
	for n, e := range found.Data {
		found.Data[n] = e.public()
	}
	return found, nil
}
