package payments

import (
	"time"

	"ticketx/kit/errs"
	"ticketx/kit/events"
	"ticketx/kit/ids"
)

// Status is where a payment stands.
type Status string

// A payment starts with its first attempt and moves like this:
//
//	none ──► charging ──► succeeded ──► refunded
//	            │ ▲
//	            ▼ │
//	          failed        charging, failed ──► cancelled
//
// Refunded and cancelled are final.
const (
	StatusNone      Status = ""          // nobody has tried to pay
	StatusCharging  Status = "charging"  // an attempt is open: it may or may not have charged
	StatusFailed    Status = "failed"    // nothing was charged; another attempt may be made
	StatusSucceeded Status = "succeeded" // charged
	StatusRefunded  Status = "refunded"  // charged, and given back
	StatusCancelled Status = "cancelled" // never charged, and never will be
)

// The statuses of an order that payments acts on. An order in any other status
// is live until its time has passed.
const (
	orderComplete  = "complete"
	orderCancelled = "cancelled"
)

// lease is how long an attempt belongs to the caller who opened it. It is
// longer than an attempt can take, so that one taken over was left behind.
const lease = 30 * time.Second

// Payment is the payment of one order, with the copy of the order by which it is
// decided.
type Payment struct {
	// Order is the newest state of the order that has been heard of.
	Order events.Order `json:"order"`

	ID        string    `json:"id,omitempty"`
	Version   int64     `json:"version"` // grows by one with every change of Status
	Status    Status    `json:"status"`
	UpdatedAt time.Time `json:"updatedAt,omitzero"` // of Status
	// IntentID is the order's intent with the processor: one, however many
	// attempts there are. It is written before anything can be charged.
	IntentID string  `json:"intentId,omitempty"`
	Attempt  Attempt `json:"attempt,omitzero"`
	// Refusal is why the last attempt that ended without a charge did so.
	Refusal  *Refusal `json:"refusal,omitempty"`
	RefundID string   `json:"refundId,omitempty"`
}

// Attempt is one try to charge a card.
type Attempt struct {
	Number    int64     `json:"number"` // counts from 1
	StartedAt time.Time `json:"startedAt"`
	// Token is kept while the attempt is open, so that it can be finished by
	// somebody else. It is in no event.
	Token Token `json:"token,omitempty"`
	// HeldUntil is when somebody else may take over. Zero: nobody works on it.
	HeldUntil time.Time `json:"heldUntil,omitzero"`
}

// Refusal is the processor's word that an attempt charged nothing.
type Refusal struct {
	Attempt int64  `json:"attempt"`
	Code    string `json:"code,omitempty"` // the processor's, for machines
	Message string `json:"message"`        // the processor's, for people
	// BadToken says that no card was tried, because the token names none.
	BadToken bool `json:"badToken,omitempty"`
}

// Err returns the refusal as the payer gets it.
func (r *Refusal) Err() error {
	if r.BadToken {
		return errs.Invalid("token", r.Message)
	}
	return errs.PaymentRequired(r.Code, r.Message)
}

// Outcome is what the processor says has become of an intent.
type Outcome int

// An intent that has come to its end never moves again.
const (
	Succeeded Outcome = iota + 1 // charged
	Cancelled                    // never charged, and never will be
)

// turn is what somebody who wants to pay has to do next.
type turn int

const (
	turnPaid   turn = iota + 1 // nothing: the order is paid
	turnCharge                 // charge: the open attempt is the caller's own
	turnFinish                 // finish what somebody else has left behind
	turnWait                   // wait: somebody else is at it
)

// live reports whether the order may be paid at now. An order whose time has
// passed may not, whether or not anybody has said so yet.
func (p *Payment) live(now time.Time) bool {
	return p.Order.Status != orderCancelled && p.Order.Status != orderComplete && now.Before(p.Order.ExpiresAt)
}

// held reports whether somebody works on the open attempt.
func (p *Payment) held(now time.Time) bool {
	return p.Status == StatusCharging && now.Before(p.Attempt.HeldUntil)
}

// owesRefund reports whether money was taken for an order that was closed.
func (p *Payment) owesRefund() bool {
	return p.Status == StatusSucceeded && p.Order.Status == orderCancelled
}

// unsettled reports whether only the processor knows how things stand: an
// attempt is open, or the order is closed and its intent is not.
func (p *Payment) unsettled() bool {
	return p.Status == StatusCharging ||
		p.Status == StatusFailed && p.IntentID != "" && p.Order.Status == orderCancelled
}

// learn keeps the order if it is newer than the copy.
func (p *Payment) learn(o events.Order) (changed bool) {
	if o.Version <= p.Order.Version {
		return false
	}
	p.Order = o
	return true
}

// claim gives a wish to pay its turn. Where an attempt may be made, claim opens
// it; one that was left behind is taken over. Somebody else's order is
// Forbidden; one that is not live, or whose money was given back, a Conflict.
func (p *Payment) claim(buyer string, token Token, now time.Time) (turn, error) {
	switch {
	case p.Order.BuyerID != buyer:
		return 0, errs.Forbidden("This order belongs to somebody else.")
	case p.held(now):
		return turnWait, nil
	case p.Status == StatusCharging:
		p.Attempt.HeldUntil = now.Add(lease)
		return turnFinish, nil
	case p.owesRefund():
		return turnFinish, nil
	case p.Status == StatusSucceeded:
		return turnPaid, nil
	case !p.live(now) || p.Status == StatusRefunded || p.Status == StatusCancelled:
		return 0, p.notPayable()
	}
	p.begin(token, now)
	return turnCharge, nil
}

// notPayable says why the order can't be paid any more.
func (p *Payment) notPayable() error {
	switch {
	case p.Status == StatusRefunded:
		return errs.Conflict("The order was closed before it was paid. The money has been given back.")
	case p.Order.Status == orderComplete:
		return errs.Conflict("The order is already complete.")
	case p.Order.Status == orderCancelled && p.Order.Reason != "expired":
		return errs.Conflict("The order has been cancelled.")
	default:
		return errs.Conflict("The time to pay for the order has passed.")
	}
}

func (p *Payment) begin(token Token, now time.Time) {
	if p.ID == "" {
		p.ID = ids.New()
	}
	p.Attempt = Attempt{Number: p.Attempt.Number + 1, StartedAt: now, Token: token, HeldUntil: now.Add(lease)}
	p.move(StatusCharging, now)
}

// release lets somebody else take over the attempt at once. held is the caller's
// claim on it; one that has been taken over is not the caller's any more.
func (p *Payment) release(held Attempt) (changed bool) {
	if p.Status != StatusCharging || p.Attempt.Number != held.Number || !p.Attempt.HeldUntil.Equal(held.HeldUntil) {
		return false
	}
	p.Attempt.HeldUntil = time.Time{}
	return true
}

// opened writes down the order's intent. It comes before anything is charged: a
// payment that has moved on meanwhile must not be charged with it.
func (p *Payment) opened(attempt int64, intentID string) (changed bool) {
	if p.Status != StatusCharging || p.Attempt.Number != attempt || p.IntentID != "" {
		return false
	}
	p.IntentID = intentID
	return true
}

// void ends an attempt that has no intent yet, so that it can't have charged.
// Its owner finds out in opened.
func (p *Payment) void(now time.Time) (changed bool) {
	if p.Status != StatusCharging || p.IntentID != "" {
		return false
	}
	p.move(StatusCancelled, now)
	return true
}

// succeed says that the intent charged. It holds whatever was thought before,
// because the money has moved.
func (p *Payment) succeed(now time.Time) (changed bool) {
	if p.Status == StatusSucceeded || p.Status == StatusRefunded {
		return false
	}
	p.move(StatusSucceeded, now)
	return true
}

// cancel says that the intent has ended without a charge.
func (p *Payment) cancel(now time.Time) (changed bool) {
	if p.Status != StatusCharging && p.Status != StatusFailed {
		return false
	}
	p.move(StatusCancelled, now)
	return true
}

// fail says that an attempt ended without a charge.
func (p *Payment) fail(r Refusal, now time.Time) (changed bool) {
	if p.Status != StatusCharging || p.Attempt.Number != r.Attempt {
		return false
	}
	p.Refusal = &r
	p.move(StatusFailed, now)
	return true
}

// refunded says that the money has been given back.
func (p *Payment) refunded(refundID string, now time.Time) (changed bool) {
	if p.Status != StatusSucceeded {
		return false
	}
	p.RefundID = refundID
	p.move(StatusRefunded, now)
	return true
}

// move is the only way from one status to another. Once no attempt is open, its
// token is forgotten.
func (p *Payment) move(to Status, now time.Time) {
	if to != StatusCharging {
		p.Attempt.Token = ""
		p.Attempt.HeldUntil = time.Time{}
	}
	p.Status, p.UpdatedAt = to, now.UTC()
	p.Version++
}

// answer says how the payment stands for somebody who took part in the attempt:
// nil when the order is paid.
func (p *Payment) answer(attempt int64) error {
	switch {
	case p.owesRefund():
		return errs.Unavailable("The order was closed, and the money is being given back. Please look again.", nil)
	case p.Status == StatusSucceeded:
		return nil
	case p.Refusal != nil && p.Refusal.Attempt >= attempt:
		return p.Refusal.Err()
	case p.Status == StatusCharging:
		return errPending
	default:
		return p.notPayable()
	}
}

var errPending = errs.Unavailable("It is not known yet whether the payment was made. Nothing is charged twice: please try again.", nil)
