package standin

import (
	"encoding/json"
	"fmt"
)

// Contents is the whole book, each kind of object oldest first. Intents come
// without their client secrets, endpoints without theirs, and events without
// what they show, because the objects are there themselves.
type Contents struct {
	Sums             map[string]Sum `json:"sums"` // by currency
	PaymentIntents   []Intent       `json:"payment_intents"`
	Charges          []Charge       `json:"charges"`
	Refunds          []Refund       `json:"refunds"`
	Disputes         []Dispute      `json:"disputes"`
	Events           []Noted        `json:"events"`
	WebhookEndpoints []Endpoint     `json:"webhook_endpoints"`
	Deliveries       []Delivery     `json:"deliveries"`
	Faults           []Fault        `json:"faults"`
}

// Noted is an event in a few words.
type Noted struct {
	ID              string `json:"id"`
	Type            string `json:"type"`
	Created         int64  `json:"created"`
	Subject         string `json:"subject"` // the id of what it happened to
	PendingWebhooks int    `json:"pending_webhooks"`
}

// Sum is the money of one currency, in its smallest unit.
type Sum struct {
	Charges  int   `json:"charges"` // paid ones
	Charged  int64 `json:"charged"`
	Refunded int64 `json:"refunded"` // a refund that fails does not count any more
	Disputed int64 `json:"disputed"` // with the banks
	Net      int64 `json:"net"`
}

// Contents reads the whole book as it stands at one moment.
func (b *Book) Contents() (Contents, error) {
	var c Contents
	err := b.view(func(t *tx) error {
		var err error
		if c.PaymentIntents, err = everything[Intent](t, bucketIntents); err != nil {
			return err
		}
		if c.Charges, err = everything[Charge](t, bucketCharges); err != nil {
			return err
		}
		if c.Refunds, err = everything[Refund](t, bucketRefunds); err != nil {
			return err
		}
		if c.Disputes, err = everything[Dispute](t, bucketDisputes); err != nil {
			return err
		}
		if c.Events, err = everything[Noted](t, bucketEvents); err != nil {
			return err
		}
		if c.WebhookEndpoints, err = everything[Endpoint](t, bucketEndpoints); err != nil {
			return err
		}
		if c.Deliveries, err = everything[Delivery](t, bucketDeliveries); err != nil {
			return err
		}
		c.Faults, err = everything[Fault](t, bucketFaults)
		return err
	})
	for n := range c.PaymentIntents {
		c.PaymentIntents[n].ClientSecret = ""
	}
	c.Sums = sums(c.Charges, c.Disputes)
	return c, err
}

func sums(charges []Charge, disputes []Dispute) map[string]Sum {
	all := map[string]Sum{}
	for _, ch := range charges {
		if !ch.Paid {
			continue
		}
		s := all[ch.Currency]
		s.Charges++
		s.Charged += ch.AmountCaptured
		s.Refunded += ch.returned()
		s.Net += ch.unrefunded()
		all[ch.Currency] = s
	}
	for _, d := range disputes {
		if !d.withdrawn() {
			continue
		}
		s := all[d.Currency]
		s.Disputed += d.Amount
		s.Net -= d.Amount
		all[d.Currency] = s
	}
	return all
}

func everything[T any](t *tx, bucket string) ([]T, error) {
	all := []T{}
	err := t.bucket(bucket).ForEach(func(k, data []byte) error {
		var v T
		if err := json.Unmarshal(data, &v); err != nil {
			return fmt.Errorf("decode %s %q: %w", bucket, k, err)
		}
		all = append(all, v)
		return nil
	})
	return all, err
}
