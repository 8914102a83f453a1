package api

import (
	"errors"
	"fmt"
	"net/http"
	"sync"
	"time"

	"ticketx/services/tickets/internal/live"
)

// pieceSize is how much is written at once, but for the end of the last event. A
// thousand listeners who are slow at the same time hold so much each.
const pieceSize = 16 << 10

// pieces are what is written to listeners. Who hears nothing holds none.
var pieces = sync.Pool{New: func() any { return new([]byte) }}

// eventWriter writes Server-Sent Events, as many at a time as there are. When a write
// fails, because the listener has gone or does not take it in time, all after it fail.
type eventWriter struct {
	w       http.ResponseWriter
	control *http.ResponseController
	piece   *[]byte // nil while there is nothing to write
	err     error
}

// add adds lines.
func (e *eventWriter) add(format string, values ...any) {
	if e.piece == nil {
		e.piece = pieces.Get().(*[]byte)
		*e.piece = (*e.piece)[:0]
	}
	if *e.piece = fmt.Appendf(*e.piece, format, values...); len(*e.piece) >= pieceSize {
		e.flush()
	}
}

// ticket adds an event. A ticket is JSON without line breaks.
func (e *eventWriter) ticket(id string, c live.Change) {
	e.add("event: ticket\nid: %s\ndata: %s\n\n", id, c.Ticket)
}

// flush writes what was added, and reports whether there was something.
func (e *eventWriter) flush() (wrote bool) {
	if e.piece == nil {
		return false
	}
	if e.err == nil {
		e.err = e.write(*e.piece)
	}
	pieces.Put(e.piece)
	e.piece = nil
	return true
}

func (e *eventWriter) write(piece []byte) error {
	err := e.control.SetWriteDeadline(time.Now().Add(writeTimeout))
	if err != nil && !errors.Is(err, http.ErrNotSupported) {
		return err
	}
	if _, err := e.w.Write(piece); err != nil {
		return err
	}
	return e.control.Flush()
}
