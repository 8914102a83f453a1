package api

import (
	"context"
	"net/http"

	"github.com/gorilla/mux"

	"ticketx/kit/auth"
	"ticketx/kit/errs"
	"ticketx/kit/idempotency"
	"ticketx/kit/web"
	"ticketx/services/tickets"
	"ticketx/services/tickets/internal/wire"
)

func (a *API) create(w http.ResponseWriter, r *http.Request) error {
	draft, err := web.Decode[tickets.Draft](w, r)
	if err != nil {
		return err
	}
	seller := auth.UserID(r.Context())
	var l tickets.Listing
	if id, ok := idempotency.Given(r.Context()); ok {
		l, err = a.tickets.ListAs(r.Context(), id, seller, draft)
	} else {
		l, err = a.tickets.List(r.Context(), seller, draft)
	}
	if err != nil {
		return err
	}
	return web.Encode(w, http.StatusCreated, wire.Ticket(l, a.now()))
}

func (a *API) edit(w http.ResponseWriter, r *http.Request) error {
	draft, err := web.Decode[tickets.Draft](w, r)
	if err != nil {
		return err
	}
	l, err := a.tickets.Edit(r.Context(), mux.Vars(r)["id"], auth.UserID(r.Context()), draft)
	if err != nil {
		return err
	}
	return web.Encode(w, http.StatusOK, wire.Ticket(l, a.now()))
}

func (a *API) withdraw(w http.ResponseWriter, r *http.Request) error {
	if err := a.tickets.Withdraw(r.Context(), mux.Vars(r)["id"], auth.UserID(r.Context())); err != nil {
		return err
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}

// show answers from the catalogue. What that does not know is looked for in the
// store: another replica may have listed it a moment ago.
func (a *API) show(w http.ResponseWriter, r *http.Request) error {
	id := mux.Vars(r)["id"]
	body := buffers.Get().(*[]byte)
	defer buffers.Put(body)
	var known bool
	if *body, known = a.catalogue.Append((*body)[:0], id); !known {
		l, err := a.lookUp(r.Context(), id)
		if err != nil {
			return err
		}
		*body = append((*body)[:0], wire.Ticket(l, a.now())...)
	}
	answer(w, r, *body, "no-cache")
	return nil
}

// lookUp asks the store, not more often than lookUps lets through: whoever makes up
// ids must not become a load of the store.
func (a *API) lookUp(ctx context.Context, id string) (tickets.Listing, error) {
	if tickets.ValidID(id) && !a.lookUps.AllowN(a.now(), 1) {
		return tickets.Listing{}, errs.Unavailable("Too many tickets that are not known here are asked for. Please try again.", nil)
	}
	return a.tickets.Show(ctx, id)
}
