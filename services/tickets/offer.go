package tickets

import (
	"cmp"
	"fmt"
	"time"

	"ticketx/kit/errs"
	"ticketx/kit/events"
	"ticketx/kit/money"
)

// Offer is what a seller says about a ticket. Market.Offer makes valid ones.
type Offer struct {
	Title    string         `json:"title"`
	Price    money.Minor    `json:"priceMinor"` // for the whole lot
	Currency money.Currency `json:"currency"`
	// OriginalPrice is what the lot cost at first, 0 where the seller does not say.
	OriginalPrice money.Minor `json:"originalPriceMinor,omitempty"`
	events.Details
	Description string `json:"description,omitempty"`
}

// Market is the rules for what can be offered here.
type Market struct {
	// Currency is what new tickets are priced in.
	Currency money.Currency
	// ResaleCap is the most that a ticket may cost, in percent of its original
	// price, as the law of some countries wants it. 0 is no cap.
	ResaleCap int
}

// Offer returns what a draft makes of what was offered before, which for a new
// ticket is the zero Offer. What the draft does not give is cleared, but for the
// currency. A draft of nothing but a title and a price, however, is from a client
// that knows no more, such as TicketX's: it leaves the rest as it is.
//
// Everything that is wrong is reported together, by field, as errs.KindInvalid.
func (m Market) Offer(was Offer, d Draft, now time.Time) (Offer, error) {
	o := Offer{Currency: cmp.Or(was.Currency, m.Currency)}
	var wrong problems
	o.Title = wrong.line("title", d.Title, maxTitle)
	if o.Title == "" {
		wrong.add("title", "Must be given.")
	}
	if d.titleAndPriceOnly() {
		o.OriginalPrice, o.Details, o.Description = was.OriginalPrice, was.Details, was.Description
	} else {
		d.describe(&o, &wrong)
		wrong.start(o.StartsAt, was.StartsAt, now)
	}
	var err error
	o.Price, err = o.Currency.ParsePrice("price", d.Price)
	wrong.take(err)
	m.cap(o, &wrong)
	return o, errs.InvalidFields(wrong)
}

// cap says when a ticket costs more than it may. Of prices that are wrong in
// themselves it says nothing.
func (m Market) cap(o Offer, wrong *problems) {
	switch most := o.OriginalPrice * money.Minor(m.ResaleCap) / 100; {
	case m.ResaleCap == 0 || wrong.about("originalPrice"):
	case o.OriginalPrice == 0:
		message := fmt.Sprintf("Must be given: here a ticket may cost at most %d%% of its original price.", m.ResaleCap)
		wrong.take(errs.Beyond("originalPrice", errs.Required, "", message))
	case o.Price > most:
		limit := o.Currency.Format(most)
		message := fmt.Sprintf("Must be at most %s, which is %d%% of the original price.", limit, m.ResaleCap)
		wrong.take(errs.Beyond("price", errs.TooLarge, limit, message))
	}
}
