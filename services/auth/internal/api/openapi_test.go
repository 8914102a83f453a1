package api_test

import (
	"testing"

	"github.com/gorilla/mux"

	"ticketx/kit/openapitest"
	"ticketx/services/auth/internal/api"
)

func TestEveryRouteIsDescribed(t *testing.T) {
	router := mux.NewRouter()
	(&api.API{}).Routes(router)
	openapitest.Routes(t, router, "../../openapi.yaml")
}
