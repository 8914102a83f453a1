package deadletter

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"time"

	"ticketx/kit/events"
)

// Letter is a dead letter: the document that decides whether it waits.
type Letter struct {
	// Body is what was on the topic, byte for byte. It need not be an event.
	Body []byte `json:"body"`
	// CameAt is when it came to wait.
	CameAt time.Time `json:"cameAt"`
	// Round counts how often it has come to wait: the same letter can come
	// again after it was settled.
	Round int `json:"round"`
	// RedrivenAt and DiscardedAt settle it: it was put back, or given up.
	RedrivenAt  *time.Time `json:"redrivenAt,omitempty"`
	DiscardedAt *time.Time `json:"discardedAt,omitempty"`
}

func (l Letter) waits() bool { return l.RedrivenAt == nil && l.DiscardedAt == nil }

// identify returns the id of the letter with the body. The same event is the same
// letter, however often the broker and the runtimes on the way have handed it on,
// and nothing that says something else is taken for it: a defect may well have
// given two events one id.
func identify(body []byte) string {
	sum := sha256.New()
	if e := read(body); e.ID != "" && e.Data != nil {
		_ = json.NewEncoder(sum).Encode(e)
	} else {
		sum.Write(body)
	}
	return hex.EncodeToString(sum.Sum(nil)[:16])
}

// envelope is what can be made out of a body. What is malformed may lack any of
// it.
type envelope struct {
	ID, Type, Subject string
	Data              json.RawMessage
}

// read makes out what it can. Each field is looked at by itself, because one of
// them is what is wrong.
func read(body []byte) (e envelope) {
	fields, _ := object(body)
	e.ID, _ = text(fields["id"])
	e.Type, _ = text(fields["type"])
	e.Subject, _ = text(fields["subject"])
	e.Data = fields["data"]
	return e
}

// again returns the body with a fresh id, so that the broker does not drop it as
// a double, and whether there is anything to put back. What is no event would
// only come back; and some of it ends the sidecars it passes through (docs/dapr.md).
func again(body []byte) ([]byte, bool) {
	fields, isObject := object(body)
	id, isText := text(fields["id"])
	if !isObject || !isText || id == "" {
		return nil, false
	}
	for _, trace := range []string{"traceid", "traceparent", "tracestate"} {
		if _, isText := text(fields[trace]); !isText && fields[trace] != nil {
			return nil, false
		}
	}
	fields["id"], _ = json.Marshal(events.FreshID(id)) // a string always encodes
	fresh, err := json.Marshal(fields)
	return fresh, err == nil
}

// object decodes a JSON object; null is none.
func object(body []byte) (map[string]json.RawMessage, bool) {
	var fields map[string]json.RawMessage
	err := json.Unmarshal(body, &fields)
	return fields, err == nil && fields != nil
}

// text decodes a JSON string; null is none.
func text(value json.RawMessage) (s string, isText bool) {
	if !bytes.HasPrefix(value, []byte(`"`)) {
		return "", false
	}
	return s, json.Unmarshal(value, &s) == nil
}
