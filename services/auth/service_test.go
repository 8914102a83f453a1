package auth_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	kitauth "ticketx/kit/auth"
	"ticketx/kit/errs"
	"ticketx/kit/state"
	"ticketx/kit/state/statetest"
	"ticketx/services/auth"
)

const password = "correct horse"

// plain stands for a password hash: rules do not depend on how it is made.
type plain struct{}

func (plain) Hash(_ context.Context, password string) (string, error) { return "#" + password, nil }

func (plain) Matches(_ context.Context, password, hash string) (bool, error) {
	return hash == "#"+password, nil
}

// signer signs nothing; err is what it fails with.
type signer struct{ err error }

func (s *signer) Sign(c kitauth.Claims) (string, error) {
	return fmt.Sprintf("access of %s until %s", c.Subject, c.ExpiresAt.UTC().Format(time.TimeOnly)), s.err
}

// world is a service with everything around it that tests steer.
type world struct {
	*auth.Service
	signer signer
	log    bytes.Buffer
	clock  time.Time
}

func newWorld(store state.Store) *world {
	w := &world{clock: time.Date(2026, 10, 5, 12, 0, 0, 0, time.UTC)}
	w.Service = auth.NewService(store, plain{}, &w.signer, slog.New(slog.NewTextHandler(&w.log, nil)),
		func() time.Time { return w.clock })
	return w
}

func (w *world) pass(d time.Duration) { w.clock = w.clock.Add(d) }

// somebody returns an address that no other test and no earlier run has used.
func somebody() string { return strings.ToLower(rand.Text()) + "@example.com" }

func kindIs(t *testing.T, kind errs.Kind, err error) {
	t.Helper()
	require.Error(t, err)
	assert.Equal(t, kind, errs.KindOf(err), "%v", err)
}

func TestSignUpJudgesItsInput(t *testing.T) {
	rows := []struct {
		name, email, password string
		fields                []string
	}{
		{"all good", somebody(), "12345678", nil},
		{"the longest password", somebody(), strings.Repeat("p", 128), nil},
		{"characters are counted, not bytes", somebody(), strings.Repeat("\u00e4", 128), nil},
		{"however they are written", somebody(), strings.Repeat("a\u0308", 128), nil},
		{"nothing given", "", "", []string{"email", "password"}},
		{"not an address", "mara", password, []string{"email"}},
		{"short password", somebody(), "1234567", []string{"password"}},
		{"long password", somebody(), strings.Repeat("p", 129), []string{"password"}},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			_, err := newWorld(state.NewMemory()).SignUp(t.Context(), row.email, row.password)
			wrongFields(t, row.fields, err)
		})
	}
}

func TestSignInJudgesItsInput(t *testing.T) {
	rows := []struct {
		name, email, password string
		fields                []string
	}{
		{"nothing given", "", "", []string{"email", "password"}},
		{"not an address", "mara", password, []string{"email"}},
		{"no password", somebody(), "", []string{"password"}},
		{"long password", somebody(), strings.Repeat("p", 129), []string{"password"}},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			_, err := newWorld(state.NewMemory()).SignIn(t.Context(), row.email, row.password)
			wrongFields(t, row.fields, err)
		})
	}
}

func wrongFields(t *testing.T, want []string, err error) {
	t.Helper()
	if want == nil {
		require.NoError(t, err)
		return
	}
	kindIs(t, errs.KindInvalid, err)
	e, _ := errors.AsType[*errs.Error](err)
	var got []string
	for _, f := range e.Fields {
		got = append(got, f.Field)
	}
	assert.Equal(t, want, got)
}

func TestThePasswordIsTheSameHoweverItIsWritten(t *testing.T) {
	w := newWorld(state.NewMemory())
	email := somebody()
	_, err := w.SignUp(t.Context(), email, "gr\u00fc\u00dfe an alle")
	require.NoError(t, err)
	_, err = w.SignIn(t.Context(), email, "gru\u0308\u00dfe an alle")
	assert.NoError(t, err)
}

func TestWrongCredentialsDoNotTellWhetherTheAccountExists(t *testing.T) {
	w := newWorld(state.NewMemory())
	email := somebody()
	_, err := w.SignUp(t.Context(), email, password)
	require.NoError(t, err)

	_, wrong := w.SignIn(t.Context(), email, "wrong horse")
	_, nobody := w.SignIn(t.Context(), somebody(), password)

	kindIs(t, errs.KindInvalid, wrong)
	assert.Equal(t, wrong, nobody)
}

func TestATakenAddressIsNamed(t *testing.T) {
	w := newWorld(state.NewMemory())
	email := somebody()
	_, err := w.SignUp(t.Context(), email, password)
	require.NoError(t, err)

	_, err = w.SignUp(t.Context(), strings.ToUpper(email), password)

	kindIs(t, errs.KindConflict, err)
	e, _ := errors.AsType[*errs.Error](err)
	assert.Equal(t, "email", e.Fields[0].Field)
	assert.NotContains(t, err.Error(), email)
}

// Whichever write of a sign-up fails, trying again works.
func TestSignUpSurvivesEveryLostWrite(t *testing.T) {
	const writes = 3
	for nth := 1; nth <= writes; nth++ {
		t.Run(fmt.Sprint("write ", nth), func(t *testing.T) {
			store := statetest.FailNth(state.NewMemory(), nth, statetest.FailsBefore)
			w := newWorld(store)
			email := somebody()

			_, err := w.SignUp(t.Context(), email, password)
			kindIs(t, errs.KindUnavailable, err)
			assert.NotContains(t, err.Error(), email)

			grant, err := w.SignUp(t.Context(), email, password)
			require.NoError(t, err)
			_, err = w.Renew(t.Context(), grant.Refresh)
			assert.NoError(t, err)
		})
		t.Run(fmt.Sprint("answer to write ", nth), func(t *testing.T) {
			store := statetest.FailNth(state.NewMemory(), nth, statetest.FailsAfter)
			_, err := newWorld(store).SignUp(t.Context(), somebody(), password)
			require.NoError(t, err)
			assert.Equal(t, writes, store.Writes(), "the write that decides is the last")
		})
	}
}

func TestNothingHappensWithoutKeys(t *testing.T) {
	w := newWorld(state.NewMemory())
	email := somebody()
	grant, err := w.SignUp(t.Context(), email, password)
	require.NoError(t, err)
	w.signer.err = errs.Unavailable("no keys", nil)

	_, err = w.SignUp(t.Context(), "another-"+email, password)
	kindIs(t, errs.KindUnavailable, err)
	_, err = w.SignIn(t.Context(), email, password)
	kindIs(t, errs.KindUnavailable, err)
	_, err = w.Renew(t.Context(), grant.Refresh)
	kindIs(t, errs.KindUnavailable, err)

	w.signer.err = nil
	_, err = w.SignUp(t.Context(), "another-"+email, password)
	require.NoError(t, err, "the address was not taken")
	w.pass(auth.Grace)
	_, err = w.Renew(t.Context(), grant.Refresh)
	assert.NoError(t, err, "the token was not used up")
}

// down is a store that does not answer.
type down struct{}

func (down) Read(context.Context, ...string) ([]state.Item, error) {
	return nil, errs.Unavailable("down", nil)
}

func (down) Write(context.Context, string, []byte, string) error {
	return errs.Unavailable("down", nil)
}

func TestAStoreThatIsDown(t *testing.T) {
	up := newWorld(state.NewMemory())
	grant, err := up.SignUp(t.Context(), somebody(), password)
	require.NoError(t, err)
	w := newWorld(down{})

	_, err = w.SignUp(t.Context(), somebody(), password)
	kindIs(t, errs.KindUnavailable, err)
	_, err = w.SignIn(t.Context(), somebody(), password)
	kindIs(t, errs.KindUnavailable, err)
	_, err = w.Renew(t.Context(), grant.Refresh)
	kindIs(t, errs.KindUnavailable, err)
	kindIs(t, errs.KindUnavailable, w.SignOut(t.Context(), grant.Refresh))
	assert.NoError(t, w.SignOut(t.Context(), "garbage"), "there is nothing to end")
}
