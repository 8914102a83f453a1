package api

import (
	"encoding/json"
	"net/http"
	"time"

	"github.com/gorilla/mux"

	"ticketx/kit/auth"
	"ticketx/kit/money"
	"ticketx/kit/web"
	"ticketx/services/tickets"
)

// offerRequest is the body of POST and PUT.
type offerRequest struct {
	Title string          `json:"title"`
	Price json.RawMessage `json:"price"`
}

// ticketResponse is a ticket as the HTTP API shows it.
type ticketResponse struct {
	ID        string         `json:"id"`
	Title     string         `json:"title"`
	Price     money.Major    `json:"price"`
	Currency  string         `json:"currency"`
	UserID    string         `json:"userId"`
	OrderID   string         `json:"orderId,omitempty"`
	Status    tickets.Status `json:"status"`
	Version   int64          `json:"version"`
	CreatedAt time.Time      `json:"createdAt"`
	UpdatedAt time.Time      `json:"updatedAt"`
}

// newTicketResponse shows the ticket as it is now: without the order whose
// reservation is over.
func newTicketResponse(l tickets.Listing, now time.Time) ticketResponse {
	r := ticketResponse{
		ID:        l.ID,
		Title:     l.Title,
		Price:     money.Major(l.Price),
		Currency:  l.Currency,
		UserID:    l.SellerID,
		Status:    l.StatusAt(now),
		Version:   l.Version,
		CreatedAt: l.CreatedAt,
		UpdatedAt: l.UpdatedAt,
	}
	if r.Status != tickets.Available {
		r.OrderID = l.OrderID
	}
	return r
}

func (a *API) create(w http.ResponseWriter, r *http.Request) error {
	offer, err := decodeOffer(w, r)
	if err != nil {
		return err
	}
	l, err := a.tickets.List(r.Context(), auth.UserID(r.Context()), offer)
	if err != nil {
		return err
	}
	return web.Encode(w, http.StatusCreated, newTicketResponse(l, a.now()))
}

func (a *API) edit(w http.ResponseWriter, r *http.Request) error {
	offer, err := decodeOffer(w, r)
	if err != nil {
		return err
	}
	l, err := a.tickets.Edit(r.Context(), mux.Vars(r)["id"], auth.UserID(r.Context()), offer)
	if err != nil {
		return err
	}
	return web.Encode(w, http.StatusOK, newTicketResponse(l, a.now()))
}

func decodeOffer(w http.ResponseWriter, r *http.Request) (tickets.Offer, error) {
	req, err := web.Decode[offerRequest](w, r)
	if err != nil {
		return tickets.Offer{}, err
	}
	return tickets.NewOffer(req.Title, req.Price)
}

func (a *API) show(w http.ResponseWriter, r *http.Request) error {
	l, err := a.tickets.Show(r.Context(), mux.Vars(r)["id"])
	if err != nil {
		return err
	}
	return web.Encode(w, http.StatusOK, newTicketResponse(l, a.now()))
}
