// Package openapitest compares the routes of a service with its description,
// openapi.yaml.
package openapitest

import (
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/gorilla/mux"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.yaml.in/yaml/v3"
)

// operational is what every service answers and none describes: it is not
// reached through the ingress.
var operational = []string{"/healthz", "/readyz", "/servez", "/metrics"}

// Routes fails the test for each route that file does not describe, and for each
// that it describes and the router does not serve.
func Routes(t *testing.T, router *mux.Router, file string) {
	t.Helper()
	served, err := served(router)
	require.NoError(t, err)
	described, err := described(file)
	require.NoError(t, err)
	assert.NotEmpty(t, described)
	assert.Equal(t, described, served, "what %s describes, and what is served", file)
}

// variable is a part of a path that stands for anything: {id}, or {id:[0-9]+}.
var variable = regexp.MustCompile(`\{([^:}]+)(:[^}]*)?\}`)

// served is the router's routes, as "GET /api/things/{id}".
func served(router *mux.Router) ([]string, error) {
	var all []string
	err := router.Walk(func(route *mux.Route, _ *mux.Router, _ []*mux.Route) error {
		path, err := route.GetPathTemplate()
		if err != nil || route.GetHandler() == nil || slices.Contains(operational, path) {
			return nil //nolint:nilerr // a route without a path is the frame of others
		}
		path = variable.ReplaceAllString(path, "{$1}")
		methods, err := route.GetMethods()
		if err != nil {
			methods = []string{"ANY"} // nothing describes that
		}
		for _, method := range methods {
			all = append(all, method+" "+path)
		}
		return nil
	})
	slices.Sort(all)
	return all, err
}

// described is the operations of the description, written the same way.
func described(file string) ([]string, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	var doc struct {
		Paths map[string]map[string]any
	}
	if err := yaml.Unmarshal(text, &doc); err != nil {
		return nil, err
	}
	var all []string
	for path, item := range doc.Paths {
		for key := range item {
			if slices.Contains([]string{"get", "put", "post", "delete", "patch", "head", "options", "trace"}, key) {
				all = append(all, strings.ToUpper(key)+" "+path)
			}
		}
	}
	slices.Sort(all)
	return all, nil
}
