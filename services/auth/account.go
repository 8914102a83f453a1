package auth

import (
	"context"
	"time"

	kitauth "ticketx/kit/auth"
	"ticketx/kit/state"
)

// account is the document that decides who an e-mail address belongs to.
type account struct {
	ID           string    `json:"id"`
	Email        string    `json:"email"` // as it was typed
	PasswordHash string    `json:"passwordHash"`
	CreatedAt    time.Time `json:"createdAt"`
}

// pointer is the document that leads from a user's id to the account. It is
// written first: that the account is this user's is for the account to say.
type pointer struct {
	Account string `json:"account"` // the account's document
}

// accounts are the users as they are stored.
type accounts struct {
	byEmail *state.Collection[account]
	byID    *state.Collection[pointer]
}

func newAccounts(store state.Store) accounts {
	return accounts{
		byEmail: state.NewCollection[account](store, "user-email"),
		byID:    state.NewCollection[pointer](store, "user"),
	}
}

// withEmail returns the account that an address belongs to, and whether there
// is one.
func (a accounts) withEmail(ctx context.Context, email Email) (account, bool, error) {
	return a.byEmail.Load(ctx, email.digest())
}

// user returns the user with the id, and whether there is one.
func (a accounts) user(ctx context.Context, id string) (kitauth.Principal, bool, error) {
	p, found, err := a.byID.Load(ctx, id)
	if err != nil || !found {
		return kitauth.Principal{}, false, err
	}
	acc, found, err := a.byEmail.Load(ctx, p.Account)
	if err != nil || !found || acc.ID != id {
		return kitauth.Principal{}, false, err
	}
	return kitauth.Principal{ID: acc.ID, Email: acc.Email}, true, nil
}

// announce leaves the hint that the user may come to be. It goes before create.
func (a accounts) announce(ctx context.Context, userID string, email Email) error {
	_, err := a.byID.Insert(ctx, userID, pointer{Account: email.digest()})
	return err
}

// create makes the account, or reports false when the address belongs to
// somebody. This write decides.
func (a accounts) create(ctx context.Context, email Email, acc account) (bool, error) {
	return a.byEmail.Insert(ctx, email.digest(), acc)
}
