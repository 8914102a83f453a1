package tickets_test

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"ticketx/kit/errs"
	"ticketx/kit/events"
	"ticketx/kit/money"
	"ticketx/services/tickets"
)

var euros = tickets.Market{Currency: money.EUR}

// draft reads what a seller sends.
func draft(t *testing.T, body string) tickets.Draft {
	t.Helper()
	var d tickets.Draft
	require.NoError(t, json.Unmarshal([]byte(body), &d), body)
	return d
}

// requireWrong checks which fields an offer is refused for, with a message each.
func requireWrong(t *testing.T, err error, fields ...string) {
	t.Helper()
	invalid, ok := errors.AsType[*errs.Error](err)
	require.True(t, ok, "%v", err)
	require.Equal(t, errs.KindInvalid, invalid.Kind)
	var named []string
	for _, f := range invalid.Fields {
		assert.NotEmpty(t, f.Message)
		named = append(named, f.Field)
	}
	require.Equal(t, fields, named)
}

func TestOfferOfTitleAndPrice(t *testing.T) {
	for name, tc := range map[string]struct {
		title, price string
		wrong        []string // the fields that are reported
	}{
		"plain":                      {title: "Row 3", price: "25"},
		"cheapest":                   {title: "Row 3", price: "0.50"},
		"dearest":                    {title: "Row 3", price: "999999.99"},
		"longest title, in letters":  {title: strings.Repeat("ü", 200), price: "25"},
		"space does not count":       {title: " " + strings.Repeat("a", 200) + `\n`, price: "25"},
		"no title":                   {title: "", price: "25", wrong: []string{"title"}},
		"only space":                 {title: ` \t\n`, price: "25", wrong: []string{"title"}},
		"too long":                   {title: strings.Repeat("a", 201), price: "25", wrong: []string{"title"}},
		"control character":          {title: `Row\u00003`, price: "25", wrong: []string{"title"}},
		"line break inside":          {title: `Row\n3`, price: "25", wrong: []string{"title"}},
		"null":                       {title: "Row 3", price: "null", wrong: []string{"price"}},
		"text":                       {title: "Row 3", price: `"25"`, wrong: []string{"price"}},
		"free":                       {title: "Row 3", price: "0", wrong: []string{"price"}},
		"less than can be charged":   {title: "Row 3", price: "0.49", wrong: []string{"price"}},
		"negative":                   {title: "Row 3", price: "-25", wrong: []string{"price"}},
		"three decimals":             {title: "Row 3", price: "25.001", wrong: []string{"price"}},
		"more than Stripe takes":     {title: "Row 3", price: "1000000", wrong: []string{"price"}},
		"both are reported together": {title: "", price: "0", wrong: []string{"title", "price"}},
	} {
		t.Run(name, func(t *testing.T) {
			offer, err := euros.Offer(tickets.Offer{}, draft(t, `{"title":"`+tc.title+`","price":`+tc.price+`}`), noon)
			if tc.wrong != nil {
				requireWrong(t, err, tc.wrong...)
				return
			}
			require.NoError(t, err)
			assert.Equal(t, strings.Trim(tc.title, ` \n`), offer.Title)
			assert.Zero(t, offer.Details)
		})
	}
}

func TestOfferInOtherCurrencies(t *testing.T) {
	for currency, prices := range map[money.Currency]struct{ good, bad []string }{
		"jpy": {good: []string{"50", "99999999"}, bad: []string{"49", "50.5", "100000000"}},
		"kwd": {good: []string{"0.25", "5.120"}, bad: []string{"0.24", "5.125", "100000"}},
		"gbp": {good: []string{"0.30"}, bad: []string{"0.29"}},
	} {
		market := tickets.Market{Currency: currency}
		for _, price := range prices.good {
			offer, err := market.Offer(tickets.Offer{}, draft(t, `{"title":"Row 3","price":`+price+`}`), noon)
			require.NoError(t, err, "%s %s", currency, price)
			assert.Equal(t, currency, offer.Currency)
		}
		for _, price := range prices.bad {
			_, err := market.Offer(tickets.Offer{}, draft(t, `{"title":"Row 3","price":`+price+`}`), noon)
			requireWrong(t, err, "price")
		}
	}
}

// full is a draft that says everything.
const full = `{"title":"Row 3","price":25.5,"originalPrice":30,"startsAt":"2026-06-01T14:00:00.0004+02:00","timeZone":"Europe/Berlin",
	"venue":" Arena ","city":"Berlin","category":"concert","section":"Parkett","row":"3","seat":"12-13","quantity":2,
	"description":" Aisle.\r\nDoors at\tseven. \n"}`

func TestOfferOfEverything(t *testing.T) {
	offer, err := euros.Offer(tickets.Offer{}, draft(t, full), noon)
	require.NoError(t, err)
	want := told
	want.Description = "Aisle.\nDoors at\tseven."
	assert.Equal(t, want, offer)
}

func TestOfferIsWrong(t *testing.T) {
	long := func(n int) string { return `"` + strings.Repeat("ä", n+1) + `"` }
	for field, values := range map[string][]string{
		"originalPrice": {"0", "-1", "1.005", `"30"`, "1e3", "[]", "{}", "1000000", "true"},
		"startsAt": {
			`"tomorrow"`, `"2026-06-01"`, `"2026-06-01T20:00:00"`, `"2026-06-01T25:00:00Z"`, `"2026-02-30T20:00:00Z"`, `"1780000000"`,
			`"2026-05-01T12:00:00Z"`, `"2025-06-01T20:00:00Z"`, `"0001-01-01T00:00:00Z"`, `"2036-05-02T12:00:00Z"`, `"9999-12-31T23:59:59Z"`,
		},
		"timeZone": {
			`"Berlin"`, `"Europe/Atlantis"`, `"Local"`, `"+02:00"`, `"posix/Europe/Berlin"`, `"../../etc/passwd"`, `"/etc/passwd"`, `"Europe/"`,
			`"Europe"`, `"\u0000"`, long(64),
		},
		"category":    {`"Concert"`, `"opera"`, `"concert!"`},
		"quantity":    {"0", "-1", "21", "9223372036854775807"},
		"venue":       {long(120), `"A\nB"`, `"A\u0007B"`},
		"city":        {long(100), `"A\tB"`},
		"section":     {long(40), `"A\u0085B"`},
		"row":         {long(20), `"A\u007fB"`},
		"seat":        {long(60), `"A\u0000B"`},
		"description": {long(2000), `"A\u0000B"`, `"A\u001bB"`},
	} {
		for _, value := range values {
			body := `{"title":"Row 3","price":25,"` + field + `":` + value + `}`
			t.Run(body, func(t *testing.T) {
				_, err := euros.Offer(tickets.Offer{}, draft(t, body), noon)
				requireWrong(t, err, field)
			})
		}
	}
}

// A form marks every field that is wrong, not one at a time.
func TestOfferIsWrongInEveryWay(t *testing.T) {
	_, err := euros.Offer(tickets.Offer{}, draft(t, `{"title":"","price":0,"originalPrice":0,"startsAt":"x","timeZone":"x","venue":"\u0000",
		"city":"\u0000","category":"x","section":"\u0000","row":"\u0000","seat":"\u0000","quantity":0,"description":"\u0000"}`), noon)
	requireWrong(t, err, "title", "originalPrice", "startsAt", "venue", "city", "section", "row", "seat", "timeZone", "category", "quantity", "description", "price")
}

func TestWhatAnEmptyFieldSays(t *testing.T) {
	for _, nothing := range []string{`""`, `" "`, `null`} {
		body := `{"title":"Row 3","price":25,"quantity":null,"originalPrice":null`
		for _, field := range []string{"startsAt", "timeZone", "venue", "city", "category", "section", "row", "seat", "description"} {
			body += `,"` + field + `":` + nothing
		}
		offer, err := euros.Offer(told, draft(t, body+`}`), noon)
		require.NoError(t, err)
		assert.Equal(t, tickets.Offer{Title: "Row 3", Price: 2500, Currency: money.EUR, Details: events.Details{Quantity: 1}}, offer)
	}
}

func TestOfferThatWasMadeBefore(t *testing.T) {
	t.Run("what is not given is cleared", func(t *testing.T) {
		offer, err := euros.Offer(told, draft(t, `{"title":"Row 1","price":20,"city":"Bremen"}`), noon)
		require.NoError(t, err)
		assert.Equal(t, tickets.Offer{
			Title: "Row 1", Price: 2000, Currency: money.EUR, Details: events.Details{City: "Bremen", Quantity: 1},
		}, offer)
	})
	t.Run("but TicketX's client leaves what it does not know", func(t *testing.T) {
		offer, err := euros.Offer(told, draft(t, `{"title":"Row 1","price":20}`), noon)
		require.NoError(t, err)
		want := told
		want.Title, want.Price = "Row 1", 2000
		assert.Equal(t, want, offer)
	})

	start := told.StartsAt
	const same = `{"title":"Row 3","price":20,"startsAt":"2026-06-01T12:00:00Z"}`
	for name, tc := range map[string]struct {
		body string
		at   time.Time
		ok   bool
	}{
		"it has not started, and loses its date": {`{"title":"Row 3","price":20,"city":"Bremen"}`, start.Add(-1), true},
		"it has started, and keeps its date":     {same, start, true},
		"and TicketX's client edits it":          {`{"title":"Row 3","price":20}`, start, true},
		"and loses its date":                     {`{"title":"Row 3","price":20,"city":"Bremen"}`, start, false},
		"and gets one that has passed":           {`{"title":"Row 3","price":20,"startsAt":"2026-06-01T11:00:00Z"}`, start, false},
		"and gets a new one":                     {`{"title":"Row 3","price":20,"startsAt":"2026-06-02T11:00:00Z"}`, start, true},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := euros.Offer(told, draft(t, tc.body), tc.at)
			if tc.ok {
				require.NoError(t, err)
				return
			}
			requireWrong(t, err, "startsAt")
		})
	}
}

func TestResaleCap(t *testing.T) {
	for name, tc := range map[string]struct {
		cap     int
		prices  string
		wrong   []string
		message string
	}{
		"no cap":                   {0, `"price":1000,"originalPrice":30`, nil, ""},
		"at the cap":               {110, `"price":33,"originalPrice":30`, nil, ""},
		"above":                    {110, `"price":33.01,"originalPrice":30`, []string{"price"}, "Must be at most 33.00, which is 110% of the original price."},
		"a fraction of a cent":     {110, `"price":1.13,"originalPrice":1.02`, []string{"price"}, "Must be at most 1.12, which is 110% of the original price."},
		"cheaper than at first":    {100, `"price":20,"originalPrice":30`, nil, ""},
		"below the original price": {80, `"price":25,"originalPrice":30`, []string{"price"}, "Must be at most 24.00, which is 80% of the original price."},
		"dearest":                  {1000, `"price":999999.99,"originalPrice":999999.99`, nil, ""},
		"no original price":        {110, `"price":33`, []string{"originalPrice"}, "Must be given: here a ticket may cost at most 110% of its original price."},
		"a wrong original price":   {110, `"price":33,"originalPrice":-1`, []string{"originalPrice"}, "Must not be negative."},
		"a wrong price":            {110, `"price":0,"originalPrice":30`, []string{"price"}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			market := tickets.Market{Currency: money.EUR, ResaleCap: tc.cap}
			_, err := market.Offer(tickets.Offer{}, draft(t, `{"title":"Row 3",`+tc.prices+`}`), noon)
			if tc.wrong == nil {
				require.NoError(t, err)
				return
			}
			requireWrong(t, err, tc.wrong...)
			if tc.message != "" {
				assert.ErrorContains(t, err, tc.message)
			}
		})
	}
	capped := tickets.Market{Currency: money.EUR, ResaleCap: 110}
	_, err := capped.Offer(told, draft(t, `{"title":"Row 3","price":33}`), noon)
	require.NoError(t, err, "TicketX's client leaves the original price")
	_, err = capped.Offer(told, draft(t, `{"title":"Row 3","price":33.01}`), noon)
	requireWrong(t, err, "price")
	invalid, _ := errors.AsType[*errs.Error](err)
	assert.Equal(t, errs.TooLarge, invalid.Fields[0].Code)
	assert.Equal(t, "33.00", invalid.Fields[0].Limit)
}
