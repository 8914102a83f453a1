// Package api is auth's HTTP edge.
package api

import (
	"encoding/json"
	"net/http"
	"time"

	"github.com/gorilla/mux"

	kitauth "ticketx/kit/auth"
	"ticketx/kit/web"
	"ticketx/services/auth"
)

// API serves the users and the key set.
type API struct {
	Users *auth.Service
	// KeySet returns the published keys, as a JWK set (RFC 7517).
	KeySet func() (json.RawMessage, error)
	// Keys is the same set, for checking access tokens.
	Keys *kitauth.Keys
	// SecureCookies keeps cookies from travelling over plain HTTP. It is false
	// only in development.
	SecureCookies bool
	Now           func() time.Time
}

// Routes adds what browsers call.
func (a *API) Routes(r *mux.Router) {
	r.Handle("/api/users/signup", web.Handler(a.signUp)).Methods(http.MethodPost)
	r.Handle("/api/users/signin", web.Handler(a.signIn)).Methods(http.MethodPost)
	r.Handle("/api/users/signout", web.Handler(a.signOut)).Methods(http.MethodPost)
	r.Handle("/api/users/refresh", web.Handler(a.refresh)).Methods(http.MethodPost)
	r.Handle("/api/users/currentuser", web.Handler(a.currentUser)).Methods(http.MethodGet)
	r.Handle(kitauth.JWKSPath, web.Handler(a.keySet)).Methods(http.MethodGet)
}

// AppRoutes adds what the other services invoke through their sidecars.
func (a *API) AppRoutes(r *mux.Router) {
	r.Handle(kitauth.JWKSPath, web.Handler(a.keySet)).Methods(http.MethodGet)
}

func (a *API) keySet(w http.ResponseWriter, _ *http.Request) error {
	set, err := a.KeySet()
	if err != nil {
		return err
	}
	return web.Encode(w, http.StatusOK, set)
}
