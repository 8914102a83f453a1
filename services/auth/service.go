package auth

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	kitauth "ticketx/kit/auth"
	"ticketx/kit/errs"
	"ticketx/kit/ids"
	"ticketx/kit/state"
)

// Passwords hashes passwords and compares them with their hashes. Both answer
// errs.KindUnavailable when too many ask at once.
type Passwords interface {
	Hash(ctx context.Context, password string) (string, error)
	// Matches reports whether hash is the password's. An empty hash, for an
	// account that is not there, never matches and takes as long as one that
	// is.
	Matches(ctx context.Context, password, hash string) (bool, error)
}

// Signer signs access tokens. Without keys it answers errs.KindUnavailable.
type Signer interface {
	Sign(claims kitauth.Claims) (string, error)
}

// What the callers of the use cases are told. None says more than the caller
// may know.
var (
	errEmailTaken = &errs.Error{
		Kind:    errs.KindConflict,
		Message: "This e-mail address is already in use.",
		Fields:  []errs.Field{{Message: "This e-mail address is already in use.", Field: "email"}},
	}
	errCredentials = &errs.Error{
		Kind:    errs.KindInvalid,
		Message: "The e-mail address or the password is wrong.",
	}
	errSessionOver = errs.Unauthenticated("Please sign in first.")
)

// Grant is what somebody who proved who they are goes away with.
type Grant struct {
	User   kitauth.Principal
	Access string // the access token
	// Refresh is the refresh token to use from now on; empty when that is the
	// one which was presented.
	Refresh string
}

// Service is what auth does. It is safe for concurrent use.
type Service struct {
	accounts  accounts
	sessions  *state.Collection[Session]
	passwords Passwords
	signer    Signer
	logger    *slog.Logger
	now       func() time.Time
}

// NewService returns the service over the store.
func NewService(store state.Store, passwords Passwords, signer Signer, logger *slog.Logger, now func() time.Time) *Service {
	return &Service{
		accounts:  newAccounts(store),
		sessions:  state.NewCollection[Session](store, "session"),
		passwords: passwords,
		signer:    signer,
		logger:    logger,
		now:       func() time.Time { return now().UTC() },
	}
}

// SignUp makes an account and begins a session. Input that breaks a rule is
// errs.KindInvalid, an address that belongs to somebody errs.KindConflict.
//
// The session is written before the account, as a hint of what may come to be:
// once the account exists nothing is left that could fail.
func (s *Service) SignUp(ctx context.Context, email, password string) (Grant, error) {
	address, password, err := newCredentials(email, password)
	if err != nil {
		return Grant{}, err
	}
	// The write below decides; this look spares the hash of a lost cause.
	if _, taken, err := s.accounts.withEmail(ctx, address); err != nil {
		return Grant{}, fmt.Errorf("look for an account: %w", err)
	} else if taken {
		return Grant{}, errEmailTaken
	}
	hash, err := s.passwords.Hash(ctx, password)
	if err != nil {
		return Grant{}, fmt.Errorf("hash a password: %w", err)
	}
	user := kitauth.Principal{ID: ids.New(), Email: address.String()}
	if err := s.accounts.announce(ctx, user.ID, address); err != nil {
		return Grant{}, fmt.Errorf("announce user %s: %w", user.ID, err)
	}
	grant, err := s.begin(ctx, user)
	if err != nil {
		return Grant{}, err
	}
	created, err := s.accounts.create(ctx, address, account{
		ID: user.ID, Email: user.Email, PasswordHash: hash, CreatedAt: s.now(),
	})
	switch {
	case err != nil:
		return Grant{}, fmt.Errorf("create the account of user %s: %w", user.ID, err)
	case !created:
		return Grant{}, errEmailTaken
	}
	return grant, nil
}

// SignIn begins a session. Input that breaks a rule and credentials that do not
// fit are errs.KindInvalid; whether the account exists shows neither in the
// answer nor in the time it takes.
func (s *Service) SignIn(ctx context.Context, email, password string) (Grant, error) {
	address, password, err := givenCredentials(email, password)
	if err != nil {
		return Grant{}, err
	}
	acc, _, err := s.accounts.withEmail(ctx, address)
	if err != nil {
		return Grant{}, fmt.Errorf("look for an account: %w", err)
	}
	fits, err := s.passwords.Matches(ctx, password, acc.PasswordHash)
	switch {
	case err != nil:
		return Grant{}, fmt.Errorf("check a password: %w", err)
	case !fits:
		return Grant{}, errCredentials
	}
	return s.begin(ctx, kitauth.Principal{ID: acc.ID, Email: acc.Email})
}

// begin begins a session of the user.
func (s *Service) begin(ctx context.Context, user kitauth.Principal) (Grant, error) {
	access, err := s.sign(user)
	if err != nil {
		return Grant{}, err
	}
	started, token := newSession(user.ID, s.now())
	if _, err := s.sessions.Insert(ctx, started.ID, started); err != nil {
		return Grant{}, fmt.Errorf("begin a session of user %s: %w", user.ID, err)
	}
	return Grant{User: user, Access: access, Refresh: token.String()}, nil
}

func (s *Service) sign(user kitauth.Principal) (string, error) {
	now := s.now()
	access, err := s.signer.Sign(kitauth.NewClaims(user, now, now.Add(AccessLifetime)))
	if err != nil {
		return "", fmt.Errorf("sign the access token of user %s: %w", user.ID, err)
	}
	return access, nil
}

// Renew buys an access token with a refresh token. A token that is malformed,
// unknown, over or replaced is errs.KindUnauthenticated; using a replaced one
// ends its session.
func (s *Service) Renew(ctx context.Context, refresh string) (Grant, error) {
	token, ok := parseRefreshToken(refresh)
	if !ok {
		return Grant{}, errSessionOver
	}
	current, found, err := s.sessions.Load(ctx, token.sessionID())
	if err != nil {
		return Grant{}, fmt.Errorf("look for a session: %w", err)
	}
	if !found || current.over(s.now()) {
		return Grant{}, errSessionOver
	}
	// Whatever can fail comes before the write that replaces the token.
	user, found, err := s.accounts.user(ctx, current.UserID)
	if err != nil {
		return Grant{}, fmt.Errorf("look for user %s: %w", current.UserID, err)
	}
	if !found {
		return Grant{}, errSessionOver
	}
	access, err := s.sign(user)
	if err != nil {
		return Grant{}, err
	}
	next, worth, err := s.use(ctx, token)
	switch {
	case err != nil:
		return Grant{}, fmt.Errorf("renew a session of user %s: %w", user.ID, err)
	case worth == reused:
		s.logger.WarnContext(ctx, "a replaced refresh token was used; its session is ended", "user", user.ID)
	}
	if !worth.good() {
		return Grant{}, errSessionOver
	}
	grant := Grant{User: user, Access: access}
	if next != "" {
		grant.Refresh = refreshToken{session: token.session, secret: next}.String()
	}
	return grant, nil
}

// use has the session decide what the token is worth.
func (s *Service) use(ctx context.Context, token refreshToken) (next string, worth verdict, err error) {
	_, err = s.sessions.Update(ctx, token.sessionID(), func(doc *Session, found bool) error {
		next, worth = "", refused
		if found {
			next, worth = doc.renew(token.secret, s.now())
		}
		if !worth.changes() {
			return state.ErrUnchanged
		}
		return nil
	})
	return next, worth, err
}

// SignOut ends the session that the refresh token belongs to. A token of no
// session, or of one that is over, is no error.
func (s *Service) SignOut(ctx context.Context, refresh string) error {
	token, ok := parseRefreshToken(refresh)
	if !ok {
		return nil
	}
	_, err := s.sessions.Update(ctx, token.sessionID(), func(doc *Session, found bool) error {
		if !found || !doc.end(endedBySignOut, s.now()) {
			return state.ErrUnchanged
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("end a session: %w", err)
	}
	return nil
}
