package standin

import (
	"crypto/subtle"
	"errors"
	"net/http"
)

// forBrowser is an operation on one intent that a browser may ask for, with a
// publishable key and the intent's client secret, and that a server may ask
// for as well. It reads the secret, so it comes before err.
func (p *params) forBrowser(id string, op operation) operation {
	const name = "client_secret"
	secret := p.text(name)
	if p.browser && secret == "" {
		p.fail(missingParam(name))
	}
	return func(t *tx) (any, error) {
		i, err := t.intent(id)
		if err != nil {
			return nil, err
		}
		if secret != "" && subtle.ConstantTimeCompare([]byte(secret), []byte(i.ClientSecret)) == 0 {
			return nil, invalid(codeIntentInvalidParameter, name, "The client_secret provided does not match any "+
				"associated PaymentIntent on this account. Ensure the publishable key used belongs to the same account "+
				"that created the PaymentIntent.")
		}
		v, err := op(t)
		if !p.browser {
			return v, err
		}
		if shown, ok := v.(*Intent); ok && shown != nil {
			v = shown.inBrowser()
		}
		if e := (*Error)(nil); errors.As(err, &e) && e.PaymentIntent != nil {
			shown := *e
			shown.PaymentIntent = e.PaymentIntent.inBrowser()
			err = &shown
		}
		return v, err
	}
}

func (i *Intent) inBrowser() *Intent {
	shown := *i
	shown.forBrowser = true
	return &shown
}

// shared lets the pages of any site call an endpoint, as Stripe does: what
// protects an intent is its client secret.
func shared(h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		header := w.Header()
		header.Set("Access-Control-Allow-Origin", "*")
		header.Set("Access-Control-Expose-Headers", "Request-Id, Idempotent-Replayed")
		if r.Method != http.MethodOptions {
			h.ServeHTTP(w, r)
			return
		}
		header.Set("Access-Control-Allow-Methods", "GET, POST")
		header.Set("Access-Control-Allow-Headers", "Authorization, Content-Type, Idempotency-Key, Stripe-Version")
		header.Set("Access-Control-Max-Age", "600")
		w.WriteHeader(http.StatusNoContent)
	})
}
