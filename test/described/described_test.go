package described_test

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"ticketx/test/described"
)

const document = `
openapi: 3.0.3
info: {title: things, version: "1"}
paths:
  /things:
    get:
      parameters:
        - {name: limit, in: query, schema: {type: integer, maximum: 10}}
      responses:
        "200":
          description: All.
          headers:
            Age: {schema: {type: integer}}
          content:
            application/json:
              schema: {type: array, items: {type: string}}
        "404": &problem
          description: None.
          content:
            application/problem+json:
              schema: {$ref: "#/components/schemas/Problem"}
        default: *problem
    post:
      requestBody:
        content:
          application/json:
            schema: {type: object, required: [name], properties: {name: {type: string}}, additionalProperties: false}
      responses:
        "204": {description: Made.}
  /stream:
    get:
      responses:
        "200":
          description: News.
          content:
            text/event-stream: {schema: {type: string}}
components:
  schemas:
    Problem: {type: object, required: [title], properties: {title: {type: string}}}
`

// answer is what the system gives.
type answer struct {
	status       int
	kind, body   string
	name, header string
}

// ask has a system give the answer to a request, and returns what is wrong.
func ask(t *testing.T, method, path, body string, a answer) (*described.API, []string) {
	t.Helper()
	file := filepath.Join(t.TempDir(), "openapi.yaml")
	require.NoError(t, os.WriteFile(file, []byte(document), 0o600))
	api, err := described.Read(file)
	require.NoError(t, err)
	system := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if received, _ := io.ReadAll(r.Body); string(received) != body {
			t.Errorf("received %q", received)
		}
		if a.name != "" {
			w.Header().Set(a.name, a.header)
		}
		if a.kind != "" {
			w.Header().Set("Content-Type", a.kind)
		}
		w.WriteHeader(a.status)
		fmt.Fprint(w, a.body)
	}))
	defer system.Close()
	front, end, err := api.Front(system.URL)
	require.NoError(t, err)
	defer end()

	req, err := http.NewRequestWithContext(t.Context(), method, front+path, strings.NewReader(body))
	require.NoError(t, err)
	if body != "" {
		req.Header.Set("Content-Type", "application/json")
	}
	res, err := http.DefaultClient.Do(req)
	require.NoError(t, err)
	defer func() { _ = res.Body.Close() }()
	received, err := io.ReadAll(res.Body)
	require.NoError(t, err)
	assert.Equal(t, a.status, res.StatusCode)
	assert.Equal(t, a.body, string(received), "the proxy changes nothing")
	return api, api.Wrong()
}

func TestWhatIsDescribedPasses(t *testing.T) {
	for name, c := range map[string]struct {
		method, path, body string
		answer
	}{
		"an answer":           {"GET", "/things?limit=3", "", answer{status: 200, kind: "application/json", body: `["a"]`}},
		"its header":          {"GET", "/things", "", answer{status: 200, kind: "application/json", body: `[]`, name: "Age", header: "3"}},
		"no body":             {"POST", "/things", `{"name":"a"}`, answer{status: 204}},
		"a stream":            {"GET", "/stream", "", answer{status: 200, kind: "text/event-stream", body: ": hi\n\n"}},
		"an unknown address":  {"GET", "/nothing", "", answer{status: 404, kind: "application/problem+json", body: `{"title":"Not Found"}`}},
		"another method":      {"PUT", "/things", "", answer{status: 405, kind: "application/problem+json", body: `{"title":"Not so"}`}},
		"a request refused":   {"GET", "/things?limit=11", "", answer{status: 404, kind: "application/problem+json", body: `{"title":"No"}`}},
		"the default's field": {"GET", "/things", "", answer{status: 413, kind: "application/problem+json", body: `{"title":"Large"}`}},
	} {
		t.Run(name, func(t *testing.T) {
			_, wrong := ask(t, c.method, c.path, c.body, c.answer)
			assert.Empty(t, wrong)
		})
	}
}

func TestWhatIsNotDescribedIsFound(t *testing.T) {
	for name, c := range map[string]struct {
		method, path, body string
		answer
		why string
	}{
		"a status":                {"GET", "/things", "", answer{status: 409, kind: "application/problem+json", body: `{"title":"No"}`}, "status is not described"},
		"a defect":                {"GET", "/things", "", answer{status: 500, kind: "application/problem+json", body: `{"title":"Oops"}`}, "status is not described"},
		"a body of another form":  {"GET", "/things", "", answer{status: 200, kind: "application/json", body: `[1]`}, "string"},
		"another content type":    {"GET", "/things", "", answer{status: 200, kind: "text/html", body: `hi`}, "Content-Type"},
		"a header of other form":  {"GET", "/things", "", answer{status: 200, kind: "application/json", body: `[]`, name: "Age", header: "old"}, "Age"},
		"a problem of other form": {"GET", "/things", "", answer{status: 404, kind: "application/problem+json", body: `{}`}, "title"},
		"a body too much":         {"GET", "/stream", "", answer{status: 200, kind: "text/plain", body: "hi"}, "Content-Type"},
		"an address":              {"GET", "/secret", "", answer{status: 200, kind: "application/json", body: `[]`}, "not described is answered"},
		"an address's 404":        {"GET", "/secret", "", answer{status: 404, kind: "text/plain", body: `no`}, "no problem document"},
		"a method":                {"DELETE", "/things", "", answer{status: 204}, "not described is answered"},
		"a parameter taken":       {"GET", "/things?colour=red", "", answer{status: 200, kind: "application/json", body: `[]`}, "colour was taken"},
		"a value taken":           {"GET", "/things?limit=11", "", answer{status: 200, kind: "application/json", body: `[]`}, "request was taken"},
		"a body taken":            {"POST", "/things", `{"name":"a","size":1}`, answer{status: 204}, "request was taken"},
	} {
		t.Run(name, func(t *testing.T) {
			_, wrong := ask(t, c.method, c.path, c.body, c.answer)
			require.Len(t, wrong, 1)
			assert.Contains(t, wrong[0], c.why)
		})
	}
}

func TestWhatWasSeen(t *testing.T) {
	api, _ := ask(t, "GET", "/things", "", answer{status: 200, kind: "application/json", body: `[]`})
	assert.Equal(t, map[string]int{"GET /things 200": 1}, api.Seen())
	assert.Equal(t, []string{"GET /stream", "POST /things"}, api.Unseen())
}
