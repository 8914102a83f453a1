package web

import (
	"encoding/base64"
	"errors"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"ticketx/kit/errs"
)

func page(query string) (Page, *http.Request, error) {
	r := httptest.NewRequest(http.MethodGet, "/api/things?"+query, http.NoBody)
	p, err := ReadPage(r)
	return p, r, err
}

func TestPages(t *testing.T) {
	first, r, err := page("")
	require.NoError(t, err)
	assert.Equal(t, Page{Position: -1, Limit: 100}, first)

	w := httptest.NewRecorder()
	first.LinkNext(w, r, 0)
	assert.Empty(t, w.Header().Get("Link"), "that is all")

	some, r, err := page("limit=7")
	require.NoError(t, err)
	some.LinkNext(w, r, 42)
	link, relation, found := strings.Cut(w.Header().Get("Link"), "; ")
	require.True(t, found)
	assert.Equal(t, `rel="next"`, relation)
	next, err := url.Parse(strings.Trim(link, "<>"))
	require.NoError(t, err)
	assert.Equal(t, "/api/things", next.Path)
	second, _, err := page(next.RawQuery)
	require.NoError(t, err)
	assert.Equal(t, Page{Position: 42, Limit: 7}, second)
}

func TestNoPages(t *testing.T) {
	for query, fields := range map[string][]string{
		"limit=0":                    {"limit"},
		"limit=101":                  {"limit"},
		"limit=x":                    {"limit"},
		"cursor=":                    {"cursor"},
		"cursor=7":                   {"cursor"},
		"cursor=%20":                 {"cursor"},
		"cursor=" + encodeCursor(0):  {"cursor"},
		"cursor=" + encodeCursor(-1): {"cursor"},
		"cursor=" + base64.RawURLEncoding.EncodeToString([]byte("+1")):                {"cursor"},
		"cursor=" + base64.RawURLEncoding.EncodeToString([]byte("99999999999999999")): {"cursor"},
		"offset=1":              {"offset"},
		"q=a&limit=0&cursor=x!": {"cursor", "limit", "q"},
	} {
		_, _, err := page(query)
		invalid, ok := errors.AsType[*errs.Error](err)
		require.True(t, ok, "%s: %v", query, err)
		assert.Equal(t, errs.KindInvalid, invalid.Kind)
		var named []string
		for _, f := range invalid.Fields {
			named = append(named, f.Field)
		}
		assert.Equal(t, fields, named, query)
	}
}
