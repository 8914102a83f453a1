package standin

import "net/http"

// Charge is one attempt to take money from a card: paid, or failed with the
// reason. An intent has a charge for each confirmation that got as far.
type Charge struct {
	ID                   string            `json:"id"`
	Object               string            `json:"object"`
	Amount               int64             `json:"amount"`
	AmountCaptured       int64             `json:"amount_captured"`
	AmountRefunded       int64             `json:"amount_refunded"`
	BillingDetails       BillingDetails    `json:"billing_details"`
	Captured             bool              `json:"captured"`
	Created              int64             `json:"created"`
	Currency             string            `json:"currency"`
	Disputed             bool              `json:"disputed"`
	FailureCode          *string           `json:"failure_code"`
	FailureMessage       *string           `json:"failure_message"`
	Livemode             bool              `json:"livemode"`
	Metadata             map[string]string `json:"metadata"`
	Outcome              Outcome           `json:"outcome"`
	Paid                 bool              `json:"paid"`
	PaymentIntent        string            `json:"payment_intent"`
	PaymentMethod        string            `json:"payment_method"`
	PaymentMethodDetails MethodDetails     `json:"payment_method_details"`
	Refunded             bool              `json:"refunded"`
	Status               string            `json:"status"`
}

func (c *Charge) objectID() string { return c.ID }

// Outcome says who decided about a charge, and why.
type Outcome struct {
	NetworkStatus string  `json:"network_status"`
	Reason        *string `json:"reason"`
	Type          string  `json:"type"`
}

// MethodDetails is the card as it was when it was charged.
type MethodDetails struct {
	Card Card   `json:"card"`
	Type string `json:"type"`
}

// The statuses of a charge.
const (
	chargePending   = "pending"
	chargeSucceeded = "succeeded"
	chargeFailed    = "failed"
)

// released is the part of a reservation that was let go. Stripe counts it as
// refunded, though it was never taken.
func (c *Charge) released() int64 {
	if c.Captured {
		return c.Amount - c.AmountCaptured
	}
	return c.AmountRefunded
}

// returned is what was taken and given back.
func (c *Charge) returned() int64 {
	return c.AmountRefunded - c.released()
}

// unrefunded is what may still be given back.
func (c *Charge) unrefunded() int64 {
	return c.AmountCaptured - c.returned()
}

// refund gives an amount back; a negative one has come back.
func (c *Charge) refund(amount int64) {
	c.AmountRefunded += amount
	c.Refunded = c.AmountRefunded == c.Amount
}

// capture takes the amount and lets the rest go.
func (c *Charge) capture(amount int64) {
	c.AmountCaptured = amount
	c.Captured = true
	c.refund(c.Amount - amount)
}

// newCharge charges the whole amount of the intent to the card. A card that
// declines leaves a failed charge, and the refusal to answer with.
func (t *tx) newCharge(i *Intent, m *PaymentMethod) (*Charge, *Error, error) {
	id, err := t.mint(bucketCharges, "ch")
	if err != nil {
		return nil, nil, err
	}
	c := &Charge{
		ID:                   id,
		Object:               "charge",
		Amount:               i.Amount,
		Created:              t.now.Unix(),
		Currency:             i.Currency,
		Metadata:             i.Metadata,
		PaymentIntent:        i.ID,
		PaymentMethod:        m.ID,
		PaymentMethodDetails: MethodDetails{Card: m.Card, Type: m.Type},
	}
	if conductOf(m.Card).processes {
		c.Outcome = Outcome{NetworkStatus: "approved_by_network", Type: "authorized"}
		c.Status = chargePending
		if err := t.save(bucketCharges, id, c); err != nil {
			return nil, nil, err
		}
		return c, nil, t.record("charge.pending", id)
	}
	refusal, err := t.conclude(c, m, i.CaptureMethod)
	return c, refusal, err
}

// conclude decides a charge: paid, or declined for the reason that it returns.
func (t *tx) conclude(c *Charge, m *PaymentMethod, captureMethod string) (*Error, error) {
	d := conductOf(m.Card).decline
	if d != nil {
		c.FailureCode = &d.code
		c.FailureMessage = &d.message
		c.Outcome = Outcome{NetworkStatus: "declined_by_network", Reason: &d.declineCode, Type: "issuer_declined"}
		c.Status = chargeFailed
		refusal := newError(typeCard, d.code, d.param, "%s", d.message)
		refusal.Status = http.StatusPaymentRequired
		refusal.DeclineCode = d.declineCode
		refusal.Charge = c.ID
		refusal.PaymentMethod = m
		if err := t.save(bucketCharges, c.ID, c); err != nil {
			return nil, err
		}
		return refusal, t.record("charge.failed", c.ID)
	}
	c.Outcome = Outcome{NetworkStatus: "approved_by_network", Type: "authorized"}
	c.Paid = true
	c.Status = chargeSucceeded
	if captureMethod != captureManually {
		c.capture(c.Amount)
	}
	if err := t.save(bucketCharges, c.ID, c); err != nil {
		return nil, err
	}
	if err := t.record("charge.succeeded", c.ID); err != nil {
		return nil, err
	}
	return nil, t.awaitDispute(c)
}

// awaitDispute schedules the dispute of a charge whose card is known for it,
// once the money was taken.
func (t *tx) awaitDispute(c *Charge) error {
	if !c.Captured || conductOf(c.PaymentMethodDetails.Card).dispute == nil {
		return nil
	}
	return t.later(dueDispute, c.ID)
}

// charges lists charges, newest first: of one intent, or all where it is empty.
func (t *tx) charges(intent string, created period, p page) (*list[Charge], error) {
	return search(t, source{bucket: bucketCharges}, "/v1/charges", p, func(c *Charge) bool {
		return (intent == "" || c.PaymentIntent == intent) && created.contains(c.Created)
	})
}

// chargeByID finds the charge that a path names.
func (t *tx) chargeByID(id string) (*Charge, error) {
	c, err := load[Charge](t, bucketCharges, id)
	if err == nil && c == nil {
		return nil, notFound("charge", id, "id")
	}
	return c, err
}
