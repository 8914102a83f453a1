package payments

import (
	"slices"
	"time"

	"ticketx/kit/money"
)

const (
	// maxRefunds is how many refunds are tried for one payment before somebody has
	// to look at it.
	maxRefunds = 5
	// firstRest is how long a refund rests that the processor has refused for the
	// first time; each further one is longer by as much as restGrows says. The last
	// try is made after two days almost, in which what was in the way may have been
	// seen to.
	firstRest = 10 * time.Minute
	restGrows = 6
)

// RefundStatus is how a refund stands, in the words of Stripe.
type RefundStatus string

// The statuses of a refund.
const (
	RefundPending   RefundStatus = "pending"
	RefundSucceeded RefundStatus = "succeeded"
	RefundFailed    RefundStatus = "failed"
)

// rank orders the statuses of one refund in time.
func (s RefundStatus) rank() int {
	return map[RefundStatus]int{RefundPending: 1, RefundSucceeded: 2, RefundFailed: 3}[s]
}

// Refund is the money on its way back: all that was charged, in as many refunds as
// it takes, because somebody may have given back a part by hand.
type Refund struct {
	Number int64  `json:"number"`       // of the try, from 1
	ID     string `json:"id,omitempty"` // of the refund that the try has made
	// Status is how the whole stands: succeeded once all is back, and failed when
	// the try is over and there is neither that much back nor on its way.
	Status RefundStatus `json:"status"`
	// Made are the refunds that have been seen, those by hand among them.
	Made []MadeRefund `json:"made,omitempty"`
	// Code is why the processor has refused the last try, in its word for machines,
	// and RefusedAt when. Empty: it has not refused.
	Code      string    `json:"code,omitempty"`
	RefusedAt time.Time `json:"refusedAt,omitzero"`
}

// MadeRefund is a refund as the processor shows it: of all, or of a part.
type MadeRefund struct {
	ID       string       `json:"id"`
	IntentID string       `json:"-"`
	Status   RefundStatus `json:"status"`
	Amount   money.Minor  `json:"amountMinor"`
}

// sums returns how much of the money is back, and how much is on its way.
func sums(made []MadeRefund) (back, coming money.Minor) {
	for _, m := range made {
		switch m.Status {
		case RefundSucceeded:
			back += m.Amount
		case RefundPending:
			coming += m.Amount
		case RefundFailed:
		}
	}
	return back, coming
}

// note keeps what the processor shows of refunds. Of one refund, failed stands
// above succeeded, and that above pending, for a bank can send money back; what
// stands lower comes late.
func (r *Refund) note(made []MadeRefund) (changed bool) {
	for _, m := range made {
		at := slices.IndexFunc(r.Made, func(known MadeRefund) bool { return known.ID == m.ID })
		switch {
		case at < 0:
			r.Made = append(r.Made, m)
		case m.Status.rank() < r.Made[at].Status.rank(), m.Status == r.Made[at].Status && m.Amount == r.Made[at].Amount:
			continue
		default:
			r.Made[at] = m
		}
		changed = true
	}
	return changed
}

// due reports whether the try is still to be made: what has been charged is neither
// back nor on its way.
func (r *Refund) due(charged money.Minor) bool {
	back, coming := sums(r.Made)
	return r.ID == "" && r.Status != RefundFailed && back+coming < charged
}

// refused reports whether the processor has refused the last try, and what has been
// charged is still not on its way.
func (r *Refund) refused(charged money.Minor) bool { return r.Code != "" && r.due(charged) }

// rests reports whether the next try is to wait.
func (r *Refund) rests(charged money.Minor, now time.Time) bool {
	return r.refused(charged) && now.Before(r.restsUntil())
}

// restsUntil is when the try is made that follows one that was refused.
func (r *Refund) restsUntil() time.Time {
	rest := firstRest
	// After the first try, the second. Those that somebody has asked for come on top and
	// rest no longer than the last.
	for range min(r.Number, maxRefunds) - 2 {
		rest *= restGrows
	}
	return r.RefusedAt.Add(rest)
}

// next makes room for another try.
func (r *Refund) next() {
	r.Number, r.ID, r.Status = r.Number+1, "", RefundPending
}

// forgive forgets that the last try was refused.
func (r *Refund) forgive() { r.Code, r.RefusedAt = "", time.Time{} }

// weigh says how the whole stands when the try is over, or is not.
func (r *Refund) weigh(charged money.Minor, over bool) RefundStatus {
	switch back, coming := sums(r.Made); {
	case back >= charged:
		return RefundSucceeded
	case over && back+coming < charged:
		return RefundFailed
	default:
		return RefundPending
	}
}

// owe says that the money has to go back. Cause: the order is closed and the
// payment has succeeded.
func (p *Payment) owe(now time.Time) (changed bool) {
	if !p.owesRefund() {
		return false
	}
	if p.Refund == nil {
		p.Refund = &Refund{}
	}
	p.Refund.next() // after a dispute that was won there was a try before it
	p.Refund.forgive()
	p.move(StatusRefundPending, now)
	return true
}

// contested ends a try to give the money back that can't be, because its owner has
// asked their bank for it. Where the bank gives it back, that is the end; where it
// does not, the money is owed again. Cause: the processor refuses the refund.
func (p *Payment) contested(number int64, d Dispute, now time.Time) (changed bool) {
	if p.Status != StatusRefundPending || p.Refund.Number != number || !p.Refund.due(p.Order.Ticket.Price) {
		return p.dispute(d, now)
	}
	p.Refund.Status, p.Dispute = RefundFailed, &d
	if d.won() {
		p.move(StatusRefundPending, now) // decided a moment ago: another try
		return true
	}
	p.move(StatusDisputed, now)
	return true
}

// tried ends a try to give the money back. Cause: the processor has made a refund
// under its number, or says that it makes none any more; made are those there are.
func (p *Payment) tried(number int64, refundID string, made []MadeRefund, now time.Time) (changed bool) {
	if p.Status != StatusRefundPending || p.Refund.Number != number || !p.Refund.due(p.Order.Ticket.Price) {
		return p.refunded(made, now) // somebody else knows more
	}
	p.Refund.ID = refundID
	p.Refund.forgive()
	p.Refund.note(made)
	p.weigh(true, now)
	return true
}

// refunded takes over what the processor shows of the refunds of the payment. What
// was given back by hand for an order that stands counts once it is all. Cause: a
// refund was made, has changed, or was made by hand.
func (p *Payment) refunded(made []MadeRefund, now time.Time) (changed bool) {
	if !p.charged() {
		return false
	}
	if p.Refund == nil {
		if back, coming := sums(made); back+coming < p.Order.Ticket.Price {
			return false
		}
		p.Refund = &Refund{Number: 1}
	}
	if !p.Refund.note(made) {
		return false
	}
	p.weigh(p.Refund.ID != "" || p.Refund.Status == RefundFailed, now)
	return true
}

// weigh has the payment be as its refunds are. While they come to less than all,
// that makes no difference to one that is not being given back.
func (p *Payment) weigh(over bool, now time.Time) {
	status := p.Refund.weigh(p.Order.Ticket.Price, over)
	to := p.Status
	switch back, coming := sums(p.Refund.Made); {
	case status == RefundSucceeded:
		to = StatusRefunded
	case back+coming >= p.Order.Ticket.Price:
		to = StatusRefundPending
	case p.Status != StatusRefundPending && p.Status != StatusRefunded:
	case p.Order.Status != orderCancelled: // it was given back by hand, and is not any more
		p.Refund = nil
		p.move(StatusSucceeded, now)
		return
	default:
		to = StatusRefundPending
	}
	if to != p.Status || status != p.Refund.Status {
		p.Refund.Status = status
		p.move(to, now)
	}
}

// refundAgain makes room for another try. Cause: the last one is over, and not all
// of the money is back or on its way.
func (p *Payment) refundAgain(number int64, now time.Time) (changed bool) {
	if p.Status != StatusRefundPending || p.Refund.Status != RefundFailed || p.Refund.Number != number || number >= maxRefunds {
		return false
	}
	p.Refund.next()
	p.move(StatusRefundPending, now)
	return true
}

// denied ends a try that the processor refuses for good: under its number nothing
// else will ever be answered. The next one waits, longer each time, because what is
// in the way is mostly for somebody to see to; the last one was the last. Cause: the
// processor refuses the refund.
func (p *Payment) denied(number int64, code string, now time.Time) (changed bool) {
	if p.Status != StatusRefundPending || p.Refund.Number != number || !p.Refund.due(p.Order.Ticket.Price) {
		return false
	}
	p.Refund.Code, p.Refund.RefusedAt = code, now.UTC()
	if number < maxRefunds {
		p.Refund.next()
		return true
	}
	p.Refund.Status = RefundFailed
	p.move(StatusRefundPending, now)
	return true
}

// hurry has another try be made now, though it was to rest or the last one has
// failed. Cause: somebody asks, who may have seen to what was in the way. What was
// refused a moment ago is not tried once more.
func (p *Payment) hurry(now time.Time) (changed bool) {
	if !p.refundIsStuck() || now.Sub(p.Refund.RefusedAt) < patience {
		return false
	}
	lost := p.refundIsLost()
	p.Refund.forgive()
	if lost {
		p.Refund.next()
		p.move(StatusRefundPending, now)
	}
	return true
}

// refundIsLost reports whether all tries to give the money back have failed.
func (p *Payment) refundIsLost() bool {
	return p.Status == StatusRefundPending && p.Refund.Status == RefundFailed && p.Refund.Number >= maxRefunds
}

// refundIsStuck reports whether somebody should look at why the money does not go
// back: the processor refuses that, or every try has failed.
func (p *Payment) refundIsStuck() bool {
	return p.refundIsLost() || p.Status == StatusRefundPending && p.Refund.refused(p.Order.Ticket.Price)
}
