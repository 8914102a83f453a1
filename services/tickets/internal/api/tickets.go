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
	ID            string         `json:"id"`
	Title         string         `json:"title"`
	Price         money.Amount   `json:"price"`
	OriginalPrice money.Amount   `json:"originalPrice,omitzero"`
	Currency      money.Currency `json:"currency"`
	StartsAt      time.Time      `json:"startsAt,omitzero"`
	TimeZone      string         `json:"timeZone,omitempty"`
	Venue         string         `json:"venue,omitempty"`
	City          string         `json:"city,omitempty"`
	Category      string         `json:"category,omitempty"`
	Section       string         `json:"section,omitempty"`
	Row           string         `json:"row,omitempty"`
	Seat          string         `json:"seat,omitempty"`
	Quantity      int64          `json:"quantity"`
	Description   string         `json:"description,omitempty"`
	UserID        string         `json:"userId"`
	OrderID       string         `json:"orderId,omitempty"`
	Status        tickets.Status `json:"status"`
	Version       int64          `json:"version"`
	CreatedAt     time.Time      `json:"createdAt"`
	UpdatedAt     time.Time      `json:"updatedAt"`
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
		StartsAt:      l.StartsAt,
		TimeZone:      l.TimeZone,
		Venue:         l.Venue,
		City:          l.City,
		Category:      l.Category,
		Section:       l.Section,
		Row:           l.Row,
		Seat:          l.Seat,
		Quantity:      l.Lot(),
		Description:   l.Description,
		UserID:        l.SellerID,
		Status:        l.StatusAt(now),
		Version:       l.Version,
		CreatedAt:     l.CreatedAt,
		UpdatedAt:     l.UpdatedAt,
	}
	if r.Status == tickets.Reserved || r.Status == tickets.Sold {
		r.OrderID = l.OrderID
	}
	return r
}

func (a *API) create(w http.ResponseWriter, r *http.Request) error {
	offer, err := decodeOffer(w, r, a.currency)
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
	id := mux.Vars(r)["id"]
	// A ticket stays in the currency that it was listed in.
	listed, err := a.tickets.Show(r.Context(), id)
	if err != nil {
		return err
	}
	offer, err := decodeOffer(w, r, listed.Currency)
	if err != nil {
		return err
	}
	l, err := a.tickets.Edit(r.Context(), id, auth.UserID(r.Context()), offer)
	if err != nil {
		return err
	}
	return web.Encode(w, http.StatusOK, newTicketResponse(l, a.now()))
}

func decodeOffer(w http.ResponseWriter, r *http.Request, currency money.Currency) (tickets.Offer, error) {
	req, err := web.Decode[offerRequest](w, r)
	if err != nil {
		return tickets.Offer{}, err
	}
	return tickets.NewOffer(currency, req.Title, req.Price)
}

func (a *API) show(w http.ResponseWriter, r *http.Request) error {
	l, err := a.tickets.Show(r.Context(), mux.Vars(r)["id"])
	if err != nil {
		return err
	}
	return web.Encode(w, http.StatusOK, newTicketResponse(l, a.now()))
}
