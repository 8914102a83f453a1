package api

import (
	"net/http"
	"time"

	kitauth "ticketx/kit/auth"
	"ticketx/services/auth"
)

const (
	// refreshCookie is the cookie that holds the refresh token.
	refreshCookie = "refresh"
	// refreshPath keeps the refresh token away from the other services.
	refreshPath = "/api/users"
)

// give sets the cookies of a session. They are SameSite=Lax, so that no other
// site can make a signed-in browser change anything, and HttpOnly, so that no
// script can read them.
func (a *API) give(w http.ResponseWriter, g auth.Grant) {
	a.set(w, kitauth.SessionCookie, "/", g.Access, auth.AccessLifetime)
	if g.Refresh != "" {
		a.set(w, refreshCookie, refreshPath, g.Refresh, auth.RefreshLifetime)
	}
}

// take has the browser forget both cookies.
func (a *API) take(w http.ResponseWriter) {
	a.set(w, kitauth.SessionCookie, "/", "", -time.Second)
	a.set(w, refreshCookie, refreshPath, "", -time.Second)
}

// set sets a cookie for as long as lifetime, or, where that is negative, has it
// forgotten.
func (a *API) set(w http.ResponseWriter, name, path, value string, lifetime time.Duration) {
	http.SetCookie(w, &http.Cookie{
		Name:     name,
		Value:    value,
		Path:     path,
		MaxAge:   int(lifetime.Seconds()),
		HttpOnly: true,
		Secure:   a.SecureCookies,
		SameSite: http.SameSiteLaxMode,
	})
}

// carriesSession reports whether the caller holds any cookie of a session.
func carriesSession(r *http.Request) bool {
	for _, c := range r.Cookies() {
		if c.Name == kitauth.SessionCookie || c.Name == refreshCookie {
			return true
		}
	}
	return false
}
