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

// MaxTitle is how many characters a title may have.
const MaxTitle = 200

// Offer is what a seller says about a ticket. NewOffer makes valid ones.
type Offer struct {
	Title    string         `json:"title"`
	Price    money.Minor    `json:"priceMinor"` // for the whole lot
	Currency money.Currency `json:"currency"`
	// OriginalPrice is what the lot cost at first, 0 where the seller does not say.
	OriginalPrice money.Minor `json:"originalPriceMinor,omitempty"`
	events.Details
	Description string `json:"description,omitempty"`
}

// NewOffer returns the offer with surrounding space cut from its title. price
// is a JSON number in major units of the currency; what no card can be charged is
// refused here, before anybody orders. Everything that is wrong with the two is
// reported together, as errs.KindInvalid.
func NewOffer(currency money.Currency, title string, price json.RawMessage) (Offer, error) {
	o := Offer{Title: strings.TrimSpace(title), Currency: currency}
	var wrong []errs.Field
	if message := titleProblem(o.Title); message != "" {
		wrong = append(wrong, errs.Field{Field: "title", Message: message})
	}
	var err error
	if o.Price, err = currency.ParsePrice("price", price); err != nil {
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
