// Package described holds what a running system answers against the description
// of its API, docs/openapi.yaml: it stands before the system as a proxy, and notes
// each answer that is not described as it came, and each request that was taken
// though the description forbids it.
package described

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"mime"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"
	"github.com/getkin/kin-openapi/routers/gorillamux"
)

// API is the description, and what was seen of it.
type API struct {
	doc    *openapi3.T
	router routers.Router

	mu    sync.Mutex
	seen  map[string]int // by operation and status: "GET /api/tickets 200"
	wrong []string
}

// Read reads the description from a file.
func Read(file string) (*API, error) {
	doc, err := openapi3.NewLoader().LoadFromFile(file)
	if err != nil {
		return nil, err
	}
	router, err := gorillamux.NewRouter(doc)
	if err != nil {
		return nil, err
	}
	return &API{doc: doc, router: router, seen: make(map[string]int)}, nil
}

// Front puts a proxy before the system at base and returns its address. Where
// the system gives no answer, the proxy gives none either.
func (a *API) Front(base string) (front string, end func(), err error) {
	target, err := url.Parse(base)
	if err != nil {
		return "", nil, err
	}
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.MaxIdleConnsPerHost = 64
	transport.DisableCompression = true
	proxy := &httputil.ReverseProxy{
		Transport: transport,
		Rewrite: func(r *httputil.ProxyRequest) {
			r.SetURL(target)
			r.Out.Host = r.In.Host // the origin of a page is compared with it
		},
		ModifyResponse: a.look,
		ErrorHandler:   func(http.ResponseWriter, *http.Request, error) { panic(http.ErrAbortHandler) },
	}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			panic(http.ErrAbortHandler)
		}
		r.Body = io.NopCloser(bytes.NewReader(body))
		proxy.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), sentKey{}, body)))
	}))
	return server.URL, func() { server.CloseClientConnections(); server.Close() }, nil
}

// sentKey is the context key of the request's body.
type sentKey struct{}

// standIn is where the ingress has the stand-in for Stripe, whose API is Stripe's.
const standIn = "/stripe-standin/"

// look notes an answer.
func (a *API) look(res *http.Response) error {
	if strings.HasPrefix(res.Request.URL.Path, standIn) {
		return nil
	}
	sent, _ := res.Request.Context().Value(sentKey{}).([]byte)
	var received []byte
	if !streams(res) {
		var err error
		if received, err = io.ReadAll(res.Body); err != nil {
			return err // broken off: no answer
		}
		_ = res.Body.Close()
		res.Body = io.NopCloser(bytes.NewReader(received))
	}
	name, wrong := a.check(res, sent, received)
	a.mu.Lock()
	defer a.mu.Unlock()
	a.seen[name]++
	if wrong != nil {
		a.wrong = append(a.wrong, fmt.Sprintf("%s: %v\n  sent     %s %.300s\n  received %.600s", name, wrong, res.Request.URL.RequestURI(), sent, received))
	}
	return nil
}

// streams says whether the answer has no end.
func streams(res *http.Response) bool {
	kind, _, _ := mime.ParseMediaType(res.Header.Get("Content-Type"))
	return kind == "text/event-stream"
}

// check names what was answered, and says what is wrong with it.
func (a *API) check(res *http.Response, sent, received []byte) (name string, wrong error) {
	req := res.Request.Clone(context.Background())
	req.Body = io.NopCloser(bytes.NewReader(sent))
	route, params, err := a.router.FindRoute(req)
	if err != nil {
		return fmt.Sprintf("%s (not described) %d", req.Method, res.StatusCode), a.refused(res, received)
	}
	name = fmt.Sprintf("%s %s %d", route.Method, route.Path, res.StatusCode)
	input := &openapi3filter.RequestValidationInput{
		Request: req, PathParams: params, Route: route,
		Options: &openapi3filter.Options{AuthenticationFunc: openapi3filter.NoopAuthenticationFunc, SkipSettingDefaults: true},
	}
	return name, errors.Join(a.checkRequest(res.StatusCode, input), checkAnswer(res, received, input))
}

// refused says what is wrong with the answer to a request that is not described:
// there can be no other than a problem that says so.
func (a *API) refused(res *http.Response, received []byte) error {
	if res.StatusCode != http.StatusNotFound && res.StatusCode != http.StatusMethodNotAllowed {
		return errors.New("what is not described is answered")
	}
	problem := a.doc.Components.Schemas["Problem"]
	if problem == nil || !strings.HasPrefix(res.Header.Get("Content-Type"), "application/problem+json") {
		return errors.New("the answer is no problem document")
	}
	var value any
	if err := json.Unmarshal(received, &value); err != nil {
		return err
	}
	return problem.Value.VisitJSON(value)
}

// checkRequest says why a request should not have been taken.
func (a *API) checkRequest(status int, input *openapi3filter.RequestValidationInput) error {
	if status >= http.StatusBadRequest {
		return nil
	}
	for name := range input.Request.URL.Query() {
		if !takes(input.Route, name) {
			return fmt.Errorf("the parameter %s was taken and is not described", name)
		}
	}
	if err := openapi3filter.ValidateRequest(context.Background(), input); err != nil {
		return fmt.Errorf("the request was taken: %w", err)
	}
	return nil
}

func takes(route *routers.Route, parameter string) bool {
	for _, all := range []openapi3.Parameters{route.Operation.Parameters, route.PathItem.Parameters} {
		if all.GetByInAndName(openapi3.ParameterInQuery, parameter) != nil {
			return true
		}
	}
	return false
}

// unforeseen is what the default answer of an operation is for. Others have to
// be described by their number.
var unforeseen = []int{http.StatusMethodNotAllowed, http.StatusRequestEntityTooLarge}

func checkAnswer(res *http.Response, received []byte, input *openapi3filter.RequestValidationInput) error {
	described := input.Route.Operation.Responses.Status(res.StatusCode)
	if described == nil && !slices.Contains(unforeseen, res.StatusCode) {
		return errors.New("the status is not described")
	}
	if described != nil && len(described.Value.Content) == 0 && len(received) > 0 {
		return errors.New("there is a body, and none is described")
	}
	if streams(res) {
		if described == nil || described.Value.Content.Get("text/event-stream") == nil {
			return errors.New("the stream is not described")
		}
		return nil
	}
	answer := &openapi3filter.ResponseValidationInput{
		RequestValidationInput: input, Status: res.StatusCode, Header: res.Header, Options: input.Options,
	}
	answer.SetBodyBytes(received)
	return openapi3filter.ValidateResponse(context.Background(), answer)
}

// Wrong is what was not as described.
func (a *API) Wrong() []string {
	a.mu.Lock()
	defer a.mu.Unlock()
	return slices.Clone(a.wrong)
}

// Seen is how often each operation was answered with each status.
func (a *API) Seen() map[string]int {
	a.mu.Lock()
	defer a.mu.Unlock()
	return maps.Clone(a.seen)
}

// Operations is how many are described.
func (a *API) Operations() (count int) {
	for _, item := range a.doc.Paths.Map() {
		count += len(item.Operations())
	}
	return count
}

// Unseen is the operations that were never answered with success.
func (a *API) Unseen() []string {
	seen := make(map[string]bool)
	for name := range a.Seen() {
		fields := strings.Fields(name)
		if status, _ := strconv.Atoi(fields[len(fields)-1]); status < http.StatusBadRequest {
			seen[strings.Join(fields[:len(fields)-1], " ")] = true
		}
	}
	var unseen []string
	for path, item := range a.doc.Paths.Map() {
		for method := range item.Operations() {
			if operation := method + " " + path; !seen[operation] {
				unseen = append(unseen, operation)
			}
		}
	}
	slices.Sort(unseen)
	return unseen
}
