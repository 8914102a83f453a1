package shop

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// Checkout is what a browser needs to pay by itself.
type Checkout struct {
	ClientSecret   string  `json:"clientSecret"`
	PublishableKey string  `json:"publishableKey"`
	Amount         float64 `json:"amount"`
	Currency       string  `json:"currency"`
	StandIn        string  `json:"standIn"`
}

// Status is how the payment of an order stands.
type Status struct {
	ID       string  `json:"id"`
	OrderID  string  `json:"orderId"`
	Status   string  `json:"status"`
	Amount   float64 `json:"amount"`
	Currency string  `json:"currency"`
	Failure  *struct {
		Code    string `json:"code"`
		Message string `json:"message"`
	} `json:"failure"`
	NextAction *struct {
		URL string `json:"url"`
	} `json:"nextAction"`
	Refund *struct {
		Status string `json:"status"`
	} `json:"refund"`
	Dispute *struct {
		Status string `json:"status"`
		Reason string `json:"reason"`
	} `json:"dispute"`
	CreatedAt time.Time `json:"createdAt"`
	UpdatedAt time.Time `json:"updatedAt"`
	Version   int64     `json:"version"`
}

// Checkout begins to pay for an order in the browser.
func (p *Person) Checkout(ctx context.Context, orderID string) (Checkout, error) {
	return Call[Checkout](ctx, p, http.MethodPost, "/api/payments/intents", map[string]string{"orderId": orderID})
}

// PaymentOf looks at the payment of an order.
func (p *Person) PaymentOf(ctx context.Context, orderID string) (Status, error) {
	return Call[Status](ctx, p, http.MethodGet, "/api/payments/"+orderID, nil)
}

// Payments looks at the newest of the person's payments.
func (p *Person) Payments(ctx context.Context) ([]Status, error) {
	return Call[[]Status](ctx, p, http.MethodGet, "/api/payments", nil)
}

// Confirmed is what the stand-in says to a browser that has confirmed a payment.
type Confirmed struct {
	Status string // Stripe's
	Page   string // where the card's owner is asked, if they are
}

// Confirm pays in the browser with a card such as pm_card_visa, straight with the
// stand-in. A decline is a *Refused with Stripe's code.
func (p *Person) Confirm(ctx context.Context, c Checkout, card, returnURL string) (Confirmed, error) {
	intent, _, _ := strings.Cut(c.ClientSecret, "_secret_")
	res, body, err := p.sendForm(ctx, p.base+c.StandIn+"/v1/payment_intents/"+intent+"/confirm", c.PublishableKey, url.Values{ //nolint:bodyclose // sendForm has read and closed it
		"client_secret": {c.ClientSecret}, "payment_method": {card}, "return_url": {returnURL},
	})
	if err != nil {
		return Confirmed{}, err
	}
	var answer struct {
		Status     string `json:"status"`
		NextAction *struct {
			RedirectToURL struct {
				URL string `json:"url"`
			} `json:"redirect_to_url"`
		} `json:"next_action"`
		Error *struct {
			Code    string `json:"code"`
			Message string `json:"message"`
		} `json:"error"`
	}
	err = json.Unmarshal(body, &answer)
	switch e := answer.Error; {
	case e != nil:
		return Confirmed{}, &Refused{Status: res.StatusCode, RetryAfter: res.Header.Get("Retry-After"), Code: e.Code, Detail: e.Message}
	case res.StatusCode >= http.StatusBadRequest: // the ingress, where the stand-in is away
		return Confirmed{}, &Refused{Status: res.StatusCode, RetryAfter: res.Header.Get("Retry-After")}
	case err != nil:
		return Confirmed{}, fmt.Errorf("decode the stand-in's answer: %w", err)
	}
	confirmed := Confirmed{Status: answer.Status}
	if answer.NextAction != nil {
		confirmed.Page = answer.NextAction.RedirectToURL.URL
	}
	return confirmed, nil
}

// Consent answers the page that asks the card's owner, with "approve" or "refuse",
// and returns the address of the shop to which it leads back.
func (p *Person) Consent(ctx context.Context, page, answer string) (back string, err error) {
	res, _, err := p.sendForm(ctx, page, "", url.Values{"answer": {answer}}) //nolint:bodyclose // sendForm has read and closed it
	if err != nil {
		return "", err
	}
	back = res.Header.Get("Location")
	if res.StatusCode != http.StatusSeeOther || back == "" {
		return "", errors.New("the page leads nowhere: it answers " + res.Status)
	}
	return back, nil
}

// stayingClient shows where an answer leads. It has no cookies: what the stand-in
// is sent must be enough.
var stayingClient = &http.Client{
	Timeout:       requestTimeout,
	CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
}

// sendForm sends what a page has, and stays where the answer leads.
func (p *Person) sendForm(ctx context.Context, address, key string, form url.Values) (*http.Response, []byte, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, address, strings.NewReader(form.Encode()))
	if err != nil {
		return nil, nil, err
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	if key != "" {
		req.Header.Set("Authorization", "Bearer "+key)
	}
	res, err := stayingClient.Do(req)
	if err != nil {
		return nil, nil, err
	}
	defer func() { _ = res.Body.Close() }()
	body, err := io.ReadAll(res.Body)
	return res, body, err
}
