package standin

import (
	"fmt"
	"net/http"
	"strings"
)

// The types of error that Stripe's API knows.
const (
	typeAPI            = "api_error"
	typeCard           = "card_error"
	typeIdempotency    = "idempotency_error"
	typeInvalidRequest = "invalid_request_error"
)

// The error codes in use here; https://stripe.com/docs/error-codes has them all.
const (
	codeAmountTooLarge          = "amount_too_large"
	codeAmountTooSmall          = "amount_too_small"
	codeAuthenticationFailure   = "payment_intent_authentication_failure"
	codeAuthenticationRequired  = "authentication_required"
	codeBalanceInsufficient     = "balance_insufficient"
	codeCardDeclined            = "card_declined"
	codeChargeAlreadyRefunded   = "charge_already_refunded"
	codeChargeDisputed          = "charge_disputed"
	codeExpiredCard             = "expired_card"
	codeIdempotencyKeyInUse     = "idempotency_key_in_use"
	codeIncorrectCVC            = "incorrect_cvc"
	codeIntentInvalidParameter  = "payment_intent_invalid_parameter"
	codeLockTimeout             = "lock_timeout"
	codeParameterInvalidEmpty   = "parameter_invalid_empty"
	codeParameterInvalidInteger = "parameter_invalid_integer"
	codeParameterMissing        = "parameter_missing"
	codeParameterUnknown        = "parameter_unknown"
	codeProcessingError         = "processing_error"
	codeResourceMissing         = "resource_missing"
	codeSecretKeyRequired       = "secret_key_required"
	codeUnexpectedState         = "payment_intent_unexpected_state"
	codeURLInvalid              = "url_invalid"
)

// Error is an answer that says no, as Stripe says it: the value of "error" in
// the body, and of "last_payment_error" in a payment intent.
type Error struct {
	Status        int            `json:"-"`
	Type          string         `json:"type"`
	Code          string         `json:"code,omitempty"`
	DeclineCode   string         `json:"decline_code,omitempty"`
	DocURL        string         `json:"doc_url,omitempty"`
	Message       string         `json:"message"`
	Param         string         `json:"param,omitempty"`
	Charge        string         `json:"charge,omitempty"`
	PaymentIntent *Intent        `json:"payment_intent,omitempty"`
	PaymentMethod *PaymentMethod `json:"payment_method,omitempty"`
}

// ofAttempt is the error as the intent keeps it: without the intent.
func (e *Error) ofAttempt() *Error {
	kept := *e
	kept.PaymentIntent = nil
	return &kept
}

func (e *Error) Error() string {
	return fmt.Sprintf("%s %s: %s", e.Type, e.Code, e.Message)
}

// newError is a 400 unless its caller says otherwise. code may be empty:
// Stripe gives none for a good many of its errors.
func newError(errorType, code, param, format string, args ...any) *Error {
	e := &Error{
		Status:  http.StatusBadRequest,
		Type:    errorType,
		Code:    code,
		Message: fmt.Sprintf(format, args...),
		Param:   param,
	}
	if code != "" {
		e.DocURL = "https://stripe.com/docs/error-codes/" + strings.ReplaceAll(code, "_", "-")
	}
	return e
}

func invalid(code, param, format string, args ...any) *Error {
	return newError(typeInvalidRequest, code, param, format, args...)
}

func invalidInteger(param, format string, args ...any) *Error {
	return invalid(codeParameterInvalidInteger, param, format, args...)
}

func missingParam(param string) *Error {
	return invalid(codeParameterMissing, param, "Missing required param: %s.", param)
}

// exclusive refuses two parameters that rule each other out.
func exclusive(param, other string) *Error {
	return invalid("", param, "You may only specify one of these parameters: %s, %s.", param, other)
}

// missing says that an object named in a parameter does not exist.
func missing(kind, id, param string) *Error {
	return invalid(codeResourceMissing, param, "No such %s: '%s'", kind, id)
}

// notFound says that the object named in the path does not exist.
func notFound(kind, id, param string) *Error {
	e := missing(kind, id, param)
	e.Status = http.StatusNotFound
	return e
}

// unexpectedState says that a payment intent does not allow what was asked of
// it, and shows how it stands.
func unexpectedState(i *Intent, format string, args ...any) *Error {
	e := invalid(codeUnexpectedState, "", format, args...)
	e.PaymentIntent = i
	return e
}

func unrecognizedURL(method, path string) *Error {
	e := invalid("", "", "Unrecognized request URL (%s: %s). If you are trying to list objects, "+
		"remove the trailing slash. If you are trying to retrieve an object, make sure you passed a valid "+
		"(non-empty) identifier in your code.", method, path)
	e.Status = http.StatusNotFound
	return e
}
