package api_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"ticketx/services/auth"
)

func TestSignUpAnswersTheUserAndTwoCookies(t *testing.T) {
	for name, secure := range map[string]bool{"development": false, "production": true} {
		t.Run(name, func(t *testing.T) {
			var options []option
			if secure {
				options = append(options, secureCookies)
			}
			res := newServer(t, options...).browser(t).signUp()

			var user struct{ ID, Email string }
			require.NoError(t, json.Unmarshal([]byte(bodyOf(t, res)), &user))
			assert.NotEmpty(t, user.ID)
			assert.Equal(t, email, user.Email)
			cookies := res.Cookies()
			require.Len(t, cookies, 2)
			for _, c := range cookies {
				assert.True(t, c.HttpOnly)
				assert.Equal(t, http.SameSiteLaxMode, c.SameSite)
				assert.Equal(t, secure, c.Secure)
			}
			assert.Equal(t, "session", cookies[0].Name)
			assert.Equal(t, "/", cookies[0].Path)
			assert.Equal(t, 15*60, cookies[0].MaxAge)
			assert.Equal(t, "refresh", cookies[1].Name)
			assert.Equal(t, "/api/users", cookies[1].Path)
			assert.Equal(t, 30*24*60*60, cookies[1].MaxAge)
		})
	}
}

func TestAnAddressCanBeTakenOnce(t *testing.T) {
	s := newServer(t)
	s.browser(t).signUp()

	b := s.browser(t)
	res := b.post("signup", `{"email":" mara@example.COM","password":"another horse"}`)
	p := refuses(t, http.StatusConflict, []string{"email"}, res)
	assert.Contains(t, p.Errors[0].Message, "in use")
	assert.Empty(t, b.cookies)
}

func TestSignInAnswersTheUserAndTwoCookies(t *testing.T) {
	s := newServer(t)
	user := bodyOf(t, s.browser(t).signUp())

	b := s.browser(t)
	answers(t, http.StatusOK, user, b.post("signin", `{"email":"mara@example.com","password":"correct horse"}`))
	assert.Contains(t, b.cookies, "session")
	assert.Contains(t, b.cookies, "refresh")
}

func TestWrongCredentialsAnswerTheSame(t *testing.T) {
	s := newServer(t)
	s.browser(t).signUp()
	b := s.browser(t)

	wrong := refuses(t, http.StatusBadRequest, nil, b.post("signin", `{"email":"mara@example.com","password":"wrong horse"}`))
	unknown := refuses(t, http.StatusBadRequest, nil, b.post("signin", `{"email":"jo@example.com","password":"correct horse"}`))

	wrong.RequestID, unknown.RequestID = "", ""
	assert.Equal(t, wrong, unknown)
	assert.Empty(t, b.cookies)
}

func TestBadInputIsNamed(t *testing.T) {
	rows := []struct {
		name, body string
		fields     []string
	}{
		{"no body", "", []string{"body"}},
		{"malformed", `{"email":`, []string{"body"}},
		{"not an object", `["mara"]`, []string{"body"}},
		{"two values", account + account, []string{"body"}},
		{"too large", `{"email":"` + strings.Repeat("a", 65<<10) + `"}`, []string{"body"}},
		{"unknown field", `{"email":"mara@example.com","password":"correct horse","admin":true}`, []string{"admin"}},
		{"e-mail of a wrong type", `{"email":1,"password":"correct horse"}`, []string{"email"}},
		{"password of a wrong type", `{"email":"mara@example.com","password":["correct horse"]}`, []string{"password"}},
		{"null", `null`, []string{"body"}},
		{"empty", `{}`, []string{"email", "password"}},
		{"not an e-mail", `{"email":"mara","password":"correct horse"}`, []string{"email"}},
		{"password too long", `{"email":"mara@example.com","password":"` + strings.Repeat("p", 129) + `"}`, []string{"password"}},
	}
	b := newServer(t).browser(t)
	for _, call := range []string{"signup", "signin"} {
		for _, row := range rows {
			t.Run(call+" "+row.name, func(t *testing.T) {
				refuses(t, http.StatusBadRequest, row.fields, b.post(call, row.body))
			})
		}
	}
	refuses(t, http.StatusBadRequest, []string{"password"}, b.post("signup", `{"email":"mara@example.com","password":"short"}`))
}

func TestAStoreThatIsDown(t *testing.T) {
	s := newServer(t)
	b := s.browser(t)
	b.signUp()
	s.store.down = true
	s.clock = s.clock.Add(2 * auth.AccessLifetime)

	for _, call := range []string{"signup", "signin"} {
		refuses(t, http.StatusServiceUnavailable, nil, b.post(call, account))
	}
	for _, call := range []string{"signout", "refresh"} {
		refuses(t, http.StatusServiceUnavailable, nil, b.post(call, ""))
	}
	refuses(t, http.StatusServiceUnavailable, nil, b.currentUser())
	assert.Len(t, b.cookies, 2, "nobody is signed out by it")
}

func TestWithoutKeys(t *testing.T) {
	s := newServer(t, withoutKeys)
	b := s.browser(t)
	refuses(t, http.StatusServiceUnavailable, nil, b.do(http.MethodGet, "/readyz", ""))
	refuses(t, http.StatusServiceUnavailable, nil, b.do(http.MethodGet, "/.well-known/jwks.json", ""))
	refuses(t, http.StatusServiceUnavailable, nil, b.post("signup", account))
	answers(t, http.StatusOK, nobody, b.currentUser())
	answers(t, http.StatusOK, `{}`, b.post("signout", ""))
}

func TestTheKeySetIsPublishedOnBothListeners(t *testing.T) {
	s := newServer(t)
	public := s.browser(t).do(http.MethodGet, "/.well-known/jwks.json", "")
	s.http = s.app
	app := s.browser(t).do(http.MethodGet, "/.well-known/jwks.json", "")

	require.Equal(t, http.StatusOK, public.StatusCode)
	set := bodyOf(t, public)
	assert.Contains(t, set, `"kid":"test"`)
	answers(t, http.StatusOK, set, app)
}

func TestWhatIsNotServed(t *testing.T) {
	b := newServer(t).browser(t)
	refuses(t, http.StatusNotFound, nil, b.do(http.MethodGet, "/api/users", ""))
	refuses(t, http.StatusNotFound, nil, b.do(http.MethodDelete, "/api/users", ""))
	refuses(t, http.StatusMethodNotAllowed, nil, b.do(http.MethodGet, "/api/users/signup", ""))
	refuses(t, http.StatusMethodNotAllowed, nil, b.do(http.MethodGet, "/api/users/signout", ""))
}

func TestLogsTellNoSecrets(t *testing.T) {
	s := newServer(t)
	b := s.browser(t)
	b.signUp()
	told := []string{email, strings.ToLower(email), password, b.cookies["session"], b.cookies["refresh"]}
	b.post("signup", account)
	b.post("signin", account)
	b.post("signin", `{"email":"mara@example.com","password":"wrong horse"}`)
	b.post("refresh", "")
	s.clock = s.clock.Add(auth.AccessLifetime + auth.Grace)
	b.cookies["refresh"] = told[4]
	b.currentUser()
	s.store.down = true
	b.post("signin", account)
	b.post("signout", "")

	require.Contains(t, s.log.String(), "/api/users/signin")
	for _, secret := range append(told, "wrong horse") {
		assert.NotContains(t, s.log.String(), secret)
	}
	name, _, _ := strings.Cut(told[4], ".")
	assert.NotContains(t, s.log.String(), name, "half a token is a secret too")
}
