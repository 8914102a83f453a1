package api

import (
	"bytes"
	"errors"
	"fmt"
	"net/http"
	"time"

	"ticketx/services/tickets/internal/live"
)

// eventWriter writes Server-Sent Events, as many at a time as there are.
type eventWriter struct {
	w       http.ResponseWriter
	control *http.ResponseController
	body    bytes.Buffer
}

// ticket adds an event. A ticket is JSON without line breaks.
func (e *eventWriter) ticket(id string, c live.Change) {
	fmt.Fprintf(&e.body, "event: ticket\nid: %s\ndata: %s\n\n", id, c.Ticket)
}

// flush writes what was added. It fails when the listener has gone, or does not take
// it in time.
func (e *eventWriter) flush() error {
	if e.body.Len() == 0 {
		return nil
	}
	err := e.control.SetWriteDeadline(time.Now().Add(writeTimeout))
	if err != nil && !errors.Is(err, http.ErrNotSupported) {
		return err
	}
	if _, err := e.body.WriteTo(e.w); err != nil {
		return err
	}
	return e.control.Flush()
}
