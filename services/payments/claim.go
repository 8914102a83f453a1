package payments

import (
	"strings"
	"time"

	"ticketx/kit/errs"
	"ticketx/kit/events"
	"ticketx/kit/money"
)

// turn is what somebody who wants to pay has to do next.
type turn int

const (
	turnPaid   turn = iota + 1 // nothing: the order is paid
	turnCharge                 // charge: the open attempt is the caller's own
	turnFinish                 // finish what somebody else has left behind
	turnWait                   // wait: somebody else is at it
	turnLook                   // look: the bank takes its time
)

// wish is somebody's wish to pay: with a token, or without one in the browser.
type wish struct {
	buyer     string
	token     Token
	returnURL string
}

// claim gives a wish to pay its turn. Where an attempt may be made, claim opens
// it and began is true; one that was left behind is taken over. Somebody else's
// order is Forbidden; one that is not live, whose money was given back, or that costs
// what no card can be charged, a Conflict.
func (p *Payment) claim(w wish, now time.Time) (next turn, began bool, err error) {
	switch {
	case p.Order.BuyerID != w.buyer:
		return 0, false, errs.Forbidden("This order belongs to somebody else.")
	case p.held(now):
		return turnWait, false, nil
	case p.Status == StatusCreated && p.Attempt.Token != "":
		p.Attempt.HeldUntil = now.Add(lease)
		return turnFinish, false, nil
	case p.owesRefund(), p.Status == StatusRefundPending && p.Refund.due(p.Order.Ticket.Price):
		return turnFinish, false, nil
	case p.paid():
		return turnPaid, false, nil
	case !p.live(now) || !p.open() && p.Status != StatusNone:
		return 0, false, p.notPayable()
	case p.Status == StatusProcessing:
		return turnLook, false, nil
	case w.token == "" && p.open() && (p.IntentID != "" || p.Status == StatusCreated):
		return turnCharge, false, nil // the intent takes another card
	}
	if err := chargeable(p.Order.Ticket); err != nil {
		return 0, false, err
	}
	p.begin(w.token, w.returnURL, now)
	return turnCharge, true, nil
}

// Why an order that is live can't be paid with any card, for machines. They are
// Stripe's words.
const (
	CodeAmountTooSmall = "amount_too_small"
	CodeAmountTooLarge = "amount_too_large"
)

// chargeable returns nil when a card can be charged what the ticket costs. Tickets
// lists no other, but an old one may have been listed before the rule.
func chargeable(t events.OrderTicket) error {
	c := money.Currency(t.Currency)
	say := func(m money.Minor) string { return c.Format(m) + " " + strings.ToUpper(t.Currency) }
	switch {
	case t.Price < c.Minimum():
		return errs.ConflictOf(CodeAmountTooSmall, "A card can't be charged less than "+say(c.Minimum())+", and this order costs "+say(t.Price)+". Nothing was charged.")
	case t.Price > c.Maximum():
		return errs.ConflictOf(CodeAmountTooLarge, "A card can't be charged more than "+say(c.Maximum())+", and this order costs "+say(t.Price)+". Nothing was charged.")
	}
	return nil
}

// notPayable says why the order can't be paid any more.
func (p *Payment) notPayable() error {
	switch {
	case p.Status == StatusRefunded:
		return errs.Conflict("The order was closed before it was paid. The money has been given back.")
	case p.Status == StatusRefundPending:
		return errs.Conflict("The order was closed before it was paid. The money is on its way back.")
	case p.Status == StatusDisputed:
		return errs.Conflict("The order was closed, and your bank decides about the money.")
	case p.Order.Status == orderComplete:
		return errs.Conflict("The order is already complete.")
	case p.Order.Status == orderCancelled && p.Order.Reason != "expired":
		return errs.Conflict("The order has been cancelled.")
	default:
		return errs.Conflict("The time to pay for the order has passed.")
	}
}

// answer says how the payment stands for somebody who took part in the attempt:
// nil when the order is paid.
func (p *Payment) answer(attempt int64) error {
	switch {
	case p.owesRefund():
		return errs.Unavailable("The order was closed, and the money is being given back. Please look again.", nil)
	case p.paid():
		return nil
	case p.charged():
		return p.notPayable() // whichever card was declined before
	case p.Status == StatusRequiresAction:
		return errSecondStep
	case p.Refusal != nil && p.Refusal.Attempt >= attempt:
		return p.Refusal.Err()
	case p.Status == StatusCreated, p.Status == StatusProcessing:
		return errPending
	default:
		return p.notPayable()
	}
}

var (
	errPending    = errs.Unavailable("It is not known yet whether the payment was made. Nothing is charged twice: please try again.", nil)
	errSecondStep = errs.PaymentRequired("authentication_required", "Your bank wants you to confirm this payment. Nothing has been charged yet.")
)
