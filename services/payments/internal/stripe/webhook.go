package stripe

import (
	"encoding/json"
	"errors"
	"strings"

	"github.com/stripe/stripe-go/v76"
	"github.com/stripe/stripe-go/v76/webhook"

	"ticketx/kit/errs"
	"ticketx/services/payments"
)

// Webhooks reads what Stripe tells by itself.
type Webhooks struct {
	secrets []string
}

// NewWebhooks returns the webhooks that the configuration's secrets sign.
func NewWebhooks(c Config) *Webhooks { return &Webhooks{secrets: c.WebhookSecrets} }

// otherType stands for all types that nobody needs, however many Stripe invents.
const otherType = "other"

// Read checks the signature over the body as it came, and returns what it is
// about. It is Invalid when no secret signs it or it is older than stripe-go's
// tolerance of five minutes, and Unavailable where there are no secrets.
//
// Of the event no more is taken than which thing has changed; so it does not
// matter in which version of the API the account has its events written.
func (h *Webhooks) Read(body []byte, signature string) (payments.Notice, error) {
	if len(h.secrets) == 0 {
		return payments.Notice{}, errs.Unavailable("No webhooks are set up here.", errors.New("STRIPE_WEBHOOK_SECRETS is empty"))
	}
	for _, secret := range h.secrets {
		event, err := webhook.ConstructEventWithOptions(body, signature, secret, webhook.ConstructEventOptions{
			Tolerance: webhook.DefaultTolerance, IgnoreAPIVersionMismatch: true,
		})
		if err == nil {
			return notice(event), nil
		}
	}
	return payments.Notice{}, errs.Invalid("Stripe-Signature", "The signature is not Stripe's, or too old.")
}

// notice says what the event is about.
func notice(event stripe.Event) payments.Notice {
	n := payments.Notice{Type: otherType}
	var thing struct {
		ID     string `json:"id"`
		Object string `json:"object"`
	}
	if event.Data == nil || json.Unmarshal(event.Data.Raw, &thing) != nil || thing.ID == "" {
		return n
	}
	kind := string(event.Type)
	switch {
	case needed[kind] && thing.Object == "payment_intent":
		n.Type, n.IntentID = kind, thing.ID
	case needed[kind] && thing.Object == "refund":
		n.Type, n.RefundID = kind, thing.ID
	case strings.HasPrefix(kind, "charge.dispute.") && thing.Object == "dispute":
		n.Type, n.DisputeID = "charge.dispute", thing.ID
	}
	return n
}

// afterTheEnd are the types of what may happen to a payment that was at its end, of
// which Stripe lists at most twenty.
var afterTheEnd = []string{
	"refund.created",
	"refund.updated",
	"refund.failed",
	"charge.refund.updated",
	"charge.dispute.created",
	"charge.dispute.updated",
	"charge.dispute.closed",
	"charge.dispute.funds_withdrawn",
	"charge.dispute.funds_reinstated",
}

// needed are the types that say something about a payment or its refund. Of
// disputes all are.
var needed = map[string]bool{
	"payment_intent.succeeded":       true,
	"payment_intent.payment_failed":  true,
	"payment_intent.processing":      true,
	"payment_intent.requires_action": true,
	"payment_intent.canceled":        true,
	"charge.refund.updated":          true,
	"refund.created":                 true,
	"refund.updated":                 true,
	"refund.failed":                  true,
}
