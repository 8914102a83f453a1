//go:build linux

package e2e_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"ticketx/dev/shop"
	"ticketx/standin"
	"ticketx/test/system"
)

// reserved is a ticket that somebody has reserved. A hold of zero is the usual one.
func reserved(t *testing.T, hold time.Duration) (buyer *shop.Person, order shop.Order) {
	t.Helper()
	seller, buyer := newcomer(t, "seller"), newcomer(t, "buyer")
	ticket, err := seller.List(t.Context(), "Serenade", 25.5)
	require.NoError(t, err)
	order, err = buyer.Reserve(t.Context(), ticket.ID, hold)
	require.NoError(t, err)
	return buyer, order
}

// checkout begins to pay in the browser.
func checkout(t *testing.T, buyer *shop.Person, order shop.Order) shop.Checkout {
	t.Helper()
	c, err := buyer.Checkout(t.Context(), order.ID)
	require.NoError(t, err)
	return c
}

func backTo(order shop.Order) string { return sys.Base + "/orders/" + order.ID }

// awaitPayment waits until the payment's page shows the status.
func awaitPayment(t *testing.T, p *shop.Person, orderID, status string) shop.Status {
	t.Helper()
	payment, err := shop.Until(soon(t),
		func(ctx context.Context) (shop.Status, error) { return p.PaymentOf(ctx, orderID) },
		func(s shop.Status) bool { return s.Status == status })
	require.NoError(t, err)
	return payment
}

func TestBrowserPays(t *testing.T) {
	buyer, order := reserved(t, 0)
	c := checkout(t, buyer, order)
	assert.InDelta(t, 25.5, c.Amount, 0)
	assert.Equal(t, "eur", c.Currency)
	assert.Equal(t, "pk_test_standin", c.PublishableKey)
	assert.Equal(t, "/stripe-standin", c.StandIn)
	assert.Equal(t, c, checkout(t, buyer, order), "one intent, whatever is clicked")
	awaitOrder(t, buyer, order.ID, "awaiting:payment")

	confirmed, err := buyer.Confirm(t.Context(), c, "pm_card_visa", backTo(order))
	require.NoError(t, err)
	assert.Equal(t, "succeeded", confirmed.Status)
	awaitOrder(t, buyer, order.ID, "complete")
	awaitTicket(t, buyer, order.Ticket.ID, "sold")
	assert.Equal(t, []int64{25_50}, charges(t, order.ID))

	list, err := buyer.Payments(t.Context())
	require.NoError(t, err)
	require.Len(t, list, 1)
	assert.Equal(t, order.ID, list[0].OrderID)
	assert.Equal(t, "succeeded", list[0].Status)
	_, err = buyer.Checkout(t.Context(), order.ID)
	assert.Equal(t, http.StatusConflict, refusal(t, err).Status)
}

func TestBrowserIsDeclinedAndTriesAnotherCard(t *testing.T) {
	buyer, order := reserved(t, 0)
	c := checkout(t, buyer, order)
	_, err := buyer.Confirm(t.Context(), c, "pm_card_visa_chargeDeclinedInsufficientFunds", backTo(order))
	assert.Equal(t, http.StatusPaymentRequired, refusal(t, err).Status)
	failed := awaitPayment(t, buyer, order.ID, "failed")
	require.NotNil(t, failed.Failure)
	assert.Equal(t, "insufficient_funds", failed.Failure.Code)
	assert.NotEmpty(t, failed.Failure.Message)
	still, err := buyer.Order(t.Context(), order.ID)
	require.NoError(t, err)
	assert.Equal(t, "awaiting:payment", still.Status, "the order stays live")

	_, err = buyer.Confirm(t.Context(), c, "pm_card_mastercard", backTo(order))
	require.NoError(t, err)
	awaitOrder(t, buyer, order.ID, "complete")
	assert.Equal(t, []int64{25_50}, charges(t, order.ID))
}

func TestOwnerOfTheCardIsAsked(t *testing.T) {
	for answer, status := range map[string]string{"approve": "succeeded", "refuse": "failed"} {
		t.Run(answer, func(t *testing.T) {
			buyer, order := reserved(t, 0)
			confirmed, err := buyer.Confirm(t.Context(), checkout(t, buyer, order), "pm_card_threeDSecure2Required", backTo(order))
			require.NoError(t, err)
			require.Equal(t, "requires_action", confirmed.Status)
			asked := awaitPayment(t, buyer, order.ID, "requires_action")
			require.NotNil(t, asked.NextAction)
			assert.Equal(t, confirmed.Page, asked.NextAction.URL)
			assert.Contains(t, confirmed.Page, "/stripe-standin/3ds/", "through the ingress")

			back, err := buyer.Consent(t.Context(), confirmed.Page, answer)
			require.NoError(t, err)
			assert.True(t, strings.HasPrefix(back, backTo(order)+"?"), back)
			awaitPayment(t, buyer, order.ID, status)
			if answer == "approve" {
				awaitOrder(t, buyer, order.ID, "complete")
				return
			}
			assert.Empty(t, charges(t, order.ID))
			_, err = buyer.Pay(t.Context(), order.ID, "tok_visa")
			require.NoError(t, err, "another card may be tried")
			awaitOrder(t, buyer, order.ID, "complete")
		})
	}
}

func TestBankTakesItsTime(t *testing.T) {
	buyer, order := reserved(t, 0)
	confirmed, err := buyer.Confirm(t.Context(), checkout(t, buyer, order), "pm_card_standin_processing", backTo(order))
	require.NoError(t, err)
	assert.Equal(t, "processing", confirmed.Status)
	steer(t, http.MethodPost, "/hurry", nil)
	awaitOrder(t, buyer, order.ID, "complete")
}

func TestTimeIsUpWhileSomebodyPays(t *testing.T) {
	for name, c := range map[string]struct{ card, order, reason, ticket string }{
		"declined":           {"pm_card_chargeDeclined", "cancelled", "payment_failed", "available"},
		"owner not answered": {"pm_card_threeDSecure2Required", "cancelled", "expired", "available"},
		"no card tried":      {"", "cancelled", "expired", "available"},
		"paid, and no webhook": {
			"pm_card_visa", "complete", "", "sold",
		},
	} {
		t.Run(name, func(t *testing.T) {
			withFault(t, url.Values{"kind": {"webhook_never"}})
			buyer, order := reserved(t, shortHold)
			opened := checkout(t, buyer, order)
			if c.card != "" {
				_, err := buyer.Confirm(t.Context(), opened, c.card, backTo(order))
				if name == "declined" {
					awaitPayment(t, buyer, order.ID, "failed")
				} else {
					require.NoError(t, err)
				}
			}
			ended := awaitOrder(t, buyer, order.ID, c.order)
			assert.Equal(t, c.reason, ended.Reason)
			awaitTicket(t, buyer, order.Ticket.ID, c.ticket)
			_, err := buyer.Confirm(t.Context(), opened, "pm_card_visa", backTo(order))
			require.Error(t, err, "nothing can be charged any more")
			if c.order == "complete" {
				assert.Len(t, charges(t, order.ID), 1)
			} else {
				assert.Empty(t, charges(t, order.ID))
			}
		})
	}
}

func TestWebhooksThatGoAstray(t *testing.T) {
	for name, fault := range map[string]url.Values{
		"never":    {"kind": {"webhook_never"}},
		"twice":    {"kind": {"webhook_twice"}},
		"late":     {"kind": {"webhook_late"}, "delay": {"1s"}},
		"reversed": {"kind": {"webhook_reversed"}, "count": {"2"}},
	} {
		t.Run(name, func(t *testing.T) {
			withFault(t, fault)
			buyer, order := reserved(t, 0)
			c := checkout(t, buyer, order)
			_, err := buyer.Confirm(t.Context(), c, "pm_card_chargeDeclined", backTo(order))
			require.Error(t, err)
			_, err = buyer.Confirm(t.Context(), c, "pm_card_visa", backTo(order))
			require.NoError(t, err)
			if name == "never" {
				awaitPayment(t, buyer, order.ID, "succeeded") // whoever looks has Stripe asked
			}
			awaitOrder(t, buyer, order.ID, "complete")
			awaitPayment(t, buyer, order.ID, "succeeded")
			assert.Equal(t, []int64{25_50}, charges(t, order.ID))
		})
	}
}

func TestForgedWebhooksAreRefused(t *testing.T) {
	body := []byte(`{"id":"evt_1","object":"event","type":"payment_intent.succeeded","data":{"object":{"id":"pi_1","object":"payment_intent"}}}`)
	res, _, err := shop.NewPerson(sys.Base, "forger").Send(t.Context(), http.MethodPost, "/api/payments/webhooks", body)
	require.NoError(t, err)
	assert.Equal(t, http.StatusBadRequest, res.StatusCode)
}

func TestDisputeIsShown(t *testing.T) {
	buyer, order := reserved(t, 0)
	_, err := buyer.Pay(t.Context(), order.ID, "tok_createDispute")
	require.NoError(t, err)
	awaitOrder(t, buyer, order.ID, "complete")
	steer(t, http.MethodPost, "/hurry", nil)
	disputed := awaitPayment(t, buyer, order.ID, "disputed")
	require.NotNil(t, disputed.Dispute)
	assert.Equal(t, "needs_response", disputed.Dispute.Status)

	var disputes struct{ Data []standin.Dispute }
	stripes(t, "/v1/disputes", &disputes)
	for _, d := range disputes.Data {
		steer(t, http.MethodPost, "/disputes/"+d.ID+"/close", url.Values{"outcome": {"won"}})
	}
	won := awaitPayment(t, buyer, order.ID, "succeeded")
	assert.Equal(t, "won", won.Dispute.Status)
}

// What a browser may not use of the stand-in is not to be had through the ingress.
func TestIngressShowsOfTheStandInWhatBrowsersNeed(t *testing.T) {
	p := shop.NewPerson(sys.Base, "curious")
	for _, path := range []string{
		"/", "/book", "/faults", "/hurry", "/healthz", "/v1/payment_intents", "/v1/refunds", "/v1/events", "/v1/payment_intents/pi_1/capture",
		"/v1/payment_intents/pi_1/cancel", "/disputes/dp_1/close", "/events/evt_1/resend", "/3ds/..%2Ffaults", "/v1/payment_intents/..%2F..%2Ffaults",
	} {
		for _, method := range []string{http.MethodGet, http.MethodPost, http.MethodDelete} {
			res, _, err := p.Send(t.Context(), method, "/stripe-standin"+path, nil)
			require.NoError(t, err)
			assert.Equal(t, http.StatusNotFound, res.StatusCode, "%s %s", method, path)
		}
	}
}

// withFault has the stand-in fail until the test ends.
func withFault(t *testing.T, fault url.Values) {
	t.Helper()
	steer(t, http.MethodPost, "/faults", fault)
	t.Cleanup(func() { steer(t, http.MethodDelete, "/faults", nil) })
}

// steer calls the stand-in past the ingress. It may be called in a clean-up.
func steer(t *testing.T, method, path string, form url.Values) {
	t.Helper()
	res := standInCall(t, method, path, form)
	require.Equal(t, http.StatusOK, res, "%s %s", method, path)
}

func standInCall(t *testing.T, method, path string, form url.Values) (status int) {
	t.Helper()
	return callStandIn(t, standInURL(t), method, path, form)
}

// callStandIn steers the stand-in of any system.
func callStandIn(t *testing.T, base, method, path string, form url.Values) (status int) {
	t.Helper()
	req, err := http.NewRequestWithContext(context.WithoutCancel(t.Context()), method, base+path, strings.NewReader(form.Encode()))
	require.NoError(t, err)
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	res, err := http.DefaultClient.Do(req)
	require.NoError(t, err)
	require.NoError(t, res.Body.Close())
	return res.StatusCode
}

// stripes asks the stand-in's API.
func stripes(t *testing.T, path string, into any) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, standInURL(t)+path, http.NoBody)
	require.NoError(t, err)
	req.Header.Set("Authorization", "Bearer sk_test_standin")
	res, err := http.DefaultClient.Do(req)
	require.NoError(t, err)
	defer func() { require.NoError(t, res.Body.Close()) }()
	var body bytes.Buffer
	_, err = body.ReadFrom(res.Body)
	require.NoError(t, err)
	require.NoError(t, json.Unmarshal(body.Bytes(), into))
}

func standInURL(t *testing.T) string { return standInOf(t, sys) }

func standInOf(t *testing.T, sys *system.System) string {
	t.Helper()
	port, err := sys.Port("standin")
	require.NoError(t, err)
	return fmt.Sprintf("http://127.0.0.1:%d", port)
}

// Nobody looks, and no webhook comes: reconciliation finds the payment.
func TestReconcileMendsWhatNobodyWasTold(t *testing.T) {
	withFault(t, url.Values{"kind": {"webhook_never"}})
	buyer, order := reserved(t, 0)
	_, err := buyer.Confirm(t.Context(), checkout(t, buyer, order), "pm_card_visa", backTo(order))
	require.NoError(t, err)

	said, err := sys.Command(soon(t), "reconcile")
	require.NoError(t, err, said)
	assert.Contains(t, said, "order "+order.ID+": created, and now succeeded")
	awaitOrder(t, buyer, order.ID, "complete")
}

// Given back while the bank takes its time: whichever comes first holds, and what
// was paid too late is given back.
func TestGivenBackWhileTheBankTakesItsTime(t *testing.T) {
	buyer, order := reserved(t, shortHold)
	_, err := buyer.Confirm(t.Context(), checkout(t, buyer, order), "pm_card_standin_processing", backTo(order))
	require.NoError(t, err)
	err = buyer.Cancel(t.Context(), order.ID)
	assert.Equal(t, http.StatusConflict, refusal(t, err).Status, "a payment is just being made")
	steer(t, http.MethodPost, "/hurry", nil)
	awaitOrder(t, buyer, order.ID, "complete")
	assert.Equal(t, []int64{25_50}, charges(t, order.ID))
}
