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

// unrefunded is what may still be given back.
func (c *Charge) unrefunded() int64 {
	return c.AmountCaptured - c.AmountRefunded
}

func (c *Charge) refund(amount int64) {
	c.AmountRefunded += amount
	c.Refunded = c.unrefunded() == 0
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
	var refusal *Error
	event := "charge.succeeded"
	if d := declineOf(m.Card); d == nil {
		c.AmountCaptured = c.Amount
		c.Captured = true
		c.Paid = true
		c.Outcome = Outcome{NetworkStatus: "approved_by_network", Type: "authorized"}
		c.Status = "succeeded"
	} else {
		c.FailureCode = &d.code
		c.FailureMessage = &d.message
		c.Outcome = Outcome{NetworkStatus: "declined_by_network", Reason: &d.declineCode, Type: "issuer_declined"}
		c.Status = "failed"
		refusal = newError(typeCard, d.code, d.param, "%s", d.message)
		refusal.Status = http.StatusPaymentRequired
		refusal.DeclineCode = d.declineCode
		refusal.Charge = id
		refusal.PaymentMethod = m
		event = "charge.failed"
	}
	if err := t.save(bucketCharges, id, c); err != nil {
		return nil, nil, err
	}
	return c, refusal, t.record(event, id)
}

// chargeByID finds the charge that a path names.
func (t *tx) chargeByID(id string) (*Charge, error) {
	c, err := load[Charge](t, bucketCharges, id)
	if err == nil && c == nil {
		return nil, notFound("charge", id, "id")
	}
	return c, err
}
