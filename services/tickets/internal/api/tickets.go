package api

import (
	"net/http"
	"time"

	"github.com/gorilla/mux"

	"ticketx/kit/auth"
	"ticketx/kit/events"
	"ticketx/kit/money"
	"ticketx/kit/web"
	"ticketx/services/tickets"
)

// ticketResponse is a ticket as the HTTP API shows it.
type ticketResponse struct {
	ID            string         `json:"id"`
	Title         string         `json:"title"`
	Price         money.Amount   `json:"price"`
	OriginalPrice money.Amount   `json:"originalPrice,omitzero"`
	Currency      money.Currency `json:"currency"`
	events.Details
	Description string         `json:"description,omitempty"`
	UserID      string         `json:"userId"`
	OrderID     string         `json:"orderId,omitempty"`
	Status      tickets.Status `json:"status"`
	Version     int64          `json:"version"`
	CreatedAt   time.Time      `json:"createdAt"`
	UpdatedAt   time.Time      `json:"updatedAt"`
}

// newTicketResponse shows the ticket as it is now: without the order whose
// reservation is over.
func newTicketResponse(l tickets.Listing, now time.Time) ticketResponse {
	r := ticketResponse{
		ID:            l.ID,
		Title:         l.Title,
		Price:         money.Amount{Minor: l.Price, Currency: l.Currency},
		OriginalPrice: money.Amount{Minor: l.OriginalPrice, Currency: l.Currency},
		Currency:      l.Currency,
		Details:       l.Details,
		Description:   l.Description,
		UserID:        l.SellerID,
		Status:        l.StatusAt(now),
		Version:       l.Version,
		CreatedAt:     l.CreatedAt,
		UpdatedAt:     l.UpdatedAt,
	}
	r.Quantity = l.Lot()
	if r.Status == tickets.Reserved || r.Status == tickets.Sold {
		r.OrderID = l.OrderID
	}
	return r
}

func (a *API) create(w http.ResponseWriter, r *http.Request) error {
	draft, err := web.Decode[tickets.Draft](w, r)
	if err != nil {
		return err
	}
	l, err := a.tickets.List(r.Context(), auth.UserID(r.Context()), draft)
	if err != nil {
		return err
	}
	return web.Encode(w, http.StatusCreated, newTicketResponse(l, a.now()))
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
	return web.Encode(w, http.StatusOK, newTicketResponse(l, a.now()))
}

func (a *API) withdraw(w http.ResponseWriter, r *http.Request) error {
	if err := a.tickets.Withdraw(r.Context(), mux.Vars(r)["id"], auth.UserID(r.Context())); err != nil {
		return err
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}

func (a *API) show(w http.ResponseWriter, r *http.Request) error {
	l, err := a.tickets.Show(r.Context(), mux.Vars(r)["id"])
	if err != nil {
		return err
	}
	return web.Encode(w, http.StatusOK, newTicketResponse(l, a.now()))
}
