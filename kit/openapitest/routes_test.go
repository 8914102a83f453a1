package openapitest

import (
	"net/http"
	"os"
	"path/filepath"
	"testing"

	"github.com/gorilla/mux"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestServed(t *testing.T) {
	nothing := http.NotFoundHandler()
	r := mux.NewRouter()
	r.Handle("/healthz", nothing).Methods(http.MethodGet)
	sub := r.PathPrefix("/api").Subrouter()
	sub.Handle("", nothing).Methods(http.MethodPost)
	sub.Handle("/{id:[a-z]+}", nothing).Methods(http.MethodGet, http.MethodDelete)
	r.NewRoute().Subrouter().Handle("/any", nothing)

	all, err := served(r)

	require.NoError(t, err)
	assert.Equal(t, []string{"ANY /any", "DELETE /api/{id}", "GET /api/{id}", "POST /api"}, all)
}

func TestDescribed(t *testing.T) {
	file := filepath.Join(t.TempDir(), "openapi.yaml")
	require.NoError(t, os.WriteFile(file, []byte("paths:\n  /a/{id}:\n    parameters: []\n    get: {}\n    delete: {}\n  /b:\n    post: {}\n"), 0o600))

	all, err := described(file)

	require.NoError(t, err)
	assert.Equal(t, []string{"DELETE /a/{id}", "GET /a/{id}", "POST /b"}, all)
	_, err = described("absent.yaml")
	assert.Error(t, err)
}
