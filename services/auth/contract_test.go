package auth_test

import (
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"ticketx/kit/daprtest"
	"ticketx/kit/errs"
	"ticketx/kit/state"
	"ticketx/services/auth"
)

// What the documents promise holds on every store: see package daprtest.
func TestOnEveryStore(t *testing.T) {
	daprtest.EachStore(t, func(t *testing.T, store state.Store) {
		t.Run("eight sign-ups of one address make one account", func(t *testing.T) { eightSignUps(t, store) })
		t.Run("a session from sign-up to sign-out", func(t *testing.T) { lifeOfASession(t, store) })
		t.Run("many tabs renew at once", func(t *testing.T) { manyTabs(t, store) })
		t.Run("a replaced token ends the session", func(t *testing.T) { theft(t, store) })
	})
}

func eightSignUps(t *testing.T, store state.Store) {
	w := newWorld(store)
	const crowd = 8
	email := somebody()
	grants, failures := make([]auth.Grant, crowd), make([]error, crowd)
	var ready, done sync.WaitGroup
	ready.Add(crowd)
	for i := range crowd {
		done.Go(func() {
			ready.Done()
			ready.Wait()
			// Each has a password of its own, to see whose account it became.
			grants[i], failures[i] = w.SignUp(t.Context(), email, fmt.Sprint("password of ", i))
		})
	}
	done.Wait()

	winners := 0
	for i, err := range failures {
		_, signInErr := w.SignIn(t.Context(), email, fmt.Sprint("password of ", i))
		if err == nil {
			winners++
			assert.NoError(t, signInErr, "the winner's password opens the account")
			_, err = w.Renew(t.Context(), grants[i].Refresh)
			assert.NoError(t, err, "the winner's session works")
			continue
		}
		kindIs(t, errs.KindConflict, err)
		kindIs(t, errs.KindInvalid, signInErr)
	}
	assert.Equal(t, 1, winners)
}

func lifeOfASession(t *testing.T, store state.Store) {
	w := newWorld(store)
	email := somebody()
	signedUp, err := w.SignUp(t.Context(), "  "+strings.ToUpper(email), password)
	require.NoError(t, err)
	assert.Equal(t, strings.ToUpper(email), signedUp.User.Email, "as it was typed")
	assert.NotEmpty(t, signedUp.User.ID)
	assert.Equal(t, "access of "+signedUp.User.ID+" until 12:15:00", signedUp.Access)

	grant, err := w.SignIn(t.Context(), email, password)
	require.NoError(t, err)
	assert.Equal(t, signedUp.User, grant.User)
	assert.NotEqual(t, signedUp.Refresh, grant.Refresh, "every sign-in is a session of its own")

	w.pass(auth.AccessLifetime)
	renewed, err := w.Renew(t.Context(), grant.Refresh)
	require.NoError(t, err)
	assert.Equal(t, signedUp.User, renewed.User)
	assert.Equal(t, "access of "+signedUp.User.ID+" until 12:30:00", renewed.Access)
	assert.NotEqual(t, grant.Refresh, renewed.Refresh)

	for range 2 {
		require.NoError(t, w.SignOut(t.Context(), renewed.Refresh), "signing out twice is harmless")
	}
	_, err = w.Renew(t.Context(), renewed.Refresh)
	kindIs(t, errs.KindUnauthenticated, err)
	_, err = w.Renew(t.Context(), signedUp.Refresh)
	require.NoError(t, err, "the other session goes on")
	assert.Empty(t, w.log.String())
}

func manyTabs(t *testing.T, store state.Store) {
	w := newWorld(store)
	grant, err := w.SignUp(t.Context(), somebody(), password)
	require.NoError(t, err)

	const tabs = 6
	renewed := make([]string, tabs)
	var all sync.WaitGroup
	for i := range tabs {
		all.Go(func() {
			g, err := w.Renew(t.Context(), grant.Refresh)
			assert.NoError(t, err)
			renewed[i] = g.Refresh
		})
	}
	all.Wait()

	for _, token := range renewed {
		assert.Equal(t, renewed[0], token, "all tabs go on with the same token")
	}
	w.pass(auth.AccessLifetime)
	_, err = w.Renew(t.Context(), renewed[0])
	assert.NoError(t, err)
}

func theft(t *testing.T, store state.Store) {
	w := newWorld(store)
	email := somebody()
	grant, err := w.SignUp(t.Context(), email, password)
	require.NoError(t, err)
	renewed, err := w.Renew(t.Context(), grant.Refresh)
	require.NoError(t, err)

	w.pass(auth.Grace)
	_, err = w.Renew(t.Context(), grant.Refresh)
	kindIs(t, errs.KindUnauthenticated, err)
	_, err = w.Renew(t.Context(), renewed.Refresh)
	kindIs(t, errs.KindUnauthenticated, err)

	logged := w.log.String()
	assert.Contains(t, logged, grant.User.ID)
	assert.Equal(t, 1, strings.Count(logged, "WARN"))
	for _, secret := range []string{email, grant.Refresh, renewed.Refresh} {
		assert.NotContains(t, logged, secret)
	}
	_, err = w.SignIn(t.Context(), email, password)
	assert.NoError(t, err, "the account itself is not locked")
}
