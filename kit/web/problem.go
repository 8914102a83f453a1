package web

import (
	"context"
	"encoding/json"
	"errors"
	"math"
	"net/http"
	"strconv"
	"time"

	"ticketx/kit/errs"
)

// defaultRetryAfter is what a 503 advises when the error itself does not say.
const defaultRetryAfter = time.Second

// Problem is the body of every error answer: a problem document (RFC 9457)
// that also carries TicketX's errors array, so that its client understands it.
type Problem struct {
	Type      string       `json:"type"`
	Title     string       `json:"title"`
	Status    int          `json:"status"`
	Detail    string       `json:"detail"`
	Code      string       `json:"code,omitempty"`
	RequestID string       `json:"requestId,omitempty"`
	OrderID   string       `json:"orderId,omitempty"`
	Errors    []errs.Field `json:"errors"`
}

var statuses = map[errs.Kind]int{
	errs.KindInternal:        http.StatusInternalServerError,
	errs.KindInvalid:         http.StatusBadRequest,
	errs.KindUnauthenticated: http.StatusUnauthorized,
	errs.KindPaymentRequired: http.StatusPaymentRequired,
	errs.KindForbidden:       http.StatusForbidden,
	errs.KindNotFound:        http.StatusNotFound,
	errs.KindConflict:        http.StatusConflict,
	errs.KindUnprocessable:   http.StatusUnprocessableEntity,
	errs.KindUnavailable:     http.StatusServiceUnavailable,
}

// problemFor turns err into what the caller may see of it. A deadline that ran
// out on this side is a dependency that did not answer, and a cancelled request
// is a caller who has gone: neither is a fault of ours, so 503, not 500.
func problemFor(err error) (p Problem, retryAfter time.Duration) {
	e, ok := errors.AsType[*errs.Error](err)
	switch {
	case ok && e.Kind != errs.KindInternal:
	case errors.Is(err, context.DeadlineExceeded), errors.Is(err, context.Canceled):
		e = &errs.Error{Kind: errs.KindUnavailable, Message: "The service did not answer in time. Please try again."}
	default:
		e = &errs.Error{Message: "Something went wrong on our side."}
	}
	status := statuses[e.Kind]
	p = Problem{
		Type:    "about:blank",
		Title:   http.StatusText(status),
		Status:  status,
		Detail:  e.Message,
		Code:    e.Code,
		Errors:  e.Fields,
		OrderID: e.OrderID,
	}
	if len(p.Errors) == 0 {
		p.Errors = []errs.Field{{Message: e.Message}}
	}
	if e.Kind == errs.KindUnavailable {
		retryAfter = max(e.RetryAfter, defaultRetryAfter)
	}
	return p, retryAfter
}

// writeProblem answers with the problem document for err. 503 carries
// Retry-After in whole seconds (RFC 9110, 10.2.3).
func writeProblem(w http.ResponseWriter, r *http.Request, err error) {
	p, retryAfter := problemFor(err)
	if retryAfter > 0 {
		w.Header().Set("Retry-After", strconv.Itoa(int(math.Ceil(retryAfter.Seconds()))))
	}
	p.write(w, r)
}

// writeStatus answers a status that no kind of error stands for.
func writeStatus(w http.ResponseWriter, r *http.Request, status int, message string) {
	Problem{
		Type:   "about:blank",
		Title:  http.StatusText(status),
		Status: status,
		Detail: message,
		Errors: []errs.Field{{Message: message}},
	}.write(w, r)
}

func (p Problem) write(w http.ResponseWriter, r *http.Request) {
	p.RequestID = RequestID(r.Context())
	w.Header().Set("Content-Type", "application/problem+json")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(p.Status)
	_ = json.NewEncoder(w).Encode(p) // when the caller has gone, the request log still has the status
}
