// Package errs gives an error a meaning that survives the way from where it is
// known to the edge that answers. A domain says what went wrong (a Kind, a
// sentence for people, the fields concerned); only the web edge turns that
// into a status. Whatever nobody classified is Internal and is never shown.
package errs

import (
	"errors"
	"time"
)

// Kind is what an error means to a caller. The zero Kind is Internal.
type Kind int

// The kinds, in the order of the statuses the web edge gives them.
const (
	KindInternal        Kind = iota // 500: unclassified; the cause is logged, never shown
	KindInvalid                     // 400: the input can never be right
	KindUnauthenticated             // 401: nobody is signed in
	KindPaymentRequired             // 402: the card was declined
	KindForbidden                   // 403: signed in, but not theirs
	KindNotFound                    // 404
	KindConflict                    // 409: right input, wrong state
	KindUnprocessable               // 422: right by itself, and contrary to what was sent before
	KindUnavailable                 // 503: try again later; nothing was decided
)

// Field is one thing wrong with the input, in TicketX's form.
type Field struct {
	Message string `json:"message"`
	Field   string `json:"field,omitempty"`
	// Code is what is wrong, for machines, where only the service can know it: a
	// client then says it in the language of its user. Limit is the bound it is about.
	Code  string `json:"code,omitempty"`
	Limit string `json:"limit,omitempty"`
}

// The codes of a Field.
const (
	TooSmall = "too_small" // less than Limit
	TooLarge = "too_large" // more than Limit
	Step     = "step"      // no multiple of Limit
	Required = "required"  // not given
)

// Error is a classified error. Message and Fields are shown to the caller; the
// cause is only logged.
type Error struct {
	Kind       Kind
	Message    string
	Fields     []Field
	Code       string        // a machine-readable reason, such as Stripe's decline code
	OrderID    string        // the caller's own order that is in the way, if one is
	RetryAfter time.Duration // for KindUnavailable; zero means the edge's default
	cause      error
}

// Error implements error, with the cause, for logs.
func (e *Error) Error() string {
	msg := e.Message
	for _, f := range e.Fields {
		msg += "; " + f.Field + ": " + f.Message
	}
	if e.cause != nil {
		msg += ": " + e.cause.Error()
	}
	return msg
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.cause }

// Invalid says that one input field is wrong.
func Invalid(field, message string) error {
	return &Error{Kind: KindInvalid, Message: message, Fields: []Field{{Message: message, Field: field}}}
}

// Beyond says that one input field is not within a limit; code is one of a Field's.
func Beyond(field, code, limit, message string) error {
	return &Error{
		Kind: KindInvalid, Message: message,
		Fields: []Field{{Message: message, Field: field, Code: code, Limit: limit}},
	}
}

// InvalidFields says that several input fields are wrong. It returns nil when
// there are none, so that a validation can end with it.
func InvalidFields(fields []Field) error {
	if len(fields) == 0 {
		return nil
	}
	return &Error{Kind: KindInvalid, Message: "The request has invalid fields.", Fields: fields}
}

// Unauthenticated says that the caller must sign in first.
func Unauthenticated(message string) error {
	return &Error{Kind: KindUnauthenticated, Message: message}
}

// PaymentRequired says that the payment was declined; code is the processor's
// reason for machines.
func PaymentRequired(code, message string) error {
	return &Error{Kind: KindPaymentRequired, Message: message, Code: code}
}

// Forbidden says that the thing belongs to somebody else.
func Forbidden(message string) error { return &Error{Kind: KindForbidden, Message: message} }

// NotFound says that there is no such thing.
func NotFound(message string) error { return &Error{Kind: KindNotFound, Message: message} }

// Conflict says that the thing is in the wrong state for the request.
func Conflict(message string) error { return &Error{Kind: KindConflict, Message: message} }

// ConflictOf is Conflict with the reason for machines.
func ConflictOf(code, message string) error {
	return &Error{Kind: KindConflict, Message: message, Code: code}
}

// Unprocessable says that the request contradicts an earlier one.
func Unprocessable(message string) error { return &Error{Kind: KindUnprocessable, Message: message} }

// Unavailable says that something the request needs does not answer now, and
// that trying again later may work. The cause is logged, not shown.
func Unavailable(message string, cause error) error {
	return &Error{Kind: KindUnavailable, Message: message, cause: cause}
}

// CodeOf returns the reason for machines of the first classified error in err's
// chain, if it has one.
func CodeOf(err error) string {
	if e, ok := errors.AsType[*Error](err); ok {
		return e.Code
	}
	return ""
}

// KindOf returns the kind of the first classified error in err's chain.
func KindOf(err error) Kind {
	if e, ok := errors.AsType[*Error](err); ok {
		return e.Kind
	}
	return KindInternal
}

// Is reports whether err is classified as kind.
func Is(err error, kind Kind) bool { return err != nil && KindOf(err) == kind }
