package standin

import (
	"encoding/json"
	"fmt"
)

// Contents is the whole book, each kind of object oldest first. Intents come
// without their client secrets.
type Contents struct {
	Sums           map[string]Sum `json:"sums"` // by currency
	PaymentIntents []Intent       `json:"payment_intents"`
	Charges        []Charge       `json:"charges"`
	Refunds        []Refund       `json:"refunds"`
	Events         []Event        `json:"events"`
}

// Sum is the money of one currency, in its smallest unit.
type Sum struct {
	Charges  int   `json:"charges"` // paid ones
	Charged  int64 `json:"charged"`
	Refunded int64 `json:"refunded"`
	Net      int64 `json:"net"`
}

// Contents reads the whole book as it stands at one moment.
func (b *Book) Contents() (Contents, error) {
	c := Contents{Sums: map[string]Sum{}}
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
		c.Events, err = everything[Event](t, bucketEvents)
		return err
	})
	for n := range c.PaymentIntents {
		c.PaymentIntents[n].ClientSecret = ""
	}
	for _, ch := range c.Charges {
		if !ch.Paid {
			continue
		}
		s := c.Sums[ch.Currency]
		s.Charges++
		s.Charged += ch.AmountCaptured
		s.Refunded += ch.AmountRefunded
		s.Net += ch.unrefunded()
		c.Sums[ch.Currency] = s
	}
	return c, err
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
