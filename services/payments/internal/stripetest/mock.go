// Package stripetest holds what the tests of payments send against Stripe's own
// description of its API, as stripe-mock has it.
package stripetest

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"ticketx/kit/daprtest"
	"ticketx/kit/proc"
)

// startTimeout is how long stripe-mock may take to read its description.
const startTimeout = time.Minute

// Mock is a stripe-mock that runs until the test ends. It keeps nothing: of each
// request it says whether Stripe's description allows it, and answers with an
// example.
type Mock struct{ url string }

// Start runs stripe-mock. Without it the test skips, or fails where REQUIRE_DAPRD
// is set.
func Start(t testing.TB) *Mock {
	t.Helper()
	path := daprtest.Tool(t, "stripe-mock")
	port := strconv.Itoa(daprtest.FreePorts(t, 1)[0])
	p, err := proc.Start(proc.Command{
		Name: "stripe-mock", Path: path,
		// It also wants a place for TLS, which is the same for all unless told.
		Args: []string{"-http-addr", "127.0.0.1:" + port, "-https-addr", "127.0.0.1:0"},
		Log:  filepath.Join(t.TempDir(), "stripe-mock.log"),
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.Kill)
	m := &Mock{url: "http://127.0.0.1:" + port}
	deadline := time.After(startTimeout)
	for {
		res, err := http.Get(m.url + "/v1/refunds") // answered with 401: it listens
		if err == nil {
			_ = res.Body.Close()
			return m
		}
		select {
		case <-p.Done():
			t.Fatalf("stripe-mock ended while it started: %q", p.Tail(5))
		case <-deadline:
			t.Fatalf("stripe-mock does not answer: %v", err)
		case <-time.After(10 * time.Millisecond):
		}
	}
}

// Watch has next answer each request, and says as a failure of t what of the
// request Stripe would refuse, and what of a successful answer is not as Stripe
// answers.
func (m *Mock) Watch(t testing.TB, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			panic(http.ErrAbortHandler)
		}
		r.Body = io.NopCloser(bytes.NewReader(body))
		answer := httptest.NewRecorder()
		next.ServeHTTP(answer, r)
		for _, problem := range m.problems(r, body, answer) {
			t.Errorf("%s %s: %s", r.Method, r.URL.Path, problem)
		}
		maps.Copy(w.Header(), answer.Header())
		w.WriteHeader(answer.Code)
		_, _ = answer.Body.WriteTo(w) // the client may be gone
	})
}

func (m *Mock) problems(r *http.Request, body []byte, answer *httptest.ResponseRecorder) []string {
	req, err := http.NewRequestWithContext(r.Context(), r.Method, m.url+r.URL.RequestURI(), bytes.NewReader(body))
	if err != nil {
		return []string{err.Error()}
	}
	req.Header = r.Header.Clone()
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return []string{err.Error()}
	}
	defer func() { _ = res.Body.Close() }()
	var example map[string]any
	if err := json.NewDecoder(res.Body).Decode(&example); err != nil {
		return []string{fmt.Sprintf("stripe-mock answers %d, and no JSON: %v", res.StatusCode, err)}
	}
	if res.StatusCode != http.StatusOK {
		refusal, _ := example["error"].(map[string]any)
		return []string{fmt.Sprintf("Stripe would refuse it with %d: %v", res.StatusCode, refusal["message"])}
	}
	if answer.Code != http.StatusOK {
		return nil // a refusal has a shape of its own, which the stand-in's tests check
	}
	var answered map[string]any
	if err := json.Unmarshal(answer.Body.Bytes(), &answered); err != nil {
		return []string{fmt.Sprintf("the answer is no JSON: %v", err)}
	}
	return differences("", answered, example)
}

// differences says what of an answer has no counterpart in Stripe's example. What
// is null in one of them may be anything in the other.
func differences(path string, answered, example any) []string {
	switch answered := answered.(type) {
	case nil:
		return nil
	case map[string]any:
		example, isObject := example.(map[string]any)
		if !isObject {
			return mismatch(path, answered, example)
		}
		if anybodys(path) {
			return nil
		}
		var problems []string
		for _, name := range slices.Sorted(maps.Keys(answered)) {
			of, known := example[name]
			switch {
			case !known:
				problems = append(problems, fmt.Sprintf("Stripe answers no %s.%s", path, name))
			case of != nil:
				problems = append(problems, differences(path+"."+name, answered[name], of)...)
			}
		}
		return problems
	case []any:
		example, isList := example.([]any)
		if !isList {
			return mismatch(path, answered, example)
		}
		if len(answered) > 0 && len(example) > 0 {
			return differences(path+"[]", answered[0], example[0])
		}
		return nil
	}
	if fmt.Sprintf("%T", answered) != fmt.Sprintf("%T", example) {
		return mismatch(path, answered, example)
	}
	return nil
}

// anybodys says of an object that the example's fields say nothing about others':
// metadata is the shop's, and the others have one of several forms, as what an event
// is about has, which the stand-in's own tests hold against the description.
func anybodys(path string) bool {
	return strings.HasSuffix(path, ".metadata") || path == ".next_action" || path == ".processing" || path == ".data[].data.object"
}

func mismatch(path string, answered, example any) []string {
	return []string{fmt.Sprintf("%s is a %T, and at Stripe a %T", cmp.Or(path, "the answer"), answered, example)}
}
