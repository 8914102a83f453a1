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
	Metadata      map[string]string `json:"metadata"`
	PaymentIntent string            `json:"payment_intent"`
	Reason        *string           `json:"reason"`
	Status        string            `json:"status"`
}

func (r *Refund) objectID() string { return r.ID }

// newRefund is what a refund is asked for with. An amount of 0 is all that is left.
type newRefund struct {
	intent   string
	amount   int64
	reason   string
	metadata map[string]string
}

// refund gives money back. It never gives back more than was taken: the
// charge counts what went back, in the same transaction.
func (t *tx) refund(n newRefund) (*Refund, error) {
	i, err := load[Intent](t, bucketIntents, n.intent)
	if err != nil {
		return nil, err
	}
	if i == nil {
		return nil, notFound("payment_intent", n.intent, "payment_intent")
	}
	if i.Status != Succeeded {
		return nil, invalid("", "", "This PaymentIntent (%s) does not have a successful charge to refund.", i.ID)
	}
	c, err := load[Charge](t, bucketCharges, *i.LatestCharge)
	if err != nil {
		return nil, err
	}
	if c == nil {
		return nil, fmt.Errorf("payment intent %s: its charge %s is not in the book", i.ID, *i.LatestCharge)
	}
	if n.amount == 0 {
		n.amount = c.unrefunded()
	}
	switch {
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
		PaymentIntent: i.ID,
		Status:        "succeeded",
	}
	if n.reason != "" {
		r.Reason = &n.reason
	}
	if err := t.save(bucketRefunds, id, r); err != nil {
		return nil, err
	}
	if err := t.bucket(bucketIntentRefunds).Put([]byte(i.ID+"/"+id), nil); err != nil {
		return nil, fmt.Errorf("index refund %s: %w", id, err)
	}
	return r, t.record("charge.refunded", c.ID)
}

// refundByID finds the refund that a path names.
func (t *tx) refundByID(id string) (*Refund, error) {
	r, err := load[Refund](t, bucketRefunds, id)
	if err == nil && r == nil {
		return nil, notFound("refund", id, "id")
	}
	return r, err
}

// refunds lists the refunds of one intent, or of all where intent is empty.
func (t *tx) refunds(intent string, p page) (*list[Refund], error) {
	bucket, prefix := bucketRefunds, ""
	if intent != "" {
		bucket, prefix = bucketIntentRefunds, intent+"/"
	}
	ids, more, found := t.newest(bucket, prefix, p)
	if !found {
		return nil, missing("refund", p.after, "starting_after")
	}
	all, err := loadAll[Refund](t, bucketRefunds, ids)
	return &list[Refund]{Object: "list", URL: "/v1/refunds", HasMore: more, Data: all}, err
}
