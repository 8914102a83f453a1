package standin

import (
	"crypto/rand"
	"fmt"
)

// Status is where a payment intent stands:
// https://docs.stripe.com/payments/paymentintents/lifecycle
type Status string

// The statuses that a card payment without a second step goes through.
const (
	RequiresPaymentMethod Status = "requires_payment_method"
	RequiresConfirmation  Status = "requires_confirmation"
	Succeeded             Status = "succeeded"
	Canceled              Status = "canceled"
)

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
	PaymentMethod           *string                  `json:"payment_method"`
	PaymentMethodTypes      []string                 `json:"payment_method_types"`
	Status                  Status                   `json:"status"`
}

func (i *Intent) objectID() string { return i.ID }

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

func (i *Intent) succeed(c *Charge) {
	i.LatestCharge = &c.ID
	i.AmountReceived = c.AmountCaptured
	i.LastPaymentError = nil
	i.Status = Succeeded
}

// decline puts the intent back to where another card can be tried.
func (i *Intent) decline(c *Charge, why Error) {
	i.LatestCharge = &c.ID
	i.LastPaymentError = &why
	i.PaymentMethod = nil
	i.Status = RequiresPaymentMethod
}

// confirmable is nil where the status allows a confirmation.
func (i *Intent) confirmable(withCard bool) error {
	switch {
	case i.Status == Succeeded:
		return unexpectedState(i, "You cannot confirm this PaymentIntent because it has already succeeded after being "+
			"previously confirmed.")
	case i.Status == Canceled && withCard:
		e := unexpectedState(i, "This PaymentIntent's payment_method could not be updated because it has a status of "+
			"canceled. You may only update the payment_method of a PaymentIntent with one of the following statuses: "+
			"requires_payment_method, requires_confirmation, requires_action.")
		e.Param = "payment_method"
		return e
	case i.Status == Canceled:
		return unexpectedState(i, "You cannot confirm this PaymentIntent because it has a status of canceled. Only a "+
			"PaymentIntent with one of the following statuses may be confirmed: requires_confirmation, requires_action.")
	case i.PaymentMethod == nil && !withCard:
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
	card        choice
	confirm     bool
}

// create makes an intent, and confirms it at once if asked to. A confirmation
// that fails leaves the intent in the book, as at Stripe.
func (t *tx) create(n newIntent) (*Intent, error) {
	var card testCard
	if n.card != (choice{}) {
		var refusal *Error
		if card, refusal = n.card.card(); refusal != nil {
			return nil, refusal
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
		CaptureMethod:           "automatic",
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
	if n.card != (choice{}) {
		m, err := t.newMethod(card)
		if err != nil {
			return nil, err
		}
		i.attach(m)
	}
	if err := t.save(bucketIntents, id, i); err != nil {
		return nil, err
	}
	if err := t.record("payment_intent.created", id); err != nil {
		return nil, err
	}
	if n.confirm {
		return t.charge(i)
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
func (t *tx) intents(p page) (*list[Intent], error) {
	ids, more, found := t.newest(bucketIntents, "", p)
	if !found {
		return nil, missing("payment_intent", p.after, "starting_after")
	}
	all, err := loadAll[Intent](t, bucketIntents, ids)
	return &list[Intent]{Object: "list", URL: "/v1/payment_intents", HasMore: more, Data: all}, err
}

// confirm charges the card given, or the one that the intent has. However
// many confirmations come at the same moment, at most one of them charges:
// transactions run one after another, and the rest find the intent succeeded.
func (t *tx) confirm(id string, card choice, returnURL string) (*Intent, error) {
	i, err := t.intent(id)
	if err != nil {
		return nil, err
	}
	withCard := card != (choice{})
	if err := i.confirmable(withCard); err != nil {
		return nil, err
	}
	if i.AutomaticPaymentMethods.mayRedirect() && returnURL == "" {
		return nil, returnURLMissing()
	}
	if withCard {
		c, refusal := card.card()
		if refusal != nil {
			return nil, refusal
		}
		m, err := t.newMethod(c)
		if err != nil {
			return nil, err
		}
		i.attach(m)
	}
	return t.charge(i)
}

// charge charges the intent's card and leaves the intent succeeded, or
// declined with a 402 that says why.
func (t *tx) charge(i *Intent) (*Intent, error) {
	if err := i.confirmable(false); err != nil {
		return nil, err
	}
	m, err := load[PaymentMethod](t, bucketMethods, *i.PaymentMethod)
	if err != nil {
		return nil, err
	}
	if m == nil {
		return nil, fmt.Errorf("payment intent %s: its payment method %s is not in the book", i.ID, *i.PaymentMethod)
	}
	c, refusal, err := t.newCharge(i, m)
	if err != nil {
		return nil, err
	}
	event := "payment_intent.succeeded"
	if refusal == nil {
		i.succeed(c)
	} else {
		i.decline(c, *refusal)
		event = "payment_intent.payment_failed"
	}
	if err := t.save(bucketIntents, i.ID, i); err != nil {
		return nil, err
	}
	if err := t.record(event, i.ID); err != nil {
		return nil, err
	}
	if refusal != nil {
		refusal.PaymentIntent = i
		return nil, refusal
	}
	return i, nil
}

// cancel ends an intent that has not succeeded; it can never be charged again.
func (t *tx) cancel(id, reason string) (*Intent, error) {
	i, err := t.intent(id)
	if err != nil {
		return nil, err
	}
	if i.Status == Succeeded || i.Status == Canceled {
		return nil, unexpectedState(i, "You cannot cancel this PaymentIntent because it has a status of %s. Only a "+
			"PaymentIntent with one of the following statuses may be canceled: requires_payment_method, "+
			"requires_capture, requires_confirmation, requires_action, processing.", i.Status)
	}
	now := t.now.Unix()
	i.CanceledAt = &now
	if reason != "" {
		i.CancellationReason = &reason
	}
	i.Status = Canceled
	if err := t.save(bucketIntents, id, i); err != nil {
		return nil, err
	}
	return i, t.record("payment_intent.canceled", id)
}
