package stripetest_test

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"ticketx/services/payments/internal/stripetest"
)

// failures is a test that is allowed to fail.
type failures struct {
	testing.TB
	said []string
}

func (f *failures) Errorf(format string, args ...any) {
	f.said = append(f.said, fmt.Sprintf(format, args...))
}

// The check notices what it is for.
func TestWhatStripeWouldNotDoIsNoticed(t *testing.T) {
	mock := stripetest.Start(t)
	const refund = `{"id":"re_1","object":"refund","amount":100,"status":"succeeded","metadata":{"order_id":"1"}}`
	for name, c := range map[string]struct{ method, path, body, answer, says string }{
		"as it should be":     {"POST", "/v1/refunds", "payment_intent=pi_1&metadata[order_id]=1", refund, ""},
		"unknown parameter":   {"POST", "/v1/refunds", "payment_intent=pi_1&colour=red", refund, "additional properties are not allowed"},
		"unknown in a query":  {"GET", "/v1/refunds?colour=red", "", `{"object":"list"}`, "additional properties are not allowed"},
		"wrong type":          {"POST", "/v1/refunds", "payment_intent=pi_1&amount=much", refund, "amount"},
		"missing parameter":   {"POST", "/v1/payment_intents", "amount=100", `{}`, "currency"},
		"unknown route":       {"POST", "/v1/repayments", "", `{}`, "Unrecognized request URL"},
		"unknown field":       {"GET", "/v1/refunds/re_1", "", `{"id":"re_1","colour":"red"}`, "Stripe answers no .colour"},
		"field of wrong type": {"GET", "/v1/refunds/re_1", "", `{"amount":"100"}`, ".amount is a string, and at Stripe a float64"},
		"object for a text":   {"GET", "/v1/refunds/re_1", "", `{"status":{}}`, ".status is a map"},
		"list for a number":   {"GET", "/v1/refunds/re_1", "", `{"amount":[]}`, ".amount is a []"},
		"not JSON":            {"GET", "/v1/refunds/re_1", "", `OK`, "no JSON"},
		"in a list":           {"GET", "/v1/refunds", "", `{"object":"list","data":[{"colour":"red"}]}`, ".data[].colour"},
	} {
		t.Run(name, func(t *testing.T) {
			f := &failures{TB: t}
			server := httptest.NewServer(mock.Watch(f, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				body, err := io.ReadAll(r.Body)
				assert.NoError(t, err)
				assert.Equal(t, c.body, string(body), "the request goes on as it came")
				_, _ = w.Write([]byte(c.answer))
			})))
			t.Cleanup(server.Close)
			req, err := http.NewRequestWithContext(t.Context(), c.method, server.URL+c.path, strings.NewReader(c.body))
			require.NoError(t, err)
			req.Header.Set("Authorization", "Bearer sk_test_standin")
			if c.body != "" {
				req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
			}
			res, err := http.DefaultClient.Do(req)
			require.NoError(t, err)
			answer, err := io.ReadAll(res.Body)
			require.NoError(t, err)
			require.NoError(t, res.Body.Close())
			assert.Equal(t, c.answer, string(answer))
			if c.says == "" {
				assert.Empty(t, f.said)
			} else {
				assert.Contains(t, strings.Join(f.said, "\n"), c.says)
			}
		})
	}
}
