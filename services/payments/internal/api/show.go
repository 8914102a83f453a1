package api

import (
	"net/http"
	"time"

	"github.com/gorilla/mux"

	"ticketx/kit/auth"
	"ticketx/kit/errs"
	"ticketx/kit/events"
	"ticketx/kit/ids"
	"ticketx/kit/money"
	"ticketx/kit/web"
	"ticketx/services/payments"
)

// paymentResponse is a payment as its buyer sees it.
type paymentResponse struct {
	ID         string           `json:"id"`
	OrderID    string           `json:"orderId"`
	Status     payments.Status  `json:"status"`
	Amount     money.Amount     `json:"amount"`
	Currency   string           `json:"currency"`
	Failure    *failureResponse `json:"failure,omitempty"`
	NextAction *actionResponse  `json:"nextAction,omitempty"`
	Refund     *refundResponse  `json:"refund,omitempty"`
	Dispute    *disputeResponse `json:"dispute,omitempty"`
	CreatedAt  time.Time        `json:"createdAt"`
	UpdatedAt  time.Time        `json:"updatedAt"`
	Version    int64            `json:"version"`
}

type failureResponse struct {
	Code    string `json:"code,omitempty"`
	Message string `json:"message"`
}

type actionResponse struct {
	URL string `json:"url"`
}

type refundResponse struct {
	Status payments.RefundStatus `json:"status"`
}

type disputeResponse struct {
	Status string `json:"status"`
	Reason string `json:"reason,omitempty"`
}

// amount is what a ticket costs.
func amount(t events.OrderTicket) money.Amount {
	return money.Amount{Minor: t.Price, Currency: money.Currency(t.Currency)}
}

func newPaymentResponse(p payments.Payment) paymentResponse {
	r := paymentResponse{
		ID:        p.ID,
		OrderID:   p.Order.ID,
		Status:    p.Status,
		Amount:    amount(p.Order.Ticket),
		Currency:  p.Order.Ticket.Currency,
		CreatedAt: p.CreatedAt,
		UpdatedAt: p.UpdatedAt,
		Version:   p.Version,
	}
	if p.Refusal != nil && (p.Status == payments.StatusFailed || p.Status == payments.StatusCancelled) {
		r.Failure = &failureResponse{Code: p.Refusal.Code, Message: p.Refusal.Message}
	}
	if p.NextURL != "" {
		r.NextAction = &actionResponse{URL: string(p.NextURL)}
	}
	if p.Refund != nil {
		r.Refund = &refundResponse{Status: p.Refund.Status}
	}
	if p.Dispute != nil {
		r.Dispute = &disputeResponse{Status: p.Dispute.Status, Reason: p.Dispute.Reason}
	}
	return r
}

func (a *API) show(w http.ResponseWriter, r *http.Request) error {
	id := mux.Vars(r)["orderId"]
	if !ids.Valid(id) {
		return errs.NotFound("There is no such order.")
	}
	p, err := a.payments.Payment(r.Context(), auth.UserID(r.Context()), id)
	if err != nil {
		return err
	}
	return web.Encode(w, http.StatusOK, newPaymentResponse(p))
}

// list answers with an array; where there are more, the Link header leads to them
// (RFC 8288).
func (a *API) list(w http.ResponseWriter, r *http.Request) error {
	page, err := web.ReadPage(r)
	if err != nil {
		return err
	}
	list, next, err := a.payments.Of(r.Context(), auth.UserID(r.Context()), page.Position, page.Limit)
	if err != nil {
		return err
	}
	page.LinkNext(w, r, next)
	body := make([]paymentResponse, len(list))
	for i, p := range list {
		body[i] = newPaymentResponse(p)
	}
	return web.Encode(w, http.StatusOK, body)
}
