package web_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"ticketx/kit/errs"
	"ticketx/kit/web"
)

// listing has a field of every kind a request of ours has.
type listing struct {
	Title  string          `json:"title"`
	Price  json.RawMessage `json:"price"`
	Count  int             `json:"count"`
	Public bool            `json:"public"`
	Tags   []string        `json:"tags"`
	Venue  struct {
		Name string `json:"name"`
	} `json:"venue"`
	Note *string `json:"note"`
}

func decode(body string) (listing, error) {
	r := httptest.NewRequest(http.MethodPost, "/", strings.NewReader(body))
	return web.Decode[listing](httptest.NewRecorder(), r)
}

func TestDecode(t *testing.T) {
	got, err := decode(" {\"title\":\"Zürich\\u0021\",\"price\":25.50,\"count\":2,\"public\":true,\n\"tags\":[\"a\"],\"venue\":{\"name\":\"hall\"},\"note\":null}\r\n\t ")
	require.NoError(t, err)
	want := listing{Title: "Zürich!", Price: json.RawMessage("25.50"), Count: 2, Public: true, Tags: []string{"a"}}
	want.Venue.Name = "hall"
	assert.Equal(t, want, got)

	got, err = decode(`{}`)
	require.NoError(t, err)
	assert.Zero(t, got)
}

func TestDecodeRefuses(t *testing.T) {
	titled := func(size int) string {
		return `{"title":"` + strings.Repeat("x", size-len(`{"title":""}`)) + `"}`
	}
	for name, c := range map[string]struct {
		body  string
		field string
	}{
		"nothing":                  {``, "body"},
		"white space":              {" \n\t ", "body"},
		"no JSON":                  {`title=x`, "body"},
		"cut off":                  {`{"title":"x"`, "body"},
		"cut off in a string":      {`{"title":"x`, "body"},
		"a stray comma":            {`{"title":"x",}`, "body"},
		"single quotes":            {`{'title':'x'}`, "body"},
		"a comment":                {`{/* hi */}`, "body"},
		"a bare control character": {"{\"title\":\"a\nb\"}", "body"},
		"a leading zero":           {`{"count":01}`, "body"},
		"NaN":                      {`{"count":NaN}`, "body"},
		"nested without end":       {`{"tags":` + strings.Repeat("[", 60_000), "body"},
		"null":                     {`null`, "body"},
		"an array":                 {`[{"title":"x"}]`, "body"},
		"a string":                 {`"title"`, "body"},
		"a number":                 {`25`, "body"},
		"two objects":              {`{"title":"x"}{"title":"y"}`, "body"},
		"something after":          {`{"title":"x"} x`, "body"},
		"a bracket after":          {`{"title":"x"}}`, "body"},
		"too large":                {titled(web.MaxBody + 1), "body"},
		"much too large":           {titled(4 * web.MaxBody), "body"},
		"too large by white space": {`{"title":"x"}` + strings.Repeat(" ", web.MaxBody), "body"},
		"a number for a string":    {`{"title":5}`, "title"},
		"an object for a string":   {`{"title":{"a":1}}`, "title"},
		"a string for a number":    {`{"count":"5"}`, "count"},
		"a fraction for an int":    {`{"count":1.5}`, "count"},
		"an int too large":         {`{"count":9223372036854775808}`, "count"},
		"an endless number":        {`{"count":1e400}`, "count"},
		"a string for a bool":      {`{"public":"yes"}`, "public"},
		"a string for an array":    {`{"tags":"a"}`, "tags"},
		"an array for an object":   {`{"venue":[]}`, "venue"},
		"a number, further in":     {`{"venue":{"name":1}}`, "venue.name"},
		"a number for a pointer":   {`{"note":1}`, "note"},
		"an unknown field":         {`{"title":"x","owner":"me"}`, "owner"},
		"an unknown field with \"": {`{"a\"b\"":1}`, `a"b"`},
		"an unknown empty field":   {`{"":1}`, ""},
		"an unknown field, inside": {`{"venue":{"city":"x"}}`, "city"},
		"unknown and too much":     {`{"owner":1} {}`, "owner"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := decode(c.body)
			var e *errs.Error
			require.ErrorAs(t, err, &e)
			assert.Equal(t, errs.KindInvalid, e.Kind)
			require.Len(t, e.Fields, 1)
			assert.Equal(t, c.field, e.Fields[0].Field)
			assert.NotEmpty(t, e.Fields[0].Message)
			assert.NotContains(t, e.Error(), "json:", "the words of a library")
			assert.NotContains(t, e.Error(), "listing", "the names of our types")
		})
	}

	t.Run("exactly the limit is taken", func(t *testing.T) {
		_, err := decode(titled(web.MaxBody))
		require.NoError(t, err)
	})

	t.Run("a body that breaks off", func(t *testing.T) {
		r := httptest.NewRequest(http.MethodPost, "/", iotest.ErrReader(assert.AnError))
		_, err := web.Decode[listing](httptest.NewRecorder(), r)
		assert.True(t, errs.Is(err, errs.KindInvalid), "%v", err)
		assert.NotContains(t, err.Error(), assert.AnError.Error())
	})
}

// The messages tell somebody who writes JSON what to write instead.
func TestDecodeSaysWhatIsExpected(t *testing.T) {
	for body, want := range map[string]string{
		`{"title":1}`:    "Must be a string.",
		`{"count":1.5}`:  "Must be a whole number.",
		`{"public":1}`:   "Must be true or false.",
		`{"tags":1}`:     "Must be an array.",
		`{"venue":true}`: "Must be an object.",
	} {
		_, err := decode(body)
		var e *errs.Error
		require.ErrorAs(t, err, &e)
		assert.Equal(t, want, e.Fields[0].Message, body)
	}
}

// Whatever a client sends is taken or refused, and nothing breaks.
func FuzzDecode(f *testing.F) {
	for _, body := range []string{``, `{}`, `null`, `{"title":"x"}`, `{"a\"":1}`, `{"count":1e9}`, `[[`, "\xff"} {
		f.Add(body)
	}
	f.Fuzz(func(t *testing.T, body string) {
		_, err := decode(body)
		assert.True(t, err == nil || errs.Is(err, errs.KindInvalid), "%v", err)
	})
}
