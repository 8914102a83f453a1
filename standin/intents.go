package standin

import (
	"crypto/rand"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
)

// Status is where a payment intent stands:
// https://docs.stripe.com/payments/paymentintents/lifecycle
type Status string

// All statuses that there are.
const (
	RequiresPaymentMethod Status = "requires_payment_method"
	RequiresConfirmation  Status = "requires_confirmation"
	RequiresAction        Status = "requires_action"
	Processing            Status = "processing"
	RequiresCapture       Status = "requires_capture"
	Succeeded             Status = "succeeded"
	Canceled              Status = "canceled"
)

// captureManually is the capture method of an intent whose money is only
// reserved, until it is captured.
const captureManually = "manual"

// Intent is a payment intent, with the field names of Stripe's API. Amounts
// are in the smallest unit of the currency, times are Unix seconds.
type Intent struct {
	ID                      string                   `json:"id"`
	Object                  string                   `json:"object"`
	Amount                  int64                    `json:"amount"`
	AmountCapturable        int64                    `json:"amount_capturable"`
	AmountReceived          int64                    `json:"amount_received"`
	AutomaticPaymentMethods *AutomaticPaymentMethods `json:"automatic_payment_methods"`
	CanceledAt              *int64                   `json:"canceled_at"`
	CancellationReason      *string                  `json:"cancellation_reason"`
	CaptureMethod           string                   `json:"capture_method"`
	ClientSecret            string                   `json:"client_secret,omitempty"`
	ConfirmationMethod      string                   `json:"confirmation_method"`
	Created                 int64                    `json:"created"`
	Currency                string                   `json:"currency"`
	Description             *string                  `json:"description"`
	LastPaymentError        *Error                   `json:"last_payment_error"`
	LatestCharge            *string                  `json:"latest_charge"`
	Livemode                bool                     `json:"livemode"`
	Metadata                map[string]string        `json:"metadata"`
	NextAction              *NextAction              `json:"next_action"`
	PaymentMethod           *string                  `json:"payment_method"`
	PaymentMethodTypes      []string                 `json:"payment_method_types"`
	Processing              *ProcessingDetails       `json:"processing"`
	Status                  Status                   `json:"status"`

	forBrowser bool
}

func (i *Intent) objectID() string { return i.ID }

// MarshalJSON leaves out what Stripe does not show to who has a publishable
// key only.
func (i *Intent) MarshalJSON() ([]byte, error) {
	type plain Intent
	if !i.forBrowser {
		return json.Marshal((*plain)(i))
	}
	type nothing *struct{}
	return json.Marshal(struct {
		*plain
		// In the place of the fields of these names:
		AmountCapturable nothing `json:"amount_capturable,omitempty"`
		AmountReceived   nothing `json:"amount_received,omitempty"`
		LatestCharge     nothing `json:"latest_charge,omitempty"`
		Metadata         nothing `json:"metadata,omitempty"`
	}{plain: (*plain)(i)})
}

// ProcessingDetails say of a payment that is processing what is known of it.
type ProcessingDetails struct {
	Card struct{} `json:"card"`
	Type string   `json:"type"`
}

// AutomaticPaymentMethods says that the account's settings decide how a buyer
// may pay, and whether that may send them to another site and back.
type AutomaticPaymentMethods struct {
	AllowRedirects string `json:"allow_redirects"`
	Enabled        bool   `json:"enabled"`
}

// mayRedirect says whether a confirmation has to name the page to come back to.
func (a *AutomaticPaymentMethods) mayRedirect() bool {
	return a != nil && a.Enabled && a.AllowRedirects != "never"
}

func returnURLMissing() *Error {
	return invalid("", "", "This PaymentIntent is configured to accept payment methods enabled in your Dashboard. "+
		"Because some of these payment methods might redirect your customer off of your page, you must provide a "+
		"`return_url`. If you don't want to accept redirect-based payment methods, set "+
		"`automatic_payment_methods[enabled]` to `true` and `automatic_payment_methods[allow_redirects]` to `never` "+
		"when creating Setup Intents and Payment Intents.")
}

// attach notes the card that the next confirmation will charge.
func (i *Intent) attach(m *PaymentMethod) {
	i.PaymentMethod = &m.ID
	i.Status = RequiresConfirmation
}

// settle says what a charge has brought about. It is called again when a
// charge that was pending has ended, and when one was captured.
func (i *Intent) settle(c *Charge) {
	i.LatestCharge = &c.ID
	i.LastPaymentError = nil
	i.NextAction = nil
	i.Processing = nil
	i.AmountCapturable = 0
	switch {
	case c.Status == chargePending:
		i.Processing = &ProcessingDetails{Type: "card"}
		i.Status = Processing
	case c.Captured:
		i.AmountReceived = c.AmountCaptured
		i.Status = Succeeded
	default:
		i.AmountCapturable = c.Amount
		i.Status = RequiresCapture
	}
}

// fail puts the intent back to where another card can be tried.
func (i *Intent) fail(why *Error) {
	i.LastPaymentError = why.ofAttempt()
	i.NextAction = nil
	i.PaymentMethod = nil
	i.Processing = nil
	i.Status = RequiresPaymentMethod
}

// confirmable is nil where the status allows a confirmation.
func (i *Intent) confirmable(withCard bool) error {
	switch i.Status {
	case Succeeded:
		return unexpectedState(i, "You cannot confirm this PaymentIntent because it has already succeeded after being "+
			"previously confirmed.")
	case Canceled, Processing, RequiresCapture:
		if !withCard {
			return unexpectedState(i, "You cannot confirm this PaymentIntent because it has a status of %s. Only a "+
				"PaymentIntent with one of the following statuses may be confirmed: requires_confirmation, "+
				"requires_action.", i.Status)
		}
		e := unexpectedState(i, "This PaymentIntent's payment_method could not be updated because it has a status of "+
			"%s. You may only update the payment_method of a PaymentIntent with one of the following statuses: "+
			"requires_payment_method, requires_confirmation, requires_action.", i.Status)
		e.Param = "payment_method"
		return e
	default:
	}
	if i.PaymentMethod == nil && !withCard {
		return unexpectedState(i, "You cannot confirm this PaymentIntent because it's missing a payment method. You can "+
			"either update the PaymentIntent with a payment method and then confirm it again, or confirm it again "+
			"directly with a payment method or ConfirmationToken.")
	}
	return nil
}

// newIntent is what a new payment intent is made of.
type newIntent struct {
	amount      int64
	currency    string
	description string
	metadata    map[string]string
	methods     []string
	automatic   *AutomaticPaymentMethods
	capture     string
	confirm     bool
	how         confirmation
}

// confirmation is what a confirmation says beside the intent.
type confirmation struct {
	card      choice // the zero one is the card that the intent has
	returnURL string
	origin    string // where browsers reach the pages of the stand-in
	noAction  bool   // the payment fails where its owner would have to be asked
	inPage    bool   // by Stripe.js, so that the browser need not leave the page
}

func (c confirmation) withCard() bool { return c.card != choice{} }

// create makes an intent, and confirms it at once if asked to. A confirmation
// that fails leaves the intent in the book, as at Stripe.
func (t *tx) create(n newIntent) (*Intent, error) {
	var m *PaymentMethod
	if n.how.withCard() {
		var err error
		if m, err = t.method(n.how.card); err != nil {
			return nil, err
		}
	}
	id, err := t.mint(bucketIntents, "pi")
	if err != nil {
		return nil, err
	}
	i := &Intent{
		ID:                      id,
		Object:                  "payment_intent",
		Amount:                  n.amount,
		AutomaticPaymentMethods: n.automatic,
		CaptureMethod:           n.capture,
		ClientSecret:            id + "_secret_" + rand.Text()[:24],
		ConfirmationMethod:      "automatic",
		Created:                 t.now.Unix(),
		Currency:                n.currency,
		Metadata:                n.metadata,
		PaymentMethodTypes:      n.methods,
		Status:                  RequiresPaymentMethod,
	}
	if n.description != "" {
		i.Description = &n.description
	}
	if m != nil {
		i.attach(m)
	}
	if err := t.save(bucketIntents, id, i); err != nil {
		return nil, err
	}
	if err := t.record("payment_intent.created", id); err != nil {
		return nil, err
	}
	if n.confirm {
		return t.attempt(i, n.how)
	}
	return i, nil
}

// intent finds the payment intent that a path names.
func (t *tx) intent(id string) (*Intent, error) {
	i, err := load[Intent](t, bucketIntents, id)
	if err == nil && i == nil {
		return nil, notFound("payment_intent", id, "intent")
	}
	return i, err
}

// intents lists payment intents, newest first.
func (t *tx) intents(created period, p page) (*list[Intent], error) {
	return search(t, source{bucket: bucketIntents}, "/v1/payment_intents", p, func(i *Intent) bool { return created.contains(i.Created) })
}

// confirm charges the card given, or the one that the intent has. However
// many confirmations come at the same moment, at most one of them charges:
// transactions run one after another, and the rest find the intent moved on.
func (t *tx) confirm(id string, how confirmation) (*Intent, error) {
	i, err := t.intent(id)
	if err != nil {
		return nil, err
	}
	if err := i.confirmable(how.withCard()); err != nil {
		return nil, err
	}
	if i.AutomaticPaymentMethods.mayRedirect() && how.returnURL == "" {
		return nil, returnURLMissing()
	}
	if how.withCard() {
		m, err := t.method(how.card)
		if err != nil {
			return nil, err
		}
		i.attach(m)
	}
	return t.attempt(i, how)
}

// attempt charges the intent's card, unless its owner has to be asked before.
func (t *tx) attempt(i *Intent, how confirmation) (*Intent, error) {
	if err := i.confirmable(false); err != nil {
		return nil, err
	}
	m, err := t.methodOf(i)
	switch {
	case err != nil:
		return nil, err
	case !conductOf(m.Card).authenticates:
		return t.charge(i, m)
	case how.noAction:
		e := newError(typeCard, codeAuthenticationRequired, "", "Your card was declined. This transaction requires authentication.")
		e.Status = http.StatusPaymentRequired
		e.DeclineCode = codeAuthenticationRequired
		e.PaymentMethod = m
		return nil, t.failed(i, e)
	}
	return t.askOwner(i, how)
}

// methodOf is the card of an intent that has one.
func (t *tx) methodOf(i *Intent) (*PaymentMethod, error) {
	m, err := load[PaymentMethod](t, bucketMethods, *i.PaymentMethod)
	if err == nil && m == nil {
		err = fmt.Errorf("payment intent %s: its payment method %s is not in the book", i.ID, *i.PaymentMethod)
	}
	return m, err
}

// charge charges the card and leaves the intent paid, or on the way to it, or
// declined with a 402 that says why.
func (t *tx) charge(i *Intent, m *PaymentMethod) (*Intent, error) {
	c, refusal, err := t.newCharge(i, m)
	if err != nil {
		return nil, err
	}
	if refusal != nil {
		i.LatestCharge = &c.ID
		return nil, t.failed(i, refusal)
	}
	return i, t.settled(i, c)
}

// settled notes on the intent what its charge has brought about.
func (t *tx) settled(i *Intent, c *Charge) error {
	i.settle(c)
	if err := t.save(bucketIntents, i.ID, i); err != nil {
		return err
	}
	switch i.Status {
	case Processing:
		if err := t.later(dueIntent, i.ID+"/"+c.ID); err != nil {
			return err
		}
		return t.record("payment_intent.processing", i.ID)
	case RequiresCapture:
		return t.record("payment_intent.amount_capturable_updated", i.ID)
	default:
		return t.record("payment_intent.succeeded", i.ID)
	}
}

// failed notes on the intent that an attempt to pay has failed. What it returns
// is the answer, with the intent as it stands now.
func (t *tx) failed(i *Intent, why *Error) error {
	i.fail(why)
	if err := t.save(bucketIntents, i.ID, i); err != nil {
		return err
	}
	if err := t.record("payment_intent.payment_failed", i.ID); err != nil {
		return err
	}
	why.PaymentIntent = i
	return why
}

// finishProcessing ends a payment that was processing; id is the intent's and
// the charge's.
func (t *tx) finishProcessing(id string) error {
	intentID, chargeID, _ := strings.Cut(id, "/")
	i, err := t.intent(intentID)
	if err != nil {
		return err
	}
	c, err := t.chargeByID(chargeID)
	if err != nil {
		return err
	}
	m, err := t.methodOf(i)
	if err != nil {
		return err
	}
	refusal, err := t.conclude(c, m, i.CaptureMethod)
	if err != nil {
		return err
	}
	if refusal == nil {
		return t.settled(i, c)
	}
	if err := t.failed(i, refusal); err != refusal { //nolint:errorlint // the very one that was passed, or a failure of the book
		return err
	}
	return nil
}

// capture takes the money that was reserved, or a part of it; the rest is let
// go. An amount of 0 is all.
func (t *tx) capture(id string, amount int64) (*Intent, error) {
	i, err := t.intent(id)
	if err != nil {
		return nil, err
	}
	if i.Status != RequiresCapture {
		return nil, unexpectedState(i, "This PaymentIntent could not be captured because it has a status of %s. Only a "+
			"PaymentIntent with one of the following statuses may be captured: requires_capture.", i.Status)
	}
	if amount > i.AmountCapturable {
		return nil, invalid(codeAmountTooLarge, "amount_to_capture", "The amount (%s) provided is greater than the "+
			"amount capturable (%s) on the PaymentIntent.", money(amount, i.Currency), money(i.AmountCapturable, i.Currency))
	}
	if amount == 0 {
		amount = i.AmountCapturable
	}
	c, err := t.chargeByID(*i.LatestCharge)
	if err != nil {
		return nil, err
	}
	c.capture(amount)
	if err := t.save(bucketCharges, c.ID, c); err != nil {
		return nil, err
	}
	if err := t.record("charge.captured", c.ID); err != nil {
		return nil, err
	}
	if err := t.awaitDispute(c); err != nil {
		return nil, err
	}
	return i, t.settled(i, c)
}

// cancel ends an intent that has not succeeded; it can never be charged again.
// Money that was reserved is let go.
func (t *tx) cancel(id, reason string) (*Intent, error) {
	i, err := t.intent(id)
	if err != nil {
		return nil, err
	}
	switch i.Status {
	case Succeeded, Canceled, Processing:
		return nil, unexpectedState(i, "You cannot cancel this PaymentIntent because it has a status of %s. Only a "+
			"PaymentIntent with one of the following statuses may be canceled: requires_payment_method, "+
			"requires_capture, requires_confirmation, requires_action.", i.Status)
	case RequiresCapture:
		c, err := t.chargeByID(*i.LatestCharge)
		if err != nil {
			return nil, err
		}
		c.refund(c.Amount)
		if err := t.save(bucketCharges, c.ID, c); err != nil {
			return nil, err
		}
		if err := t.record("charge.refunded", c.ID); err != nil {
			return nil, err
		}
	default:
	}
	now := t.now.Unix()
	i.AmountCapturable = 0
	i.CanceledAt = &now
	if reason != "" {
		i.CancellationReason = &reason
	}
	i.NextAction = nil
	i.Status = Canceled
	if err := t.save(bucketIntents, id, i); err != nil {
		return nil, err
	}
	return i, t.record("payment_intent.canceled", id)
}
