package standin

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestBadParameters(t *testing.T) {
	s := start(t)
	intent := "/v1/payment_intents"
	confirm := intent + "/" + s.create(1000).ID + "/confirm"
	manyKeys := url.Values{}
	for n := range mostMetadata + 1 {
		manyKeys.Set(fmt.Sprintf("metadata[k%d]", n), "v")
	}
	for _, c := range []struct {
		name, path  string
		base, with  url.Values
		code, param string
	}{
		{"no amount", intent, nil, url.Values{"currency": {"eur"}}, "parameter_missing", "amount"},
		{"no currency", intent, nil, url.Values{"amount": {"100"}}, "parameter_missing", "currency"},
		{"unknown", intent, intentForm(), url.Values{"tip": {"1"}}, "parameter_unknown", "tip"},
		{"unknown before missing", intent, nil, url.Values{"tip": {"1"}}, "parameter_unknown", "tip"},
		{"a Stripe parameter that is not stood in for", intent, intentForm(), url.Values{"customer": {"cus_1"}}, "parameter_unknown", "customer"},
		{"unknown member", confirm, confirmForm("tok_visa"), url.Values{"payment_method_data[card][number]": {"4242424242424242"}}, "parameter_unknown", "payment_method_data[card][number]"},
		{"amount not a number", intent, intentForm(), url.Values{"amount": {"ten"}}, "parameter_invalid_integer", "amount"},
		{"amount with decimals", intent, intentForm(), url.Values{"amount": {"10.5"}}, "parameter_invalid_integer", "amount"},
		{"amount beyond int64", intent, intentForm(), url.Values{"amount": {"99999999999999999999"}}, "parameter_invalid_integer", "amount"},
		{"amount zero", intent, intentForm(), url.Values{"amount": {"0"}}, "parameter_invalid_integer", "amount"},
		{"amount negative", intent, intentForm(), url.Values{"amount": {"-100"}}, "parameter_invalid_integer", "amount"},
		{"amount empty", intent, intentForm(), url.Values{"amount": {""}}, "parameter_invalid_empty", "amount"},
		{"amount an object", intent, intentForm(), url.Values{"amount[x]": {"1"}}, "parameter_unknown", "amount[x]"},
		{"too small in eur", intent, intentForm(), url.Values{"amount": {"49"}}, "amount_too_small", "amount"},
		{"too small in gbp", intent, intentForm(), url.Values{"amount": {"29"}, "currency": {"gbp"}}, "amount_too_small", "amount"},
		{"too large", intent, intentForm(), url.Values{"amount": {"100000000"}}, "amount_too_large", "amount"},
		{"no such currency", intent, intentForm(), url.Values{"currency": {"xyz"}}, "", "currency"},
		{"currency in capitals", intent, intentForm(), url.Values{"currency": {"EUR"}}, "", "currency"},
		{"confirm not a boolean", intent, intentForm(), url.Values{"confirm": {"perhaps"}}, "", "confirm"},
		{"other method types", intent, intentForm(), url.Values{"payment_method_types[]": {"ideal"}}, "", "payment_method_types"},
		{"types not an array", intent, intentForm(), url.Values{"payment_method_types": {"card"}}, "", "payment_method_types"},
		{"types and automatic", intent, intentForm(), url.Values{"automatic_payment_methods[enabled]": {"true"}}, "", "automatic_payment_methods"},
		{"automatic without enabled", intent, nil, url.Values{"amount": {"100"}, "currency": {"eur"}, "automatic_payment_methods[allow_redirects]": {"never"}}, "parameter_missing", "automatic_payment_methods[enabled]"},
		{"return_url without confirm", intent, intentForm(), url.Values{"return_url": {"https://a.example/"}}, "", "return_url"},
		{"return_url not a URL", confirm, confirmForm("tok_visa"), url.Values{"return_url": {"nowhere"}}, "url_invalid", "return_url"},
		{"text too long", intent, intentForm(), url.Values{"description": {strings.Repeat("x", longestText+1)}}, "", "description"},
		{"metadata not an object", intent, intentForm(), url.Values{"metadata": {"x"}}, "", "metadata"},
		{"metadata too deep", intent, intentForm(), url.Values{"metadata[a][b]": {"x"}}, "", "metadata"},
		{"metadata unclosed", intent, intentForm(), url.Values{"metadata[a": {"x"}}, "", "metadata"},
		{"metadata without key", intent, intentForm(), url.Values{"metadata[]": {"x"}}, "", "metadata"},
		{"metadata key too long", intent, intentForm(), url.Values{"metadata[" + strings.Repeat("k", 41) + "]": {"v"}}, "", "metadata[" + strings.Repeat("k", 41) + "]"},
		{"metadata value too long", intent, intentForm(), url.Values{"metadata[k]": {strings.Repeat("ü", 501)}}, "", "metadata[k]"},
		{"too much metadata", intent, intentForm(), manyKeys, "", "metadata"},
		{"data without type", confirm, nil, url.Values{"payment_method_data[card][token]": {"tok_visa"}}, "parameter_missing", "payment_method_data[type]"},
		{"data of another type", confirm, confirmForm("tok_visa"), url.Values{"payment_method_data[type]": {"ideal"}}, "", "payment_method_data[type]"},
		{"data without token", confirm, nil, url.Values{"payment_method_data[type]": {"card"}}, "parameter_missing", "payment_method_data[card][token]"},
		{"method and data", confirm, confirmForm("tok_visa"), url.Values{"payment_method": {"pm_card_visa"}}, "", "payment_method"},
		{"reason to cancel", strings.Replace(confirm, "confirm", "cancel", 1), nil, url.Values{"cancellation_reason": {"bored"}}, "", "cancellation_reason"},
		{"reason to refund", "/v1/refunds", nil, url.Values{"payment_intent": {"pi_1"}, "reason": {"bored"}}, "", "reason"},
	} {
		t.Run(c.name, func(t *testing.T) {
			form := url.Values{}
			maps.Copy(form, c.base)
			maps.Copy(form, c.with)
			r := s.post(c.path, "", form)
			e := r.error(t)
			assert.Equal(t, http.StatusBadRequest, r.status)
			assert.Equal(t, "invalid_request_error", e.Type)
			assert.Equal(t, c.code, e.Code, e.Message)
			assert.Equal(t, c.param, e.Param, e.Message)
			assert.NotEmpty(t, e.Message)
		})
	}
	assert.Len(t, s.contents().PaymentIntents, 1, "no refused request left anything")
}

func TestGoodParameters(t *testing.T) {
	s := start(t)
	form := intentForm()
	form.Set("metadata["+strings.Repeat("ü", longestMetadataKey)+"]", strings.Repeat("ü", longestMetadataValue))
	form.Set("metadata[unset]", "")
	form["amount"] = []string{"oops", "1000"} // the last one counts
	require.Equal(t, http.StatusOK, s.post("/v1/payment_intents", "", form).status)
	assert.Len(t, s.contents().PaymentIntents[0].Metadata, 1)

	form = url.Values{"amount": {"50"}, "currency": {"jpy"}, "metadata": {""}, "payment_method_types[0]": {"card"}}
	require.Equal(t, http.StatusOK, s.post("/v1/payment_intents", "", form).status)
	require.Equal(t, http.StatusOK, s.post("/v1/payment_intents?amount=99999999&currency=usd", "", nil).status)
}

func TestMoney(t *testing.T) {
	assert.Equal(t, "€0.05", money(5, "eur"))
	assert.Equal(t, "$999,999.99", money(largestAmount, "usd"))
	assert.Equal(t, "¥99,999,999", money(largestAmount, "jpy"))
	assert.Equal(t, "SEK 1,000.00", money(100_000, "sek"))
}

// Whatever is sent, the answer is one of Stripe's, and never a 500.
func FuzzRequests(f *testing.F) {
	book, err := Open(filepath.Join(f.TempDir(), "book.db"))
	require.NoError(f, err)
	f.Cleanup(func() { _ = book.Close() })
	handler := NewServer(book)
	for _, body := range []string{
		"", "amount=1000&currency=eur", "amount[]=1&metadata[[]]=2", "%zz", "a;b", "=", "&&&", "[=]", "metadata[=x",
		"payment_method_types[99999999999]=card", "amount=\xff&currency=eur", "\x00=\x00", "limit=5&starting_after=%00",
		"payment_method_data[type]=card&payment_method_data[card][token]=tok_visa",
	} {
		for _, path := range []string{
			"/v1/payment_intents", "/v1/payment_intents/x", "/v1/payment_intents/x/confirm", "/v1/refunds", "/v1/refunds/x",
			"/v1/payment_methods", "/v1/payment_methods/x", "/v1/payment_intents/x/capture", "/v1/charges", "/v1/charges/x", "/v1/disputes", "/v1/disputes/x",
			"/v1/disputes/x/close", "/v1/events", "/v1/events/x", "/v1/webhook_endpoints", "/v1/webhook_endpoints/x",
			"/3ds/x", "/faults", "/hurry", "/disputes/x/close", "/events/x/resend", "//v1//..", "/",
		} {
			f.Add("POST", path, body, "key")
			f.Add("GET", path, body, "")
		}
	}
	f.Fuzz(func(t *testing.T, method, path, body, key string) {
		r := &http.Request{
			Method: method,
			URL:    &url.URL{Path: path},
			Header: http.Header{
				"Authorization":   {"Bearer sk_test_fuzz"},
				"Content-Type":    {"application/x-www-form-urlencoded"},
				"Idempotency-Key": {key},
			},
			Body:          http.NoBody,
			ContentLength: int64(len(body)),
		}
		if method == http.MethodPost {
			r.Body = httptest.NewRequest(method, "/", strings.NewReader(body)).Body
		} else {
			r.URL.RawQuery = body
		}
		w := httptest.NewRecorder()
		handler.ServeHTTP(w, r)
		if w.Code >= http.StatusInternalServerError {
			t.Fatalf("%s %q %q: %d %s", method, path, body, w.Code, w.Body)
		}
	})
}

// Random walks through the API with mostly valid words leave the sums right.
func TestRandomRequestsKeepTheBookRight(t *testing.T) {
	s := start(t, never)
	words := rand.New(rand.NewPCG(1, 2))
	pick := func(from ...string) string { return from[words.IntN(len(from))] }
	var ids []string
	for range 600 {
		id := "pi_nobody"
		if len(ids) > 0 {
			id = pick(ids...)
		}
		var r response
		switch words.IntN(7) {
		case 0:
			r = s.post("/v1/payment_intents", "", url.Values{
				"amount": {pick("50", "1000", "-1", "49", "x")}, "currency": {pick("eur", "usd", "jpy", "kwd", "Eur")},
				"payment_method_types[]": {"card"}, "capture_method": {pick("automatic", "manual")},
			})
			if r.status == http.StatusOK {
				made := s.contents().PaymentIntents
				ids = append(ids, made[len(made)-1].ID)
			}
		case 1, 2:
			r = s.post("/v1/payment_intents/"+id+"/confirm", "", confirmForm(pick(
				"tok_visa", "tok_chargeDeclined", "tok_x", "tok_threeDSecure2Required", "tok_standin_processing",
				"tok_standin_processingDeclined", "tok_refundFail", "tok_pendingRefund", "tok_createDispute", "tok_createDispute",
			)))
		case 3:
			r = s.post("/v1/payment_intents/"+id+"/"+pick("cancel", "capture"), "", nil)
		case 4:
			r = s.post("/v1/refunds", "", url.Values{"payment_intent": {id}, "amount": {pick("1", "20", "1000", "0")}})
		case 5:
			if i := s.contents().PaymentIntents; len(i) > 0 {
				if next := i[words.IntN(len(i))].NextAction; next != nil {
					r = s.answer(next.page(), pick("approve", "refuse"))
				}
			}
		case 6:
			s.hurry()
			if d := s.contents().Disputes; len(d) > 0 {
				r = s.post("/disputes/"+d[words.IntN(len(d))].ID+"/close", "", url.Values{"outcome": {pick("won", "lost")}})
			}
		}
		require.Less(t, r.status, http.StatusInternalServerError, r.body)
	}
	c := s.contents()
	received, refunded := map[string]int64{}, map[string]int64{}
	for _, i := range c.PaymentIntents {
		received[i.Currency] += i.AmountReceived
	}
	for _, r := range c.Refunds {
		if r.Status != refundFailed {
			refunded[r.Currency] += r.Amount
		}
	}
	require.NotEmpty(t, c.Refunds)
	require.NotEmpty(t, c.Disputes)
	for currency, sum := range c.Sums {
		assert.Equal(t, received[currency], sum.Charged, currency)
		assert.Equal(t, refunded[currency], sum.Refunded, currency)
		assert.GreaterOrEqual(t, sum.Net, int64(0))
	}
}
