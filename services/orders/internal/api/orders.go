package api

import (
	"net/http"
	"strconv"
	"time"

	"github.com/gorilla/mux"

	"ticketx/kit/auth"
	"ticketx/kit/errs"
	"ticketx/kit/events"
	"ticketx/kit/idempotency"
	"ticketx/kit/ids"
	"ticketx/kit/money"
	"ticketx/kit/web"
	"ticketx/services/orders"
)

type createRequest struct {
	TicketID string `json:"ticketId"`
	// HoldSeconds asks for a shorter reservation than the usual one.
	HoldSeconds *int `json:"holdSeconds"`
}

// orderResponse is an order as TicketX shows it, and what it does not show.
type orderResponse struct {
	ID            string         `json:"id"`
	UserID        string         `json:"userId"`
	Status        orders.Status  `json:"status"`
	Reason        orders.Reason  `json:"reason,omitempty"`
	CreatedAt     time.Time      `json:"createdAt"`
	ExpiresAt     time.Time      `json:"expiresAt"`
	AwaitingSince *time.Time     `json:"awaitingSince,omitempty"`
	Version       int64          `json:"version"`
	Ticket        ticketResponse `json:"ticket"`
}

type ticketResponse struct {
	ID       string         `json:"id"`
	Title    string         `json:"title"`
	Price    money.Amount   `json:"price"`
	Currency money.Currency `json:"currency"`
	events.Details
}

func newOrderResponse(o orders.Order) orderResponse {
	r := orderResponse{
		ID:            o.ID,
		UserID:        o.BuyerID,
		Status:        o.Status,
		Reason:        o.Reason,
		CreatedAt:     o.CreatedAt,
		ExpiresAt:     o.ExpiresAt,
		AwaitingSince: o.AwaitingSince,
		Version:       o.Version,
		Ticket: ticketResponse{
			ID:       o.Ticket.ID,
			Title:    o.Ticket.Title,
			Price:    money.Amount{Minor: o.Ticket.Price, Currency: o.Ticket.Currency},
			Currency: o.Ticket.Currency,
			Details:  o.Ticket.Details,
		},
	}
	r.Ticket.Quantity = o.Ticket.Lot()
	return r
}

func (a *API) create(w http.ResponseWriter, r *http.Request) error {
	req, err := web.Decode[createRequest](w, r)
	if err != nil {
		return err
	}
	if err := a.validate(req); err != nil {
		return err
	}
	var hold time.Duration
	if req.HoldSeconds != nil {
		hold = time.Duration(*req.HoldSeconds) * time.Second
	}
	o, err := a.orders.PlaceAs(r.Context(), idempotency.ID(r.Context()), auth.UserID(r.Context()), req.TicketID, hold)
	if err != nil {
		return err
	}
	return web.Encode(w, http.StatusCreated, newOrderResponse(o))
}

func (a *API) validate(req createRequest) error {
	var wrong []errs.Field
	if !ids.Valid(req.TicketID) {
		wrong = append(wrong, errs.Field{Field: "ticketId", Message: "Must be the id of a ticket."})
	}
	longest := int(a.orders.Hold().Seconds())
	if hold := req.HoldSeconds; hold != nil && (*hold < 1 || *hold > longest) {
		wrong = append(wrong, errs.Field{Field: "holdSeconds", Message: "Must be from 1 to " + strconv.Itoa(longest) + "."})
	}
	return errs.InvalidFields(wrong)
}

// list answers with an array, as TicketX does; where there are more, the Link
// header leads to them (RFC 8288).
func (a *API) list(w http.ResponseWriter, r *http.Request) error {
	page, err := web.ReadPage(r)
	if err != nil {
		return err
	}
	list, next, err := a.orders.Of(r.Context(), auth.UserID(r.Context()), page.Position, page.Limit)
	if err != nil {
		return err
	}
	page.LinkNext(w, r, next)
	body := make([]orderResponse, len(list))
	for i, o := range list {
		body[i] = newOrderResponse(o)
	}
	return web.Encode(w, http.StatusOK, body)
}

func (a *API) show(w http.ResponseWriter, r *http.Request) error {
	id, err := orderID(r)
	if err != nil {
		return err
	}
	o, err := a.orders.Order(r.Context(), auth.UserID(r.Context()), id)
	if err != nil {
		return err
	}
	return web.Encode(w, http.StatusOK, newOrderResponse(o))
}

func (a *API) cancel(w http.ResponseWriter, r *http.Request) error {
	id, err := orderID(r)
	if err != nil {
		return err
	}
	if err := a.orders.Cancel(r.Context(), auth.UserID(r.Context()), id); err != nil {
		return err
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}

func orderID(r *http.Request) (string, error) {
	id := mux.Vars(r)["id"]
	if !ids.Valid(id) {
		return "", errs.NotFound("There is no such order.")
	}
	return id, nil
}
