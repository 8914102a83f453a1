package payments_test

import (
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/stretchr/testify/require"

	"ticketx/kit/events"
	"ticketx/services/payments"
	"ticketx/standin"
)

const shopURL = "https://shop.example/orders/1"

// confirm pays in the buyer's browser, and returns what the bank shows it.
func (b *bank) confirm(secret payments.Secret, card string) standin.Intent {
	b.t.Helper()
	id, _, _ := strings.Cut(string(secret), "_secret_")
	form := url.Values{"client_secret": {string(secret)}, "payment_method": {card}, "return_url": {shopURL}}
	r, err := http.NewRequestWithContext(b.t.Context(), http.MethodPost, b.url+"/v1/payment_intents/"+id+"/confirm", strings.NewReader(form.Encode()))
	require.NoError(b.t, err)
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Authorization", "Bearer pk_test_standin")
	answer, err := http.DefaultClient.Do(r)
	require.NoError(b.t, err)
	defer func() { _ = answer.Body.Close() }()
	var body struct {
		standin.Intent
		Error *struct {
			PaymentIntent standin.Intent `json:"payment_intent"`
		} `json:"error"`
	}
	require.NoError(b.t, json.NewDecoder(answer.Body).Decode(&body))
	if body.Error != nil {
		return body.Error.PaymentIntent
	}
	return body.Intent
}

// consent answers the bank's question to the card's owner: approve or refuse.
func (b *bank) consent(page payments.Secret, answer string) {
	b.t.Helper()
	client := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	r, err := http.NewRequestWithContext(b.t.Context(), http.MethodPost, string(page), strings.NewReader("answer="+answer))
	require.NoError(b.t, err)
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	done, err := client.Do(r)
	require.NoError(b.t, err)
	defer func() { _ = done.Body.Close() }()
	require.Less(b.t, done.StatusCode, http.StatusBadRequest)
}

// hurry has what takes its time happen now, and waits until it has.
func (b *bank) hurry(happened func(standin.Contents) bool) {
	b.t.Helper()
	_, err := b.book.Hurry()
	require.NoError(b.t, err)
	require.Eventually(b.t, func() bool {
		contents, err := b.book.Contents()
		return err == nil && happened(contents)
	}, 20*time.Second, 5*time.Millisecond)
}

func processed(c standin.Contents) bool {
	return !slices.ContainsFunc(c.PaymentIntents, func(i standin.Intent) bool { return i.Status == standin.Processing })
}

func disputed(c standin.Contents) bool { return len(c.Disputes) > 0 }

// refunds says that all refunds stand like that.
func refunds(status string) func(c standin.Contents) bool {
	return func(c standin.Contents) bool {
		return !slices.ContainsFunc(c.Refunds, func(r standin.Refund) bool { return r.Status != status })
	}
}

// fail has the bank's next answer to a request be an error that it keeps for the
// request's key.
func (b *bank) fail(kind standin.FaultKind, route string) {
	b.t.Helper()
	_, err := b.book.AddFault(standin.Fault{Kind: kind, Route: route, Status: http.StatusInternalServerError, Keep: true, Count: 1})
	require.NoError(b.t, err)
}

// refundByHand gives back a part, as somebody does in Stripe's dashboard.
func (b *bank) refundByHand(intentID string, amount int64) {
	b.t.Helper()
	form := url.Values{"payment_intent": {intentID}, "amount": {strconv.FormatInt(amount, 10)}}
	r, err := http.NewRequestWithContext(b.t.Context(), http.MethodPost, b.url+"/v1/refunds", strings.NewReader(form.Encode()))
	require.NoError(b.t, err)
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Authorization", "Bearer sk_test_dashboard")
	answer, err := http.DefaultClient.Do(r)
	require.NoError(b.t, err)
	defer func() { _ = answer.Body.Close() }()
	require.Equal(b.t, http.StatusOK, answer.StatusCode)
}

// notices are what the bank would tell about the order: an event of each kind, as
// many as there are things.
func (b *bank) notices(o events.Order) (all []payments.Notice) {
	b.t.Helper()
	contents, err := b.book.Contents()
	require.NoError(b.t, err)
	for _, i := range contents.PaymentIntents {
		if i.Metadata["order_id"] != o.ID {
			continue
		}
		all = append(all, payments.Notice{Type: "payment_intent.succeeded", IntentID: i.ID})
		for _, r := range contents.Refunds {
			if r.PaymentIntent == i.ID {
				all = append(all, payments.Notice{Type: "charge.refund.updated", RefundID: r.ID})
			}
		}
		for _, d := range contents.Disputes {
			if d.PaymentIntent == i.ID {
				all = append(all, payments.Notice{Type: "charge.dispute", DisputeID: d.ID})
			}
		}
	}
	return all
}

// hear has a process be told all of that.
func (w *world) hear(s *payments.Service, o events.Order) {
	w.t.Helper()
	for _, n := range w.bank.notices(o) {
		require.NoError(w.t, s.Notified(w.t.Context(), n))
	}
}

// checkout opens the order's payment for the browser.
func (w *world) checkout(s *payments.Service, o events.Order) payments.Secret {
	w.t.Helper()
	c, err := s.Checkout(w.t.Context(), buyer, o.ID)
	require.NoError(w.t, err)
	return c.ClientSecret
}
