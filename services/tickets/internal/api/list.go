package api

import (
	"encoding/base64"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"

	"github.com/google/uuid"

	"ticketx/kit/errs"
	"ticketx/kit/web"
	"ticketx/services/tickets"
	"ticketx/services/tickets/internal/catalogue"
)

const (
	listPath = "/api/tickets"
	// maxLimit is the largest page, and the page of those who don't say.
	maxLimit = 100
	// maxQuery is how long a query string may be, in bytes. No valid one comes
	// near it.
	maxQuery = 1 << 10
)

// list answers with a page of the catalogue. The address of the next page, if
// there is one, is in the Link header (RFC 8288).
func (a *API) list(w http.ResponseWriter, r *http.Request) error {
	params, err := parseParams(r.URL.RawQuery)
	if err != nil {
		return err
	}
	query, err := parseQuery(params)
	if err != nil {
		return err
	}
	if err := a.catalogue.Ready(); err != nil {
		return err
	}
	now := a.now()
	page, more := a.catalogue.Page(query, now)
	if more {
		params.Set("cursor", cursorAfter(page[len(page)-1].ID))
		w.Header().Set("Link", fmt.Sprintf(`<%s?%s>; rel="next"`, listPath, params.Encode()))
	}
	answer := make([]ticketResponse, len(page))
	for i, l := range page {
		answer[i] = newTicketResponse(l, now)
	}
	return web.Encode(w, http.StatusOK, answer)
}

func parseParams(raw string) (url.Values, error) {
	if len(raw) > maxQuery {
		return nil, errs.Invalid("query", fmt.Sprintf("The query string is longer than %d bytes.", maxQuery))
	}
	params, err := url.ParseQuery(raw)
	if err != nil {
		return nil, errs.Invalid("query", "The query string is malformed.")
	}
	return params, nil
}

// parseQuery reads the parameters and reports everything that is wrong with
// them, by their names.
func parseQuery(params url.Values) (catalogue.Query, error) {
	q := catalogue.Query{Status: tickets.Available, Limit: maxLimit}
	var wrong []errs.Field
	for _, name := range slices.Sorted(maps.Keys(params)) {
		if problem := parseParam(&q, name, params[name]); problem != "" {
			wrong = append(wrong, errs.Field{Field: name, Message: problem})
		}
	}
	return q, errs.InvalidFields(wrong)
}

func parseParam(q *catalogue.Query, name string, values []string) (problem string) {
	if len(values) > 1 {
		return "Must be given once."
	}
	var ok bool
	switch value := values[0]; name {
	case "status":
		if q.Status, ok = parseStatus(value); !ok {
			return "Must be available, reserved, sold, past, withdrawn or all."
		}
	case "limit":
		if q.Limit, ok = parseLimit(value); !ok {
			return fmt.Sprintf("Must be a whole number from 1 to %d.", maxLimit)
		}
	case "cursor":
		if q.After, ok = parseCursor(value); !ok {
			return "Must be a cursor from the Link header of a page."
		}
	default:
		return "This parameter is not known here."
	}
	return ""
}

func parseStatus(value string) (tickets.Status, bool) {
	switch s := tickets.Status(value); s {
	case tickets.Available, tickets.Reserved, tickets.Sold, tickets.Past, tickets.Withdrawn:
		return s, true
	case "all":
		return "", true
	}
	return "", false
}

func parseLimit(value string) (int, bool) {
	n, err := strconv.ParseUint(value, 10, 16) // no sign, unlike Atoi
	return int(n), err == nil && n >= 1 && n <= maxLimit
}

// cursorAfter returns the cursor of the page that follows the listing. A cursor
// is the bytes of the listing's id, so it stays right while tickets come and go.
func cursorAfter(id string) string {
	u := uuid.MustParse(id)
	return base64.RawURLEncoding.EncodeToString(u[:])
}

// parseCursor returns the id a cursor stands for.
func parseCursor(value string) (id string, ok bool) {
	raw, err := base64.RawURLEncoding.Strict().DecodeString(value)
	if err != nil {
		return "", false
	}
	u, err := uuid.FromBytes(raw)
	if err != nil {
		return "", false
	}
	return u.String(), tickets.ValidID(u.String())
}
