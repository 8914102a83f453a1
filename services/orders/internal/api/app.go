package api

import (
	"context"
	"encoding/json"
	"net/http"

	"github.com/gorilla/mux"

	"ticketx/kit/errs"
	"ticketx/kit/events"
	"ticketx/kit/ids"
	"ticketx/kit/web"
	"ticketx/services/orders"
)

// The statuses of a payment that orders acts on.
const (
	paymentSucceeded = "succeeded"
	paymentFailed    = "failed"
	paymentCancelled = "cancelled"
)

// onPayment completes the order of a payment that succeeded. One that has come to
// another end settles an order that has waited for it, if its time is over or no
// other card can be tried.
// Whatever else a payment tells changes nothing here: the order stays live until
// its time, or is closed already.
func (a *API) onPayment(ctx context.Context, p events.Payment) error {
	if !ids.Valid(p.OrderID) || !ids.Valid(p.TicketID) || p.Status == "" {
		return errs.Invalid("data", "A payment needs a status and the ids of its order and ticket.")
	}
	switch p.Status {
	case paymentSucceeded:
		return a.orders.Complete(ctx, p.TicketID, p.OrderID)
	case paymentFailed, paymentCancelled:
		return a.orders.Settle(ctx, p.TicketID, p.OrderID, p.Status == paymentCancelled)
	}
	return nil
}

func (a *API) onExpiration(ctx context.Context, e events.Expiration) error {
	if !ids.Valid(e.OrderID) || !ids.Valid(e.TicketID) {
		return errs.Invalid("data", "An expiration needs the ids of its order and ticket.")
	}
	return a.orders.Expire(ctx, e.TicketID, e.OrderID)
}

// withdraw takes over that a ticket is withdrawn, and answers with what an order
// that came first has made of it. What it does not know of the snapshot it ignores,
// as in an event: tickets may be of a later version.
func (a *API) withdraw(w http.ResponseWriter, r *http.Request) error {
	var snapshot events.Ticket
	if err := json.NewDecoder(http.MaxBytesReader(w, r.Body, web.MaxBody)).Decode(&snapshot); err != nil {
		return errs.Invalid("body", "The body is not the snapshot of a ticket.")
	}
	if snapshot.ID != mux.Vars(r)["id"] {
		return errs.Invalid("id", "Must be the id in the path.")
	}
	holder, err := a.orders.Withdraw(r.Context(), snapshot)
	if err != nil {
		return err
	}
	return web.Encode(w, http.StatusOK, map[string]orders.Holder{"status": holder})
}

// beginPayment lets payments charge for an order that is live, and answers with
// the order as it is from then on.
func (a *API) beginPayment(w http.ResponseWriter, r *http.Request) error {
	id, err := orderID(r)
	if err != nil {
		return err
	}
	o, err := a.orders.BeginPayment(r.Context(), id)
	if err != nil {
		return err
	}
	return web.Encode(w, http.StatusOK, o.Snapshot())
}

// snapshot answers other services that have not heard of an order yet.
func (a *API) snapshot(w http.ResponseWriter, r *http.Request) error {
	id, err := orderID(r)
	if err != nil {
		return err
	}
	o, err := a.orders.Lookup(r.Context(), id)
	if err != nil {
		return err
	}
	return web.Encode(w, http.StatusOK, o.Snapshot())
}
