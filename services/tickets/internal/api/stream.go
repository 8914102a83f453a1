package api

import (
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"time"

	"ticketx/kit/errs"
	"ticketx/services/tickets"
)

const (
	// heartbeat is the time after which a connection says something, so that
	// nobody on its way takes it for dead.
	heartbeat = 15 * time.Second
	// gather is the time in which changes are gathered before they are written:
	// a page is told of a rush a few times a second, not once for each ticket.
	gather = 100 * time.Millisecond
	// writeTimeout is how long a listener may take to take what is written.
	writeTimeout = 10 * time.Second
	// batch is how many changes are written at once.
	batch = 256
	// retryMillis is when a browser comes again whose connection broke.
	retryMillis = 2000
	// maxWatched is how many tickets a page may name.
	maxWatched = 100
	maxEventID = 64
)

// stream tells the page that listens what changes, as Server-Sent Events
// (html.spec.whatwg.org/multipage/server-sent-events.html), until it goes or the
// service ends.
func (a *API) stream(w http.ResponseWriter, r *http.Request) error {
	watched, err := parseWatched(r.URL.RawQuery)
	if err != nil {
		return err
	}
	from := r.Header.Get("Last-Event-ID")
	if len(from) > maxEventID {
		return errs.Invalid("Last-Event-ID", "Must be the id of an event of this stream.")
	}
	if err := a.catalogue.Ready(); err != nil {
		return err
	}
	listener, err := a.feed.Listen(from)
	if err != nil {
		return err
	}
	defer listener.Leave()

	h := w.Header()
	h.Set("Content-Type", "text/event-stream")
	h.Set("Cache-Control", "no-store, no-transform")
	out := &eventWriter{w: w, control: http.NewResponseController(w)}
	// The time in which the server reads a request is over soon, and with it, as
	// net/http sees it, the caller would be gone.
	_ = out.control.SetReadDeadline(time.Time{}) // a recorder in a test has none

	out.add("retry: %d\n", retryMillis)
	if listener.Lost {
		out.add("event: reset\ndata: {}\n")
	}
	out.add("id: %s\n\n", listener.ID())
	for said := time.Now(); ; {
		if out.flush() {
			said = time.Now()
		}
		if out.err != nil {
			break
		}
		changes, ok := listener.Next(r.Context(), batch, time.Until(said.Add(heartbeat)))
		if !ok {
			break
		}
		heard := false
		for _, c := range changes {
			if watched == nil || watched[c.TicketID] {
				out.ticket(listener.IDOf(c), c)
				heard = true
			}
		}
		if !heard && time.Since(said) >= heartbeat {
			// Nothing that this page wants to know. An id without data only moves the
			// place to come back to.
			out.add(":\nid: %s\n\n", listener.ID())
		}
		if !pause(r, gather) {
			break
		}
	}
	return nil
}

// pause waits, and reports false when the caller has gone.
func pause(r *http.Request, d time.Duration) bool {
	select {
	case <-r.Context().Done():
		return false
	case <-time.After(d):
		return true
	}
}

// parseWatched returns the ids that are asked for; nil is all.
func parseWatched(query string) (map[string]bool, error) {
	if len(query) > maxQuery {
		return nil, errs.Invalid("query", fmt.Sprintf("The query string is longer than %d bytes.", maxQuery))
	}
	params, err := url.ParseQuery(query)
	if err != nil {
		return nil, errs.Invalid("query", "The query string is malformed.")
	}
	var wrong []errs.Field
	for _, name := range slices.Sorted(maps.Keys(params)) {
		switch {
		case name != "id":
			wrong = append(wrong, errs.Field{Field: name, Message: "This parameter is not known here."})
		case len(params["id"]) > maxWatched:
			wrong = append(wrong, errs.Field{Field: name, Message: fmt.Sprintf("Must be given at most %d times.", maxWatched)})
		case slices.ContainsFunc(params["id"], func(id string) bool { return !tickets.ValidID(id) }):
			wrong = append(wrong, errs.Field{Field: name, Message: "Must be the id of a ticket."})
		}
	}
	if len(wrong) > 0 || len(params["id"]) == 0 {
		return nil, errs.InvalidFields(wrong)
	}
	watched := make(map[string]bool)
	for _, id := range params["id"] {
		watched[id] = true
	}
	return watched, nil
}
