package stripe

import (
	"cmp"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/stripe/stripe-go/v76"

	"ticketx/kit/errs"
	"ticketx/services/payments"
)

// errNotProcessed is the end of an attempt that Stripe broke off.
var errNotProcessed = errs.PaymentRequired(string(stripe.ErrorCodeProcessingError),
	"The payment could not be processed, and nothing was charged. Please try again.")

// confirmed reads an intent that was confirmed without an error.
func confirmed(intent *stripe.PaymentIntent) (payments.Intent, error) {
	i := shown(intent)
	if i.State == "" || i.State == payments.IntentOpen {
		return i, unexpected("confirm intent", string(intent.Status))
	}
	return i, nil
}

// missing says that Stripe does not know what was asked for, or else that it could
// not be found out.
func missing(doing string, err error) error {
	if e, ok := errors.AsType[*stripe.Error](err); ok && e.Code == stripe.ErrorCodeResourceMissing {
		return errs.NotFound("Stripe does not know it.")
	}
	return unknown(doing, err)
}

// classify says what a failed request means (https://stripe.com/docs/error-codes).
func classify(doing string, err error) error {
	e, ok := errors.AsType[*stripe.Error](err)
	switch {
	case !ok:
		return unknown(doing, err)
	case e.Type == stripe.ErrorTypeCard:
		return errs.PaymentRequired(declineCode(e), e.Msg)
	case e.Type == stripe.ErrorTypeInvalidRequest && e.Param == "amount":
		// Too small or too large for any card, as the message says.
		return errs.PaymentRequired(string(e.Code), e.Msg)
	case wrongState(err):
		return unknown(doing, err)
	case badToken(e):
		return errs.Invalid("token", "This token names no card that can be charged.")
	default:
		return unknown(doing, err)
	}
}

// declineCode is the card issuer's reason where there is one, or Stripe's.
func declineCode(e *stripe.Error) string {
	if e.DeclineCode != "" {
		return string(e.DeclineCode)
	}
	return string(e.Code)
}

// declineMessage is Stripe's sentence for people where it is one: others quote what
// was sent.
func declineMessage(e *stripe.Error) string {
	if e.Type == stripe.ErrorTypeCard || e.Code == stripe.ErrorCodePaymentIntentAuthenticationFailure {
		return e.Msg
	}
	return "The payment could not be processed, and nothing was charged. Please try again."
}

// badToken reports whether Stripe refused the token itself, before any card was
// tried.
func badToken(e *stripe.Error) bool {
	codes := []stripe.ErrorCode{stripe.ErrorCodeTokenAlreadyUsed, stripe.ErrorCodeTokenInUse}
	named := e.Param == "payment_method" || strings.HasPrefix(e.Param, "card") // and not payment_method_types, which is ours
	return e.Type == stripe.ErrorTypeInvalidRequest && (named || slices.Contains(codes, e.Code))
}

// wrongState reports whether the intent has moved on.
func wrongState(err error) bool {
	e, ok := errors.AsType[*stripe.Error](err)
	return ok && e.Code == stripe.ErrorCodePaymentIntentUnexpectedState
}

// alreadyRefunded reports whether the intent has nothing left to give back.
func alreadyRefunded(err error) bool {
	e, ok := errors.AsType[*stripe.Error](err)
	return ok && e.Code == stripe.ErrorCodeChargeAlreadyRefunded
}

// isDisputed reports whether the charge can't be given back, because the bank has
// taken it back or may.
func isDisputed(err error) bool {
	e, ok := errors.AsType[*stripe.Error](err)
	return ok && (e.Code == stripe.ErrorCodeChargeDisputed || e.Code == stripe.ErrorCodeRefundDisputedPayment)
}

// refused returns Stripe's word for why it refuses the request, and some word where it
// gives none, if asking again would only be refused again: Stripe has looked at what
// was asked and says no. What is wrong with the key (401, 403), who else is at it (409,
// 429) and Stripe's own troubles are none of the request's, and pass
// (https://stripe.com/docs/api/errors).
func refused(err error) (code string, ok bool) {
	e, ok := errors.AsType[*stripe.Error](err)
	if !ok || e.Type == stripe.ErrorTypeIdempotency || e.Code == stripe.ErrorCodeLockTimeout {
		return "", false
	}
	switch e.HTTPStatusCode {
	case http.StatusBadRequest, http.StatusPaymentRequired, http.StatusNotFound:
		return cmp.Or(string(e.Code), string(e.Type), "refused"), true
	}
	return "", false
}

// serverFailed reports whether Stripe answered that it failed, which says
// nothing about what it did.
func serverFailed(err error) bool {
	e, ok := errors.AsType[*stripe.Error](err)
	return ok && e.HTTPStatusCode >= http.StatusInternalServerError
}

// replayed reports whether Stripe's failure is the answer that it kept for the
// request's idempotency key. Asking again can't change it any more.
//
// Of a confirmation, the intent, which is looked at before, shows that it did not
// charge. A later attempt under another key is safe, because an intent charges at
// most once. Of a creation, nobody knows the intent's id, so it never charges.
func replayed(err error) bool {
	e, ok := errors.AsType[*stripe.Error](err)
	return ok && serverFailed(err) && e.LastResponse != nil && e.LastResponse.Header.Get("Idempotent-Replayed") == "true"
}

// keySpent reports whether the attempt's idempotency key was used with another
// card, which happens when payments has lost its store and counts from one again.
// The intent, which is looked at before, shows that nothing was charged; were it
// charged a moment later, a later attempt would find out, because an intent charges
// at most once.
func keySpent(err error) bool {
	e, ok := errors.AsType[*stripe.Error](err)
	return ok && e.Type == stripe.ErrorTypeIdempotency && e.HTTPStatusCode == http.StatusBadRequest // not 409: in use
}

// senseless reports whether Stripe refuses a request as it is, and neither a card nor
// its token is the reason. Of a confirmation, it has charged nothing and never will
// under its key, so another attempt can be made, with another card perhaps.
func senseless(err error) bool {
	e, ok := errors.AsType[*stripe.Error](err)
	_, no := refused(err)
	return ok && no && e.Type == stripe.ErrorTypeInvalidRequest && !wrongState(err) && !badToken(e) && e.Param != "amount"
}

// unknown says that it could not be found out what happened.
func unknown(doing string, err error) error { return unavailable(doing, describe(err)) }

// describe keeps of an error what says where to look. Stripe's messages quote
// tokens and keys, and an answer that could not be read may quote anything.
func describe(err error) string {
	if e, ok := errors.AsType[*stripe.Error](err); ok {
		return fmt.Sprintf("status %d, type %q, code %q, param %q, request %q",
			e.HTTPStatusCode, e.Type, e.Code, e.Param, e.RequestID)
	}
	if e, ok := errors.AsType[*url.Error](err); ok {
		return e.Error() // the method, the path and what is wrong with the connection
	}
	return "the answer could not be read"
}

// unexpected says that Stripe answered with a status that settles nothing.
func unexpected(doing, status string) error {
	return unavailable(doing, "its status is "+status)
}

func unavailable(doing, cause string) error {
	return errs.Unavailable("The payment processor does not answer. Nothing is charged twice: please try again.",
		fmt.Errorf("stripe: %s: %s", doing, cause))
}
