package api_test

import (
	"testing"

	"github.com/gorilla/mux"
	"github.com/stretchr/testify/require"

	"ticketx/kit/openapitest"
)

func TestEveryRouteIsDescribed(t *testing.T) {
	router, ok := start(t).public.(*mux.Router)
	require.True(t, ok)
	openapitest.Routes(t, router, "../../openapi.yaml")
}
