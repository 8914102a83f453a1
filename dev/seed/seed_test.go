package seed_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"ticketx/dev/seed"
	"ticketx/kit/errs"
	"ticketx/kit/money"
)

func TestTheSameSeedGivesTheSameOffers(t *testing.T) {
	now := time.Date(2026, 5, 1, 12, 0, 0, 0, time.UTC)
	different := 0
	for n := range 100 {
		o := seed.NewOffer(money.EUR, 7, n, now)
		assert.Equal(t, o, seed.NewOffer(money.EUR, 7, n, now.Add(time.Hour)))
		starts, err := time.Parse(time.RFC3339, o.StartsAt)
		require.NoError(t, err)
		assert.True(t, starts.After(now))
		if o != seed.NewOffer(money.EUR, 8, n, now) {
			different++
		}
	}
	assert.Greater(t, different, 90)
}

// Whatever the shop's currency is, its offers can be listed.
func TestPricesInEveryCurrency(t *testing.T) {
	for _, c := range money.Currencies() {
		for n := range 200 {
			o := seed.NewOffer(c, 7, n, time.Now())
			for field, amount := range map[string]money.Amount{"price": o.Price, "originalPrice": o.OriginalPrice} {
				raw, err := json.Marshal(amount)
				require.NoError(t, err)
				got, err := c.ParsePrice(field, raw)
				require.NoError(t, err, "%s of %s", field, amount)
				require.Equal(t, amount.Minor, got)
			}
		}
	}
}

// market is a shop that can be filled.
type market struct {
	currency money.Currency
	cap      money.Minor // in percent of the original price; 0 is none
	accepts  func(offer int) bool
	answers  func(offer int) bool

	mu     sync.Mutex
	offers int
	listed map[string][]json.RawMessage // by who has listed them
	people int
}

type offered struct {
	Price         json.RawMessage `json:"price"`
	OriginalPrice json.RawMessage `json:"originalPrice"`
}

func (m *market) open(t *testing.T) (base string) {
	m.listed = make(map[string][]json.RawMessage)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		m.mu.Lock()
		defer m.mu.Unlock()
		who := ""
		if session, err := r.Cookie("session"); err == nil {
			who = session.Value
		}
		switch {
		case r.URL.Path == "/api/users/signup":
			m.people++
			http.SetCookie(w, &http.Cookie{Name: "session", Value: fmt.Sprint(m.people), Path: "/"})
			_, _ = io.WriteString(w, `{"id":"x"}`)
		case r.URL.Path == "/api/tickets/facets":
			fmt.Fprintf(w, `{"proceeds":{"amount":0,"currency":%q}}`, m.currency)
		case r.Method == http.MethodGet:
			assert.Equal(t, "/api/tickets?seller=me", r.URL.String())
			assert.NoError(t, json.NewEncoder(w).Encode(append([]json.RawMessage{}, m.listed[who]...)))
		default:
			m.list(t, w, r, who)
		}
	}))
	t.Cleanup(server.Close)
	return server.URL
}

func (m *market) list(t *testing.T, w http.ResponseWriter, r *http.Request, who string) {
	body, _ := io.ReadAll(r.Body)
	var o offered
	assert.NoError(t, json.Unmarshal(body, &o))
	price, err := m.currency.ParsePrice("price", o.Price)
	assert.NoError(t, err)
	original, err := m.currency.ParsePrice("originalPrice", o.OriginalPrice)
	assert.NoError(t, err)
	if most := original * m.cap / 100; m.cap > 0 && price > most {
		w.WriteHeader(http.StatusBadRequest)
		_ = json.NewEncoder(w).Encode(map[string]any{"errors": []errs.Field{{Field: "price", Code: errs.TooLarge, Limit: m.currency.Format(most)}}})
		return
	}
	m.offers++
	if m.accepts == nil || m.accepts(m.offers) {
		m.listed[who] = append(m.listed[who], body)
	}
	if m.answers == nil || m.answers(m.offers) {
		w.WriteHeader(http.StatusCreated)
		_, _ = io.WriteString(w, `{}`)
		return
	}
	w.WriteHeader(http.StatusServiceUnavailable)
}

// all returns what was listed, each once for every time that it was.
func (m *market) all() (all []string) {
	for _, of := range m.listed {
		for _, o := range of {
			all = append(all, string(o))
		}
	}
	return all
}

// A shop that is busy now and then gets every offer once all the same, whether or not
// it had taken the one that it gave no answer to.
func TestEachOfferIsListedOnce(t *testing.T) {
	m := &market{
		currency: money.EUR,
		answers:  func(offer int) bool { return offer%5 != 0 },
		accepts:  func(offer int) bool { return offer%10 != 0 },
	}
	start := time.Now()
	require.NoError(t, seed.Run(t.Context(), io.Discard, m.open(t), 40, 7, 200*time.Millisecond))
	all := m.all()
	assert.Len(t, all, 40)
	slices.Sort(all)
	assert.Len(t, slices.Compact(all), 40, "none twice")
	want, err := json.Marshal(seed.NewOffer(money.EUR, 7, 1, start))
	require.NoError(t, err)
	assert.Contains(t, all, string(want))

	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	require.Error(t, seed.Run(ctx, io.Discard, m.open(t), 1, 7, time.Minute))
}

// A shop may price in whatever it likes, and cap prices.
func TestShopsOfAllKinds(t *testing.T) {
	for _, m := range []*market{
		{currency: "jpy", cap: 100}, {currency: "kwd", cap: 33}, {currency: "isk", cap: 70}, {currency: "vnd"},
	} {
		require.NoError(t, seed.Run(t.Context(), io.Discard, m.open(t), 100, 7, time.Minute), "%s", m.currency)
		assert.Len(t, m.all(), 100)
	}
}

// What is refused for another reason is not offered again and again.
func TestWhatIsRefusedIsAnError(t *testing.T) {
	offers := 0
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case strings.HasPrefix(r.URL.Path, "/api/tickets/facets"):
			_, _ = io.WriteString(w, `{"proceeds":{"currency":"eur"}}`)
		case r.URL.Path == "/api/tickets":
			offers++
			w.WriteHeader(http.StatusBadRequest)
			_, _ = io.WriteString(w, `{"errors":[{"field":"price","code":"too_small","limit":"1000.00"}]}`)
		default:
			_, _ = io.WriteString(w, `{"id":"x"}`)
		}
	}))
	defer server.Close()
	require.ErrorContains(t, seed.Run(t.Context(), io.Discard, server.URL, 1, 7, time.Minute), "400")
	assert.Equal(t, 1, offers)
}
