package api

import (
	"context"
	"net/http"
	"time"

	"github.com/gorilla/mux"

	"ticketx/kit/errs"
	"ticketx/kit/events"
	"ticketx/kit/ids"
	"ticketx/kit/web"
)

// copyResponse is an order as it was last heard of.
type copyResponse struct {
	Order events.Order `json:"order"`
	Paid  bool         `json:"paid"` // and not given back
}

// order answers orders, when it has lost an order, with the copy that is kept
// here.
func (a *API) order(w http.ResponseWriter, r *http.Request) error {
	id := mux.Vars(r)["id"]
	if !ids.Valid(id) {
		return errs.NotFound("There is no such order.")
	}
	o, paid, err := a.payments.Order(r.Context(), id)
	if err != nil {
		return err
	}
	return web.Encode(w, http.StatusOK, copyResponse{Order: o, Paid: paid})
}

// settle answers orders, before it closes an order, how the order's payment ends.
func (a *API) settle(w http.ResponseWriter, r *http.Request) error {
	id := mux.Vars(r)["id"]
	if !ids.Valid(id) {
		return errs.NotFound("There is no such order.")
	}
	settlement, err := a.payments.Settle(r.Context(), id)
	if err != nil {
		return err
	}
	return web.Encode(w, http.StatusOK, settlement)
}

// reconcileTimeout bounds one page. It is shorter than the time the caller's
// sidecar waits (components/resiliency), so that the answer is ours.
const reconcileTimeout = 4 * time.Second

// reconcile has a page of the open payments looked at for whoever runs the system,
// who goes on from where the answer says.
func (a *API) reconcile(w http.ResponseWriter, r *http.Request) error {
	ctx, cancel := context.WithTimeout(r.Context(), reconcileTimeout)
	defer cancel()
	done, err := a.payments.ReconcilePage(ctx, r.URL.Query().Get("from"))
	if err != nil {
		return err
	}
	return web.Encode(w, http.StatusOK, done)
}
