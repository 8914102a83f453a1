package standin

import "strings"

// PaymentMethod is a card as Stripe shows it. One is made each time that a
// test token or a test payment method is used, as at Stripe.
type PaymentMethod struct {
	ID       string            `json:"id"`
	Object   string            `json:"object"`
	Card     Card              `json:"card"`
	Created  int64             `json:"created"`
	Livemode bool              `json:"livemode"`
	Metadata map[string]string `json:"metadata"`
	Type     string            `json:"type"`
}

// Card is what Stripe tells about a card.
type Card struct {
	Brand    string `json:"brand"`
	Country  string `json:"country"`
	ExpMonth int    `json:"exp_month"`
	ExpYear  int    `json:"exp_year"`
	Funding  string `json:"funding"`
	Last4    string `json:"last4"`
}

// decline is how a charge of a card ends that is not paid.
type decline struct {
	code        string
	declineCode string
	param       string
	message     string
}

// testCard is one of the cards of https://docs.stripe.com/testing. As at
// Stripe, its number decides what a charge does: brand and last four digits
// tell all of them apart.
type testCard struct {
	names   []string // without the tok_ or pm_card_ before them
	brand   string
	last4   string
	funding string
	decline *decline
}

const cardDeclined = "Your card was declined."

// The codes and messages are those that Stripe's test mode gives.
var testCards = []testCard{
	{[]string{"visa", "us"}, "visa", "4242", "credit", nil},
	{[]string{"visa_debit"}, "visa", "5556", "debit", nil},
	{[]string{"mastercard"}, "mastercard", "4444", "credit", nil},
	{[]string{"mastercard_debit"}, "mastercard", "8210", "debit", nil},
	{[]string{"mastercard_prepaid"}, "mastercard", "5100", "prepaid", nil},
	{[]string{"amex"}, "amex", "8431", "credit", nil},
	{[]string{"discover"}, "discover", "1117", "credit", nil},
	{[]string{"diners"}, "diners", "0004", "credit", nil},
	{[]string{"jcb"}, "jcb", "0505", "credit", nil},
	{[]string{"unionpay"}, "unionpay", "0005", "credit", nil},

	{
		declining("chargeDeclined"), "visa", "0002", "credit",
		&decline{codeCardDeclined, "generic_decline", "", cardDeclined},
	},
	{
		declining("chargeDeclinedInsufficientFunds"), "visa", "9995", "credit",
		&decline{codeCardDeclined, "insufficient_funds", "", "Your card has insufficient funds."},
	},
	{
		declining("chargeDeclinedLostCard"), "visa", "9987", "credit",
		&decline{codeCardDeclined, "lost_card", "", cardDeclined},
	},
	{
		declining("chargeDeclinedStolenCard"), "visa", "9979", "credit",
		&decline{codeCardDeclined, "stolen_card", "", cardDeclined},
	},
	{
		declining("chargeDeclinedFraudulent", "radarBlock"), "visa", "0019", "credit",
		&decline{codeCardDeclined, "fraudulent", "", cardDeclined},
	},
	{
		declining("chargeDeclinedVelocityLimitExceeded"), "visa", "6975", "credit",
		&decline{codeCardDeclined, "card_velocity_exceeded", "", "Your card was declined for making repeated " +
			"attempts too frequently or exceeding its amount limit."},
	},
	{
		declining("chargeCustomerFail"), "visa", "0341", "credit",
		&decline{codeCardDeclined, "generic_decline", "", cardDeclined},
	},
	{
		declining("chargeDeclinedExpiredCard"), "visa", "0069", "credit",
		&decline{codeExpiredCard, codeExpiredCard, "exp_month", "Your card has expired."},
	},
	{
		declining("chargeDeclinedIncorrectCvc"), "visa", "0127", "credit",
		&decline{codeIncorrectCVC, codeIncorrectCVC, "cvc", "Your card's security code is incorrect."},
	},
	{
		declining("chargeDeclinedProcessingError"), "visa", "0119", "credit",
		&decline{codeProcessingError, codeProcessingError, "", "An error occurred while processing your card. " +
			"Try again in a little bit."},
	},
}

// declining gives both spellings that Stripe publishes: tok_chargeDeclined and
// tok_visa_chargeDeclined.
func declining(names ...string) []string {
	for _, n := range names {
		names = append(names, "visa_"+n)
	}
	return names
}

var (
	cardsByToken  = cardsBy("tok_")     // tok_visa
	cardsByMethod = cardsBy("pm_card_") // pm_card_visa
)

func cardsBy(prefix string) map[string]testCard {
	by := map[string]testCard{}
	for _, c := range testCards {
		for _, n := range c.names {
			by[prefix+n] = c
		}
	}
	return by
}

// declineOf is how a charge of the card ends, nil where it is paid.
func declineOf(shown Card) *decline {
	for _, c := range testCards {
		if c.brand == shown.Brand && c.last4 == shown.Last4 {
			return c.decline
		}
	}
	return nil
}

// newMethod puts the card in the book as a payment method of its own.
func (t *tx) newMethod(c testCard) (*PaymentMethod, error) {
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
		Metadata: map[string]string{},
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

// card finds the test card. There are no other tokens and payment methods
// here than the published ones, so each may be used any number of times.
func (c choice) card() (testCard, *Error) {
	if c.token != "" {
		if card, ok := cardsByToken[c.token]; ok {
			return card, nil
		}
		return testCard{}, missing("token", c.token, "payment_method_data[card][token]")
	}
	if card, ok := cardsByMethod[c.method]; ok {
		return card, nil
	}
	if strings.HasPrefix(c.method, "tok_") {
		return testCard{}, invalid("", "payment_method", "A token may not be passed in as a PaymentMethod. Instead, "+
			"create a PaymentMethod or convert your token to a PaymentMethod by setting the `card[token]` parameter "+
			"to %s.", c.method)
	}
	return testCard{}, missing("PaymentMethod", c.method, "payment_method")
}
