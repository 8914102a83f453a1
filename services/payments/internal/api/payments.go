package api

import (
	"net/http"
	"net/url"

	"ticketx/kit/auth"
	"ticketx/kit/errs"
	"ticketx/kit/ids"
	"ticketx/kit/money"
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
	id, err := a.payments.Pay(r.Context(), auth.UserID(r.Context()), req.OrderID, payments.Token(req.Token), returnURL(r, req.OrderID))
	if err != nil {
		return err
	}
	return web.Encode(w, http.StatusCreated, createResponse{ID: id})
}

// returnURL is the order's page on the shop that the buyer's browser has asked
// from. The edge has made sure that the page is one of this shop's own. Who is not
// a browser has none.
func returnURL(r *http.Request, orderID string) string {
	shop, err := url.Parse(r.Header.Get("Origin"))
	if err != nil || shop.Scheme != "http" && shop.Scheme != "https" || shop.Host == "" {
		return ""
	}
	return (&url.URL{Scheme: shop.Scheme, Host: shop.Host, Path: "/orders/" + orderID}).String()
}

type checkoutRequest struct {
	OrderID string `json:"orderId"`
}

func (r checkoutRequest) validate() error {
	if !ids.Valid(r.OrderID) {
		return errs.Invalid("orderId", "Must be the id of an order.")
	}
	return nil
}

// checkoutResponse is what the browser needs to confirm with Stripe itself.
type checkoutResponse struct {
	ClientSecret   string       `json:"clientSecret"`
	PublishableKey string       `json:"publishableKey"`
	Amount         money.Amount `json:"amount"`
	Currency       string       `json:"currency"`
	StandIn        string       `json:"standIn,omitempty"`
}

func (a *API) checkout(w http.ResponseWriter, r *http.Request) error {
	req, err := web.Decode[checkoutRequest](w, r)
	if err != nil {
		return err
	}
	if err := req.validate(); err != nil {
		return err
	}
	c, err := a.payments.Checkout(r.Context(), auth.UserID(r.Context()), req.OrderID)
	if err != nil {
		return err
	}
	return web.Encode(w, http.StatusOK, checkoutResponse{
		ClientSecret:   string(c.ClientSecret),
		PublishableKey: a.browser.PublishableKey,
		Amount:         amount(c.Order.Ticket),
		Currency:       c.Order.Ticket.Currency,
		StandIn:        a.browser.StandIn,
	})
}
