package tickets

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"ticketx/kit/errs"
	"ticketx/kit/events"
	"ticketx/kit/money"
)

const (
	// MaxTitle is how many characters a title may have.
	MaxTitle = 200
	// MinPrice is the lowest price: Stripe's minimum charge in euro
	// (docs.stripe.com/currencies#minimum-and-maximum-charge-amounts).
	MinPrice money.Minor = 50
)

// Offer is what a seller says about a ticket. NewOffer makes valid ones.
type Offer struct {
	Title string      `json:"title"`
	Price money.Minor `json:"priceMinor"` // for the whole lot
	// OriginalPrice is what the lot cost at first, 0 where the seller does not say.
	OriginalPrice money.Minor `json:"originalPriceMinor,omitempty"`
	events.Details
	Description string `json:"description,omitempty"`
}

// NewOffer returns the offer with surrounding space cut from its title. price
// is a JSON number in major units. Everything that is wrong with the two is
// reported together, as errs.KindInvalid.
func NewOffer(title string, price json.RawMessage) (Offer, error) {
	o := Offer{Title: strings.TrimSpace(title)}
	var wrong []errs.Field
	if message := titleProblem(o.Title); message != "" {
		wrong = append(wrong, errs.Field{Field: "title", Message: message})
	}
	var err error
	if o.Price, err = parsePrice(price); err != nil {
		invalid, ok := errors.AsType[*errs.Error](err)
		if !ok {
			return Offer{}, err
		}
		wrong = append(wrong, invalid.Fields...)
	}
	return o, errs.InvalidFields(wrong)
}

func titleProblem(title string) string {
	switch {
	case title == "":
		return "Must be given."
	case utf8.RuneCountInString(title) > MaxTitle:
		return fmt.Sprintf("Must have at most %d characters.", MaxTitle)
	case strings.ContainsFunc(title, unicode.IsControl):
		return "Must not contain control characters."
	}
	return ""
}

func parsePrice(raw json.RawMessage) (money.Minor, error) {
	price, err := money.Parse("price", raw)
	if err == nil && price < MinPrice {
		return 0, errs.Invalid("price", fmt.Sprintf("Must be at least %s, the least a card can be charged.", MinPrice))
	}
	return price, err
}
