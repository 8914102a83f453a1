package standin

import "strings"

// PaymentMethod is a card as Stripe shows it. One is made each time that a
// test token or a test payment method is used, as at Stripe.
type PaymentMethod struct {
	ID             string            `json:"id"`
	Object         string            `json:"object"`
	BillingDetails BillingDetails    `json:"billing_details"`
	Card           Card              `json:"card"`
	Created        int64             `json:"created"`
	Livemode       bool              `json:"livemode"`
	Metadata       map[string]string `json:"metadata"`
	Type           string            `json:"type"`
}

// BillingDetails are who pays. The stand-in takes no such data, so all of it is null.
type BillingDetails struct {
	Address *string `json:"address"`
	Email   *string `json:"email"`
	Name    *string `json:"name"`
	Phone   *string `json:"phone"`
}

func (m *PaymentMethod) objectID() string { return m.ID }

// Card is what Stripe tells about a card.
type Card struct {
	Brand    string `json:"brand"`
	Country  string `json:"country"`
	ExpMonth int    `json:"exp_month"`
	ExpYear  int    `json:"exp_year"`
	Funding  string `json:"funding"`
	Last4    string `json:"last4"`
}

// newMethod puts the card in the book as a payment method of its own.
func (t *tx) newMethod(c testCard, metadata map[string]string) (*PaymentMethod, error) {
	id, err := t.mint(bucketMethods, "pm")
	if err != nil {
		return nil, err
	}
	m := &PaymentMethod{
		ID:     id,
		Object: "payment_method",
		Card: Card{
			Brand:    c.brand,
			Country:  "US",
			ExpMonth: int(t.now.Month()),
			ExpYear:  t.now.Year() + 1,
			Funding:  c.funding,
			Last4:    c.last4,
		},
		Created:  t.now.Unix(),
		Metadata: metadata,
		Type:     "card",
	}
	return m, t.save(bucketMethods, id, m)
}

// choice is the card that a request names, by a token or by a test payment
// method. The zero choice names none.
type choice struct {
	token  string
	method string
}

func (p *params) choice() choice {
	const (
		data     = "payment_method_data"
		dataType = data + "[type]"
		token    = data + "[card][token]"
	)
	c := choice{method: p.text("payment_method")}
	if !p.within(data) {
		return c
	}
	if c.method != "" {
		p.fail(exclusive("payment_method", data))
	}
	if p.requiredText(dataType) != "" {
		p.oneOf(dataType, "card")
	}
	c.token = p.requiredText(token)
	return c
}

// method is the payment method that the request names: one that was made
// before, or a new one of a test token or a test payment method. Those may be
// used any number of times.
func (t *tx) method(c choice) (*PaymentMethod, error) {
	if c.token != "" {
		return t.createMethod(c.token, "payment_method_data[card][token]", map[string]string{})
	}
	if card, ok := cardsByMethod[c.method]; ok {
		return t.newMethod(card, map[string]string{})
	}
	if strings.HasPrefix(c.method, "tok_") {
		return nil, invalid("", "payment_method", "A token may not be passed in as a PaymentMethod. Instead, "+
			"create a PaymentMethod or convert your token to a PaymentMethod by setting the `card[token]` parameter "+
			"to %s.", c.method)
	}
	m, err := load[PaymentMethod](t, bucketMethods, c.method)
	if err == nil && m == nil {
		return nil, missing("PaymentMethod", c.method, "payment_method")
	}
	return m, err
}

// createMethod makes a payment method of a token, which came in the parameter.
func (t *tx) createMethod(token, param string, metadata map[string]string) (*PaymentMethod, error) {
	card, ok := cardsByToken[token]
	if !ok {
		return nil, missing("token", token, param)
	}
	return t.newMethod(card, metadata)
}

// methodByID finds the payment method that a path names.
func (t *tx) methodByID(id string) (*PaymentMethod, error) {
	m, err := load[PaymentMethod](t, bucketMethods, id)
	if err == nil && m == nil {
		return nil, notFound("PaymentMethod", id, "payment_method")
	}
	return m, err
}
