package api

import (
	"net/http"

	"ticketx/kit/money"
	"ticketx/kit/web"
	"ticketx/services/tickets/internal/catalogue"
)

// facetsResponse is the counts for the filters.
type facetsResponse struct {
	Total      int               `json:"total"`
	Categories []catalogue.Count `json:"categories"`
	Cities     []catalogue.Count `json:"cities"`
	Proceeds   *proceedsResponse `json:"proceeds,omitempty"`
}

type proceedsResponse struct {
	Amount   money.Amount   `json:"amount"`
	Currency money.Currency `json:"currency"`
}

// facets answers with how many tickets match, and how many would with another
// category or city.
func (a *API) facets(w http.ResponseWriter, r *http.Request) error {
	query, _, err := a.parseQuery(r, false)
	if err != nil {
		return err
	}
	if err := a.catalogue.Ready(); err != nil {
		return err
	}
	f := a.catalogue.Facets(query)
	answer := facetsResponse{Total: f.Total, Categories: f.Categories, Cities: f.Cities}
	if query.Own {
		answer.Proceeds = &proceedsResponse{
			Amount:   money.Amount{Minor: f.Proceeds, Currency: a.currency},
			Currency: a.currency,
		}
	}
	return web.Encode(w, http.StatusOK, answer)
}
