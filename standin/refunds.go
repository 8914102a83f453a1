package standin

import "fmt"

// Refund is money given back: all of a charge, or a part of it.
type Refund struct {
	ID            string            `json:"id"`
	Object        string            `json:"object"`
	Amount        int64             `json:"amount"`
	Charge        string            `json:"charge"`
	Created       int64             `json:"created"`
	Currency      string            `json:"currency"`
	FailureReason *string           `json:"failure_reason,omitempty"`
	Metadata      map[string]string `json:"metadata"`
	PaymentIntent string            `json:"payment_intent"`
	Reason        *string           `json:"reason"`
	Status        string            `json:"status"`
}

func (r *Refund) objectID() string { return r.ID }

// The statuses of a refund.
const (
	refundPending   = "pending"
	refundSucceeded = "succeeded"
	refundFailed    = "failed"
)

// newRefund is what a refund is asked for with. An amount of 0 is all that is left.
type newRefund struct {
	intent   string
	charge   string
	amount   int64
	reason   string
	metadata map[string]string
}

// in finds the charge that is to be given back.
func (n newRefund) in(t *tx) (*Charge, error) {
	if n.intent == "" {
		c, err := load[Charge](t, bucketCharges, n.charge)
		if err == nil && c == nil {
			return nil, notFound("charge", n.charge, "charge")
		}
		return c, err
	}
	i, err := load[Intent](t, bucketIntents, n.intent)
	if err != nil {
		return nil, err
	}
	if i == nil {
		return nil, notFound("payment_intent", n.intent, "payment_intent")
	}
	if i.Status != Succeeded || n.charge != "" && n.charge != *i.LatestCharge {
		return nil, invalid("", "", "This PaymentIntent (%s) does not have a successful charge to refund.", i.ID)
	}
	return t.chargeByID(*i.LatestCharge)
}

// refund gives money back. It never gives back more than was taken: the
// charge counts what went back, in the same transaction.
func (t *tx) refund(n newRefund) (*Refund, error) {
	c, err := n.in(t)
	if err != nil {
		return nil, err
	}
	if n.amount == 0 {
		n.amount = c.unrefunded()
	}
	if c.Disputed {
		d, err := t.disputeOf(c)
		if err != nil {
			return nil, err
		}
		if !d.IsChargeRefundable {
			return nil, invalid(codeChargeDisputed, "", "Charge %s has been charged back; cannot issue a refund.", c.ID)
		}
	}
	switch {
	case !c.Captured:
		return nil, invalid("", "", "Charge %s was not captured, so there is nothing to refund.", c.ID)
	case c.Refunded:
		return nil, invalid(codeChargeAlreadyRefunded, "", "Charge %s has already been refunded.", c.ID)
	case n.amount > c.AmountCaptured:
		return nil, invalid("", "amount", "Refund amount (%s) is greater than charge amount (%s)",
			money(n.amount, c.Currency), money(c.AmountCaptured, c.Currency))
	case n.amount > c.unrefunded():
		return nil, invalid("", "amount", "Refund amount (%s) is greater than unrefunded amount on charge (%s)",
			money(n.amount, c.Currency), money(c.unrefunded(), c.Currency))
	}
	c.refund(n.amount)
	if err := t.save(bucketCharges, c.ID, c); err != nil {
		return nil, err
	}
	id, err := t.mint(bucketRefunds, "re")
	if err != nil {
		return nil, err
	}
	r := &Refund{
		ID:            id,
		Object:        "refund",
		Amount:        n.amount,
		Charge:        c.ID,
		Created:       t.now.Unix(),
		Currency:      c.Currency,
		Metadata:      n.metadata,
		PaymentIntent: c.PaymentIntent,
		Status:        refundSucceeded,
	}
	course := conductOf(c.PaymentMethodDetails.Card).refund
	if course.begins != "" {
		r.Status = course.begins
	}
	if n.reason != "" {
		r.Reason = &n.reason
	}
	if err := t.save(bucketRefunds, id, r); err != nil {
		return nil, err
	}
	if err := t.bucket(bucketIntentRefunds).Put([]byte(c.PaymentIntent+"/"+id), nil); err != nil {
		return nil, fmt.Errorf("index refund %s: %w", id, err)
	}
	if course.ends != "" {
		if err := t.later(dueRefund, id); err != nil {
			return nil, err
		}
	}
	if err := t.record("charge.refunded", c.ID); err != nil {
		return nil, err
	}
	return r, t.record("refund.created", id)
}

// finishRefund brings a refund to its end. When it fails, the money is back
// with who gave it, and can be given again.
func (t *tx) finishRefund(id string) error {
	r, err := t.refundByID(id)
	if err != nil {
		return err
	}
	c, err := t.chargeByID(r.Charge)
	if err != nil {
		return err
	}
	happened := []string{"charge.refund.updated", "refund.updated"}
	if r.Status = conductOf(c.PaymentMethodDetails.Card).refund.ends; r.Status == refundFailed {
		reason := "expired_or_canceled_card"
		r.FailureReason = &reason
		c.refund(-r.Amount)
		if err := t.save(bucketCharges, c.ID, c); err != nil {
			return err
		}
		happened = append(happened, "refund.failed")
	}
	if err := t.save(bucketRefunds, id, r); err != nil {
		return err
	}
	return t.recordAll(id, happened...)
}

// refundByID finds the refund that a path names.
func (t *tx) refundByID(id string) (*Refund, error) {
	r, err := load[Refund](t, bucketRefunds, id)
	if err == nil && r == nil {
		return nil, notFound("refund", id, "id")
	}
	return r, err
}

// refunds lists refunds, newest first: of one intent or one charge, or all
// where those are empty.
func (t *tx) refunds(intent, charge string, created period, p page) (*list[Refund], error) {
	from := source{bucket: bucketRefunds}
	if intent != "" {
		from.index, from.prefix = bucketIntentRefunds, intent+"/"
	}
	return search(t, from, "/v1/refunds", p, func(r *Refund) bool {
		return (charge == "" || r.Charge == charge) && created.contains(r.Created)
	})
}
