package api

import (
	"net/http"

	kitauth "ticketx/kit/auth"
	"ticketx/kit/errs"
	"ticketx/kit/web"
)

type credentialsRequest struct {
	Email    string `json:"email"`
	Password string `json:"password"`
}

type userResponse struct {
	ID    string `json:"id"`
	Email string `json:"email"`
}

func newUserResponse(p kitauth.Principal) userResponse {
	return userResponse{ID: p.ID, Email: p.Email}
}

type currentUserResponse struct {
	CurrentUser *userResponse `json:"currentUser"`
}

// signUp answers 201 and begins a session.
func (a *API) signUp(w http.ResponseWriter, r *http.Request) error {
	req, err := web.Decode[credentialsRequest](w, r)
	if err != nil {
		return err
	}
	grant, err := a.Users.SignUp(r.Context(), req.Email, req.Password)
	if err != nil {
		return err
	}
	a.give(w, grant)
	return web.Encode(w, http.StatusCreated, newUserResponse(grant.User))
}

// signIn answers 200 and begins a session.
func (a *API) signIn(w http.ResponseWriter, r *http.Request) error {
	req, err := web.Decode[credentialsRequest](w, r)
	if err != nil {
		return err
	}
	grant, err := a.Users.SignIn(r.Context(), req.Email, req.Password)
	if err != nil {
		return err
	}
	a.give(w, grant)
	return web.Encode(w, http.StatusOK, newUserResponse(grant.User))
}

// signOut ends the session and takes the cookies, whatever they hold. When the
// session can't be ended they stay, so that the caller can try again. A body is
// ignored.
func (a *API) signOut(w http.ResponseWriter, r *http.Request) error {
	if cookie, err := r.Cookie(refreshCookie); err == nil {
		if err := a.Users.SignOut(r.Context(), cookie.Value); err != nil {
			return err
		}
	}
	a.take(w)
	return web.Encode(w, http.StatusOK, struct{}{})
}

// refresh renews the session: 200 with the user, or 401, which takes the
// cookies. A body is ignored.
func (a *API) refresh(w http.ResponseWriter, r *http.Request) error {
	user, err := a.renew(w, r)
	if err != nil {
		if errs.Is(err, errs.KindUnauthenticated) {
			a.take(w)
		}
		return err
	}
	return web.Encode(w, http.StatusOK, newUserResponse(user))
}

// currentUser tells who is signed in, and renews a session whose access token
// is over. Cookies that are worth nothing are taken; they are not an error.
func (a *API) currentUser(w http.ResponseWriter, r *http.Request) error {
	user, err := a.whoCalls(w, r)
	if errs.Is(err, errs.KindUnauthenticated) {
		if carriesSession(r) {
			a.take(w)
		}
		return web.Encode(w, http.StatusOK, currentUserResponse{})
	}
	if err != nil {
		return err
	}
	known := newUserResponse(user)
	return web.Encode(w, http.StatusOK, currentUserResponse{CurrentUser: &known})
}

// whoCalls takes the access token at its word and asks the store only without a
// valid one.
func (a *API) whoCalls(w http.ResponseWriter, r *http.Request) (kitauth.Principal, error) {
	if cookie, err := r.Cookie(kitauth.SessionCookie); err == nil {
		user, err := kitauth.Verify(r.Context(), a.Keys, cookie.Value, a.Now)
		if !errs.Is(err, errs.KindUnauthenticated) {
			return user, err
		}
	}
	return a.renew(w, r)
}

// renew buys the caller a new access token.
func (a *API) renew(w http.ResponseWriter, r *http.Request) (kitauth.Principal, error) {
	cookie, err := r.Cookie(refreshCookie)
	if err != nil {
		return kitauth.Principal{}, errs.Unauthenticated("Please sign in first.")
	}
	grant, err := a.Users.Renew(r.Context(), cookie.Value)
	if err != nil {
		return kitauth.Principal{}, err
	}
	a.give(w, grant)
	return grant.User, nil
}
