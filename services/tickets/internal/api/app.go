package api

import (
	"context"
	"net/http"

	"github.com/gorilla/mux"

	"ticketx/kit/events"
	"ticketx/kit/web"
	"ticketx/services/tickets"
)

// follow takes what any replica announced into this replica's catalogue.
func (a *API) follow(_ context.Context, t events.Ticket) error {
	l, err := tickets.FromSnapshot(t)
	if err != nil {
		return err
	}
	a.catalogue.Follow(l)
	return nil
}

// snapshot answers with a ticket as the store has it, in the form of the topic:
// for services that have not heard of it yet.
func (a *API) snapshot(w http.ResponseWriter, r *http.Request) error {
	t, err := a.tickets.Stored(r.Context(), mux.Vars(r)["id"])
	if err != nil {
		return err
	}
	return web.Encode(w, http.StatusOK, t.Snapshot())
}
