// Package web is the HTTP edge every service shares: handlers that return
// errors, bodies that are decoded strictly, problem documents, one log line
// per request, health, and a shutdown that drains.
package web

import (
	"encoding/json"
	"net/http"

	"github.com/gorilla/mux"

	"ticketx/kit/errs"
)

// Handler adapts a function that returns an error. The error is answered as a
// problem document; its cause is logged once, by the request log. It takes no query
// parameters: one that nobody reads is a mistake, and is answered with 400.
type Handler func(w http.ResponseWriter, r *http.Request) error

// ServeHTTP implements http.Handler.
func (h Handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.URL.RawQuery != "" {
		Fail(w, r, errs.Invalid("query", "This address takes no query parameters."))
		return
	}
	QueryHandler(h).ServeHTTP(w, r)
}

// QueryHandler is a Handler whose function reads the query parameters, and refuses
// those that it does not know.
type QueryHandler func(w http.ResponseWriter, r *http.Request) error

// ServeHTTP implements http.Handler.
func (h QueryHandler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if err := h(w, r); err != nil {
		Fail(w, r, err)
	}
}

// Fail answers with the problem document for err and hands the cause to the
// request log. It is for middleware; handlers return their errors.
func Fail(w http.ResponseWriter, r *http.Request, err error) {
	recordFailure(r.Context(), err)
	writeProblem(w, r, err)
}

// Encode answers with v as JSON.
func Encode(w http.ResponseWriter, status int, v any) error {
	body, err := json.Marshal(v)
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_, _ = w.Write(body) // when the caller has gone, nobody is left to tell
	return nil
}

// NotFound answers 404 for a path that no route serves.
var NotFound = QueryHandler(func(http.ResponseWriter, *http.Request) error {
	return errs.NotFound("There is nothing at this address.")
})

// MethodNotAllowed answers 405 for a path that router serves with other methods,
// and names those (RFC 9110, 15.5.6).
func MethodNotAllowed(router *mux.Router) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		other := r.Clone(r.Context())
		for _, other.Method = range []string{http.MethodGet, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete} {
			if match := (mux.RouteMatch{}); router.Match(other, &match) && match.MatchErr == nil {
				w.Header().Add("Allow", other.Method)
			}
		}
		writeStatus(w, r, http.StatusMethodNotAllowed, "This address does not take "+r.Method+".")
	})
}
