package api_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"ticketx/services/auth"
)

const nobody = `{"currentUser":null}`

func TestCurrentUser(t *testing.T) {
	s := newServer(t)
	b := s.browser(t)
	res := b.currentUser()
	assert.Empty(t, res.Cookies())
	answers(t, http.StatusOK, nobody, res)

	user := `{"currentUser":` + bodyOf(t, b.signUp()) + `}`
	s.store.down = true
	res = b.currentUser()
	assert.Empty(t, res.Cookies())
	answers(t, http.StatusOK, user, res) // the access token is taken at its word
}

func TestCurrentUserRenewsTheSession(t *testing.T) {
	s := newServer(t)
	b := s.browser(t)
	user := `{"currentUser":` + bodyOf(t, b.signUp()) + `}`
	before := b.cookies["refresh"]

	delete(b.cookies, "session") // browsers forget it after 15 minutes
	s.clock = s.clock.Add(auth.AccessLifetime)
	answers(t, http.StatusOK, user, b.currentUser())
	assert.Contains(t, b.cookies, "session")
	assert.NotEqual(t, before, b.cookies["refresh"])

	s.clock = s.clock.Add(2 * auth.AccessLifetime) // a browser that did not forget it
	answers(t, http.StatusOK, user, b.currentUser())
}

func TestTwoTabsRenewAtOnce(t *testing.T) {
	s := newServer(t)
	one := s.browser(t)
	user := `{"currentUser":` + bodyOf(t, one.signUp()) + `}`
	two := s.browser(t)
	two.cookies["refresh"] = one.cookies["refresh"]
	delete(one.cookies, "session")

	answers(t, http.StatusOK, user, one.currentUser())
	answers(t, http.StatusOK, user, two.currentUser())
	assert.Contains(t, two.cookies, "session")
	assert.Equal(t, one.cookies["refresh"], two.cookies["refresh"])
}

func TestAStolenTokenEndsTheSession(t *testing.T) {
	s := newServer(t)
	victim := s.browser(t)
	victim.signUp()
	thief := s.browser(t)
	thief.cookies["refresh"] = victim.cookies["refresh"]
	require.Equal(t, http.StatusOK, victim.post("refresh", "").StatusCode)

	s.clock = s.clock.Add(auth.AccessLifetime + auth.Grace)
	answers(t, http.StatusOK, nobody, thief.currentUser())
	assert.Empty(t, thief.cookies)
	answers(t, http.StatusOK, nobody, victim.currentUser())
	assert.Empty(t, victim.cookies)
}

func TestGarbageIsNobodyAndGoes(t *testing.T) {
	s := newServer(t)
	for name, cookies := range map[string]map[string]string{
		"garbage":             {"session": "garbage", "refresh": "garbage"},
		"session alone":       {"session": "garbage"},
		"refresh alone":       {"refresh": "garbage"},
		"unsigned":            {"session": "eyJhbGciOiJub25lIn0.eyJzdWIiOiJtYXJhIn0."},
		"no such session":     {"refresh": strings.Repeat("A", 26) + "." + strings.Repeat("A", 43)},
		"what no store takes": {"refresh": "||." + strings.Repeat("A", 43)},
	} {
		t.Run(name, func(t *testing.T) {
			b := s.browser(t)
			b.cookies = cookies
			answers(t, http.StatusOK, nobody, b.currentUser())
			assert.Empty(t, b.cookies)
		})
	}
}

func TestRefresh(t *testing.T) {
	s := newServer(t)
	b := s.browser(t)
	user := bodyOf(t, b.signUp())
	before := b.cookies["refresh"]

	answers(t, http.StatusOK, user, b.post("refresh", ""))
	assert.NotEqual(t, before, b.cookies["refresh"])

	s.clock = s.clock.Add(auth.RefreshLifetime)
	refuses(t, http.StatusUnauthorized, nil, b.post("refresh", ""))
	assert.Empty(t, b.cookies)
	refuses(t, http.StatusUnauthorized, nil, b.post("refresh", ""))
}

func TestSignOut(t *testing.T) {
	s := newServer(t)
	b := s.browser(t)
	b.signUp()
	token := b.cookies["refresh"]

	answers(t, http.StatusOK, `{}`, b.post("signout", `{}`))
	assert.Empty(t, b.cookies)
	answers(t, http.StatusOK, nobody, b.currentUser())
	b.cookies["refresh"] = token
	refuses(t, http.StatusUnauthorized, nil, b.post("refresh", ""))
}

func TestSignOutTakesWhateverCookiesThereAre(t *testing.T) {
	s := newServer(t)
	for name, cookies := range map[string]map[string]string{
		"none":            {},
		"garbage":         {"session": "garbage", "refresh": "garbage"},
		"no such session": {"refresh": strings.Repeat("A", 26) + "." + strings.Repeat("A", 43)},
	} {
		t.Run(name, func(t *testing.T) {
			b := s.browser(t)
			b.cookies = cookies
			res := b.post("signout", "")
			assert.Len(t, res.Cookies(), 2)
			answers(t, http.StatusOK, `{}`, res)
			assert.Empty(t, b.cookies)
		})
	}
}
