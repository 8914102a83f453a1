package standin

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"github.com/stripe/stripe-go/v76"
)

// checkingShapes looks at every answer that a test gets through stripe-go: it
// must hold nothing that stripe-go does not know, stripe-go must read
// everything in it as it was meant, and it must be as Stripe describes it.
type checkingShapes struct{ t *testing.T }

// fresh takes a new connection for each request. On one that was used before,
// Go sends a request with an idempotency key again by itself when the server
// hangs up, and the test would not see that it did.
var fresh = &http.Transport{DisableKeepAlives: true}

func (c checkingShapes) RoundTrip(r *http.Request) (*http.Response, error) {
	res, err := fresh.RoundTrip(r)
	if err != nil {
		return nil, err
	}
	body, err := io.ReadAll(res.Body)
	_ = res.Body.Close()
	res.Body = io.NopCloser(bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	for _, problem := range append(misshapen(body), undescribed(body)...) {
		assert.Fail(c.t, "the shape of an answer", "%s %s: %s", r.Method, r.URL.Path, problem)
	}
	return res, nil
}

// shapes are what stripe-go reads objects into.
var shapes = map[string]func() any{
	"payment_intent":   func() any { return new(stripe.PaymentIntent) },
	"payment_method":   func() any { return new(stripe.PaymentMethod) },
	"charge":           func() any { return new(stripe.Charge) },
	"refund":           func() any { return new(stripe.Refund) },
	"dispute":          func() any { return new(stripe.Dispute) },
	"event":            func() any { return new(stripe.Event) },
	"webhook_endpoint": func() any { return new(stripe.WebhookEndpoint) },
}

// misshapen says what stripe-go does not understand of an answer.
func misshapen(body []byte) []string {
	var sent map[string]any
	if err := decode(body, &sent); err != nil {
		return []string{err.Error()}
	}
	var into any
	switch kind, _ := sent["object"].(string); {
	case sent["error"] != nil:
		into = new(struct {
			Error *stripe.Error `json:"error"`
		})
	case kind == "list":
		var problems []string
		for _, element := range sent["data"].([]any) {
			one, _ := json.Marshal(element)
			problems = append(problems, misshapen(one)...)
		}
		return problems
	case shapes[kind] != nil:
		into = shapes[kind]()
	default:
		return []string{fmt.Sprintf("what is a %q?", kind)}
	}
	if err := json.Unmarshal(body, into); err != nil {
		return []string{err.Error()}
	}
	again, err := json.Marshal(into)
	if err != nil {
		return []string{err.Error()}
	}
	var read map[string]any
	if err := decode(again, &read); err != nil {
		return []string{err.Error()}
	}
	problems := differences("", sent, read)
	if e, ok := into.(*stripe.Event); ok {
		problems = append(problems, misshapen(e.Data.Raw)...)
	}
	return problems
}

func decode(body []byte, into any) error {
	d := json.NewDecoder(bytes.NewReader(body))
	d.UseNumber()
	return d.Decode(into)
}

// differences compares what was sent with what stripe-go made of it. An id in
// the place of an object is read as an object with that id.
func differences(path string, sent, read any) []string {
	// stripe-go leaves this to Stripe.js, and the object of an event is checked
	// for itself.
	if strings.HasSuffix(path, ".use_stripe_sdk") || path == ".data.object" {
		return nil
	}
	switch sent := sent.(type) {
	case nil:
		return nil // read as a zero value
	case map[string]any:
		read, ok := read.(map[string]any)
		if !ok {
			return []string{path + " is no object to stripe-go"}
		}
		var problems []string
		for name, v := range sent {
			if _, known := read[name]; !known && !isZero(v) {
				problems = append(problems, path+"."+name+" is unknown to stripe-go")
				continue
			}
			problems = append(problems, differences(path+"."+name, v, read[name])...)
		}
		return problems
	case []any:
		read, _ := read.([]any)
		if len(sent) != len(read) {
			return []string{path + " has another length"}
		}
		var problems []string
		for n, v := range sent {
			problems = append(problems, differences(fmt.Sprintf("%s[%d]", path, n), v, read[n])...)
		}
		return problems
	}
	if object, ok := read.(map[string]any); ok {
		read = object["id"]
	}
	if read == nil && isZero(sent) {
		return nil // omitempty
	}
	if sent != read {
		return []string{fmt.Sprintf("%s: %v was sent, and %v was read", path, sent, read)}
	}
	return nil
}

// isZero is true of what stripe-go may leave out when it writes.
func isZero(v any) bool {
	return v == nil || v == "" || v == false || v == json.Number("0")
}

// The check itself notices what it is for.
func TestMisshapenAnswersAreNoticed(t *testing.T) {
	for name, c := range map[string]struct{ body, problem string }{
		"unknown field":      {`{"object":"charge","id":"ch_1","colour":"red"}`, ".colour is unknown"},
		"unknown below":      {`{"object":"charge","outcome":{"mood":"good"}}`, ".outcome.mood is unknown"},
		"unknown in a list":  {`{"object":"list","data":[{"object":"refund","x":1}]}`, ".x is unknown"},
		"unknown in error":   {`{"error":{"type":"card_error","reason":"x"}}`, ".error.reason is unknown"},
		"unknown in event":   {`{"object":"event","data":{"object":{"object":"charge","x":1}}}`, ".x is unknown"},
		"number as text":     {`{"object":"charge","amount":"12"}`, "cannot unmarshal"},
		"object where list":  {`{"object":"payment_intent","payment_method_types":{}}`, "cannot unmarshal"},
		"text of other kind": {`{"object":"payment_intent","metadata":{"a":1}}`, "cannot unmarshal"},
		"unknown object":     {`{"object":"customer"}`, `what is a "customer"?`},
	} {
		t.Run(name, func(t *testing.T) {
			problems := misshapen([]byte(c.body))
			require.NotEmpty(t, problems)
			assert.Contains(t, strings.Join(problems, "\n"), c.problem)
		})
	}
	assert.Empty(t, misshapen([]byte(`{"object":"charge","id":"ch_1","amount":12,"payment_intent":"pi_1","paid":true}`)))
}
