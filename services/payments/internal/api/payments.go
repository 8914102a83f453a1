package api

import (
	"net/http"

	"ticketx/kit/auth"
	"ticketx/kit/errs"
	"ticketx/kit/ids"
	"ticketx/kit/web"
	"ticketx/services/payments"
)

type createRequest struct {
	OrderID string `json:"orderId"`
	Token   string `json:"token"`
}

func (r createRequest) validate() error {
	var wrong []errs.Field
	if !ids.Valid(r.OrderID) {
		wrong = append(wrong, errs.Field{Field: "orderId", Message: "Must be the id of an order."})
	}
	if !payments.Token(r.Token).Valid() {
		wrong = append(wrong, errs.Field{Field: "token", Message: "Must be the token or payment method of a card."})
	}
	return errs.InvalidFields(wrong)
}

type createResponse struct {
	ID string `json:"id"`
}

func (a *API) create(w http.ResponseWriter, r *http.Request) error {
	req, err := web.Decode[createRequest](w, r)
	if err != nil {
		return err
	}
	if err := req.validate(); err != nil {
		return err
	}
	id, err := a.payments.Pay(r.Context(), auth.UserID(r.Context()), req.OrderID, payments.Token(req.Token))
	if err != nil {
		return err
	}
	return web.Encode(w, http.StatusCreated, createResponse{ID: id})
}
