package standin

import (
	"net/http"
	"net/url"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"github.com/stripe/stripe-go/v76"
)

func TestPageOfTheBook(t *testing.T) {
	s := start(t, never)
	empty := s.page("/")
	require.Equal(t, http.StatusOK, empty.status)
	assert.Contains(t, empty.body, "Nothing was charged yet.")

	shop := receive(t)
	made, err := s.endpoints.New(&stripe.WebhookEndpointParams{
		URL: stripe.String(shop.URL), EnabledEvents: stripe.StringSlice([]string{"*"}),
	})
	require.NoError(t, err)
	shop.mu.Lock()
	shop.secrets = []string{made.Secret}
	shop.mu.Unlock()
	i, d := s.disputed("tok_createDispute")
	refunded := s.paidWith(700, "tok_refundFail")
	r, err := s.refunds.New(refundOf(refunded.ID, 0))
	require.NoError(t, err)
	s.hurry()
	waiting, page := s.asked("tok_threeDSecure2Required")
	f := s.fault(url.Values{"kind": {"error_before"}, "route": {createRoute}})
	p := cardIntent(500)
	p.AddMetadata("note", `<script>alert("x")</script>`)
	require.NoError(t, s.book.ClearFaults(f.ID))
	_, err = s.intents.New(p)
	require.NoError(t, err)
	f = s.fault(url.Values{"kind": {"error_before"}, "route": {createRoute}})
	s.idle()

	shown := s.page("/").body
	for _, part := range []string{
		i.ID, i.LatestCharge.ID, d.ID, r.ID, waiting.ID, page, f.ID, made.ID, shop.URL,
		"€10.00", "needs response", "failed: expired or canceled card", "charge.dispute.created", "delivered",
		`lang="en"`, `<th scope="col">`, `http-equiv="refresh"`,
	} {
		assert.Contains(t, shown, part)
	}
	for _, part := range []string{"<script", made.Secret, i.ClientSecret, "order-1"} {
		assert.NotContains(t, shown, part)
	}
	assert.NotContains(t, s.page("/?refresh=no").body, `http-equiv="refresh"`)
	style := s.page("/style.css")
	assert.Equal(t, http.StatusOK, style.status)
	assert.Contains(t, style.body, "prefers-color-scheme: dark")
}

func TestPageShowsTheNewest(t *testing.T) {
	s := start(t)
	first := s.create(500)
	for range mostShown {
		s.create(500)
	}
	assert.NotContains(t, s.page("/").body, `<th scope="row"><code>`+first.ID)
	assert.Contains(t, s.do(s.request(http.MethodGet, "/book", "")).body, first.ID)
}
