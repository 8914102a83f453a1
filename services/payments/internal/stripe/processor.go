// Package stripe charges through Stripe's payment intents, or through whatever
// speaks its HTTP API, with stripe-go.
package stripe

import (
	"context"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/stripe/stripe-go/v76"
	"github.com/stripe/stripe-go/v76/paymentintent"
	"github.com/stripe/stripe-go/v76/refund"

	"ticketx/kit/events"
	"ticketx/services/payments"
)

const (
	// requestTimeout bounds one HTTP request. With its repetitions and the
	// pauses between them, half a second and a second, it fits into the 20
	// seconds that a payment has.
	requestTimeout = 6 * time.Second
	// retries is how often stripe-go repeats a request that was not answered, or
	// that met another one under its idempotency key.
	retries = 2
	// connections are kept open to Stripe.
	connections = 16
	// orderKey is the metadata by which Stripe shows the order.
	orderKey = "order_id"
)

// Processor implements payments.Processor. The errors it returns never hold
// Stripe's own messages, which quote tokens and keys, except for the sentence
// with which a card is declined.
type Processor struct {
	intents paymentintent.Client
	refunds refund.Client
}

var _ payments.Processor = (*Processor)(nil)

// New returns a Processor for the configuration, which must be valid.
func New(c Config) *Processor {
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.MaxIdleConnsPerHost = connections
	backend := stripe.GetBackendWithConfig(stripe.APIBackend, &stripe.BackendConfig{
		HTTPClient:        &http.Client{Timeout: requestTimeout, Transport: transport},
		MaxNetworkRetries: stripe.Int64(retries),
		EnableTelemetry:   stripe.Bool(false),
		// Its own log has errors with what was sent, and at a lower level whole
		// bodies. What failed is in the errors that are returned.
		LeveledLogger: &stripe.LeveledLogger{Level: stripe.LevelNull},
		URL:           stripe.String(c.url()),
	})
	return &Processor{
		intents: paymentintent.Client{B: backend, Key: c.key()},
		refunds: refund.Client{B: backend, Key: c.key()},
	}
}

// Create implements payments.Processor. The key makes it the same intent however
// often it is asked for. Stripe forgets keys after a day; by then the order has
// long run out of time.
func (p *Processor) Create(ctx context.Context, o events.Order) (string, error) {
	params := &stripe.PaymentIntentParams{
		Amount:             stripe.Int64(int64(o.Ticket.Price)),
		Currency:           stripe.String(o.Ticket.Currency),
		PaymentMethodTypes: stripe.StringSlice([]string{"card"}),
	}
	params.AddMetadata(orderKey, o.ID)
	params.Context = ctx
	params.SetIdempotencyKey("order:" + o.ID)
	intent, err := p.intents.New(params)
	if err != nil {
		return "", classify("create intent", err)
	}
	return intent.ID, nil
}

// Confirm implements payments.Processor.
func (p *Processor) Confirm(ctx context.Context, c payments.Confirmation) (payments.Outcome, error) {
	params := &stripe.PaymentIntentConfirmParams{}
	setCard(params, string(c.Token))
	params.Context = ctx
	params.SetIdempotencyKey("order:" + c.OrderID + ":" + strconv.FormatInt(c.Attempt, 10))
	intent, err := p.intents.Confirm(c.IntentID, params)
	if err == nil {
		return confirmed(intent)
	}
	outcome, open := p.look(ctx, c.IntentID, err)
	if outcome != 0 {
		return outcome, nil
	}
	if open && (neverCharged(err) || keySpent(err)) {
		return 0, errNotProcessed
	}
	return 0, classify("confirm intent", err)
}

// setCard names the card. stripe-go has no field for a token inside of
// payment_method_data, though Stripe takes it.
func setCard(params *stripe.PaymentIntentConfirmParams, token string) {
	if strings.HasPrefix(token, "pm_") {
		params.PaymentMethod = stripe.String(token)
		return
	}
	params.AddExtra("payment_method_data[type]", "card")
	params.AddExtra("payment_method_data[card][token]", token)
}

// Cancel implements payments.Processor.
func (p *Processor) Cancel(ctx context.Context, intentID string) (payments.Outcome, error) {
	params := &stripe.PaymentIntentCancelParams{CancellationReason: stripe.String("abandoned")}
	params.Context = ctx
	_, err := p.intents.Cancel(intentID, params)
	if err == nil {
		return payments.Cancelled, nil
	}
	if outcome, _ := p.look(ctx, intentID, err); outcome != 0 {
		return outcome, nil
	}
	return 0, unknown("cancel intent", err)
}

// look looks at the intent of a request that failed with err, where the intent
// itself knows more than the error: because it has ended, because Stripe failed
// half-way, or because the attempt was made before and forgotten here. It returns
// what has become of the intent, or whether it is open and has not charged. Neither
// is known of one that can't be looked at or is being processed.
func (p *Processor) look(ctx context.Context, intentID string, err error) (outcome payments.Outcome, open bool) {
	if !wrongState(err) && !serverFailed(err) && !keySpent(err) {
		return 0, false
	}
	params := &stripe.PaymentIntentParams{}
	params.Context = ctx
	intent, err := p.intents.Get(intentID, params)
	if err != nil {
		return 0, false
	}
	switch intent.Status {
	case stripe.PaymentIntentStatusSucceeded:
		return payments.Succeeded, false
	case stripe.PaymentIntentStatusCanceled:
		return payments.Cancelled, false
	case stripe.PaymentIntentStatusRequiresPaymentMethod, stripe.PaymentIntentStatusRequiresConfirmation,
		stripe.PaymentIntentStatusRequiresAction:
		return 0, true
	default:
		return 0, false
	}
}

// Refund implements payments.Processor. That the money has gone back already is
// a success too: Stripe forgets keys after a day, but never gives back more than
// it took.
func (p *Processor) Refund(ctx context.Context, orderID, intentID string) (string, error) {
	params := &stripe.RefundParams{PaymentIntent: stripe.String(intentID)}
	params.AddMetadata(orderKey, orderID)
	params.Context = ctx
	params.SetIdempotencyKey("refund:" + orderID)
	made, err := p.refunds.New(params)
	switch {
	case err == nil && givenBack(made):
		return made.ID, nil
	case err == nil:
		return "", unexpected("refund", string(made.Status))
	case !alreadyRefunded(err) && !serverFailed(err):
		return "", unknown("refund", err)
	}
	refundID, found := p.refundOf(ctx, orderID, intentID)
	if !found && !alreadyRefunded(err) {
		return "", unknown("refund", err)
	}
	return refundID, nil
}

// refundOf finds the refund that Refund has made.
func (p *Processor) refundOf(ctx context.Context, orderID, intentID string) (refundID string, found bool) {
	params := &stripe.RefundListParams{PaymentIntent: stripe.String(intentID)}
	params.Context = ctx
	refunds := p.refunds.List(params)
	for refunds.Next() {
		if r := refunds.Refund(); r.Metadata[orderKey] == orderID && givenBack(r) {
			return r.ID, true
		}
	}
	return "", false
}

// givenBack reports whether the money is on its way.
func givenBack(r *stripe.Refund) bool {
	return r.Status == stripe.RefundStatusSucceeded || r.Status == stripe.RefundStatusPending
}
