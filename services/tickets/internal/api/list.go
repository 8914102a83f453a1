package api

import (
	"fmt"
	"net/http"
)

const listPath = "/api/tickets"

// list answers with a page of the catalogue. The address of the next page, if
// there is one, is in the Link header (RFC 8288).
func (a *API) list(w http.ResponseWriter, r *http.Request) error {
	query, params, err := a.parseQuery(r, true)
	if err != nil {
		return err
	}
	if err := a.catalogue.Ready(); err != nil {
		return err
	}
	body := buffers.Get().(*[]byte)
	defer buffers.Put(body)
	page, next := a.catalogue.Page((*body)[:0], query)
	*body = page
	if next != nil {
		params.Set("cursor", writeCursor(query, *next))
		w.Header().Set("Link", fmt.Sprintf(`<%s?%s>; rel="next"`, listPath, params.Encode()))
	}
	cache := "no-cache"
	if query.Own {
		cache = "no-store" // what somebody has earned is not left behind on a machine
	}
	answer(w, r, page, cache)
	return nil
}
