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
	"github.com/stripe/stripe-go/v76/dispute"
	"github.com/stripe/stripe-go/v76/event"
	"github.com/stripe/stripe-go/v76/paymentintent"
	"github.com/stripe/stripe-go/v76/paymentmethod"
	"github.com/stripe/stripe-go/v76/refund"

	"ticketx/kit/errs"
	"ticketx/kit/events"
	"ticketx/kit/money"
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
	intents  paymentintent.Client
	methods  paymentmethod.Client
	refunds  refund.Client
	disputes dispute.Client
	events   event.Client
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
		intents:  paymentintent.Client{B: backend, Key: c.key()},
		methods:  paymentmethod.Client{B: backend, Key: c.key()},
		refunds:  refund.Client{B: backend, Key: c.key()},
		disputes: dispute.Client{B: backend, Key: c.key()},
		events:   event.Client{B: backend, Key: c.key()},
	}
}

// Create implements payments.Processor. The key makes it the same intent however
// often it is asked for under a number. Stripe forgets keys after a day; by then
// the order has long run out of time.
func (p *Processor) Create(ctx context.Context, o events.Order, number int64) (payments.Intent, error) {
	params := &stripe.PaymentIntentParams{
		Amount:             stripe.Int64(int64(o.Ticket.Price)),
		Currency:           stripe.String(o.Ticket.Currency),
		PaymentMethodTypes: stripe.StringSlice([]string{"card"}),
	}
	params.AddMetadata(orderKey, o.ID)
	params.Context = ctx
	key := "order:" + o.ID
	if number > 1 {
		key += ":intent:" + strconv.FormatInt(number, 10)
	}
	params.SetIdempotencyKey(key)
	intent, err := p.intents.New(params)
	if serverFailed(err) && !replayed(err) {
		// Is the failure kept for the key? Then whoever asks next need not find out.
		intent, err = p.intents.New(params)
	}
	switch {
	case err == nil:
		return shown(intent), nil
	case replayed(err), keySpent(err):
		return payments.Intent{}, payments.ErrKeySpent
	default:
		return payments.Intent{}, classify("create intent", err)
	}
}

// Confirm implements payments.Processor.
func (p *Processor) Confirm(ctx context.Context, c payments.Confirmation) (payments.Intent, error) {
	intent, err := p.confirm(ctx, c)
	if err == nil {
		return confirmed(intent)
	}
	seen := p.look(ctx, c.IntentID, err)
	switch seen.State {
	case payments.IntentSucceeded, payments.IntentCancelled, payments.IntentProcessing:
		return seen, nil
	case payments.IntentOpen, payments.IntentRequiresAction:
		if replayed(err) || keySpent(err) || senseless(err) {
			return payments.Intent{}, errNotProcessed
		}
	}
	return payments.Intent{}, classify("confirm intent", err)
}

// confirm makes the attempt. Stripe also takes a token inside of the confirmation,
// but neither its description of the API nor stripe-go knows of that.
func (p *Processor) confirm(ctx context.Context, c payments.Confirmation) (*stripe.PaymentIntent, error) {
	key := "order:" + c.OrderID + ":" + strconv.FormatInt(c.Attempt, 10)
	card := string(c.Token)
	if !strings.HasPrefix(card, "pm_") {
		params := &stripe.PaymentMethodParams{
			Type: stripe.String("card"), Card: &stripe.PaymentMethodCardParams{Token: stripe.String(card)},
		}
		params.Context = ctx
		params.SetIdempotencyKey(key + ":card")
		method, err := p.methods.New(params)
		if err != nil {
			return nil, err
		}
		card = method.ID
	}
	params := &stripe.PaymentIntentConfirmParams{PaymentMethod: stripe.String(card)}
	if c.ReturnURL != "" {
		params.ReturnURL = stripe.String(c.ReturnURL)
	}
	params.Context = ctx
	params.SetIdempotencyKey(key)
	return p.intents.Confirm(c.IntentID, params)
}

// Intent implements payments.Processor.
func (p *Processor) Intent(ctx context.Context, intentID string) (payments.Intent, error) {
	params := &stripe.PaymentIntentParams{}
	params.Context = ctx
	intent, err := p.intents.Get(intentID, params)
	if err != nil {
		return payments.Intent{}, missing("look at intent", err)
	}
	return shown(intent), nil
}

// Cancel implements payments.Processor.
func (p *Processor) Cancel(ctx context.Context, intentID string) (payments.Intent, error) {
	params := &stripe.PaymentIntentCancelParams{CancellationReason: stripe.String("abandoned")}
	params.Context = ctx
	intent, err := p.intents.Cancel(intentID, params)
	if err == nil {
		return shown(intent), nil
	}
	if seen := p.look(ctx, intentID, err); seen.State != "" && seen.State != payments.IntentOpen && seen.State != payments.IntentRequiresAction {
		return seen, nil
	}
	return payments.Intent{}, unknown("cancel intent", err)
}

// look looks at the intent of a request that failed with err, where the intent
// itself knows more than the error: because it has ended, because Stripe failed
// half-way, or because the attempt was made before and forgotten here. The zero
// Intent says that it knows no more, or can't be looked at.
func (p *Processor) look(ctx context.Context, intentID string, err error) payments.Intent {
	if !wrongState(err) && !serverFailed(err) && !keySpent(err) && !senseless(err) {
		return payments.Intent{}
	}
	seen, err := p.Intent(ctx, intentID)
	if err != nil {
		return payments.Intent{}
	}
	return seen
}

// shown reads an intent.
func shown(intent *stripe.PaymentIntent) payments.Intent {
	i := payments.Intent{
		ID: intent.ID, OrderID: intent.Metadata[orderKey], State: states[intent.Status], ClientSecret: payments.Secret(intent.ClientSecret),
	}
	if next := intent.NextAction; next != nil && next.RedirectToURL != nil {
		i.NextURL = payments.Secret(next.RedirectToURL.URL)
	}
	if failed := intent.LastPaymentError; failed != nil {
		i.Refusal = &payments.Refusal{Code: declineCode(failed), Message: declineMessage(failed)}
	}
	return i
}

// states are what the statuses of an intent mean here. Nothing is captured by
// hand, so an intent that waits for that has none.
var states = map[stripe.PaymentIntentStatus]payments.IntentState{
	stripe.PaymentIntentStatusRequiresPaymentMethod: payments.IntentOpen,
	stripe.PaymentIntentStatusRequiresConfirmation:  payments.IntentOpen,
	stripe.PaymentIntentStatusRequiresAction:        payments.IntentRequiresAction,
	stripe.PaymentIntentStatusProcessing:            payments.IntentProcessing,
	stripe.PaymentIntentStatusSucceeded:             payments.IntentSucceeded,
	stripe.PaymentIntentStatusCanceled:              payments.IntentCancelled,
}

// Refund implements payments.Processor. Stripe forgets keys after a day, but never
// gives back more than it took.
func (p *Processor) Refund(ctx context.Context, orderID, intentID string, number int64) (payments.MadeRefund, error) {
	params := &stripe.RefundParams{PaymentIntent: stripe.String(intentID)}
	params.AddMetadata(orderKey, orderID)
	params.Context = ctx
	key := "refund:" + orderID + ":" + intentID
	if number > 1 {
		key += ":" + strconv.FormatInt(number, 10)
	}
	params.SetIdempotencyKey(key)
	made, err := p.refunds.New(params)
	code, no := refused(err)
	switch {
	case err == nil:
		return refundShown(made)
	case alreadyRefunded(err):
		return payments.MadeRefund{}, payments.ErrNothingLeft
	case isDisputed(err):
		return payments.MadeRefund{}, payments.ErrDisputed
	case replayed(err), keySpent(err):
		return payments.MadeRefund{}, payments.ErrKeySpent
	case no:
		return payments.MadeRefund{}, &payments.RefusalError{Code: code}
	default:
		return payments.MadeRefund{}, unknown("refund", err)
	}
}

// Refunds implements payments.Processor.
func (p *Processor) Refunds(ctx context.Context, intentID string) (made []payments.MadeRefund, err error) {
	params := &stripe.RefundListParams{PaymentIntent: stripe.String(intentID)}
	params.Context = ctx
	refunds := p.refunds.List(params)
	for refunds.Next() {
		one, err := refundShown(refunds.Refund())
		if err != nil {
			return nil, err
		}
		made = append(made, one)
	}
	if err := refunds.Err(); err != nil {
		return nil, unknown("look at the refunds", err)
	}
	return made, nil
}

// MadeRefund implements payments.Processor.
func (p *Processor) MadeRefund(ctx context.Context, refundID string) (payments.MadeRefund, error) {
	params := &stripe.RefundParams{}
	params.Context = ctx
	made, err := p.refunds.Get(refundID, params)
	if err != nil {
		return payments.MadeRefund{}, missing("look at refund", err)
	}
	if made.PaymentIntent == nil {
		return payments.MadeRefund{}, errs.NotFound("The refund is of no payment intent.")
	}
	return refundShown(made)
}

// refundShown reads a refund.
func refundShown(r *stripe.Refund) (payments.MadeRefund, error) {
	made := payments.MadeRefund{ID: r.ID, Amount: money.Minor(r.Amount)}
	if r.PaymentIntent != nil {
		made.IntentID = r.PaymentIntent.ID
	}
	switch r.Status {
	case stripe.RefundStatusSucceeded:
		made.Status = payments.RefundSucceeded
	case stripe.RefundStatusPending, stripe.RefundStatusRequiresAction:
		made.Status = payments.RefundPending
	case stripe.RefundStatusFailed, stripe.RefundStatusCanceled:
		made.Status = payments.RefundFailed
	default:
		return made, unexpected("refund", string(r.Status))
	}
	return made, nil
}

// Dispute implements payments.Processor.
func (p *Processor) Dispute(ctx context.Context, disputeID string) (d payments.Dispute, intentID string, err error) {
	params := &stripe.DisputeParams{}
	params.Context = ctx
	shown, err := p.disputes.Get(disputeID, params)
	if err != nil {
		return d, "", missing("look at dispute", err)
	}
	if shown.PaymentIntent == nil {
		return d, "", errs.NotFound("The dispute is about no payment intent.")
	}
	return disputeShown(shown), shown.PaymentIntent.ID, nil
}

// DisputeOf implements payments.Processor. Stripe lists the newest first.
func (p *Processor) DisputeOf(ctx context.Context, intentID string) (payments.Dispute, error) {
	params := &stripe.DisputeListParams{PaymentIntent: stripe.String(intentID)}
	params.Context = ctx
	params.Limit = stripe.Int64(1)
	params.Single = true
	found := p.disputes.List(params)
	if found.Next() {
		return disputeShown(found.Dispute()), nil
	}
	if err := found.Err(); err != nil {
		return payments.Dispute{}, unknown("look for the dispute", err)
	}
	return payments.Dispute{}, errs.NotFound("There is no dispute about this payment.")
}

// disputeShown reads a dispute.
func disputeShown(d *stripe.Dispute) payments.Dispute {
	return payments.Dispute{ID: d.ID, Status: string(d.Status), Reason: string(d.Reason)}
}

// Told implements payments.Processor. Stripe keeps its events for 30 days.
func (p *Processor) Told(ctx context.Context, since time.Time, after string, limit int) (told []payments.Notice, last string, more bool, err error) {
	params := &stripe.EventListParams{
		CreatedRange: &stripe.RangeQueryParams{GreaterThanOrEqual: since.Unix()},
		Types:        stripe.StringSlice(afterTheEnd),
	}
	params.Context = ctx
	params.Limit = stripe.Int64(int64(limit))
	params.Single = true
	if after != "" {
		params.StartingAfter = stripe.String(after)
	}
	found := p.events.List(params)
	for found.Next() {
		last = found.Event().ID
		if n := notice(*found.Event()); n.Type != otherType {
			told = append(told, n)
		}
	}
	if err := found.Err(); err != nil {
		return nil, "", false, missing("list events", err)
	}
	return told, last, found.Meta().HasMore, nil
}
