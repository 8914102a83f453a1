package standin

import (
	"crypto/rand"
	"net/http"
	"net/url"
	"strings"
)

// NextAction says what the owner of a card has to do before it is charged.
type NextAction struct {
	RedirectToURL *RedirectToURL `json:"redirect_to_url,omitempty"`
	Type          string         `json:"type"`
	UseStripeSDK  *UseStripeSDK  `json:"use_stripe_sdk,omitempty"`
}

// RedirectToURL sends the browser to the page where the owner is asked, and
// then back to the shop.
type RedirectToURL struct {
	ReturnURL string `json:"return_url"`
	URL       string `json:"url"`
}

// UseStripeSDK is for Stripe.js, which opens the page by itself. At Stripe its
// content is nobody else's business; here it is the address of the same page.
type UseStripeSDK struct {
	StripeJS string `json:"stripe_js"`
	Type     string `json:"type"`
}

// pagePath is where the pages of 3-D Secure are.
const pagePath = "/3ds/"

// page is the address at which the owner of the card is asked.
func (n *NextAction) page() string {
	if n.RedirectToURL != nil {
		return n.RedirectToURL.URL
	}
	return n.UseStripeSDK.StripeJS
}

// authentication is what the page of 3-D Secure is about.
type authentication struct {
	Intent    string `json:"intent"`
	ReturnURL string `json:"return_url"` // empty where the page is not left
}

// askOwner has the intent wait for the owner of its card.
func (t *tx) askOwner(i *Intent, how confirmation) (*Intent, error) {
	token := rand.Text()
	address := how.origin + pagePath + token
	a := authentication{Intent: i.ID}
	if how.returnURL != "" && !how.inPage {
		a.ReturnURL = how.returnURL
		i.NextAction = &NextAction{
			Type:          "redirect_to_url",
			RedirectToURL: &RedirectToURL{ReturnURL: how.returnURL, URL: address},
		}
	} else {
		i.NextAction = &NextAction{
			Type:         "use_stripe_sdk",
			UseStripeSDK: &UseStripeSDK{StripeJS: address, Type: "three_d_secure_redirect"},
		}
	}
	i.LastPaymentError = nil
	i.Status = RequiresAction
	if err := t.save(bucketAuthentications, token, a); err != nil {
		return nil, err
	}
	if err := t.save(bucketIntents, i.ID, i); err != nil {
		return nil, err
	}
	return i, t.record("payment_intent.requires_action", i.ID)
}

// question is what a page of 3-D Secure asks, or has asked.
type question struct {
	authentication

	intent *Intent
	open   bool // the answer still counts
}

// question finds what the page is about.
func (t *tx) question(token string) (*question, error) {
	a, err := load[authentication](t, bucketAuthentications, token)
	if err != nil {
		return nil, err
	}
	if a == nil {
		return nil, notFound("authentication", token, "")
	}
	i, err := t.intent(a.Intent)
	if err != nil {
		return nil, err
	}
	open := i.Status == RequiresAction && strings.HasSuffix(i.NextAction.page(), pagePath+token)
	return &question{*a, i, open}, nil
}

// decide takes the answer of the card's owner: the charge goes on, or the
// attempt has failed. An answer to a question that is not open any more
// changes nothing.
func (t *tx) decide(token string, approved bool) (*question, error) {
	q, err := t.question(token)
	if err != nil || !q.open {
		return q, err
	}
	q.open = false
	m, err := t.methodOf(q.intent)
	if err != nil {
		return nil, err
	}
	if approved {
		_, err = t.charge(q.intent, m)
		return q, err
	}
	e := invalid(codeAuthenticationFailure, "", "We are unable to authenticate your payment method. Please choose a "+
		"different payment method and try again.")
	e.Status = http.StatusPaymentRequired
	e.PaymentMethod = m
	return q, t.failed(q.intent, e)
}

// wayBack is the address of the shop, with what Stripe adds to it.
func (q *question) wayBack() string {
	u, err := url.Parse(q.ReturnURL)
	if err != nil || q.ReturnURL == "" {
		return ""
	}
	status := "succeeded"
	switch q.intent.Status {
	case Processing:
		status = "pending"
	case Succeeded, RequiresCapture:
	default:
		status = "failed"
	}
	values := u.Query()
	values.Set("payment_intent", q.intent.ID)
	values.Set("payment_intent_client_secret", q.intent.ClientSecret)
	values.Set("redirect_status", status)
	u.RawQuery = values.Encode()
	return u.String()
}
