package api

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/gorilla/mux"

	"ticketx/kit/auth"
	"ticketx/kit/errs"
	"ticketx/kit/money"
	"ticketx/services/tickets"
	"ticketx/services/tickets/internal/catalogue"
)

const (
	// maxLimit is the largest page, and the page of those who don't say.
	maxLimit = 100
	// maxQuery is how long a query string may be, in bytes. No valid one comes
	// near it.
	maxQuery = 5 << 10
	// maxText is how many characters are looked for at most, and maxWords in how
	// many words.
	maxText, maxWords = 200, 16
	maxCity           = 100
)

// forOwn asks for a session where one's own tickets are asked for.
func forOwn(signedIn mux.MiddlewareFunc, h http.Handler) http.Handler {
	own := signedIn(h)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.RawQuery != "" && slices.Contains(r.URL.Query()["seller"], "me") {
			own.ServeHTTP(w, r)
			return
		}
		h.ServeHTTP(w, r)
	})
}

// parseQuery reads the parameters of the list, or those that the facets have too,
// and reports everything that is wrong with them, by their names.
func (a *API) parseQuery(r *http.Request, page bool) (catalogue.Query, url.Values, error) {
	if len(r.URL.RawQuery) > maxQuery {
		return catalogue.Query{}, nil, errs.Invalid("query", fmt.Sprintf("The query string is longer than %d bytes.", maxQuery))
	}
	params, err := url.ParseQuery(r.URL.RawQuery)
	if err != nil {
		return catalogue.Query{}, nil, errs.Invalid("query", "The query string is malformed.")
	}
	p := parser{
		params: params, currency: a.currency, seller: auth.UserID(r.Context()),
		query: catalogue.Query{
			Status: tickets.Available, Sort: catalogue.Newest, Limit: maxLimit,
			Prices: catalogue.Anything, Starts: catalogue.Anything, Days: catalogue.Anything,
		},
	}
	p.defaults()
	for _, name := range slices.Sorted(maps.Keys(params)) {
		if problem := p.param(name, params[name], page); problem != "" {
			p.fail(name, problem)
		}
	}
	p.together()
	return p.query, params, errs.InvalidFields(p.wrong)
}

type parser struct {
	params   url.Values
	currency money.Currency
	seller   string // who is signed in
	query    catalogue.Query
	wrong    []errs.Field
}

func (p *parser) fail(name, problem string) {
	p.wrong = append(p.wrong, errs.Field{Field: name, Message: problem})
}

// defaults sets what depends on other parameters.
func (p *parser) defaults() {
	if p.params.Get("seller") == "me" {
		p.query.Status = ""
	}
}

// param reads one parameter.
func (p *parser) param(name string, values []string, page bool) (problem string) {
	if len(values) > 1 {
		return "Must be given once."
	}
	value, q := values[0], &p.query
	switch name {
	case "q":
		return p.text(value)
	case "minPrice":
		return p.price(name, value, &q.Prices.Low)
	case "maxPrice":
		return p.price(name, value, &q.Prices.High)
	case "from":
		return p.date(value, &q.Starts.Low, &q.Days.Low)
	case "to":
		return p.date(value, &q.Starts.High, &q.Days.High)
	case "city":
		return p.city(value)
	case "category":
		return p.category(value)
	case "status":
		return p.status(value)
	case "seller":
		if value != "me" {
			return "Must be me."
		}
		q.Seller, q.Own, q.Currency = p.seller, true, p.currency
		return ""
	}
	if page {
		switch name {
		case "sort":
			return p.sort(value)
		case "limit":
			return p.limit(value)
		case "cursor":
			return "" // belongs to the query as a whole
		}
	}
	return "This parameter is not known here."
}

func (p *parser) text(value string) (problem string) {
	if utf8.RuneCountInString(value) > maxText {
		return fmt.Sprintf("Must have at most %d characters.", maxText)
	}
	words := catalogue.Words(value)
	if len(words) == 0 && strings.TrimSpace(value) != "" {
		return "Must have a letter or a digit."
	}
	slices.Sort(words)
	if p.query.Words = slices.Compact(words); len(p.query.Words) > maxWords {
		return fmt.Sprintf("Must have at most %d words.", maxWords)
	}
	if len(p.query.Words) > 0 && !p.params.Has("sort") {
		p.query.Sort = catalogue.ByRelevance
	}
	return ""
}

func (p *parser) price(name, value string, bound *int64) (problem string) {
	amount, err := p.currency.Parse(name, json.RawMessage(value))
	if e, ok := errors.AsType[*errs.Error](err); ok {
		return e.Message
	}
	*bound = int64(amount)
	return ""
}

// date reads a moment, or a day where the event is.
func (p *parser) date(value string, moment, day *int64) (problem string) {
	if at, err := time.Parse(time.DateOnly, value); err == nil {
		*day = int64(catalogue.Day(at))
		return ""
	}
	at, err := time.Parse(time.RFC3339, value)
	if err != nil {
		return "Must be a day such as 2026-12-24, or a moment such as 2026-12-24T20:00:00Z."
	}
	*moment = at.UnixMicro()
	return ""
}

func (p *parser) city(value string) (problem string) {
	if utf8.RuneCountInString(value) > maxCity {
		return fmt.Sprintf("Must have at most %d characters.", maxCity)
	}
	if p.query.City = catalogue.Fold(value); p.query.City == "" {
		return "Must be given."
	}
	return ""
}

func (p *parser) category(value string) (problem string) {
	if !slices.Contains(tickets.Categories, value) {
		return "Must be one of " + strings.Join(tickets.Categories, ", ") + "."
	}
	p.query.Category = value
	return ""
}

func (p *parser) status(value string) (problem string) {
	switch s := tickets.Status(value); s {
	case tickets.Available, tickets.Reserved, tickets.Sold, tickets.Past, tickets.Withdrawn:
		p.query.Status = s
	case "all":
		p.query.Status = ""
	default:
		return "Must be available, reserved, sold, past, withdrawn or all."
	}
	return ""
}

func (p *parser) sort(value string) (problem string) {
	switch s := catalogue.Sort(value); s {
	case catalogue.Newest, catalogue.ByDate, catalogue.ByPrice, catalogue.ByPriceDown, catalogue.ByRelevance:
		p.query.Sort = s
		return ""
	}
	return "Must be newest, date, price, -price or relevance."
}

func (p *parser) limit(value string) (problem string) {
	n, err := strconv.ParseUint(value, 10, 16) // no sign, unlike Atoi
	if err != nil || n < 1 || n > maxLimit {
		return fmt.Sprintf("Must be a whole number from 1 to %d.", maxLimit)
	}
	p.query.Limit = int(n)
	return ""
}

// together checks what several parameters say together, when each is right.
func (p *parser) together() {
	if len(p.wrong) > 0 {
		return
	}
	q := &p.query
	if q.Prices.Low > q.Prices.High {
		p.fail("minPrice", "Must not be more than maxPrice.")
	}
	if q.Starts.Low > q.Starts.High || q.Days.Low > q.Days.High || laterThanDay(q.Starts.Low, q.Days.High) || earlierThanDay(q.Starts.High, q.Days.Low) {
		p.fail("from", "Must not be later than to.")
	}
	if len(p.wrong) > 0 || !p.params.Has("cursor") {
		return
	}
	var ok bool
	if q.After, ok = readCursor(p.params.Get("cursor"), *q); !ok {
		p.fail("cursor", "Must be a cursor from the Link header of a page of the same query.")
	}
}

// A day begins somewhere else up to 14 hours sooner or later than in UTC, so a
// moment and a day are compared with one day to spare. What was not given is at the
// end of Anything.

func laterThanDay(moment, day int64) bool {
	return moment != catalogue.Anything.Low && day != catalogue.Anything.High && moment/microsPerDay > day+1
}

func earlierThanDay(moment, day int64) bool {
	return moment != catalogue.Anything.High && day != catalogue.Anything.Low && moment/microsPerDay < day-1
}

const microsPerDay = 24 * 60 * 60 * 1e6
