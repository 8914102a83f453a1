package api

import (
	"errors"
	"io"
	"net/http"

	"ticketx/kit/errs"
	"ticketx/kit/web"
)

// maxWebhook is the largest event that is read, in bytes. Stripe's are a few
// kilobytes.
const maxWebhook = 512 << 10

// webhook takes Stripe's events. It answers 200 once what an event says is written
// down, or is known to be of no use here, and Stripe tells again what was answered
// otherwise.
func (a *API) webhook(w http.ResponseWriter, r *http.Request) error {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxWebhook))
	if _, ok := errors.AsType[*http.MaxBytesError](err); ok {
		return errs.Invalid("body", "The event is too large.")
	}
	if err != nil {
		return err
	}
	notice, err := a.webhooks.Read(body, r.Header.Get("Stripe-Signature"))
	if err != nil {
		a.payments.RefuseNotice()
		return err
	}
	if err := a.payments.Notified(r.Context(), notice); err != nil {
		return err
	}
	return web.Encode(w, http.StatusOK, struct{}{})
}
