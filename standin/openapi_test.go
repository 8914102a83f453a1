package standin

import (
	"bytes"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"github.com/stripe/stripe-mock/embedded"
)

// described has Stripe's own description of its objects, which stripe-mock
// carries. It is of a later version of the API than the one that stripe-go/v76
// pins, so what came after that is not asked for.
var described = sync.OnceValue(func() *description {
	spec, err := jsonschema.UnmarshalJSON(bytes.NewReader(embedded.OpenAPISpec))
	if err != nil {
		panic(err)
	}
	schemas := spec.(map[string]any)["components"].(map[string]any)["schemas"].(map[string]any)
	for _, s := range schemas {
		translate(s.(map[string]any))
	}
	for name, fields := range newer {
		s := schemas[name].(map[string]any)
		s["required"] = slices.DeleteFunc(s["required"].([]any), func(field any) bool {
			return slices.Contains(fields, field.(string))
		})
		if len(s["required"].([]any)) == 0 {
			delete(s, "required") // it must not be empty
		}
	}
	c := jsonschema.NewCompiler()
	c.DefaultDraft(jsonschema.Draft4)
	if err := c.AddResource("stripe.json", map[string]any{"components": map[string]any{"schemas": schemas}}); err != nil {
		panic(err)
	}
	return &description{compiler: c, compiled: map[string]*jsonschema.Schema{}}
})

// newer are required fields that the pinned version of the API does not have.
var newer = map[string][]string{
	"dispute":                  {"enhanced_eligibility_types"},
	"dispute_evidence":         {"enhanced_evidence"},
	"dispute_evidence_details": {"enhanced_eligibility"},
}

// translate makes a JSON schema of what OpenAPI 3.0 writes differently, and
// closes each object to fields that it does not name. What could be expanded
// is an id here, which also spares most of the description.
func translate(schema map[string]any) {
	if schema["x-expansionResources"] != nil {
		delete(schema, "x-expansionResources")
		delete(schema, "anyOf")
		schema["type"] = "string"
	}
	for _, v := range schema {
		translateAll(v)
	}
	if schema["type"] == "object" && schema["properties"] != nil && schema["additionalProperties"] == nil {
		schema["additionalProperties"] = false
	}
	if schema["nullable"] != true {
		return
	}
	original := maps.Clone(schema)
	delete(original, "nullable")
	clear(schema)
	schema["anyOf"] = []any{original, map[string]any{"type": "null"}}
}

func translateAll(v any) {
	switch v := v.(type) {
	case map[string]any:
		translate(v)
	case []any:
		for _, element := range v {
			translateAll(element)
		}
	}
}

type description struct {
	mu       sync.Mutex
	compiler *jsonschema.Compiler
	compiled map[string]*jsonschema.Schema
}

func (d *description) schema(kind string) *jsonschema.Schema {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.compiled[kind] == nil {
		d.compiled[kind] = d.compiler.MustCompile("stripe.json#/components/schemas/" + kind)
	}
	return d.compiled[kind]
}

// undescribed says what of an answer is not as Stripe describes it.
func undescribed(body []byte) []string {
	v, err := jsonschema.UnmarshalJSON(bytes.NewReader(body))
	if err != nil {
		return []string{err.Error()}
	}
	return undescribedValue(v.(map[string]any))
}

func undescribedValue(sent map[string]any) []string {
	kind, _ := sent["object"].(string)
	switch {
	case sent["error"] != nil:
		kind = "error"
	case kind == "list":
		var problems []string
		for _, element := range sent["data"].([]any) {
			problems = append(problems, undescribedValue(element.(map[string]any))...)
		}
		return problems
	case sent["deleted"] == true:
		kind = "deleted_" + kind
	}
	var problems []string
	if err := described().schema(kind).Validate(sent); err != nil {
		problems = append(problems, fmt.Sprintf("%s: %v", kind, err))
	}
	if kind == "event" {
		about := sent["data"].(map[string]any)["object"].(map[string]any)
		problems = append(problems, undescribedValue(about)...)
	}
	return problems
}

// The check itself notices what it is for.
func TestUndescribedAnswersAreNoticed(t *testing.T) {
	good := `{"object":"refund","id":"re_1","amount":1,"created":1,"currency":"eur","status":"pending","charge":"ch_1"`
	require.Empty(t, undescribed([]byte(good+`,"reason":null}`)))
	for name, c := range map[string]struct{ body, problem string }{
		"unknown field":  {good + `,"colour":"red"}`, "colour"},
		"missing field":  {strings.Replace(good, `"amount":1,`, "", 1) + "}", "amount"},
		"wrong type":     {strings.Replace(good, `"amount":1`, `"amount":"1"`, 1) + "}", "amount"},
		"unknown status": {good + `,"object":"payment_intent","livemode":false,"status":"gone"}`, "status"},
		"in a list":      {`{"object":"list","data":[` + good + `,"colour":"red"}]}`, "colour"},
		"in an error":    {`{"error":{"message":"no type"}}`, "type"},
	} {
		t.Run(name, func(t *testing.T) {
			assert.Contains(t, strings.Join(undescribed([]byte(c.body)), "\n"), c.problem)
		})
	}
}
