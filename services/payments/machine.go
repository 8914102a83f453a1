package payments

import (
	"time"

	"ticketx/kit/ids"
)

// Status is where a payment stands.
type Status string

// The statuses of a payment. docs/payments.md draws how they follow each other;
// each arrow is one method below, or in refund.go, and nothing else changes a status.
const (
	StatusNone           Status = ""                // nobody has begun to pay
	StatusCreated        Status = "created"         // begun: it may or may not have charged
	StatusRequiresAction Status = "requires_action" // the card's owner is asked to consent
	StatusProcessing     Status = "processing"      // the bank takes its time
	StatusFailed         Status = "failed"          // nothing was charged; another card may be tried
	StatusSucceeded      Status = "succeeded"       // charged
	StatusCancelled      Status = "cancelled"       // never charged, and never will be
	StatusRefundPending  Status = "refund_pending"  // charged, and owed back
	StatusRefunded       Status = "refunded"        // charged, and given back
	StatusDisputed       Status = "disputed"        // charged, and the bank is asked for it
)

// statusCharging is what payments of before called StatusCreated.
const statusCharging Status = "charging"

// begin opens an attempt: with a token, for whoever holds it to charge; without,
// for the buyer's browser. Cause: the buyer pays.
func (p *Payment) begin(token Token, returnURL string, now time.Time) {
	if p.ID == "" {
		p.ID, p.CreatedAt = ids.New(), now.UTC()
	}
	p.Attempt = Attempt{Number: p.Attempt.Number + 1, StartedAt: now, Token: token, ReturnURL: returnURL}
	if token != "" {
		p.Attempt.HeldUntil = now.Add(lease)
	}
	p.move(StatusCreated, now)
}

// opened writes down the intent. It comes before anything is charged: a payment
// that has moved on meanwhile must not be charged with it. Cause: the processor
// has created it.
func (p *Payment) opened(number int64, intentID string) (changed bool) {
	if p.Status != StatusCreated || p.IntentID != "" || p.intentNumber() != number {
		return false
	}
	p.IntentID = intentID
	return true
}

// spend gives up the number under which an intent can't be created any more. One
// that was created all the same is in nobody's hands, so it charges nothing.
// Cause: the processor keeps a failure for its key.
func (p *Payment) spend(number int64) (changed bool) {
	if p.IntentID != "" || p.intentNumber() != number {
		return false
	}
	p.IntentNumber = number + 1
	return true
}

// see takes over what the processor shows of the intent now. What is shown may
// come late and in any order, so the rule is monotone where it must be: a success
// stands whatever comes after it, and an end of the intent is one. Between those
// any look is replaced by the next. While an attempt is open whose token is here,
// an intent that waits for a card says nothing about it: it may not have got
// there yet.
func (p *Payment) see(i Intent, now time.Time) (changed bool) {
	if i.ID != p.IntentID {
		return false
	}
	waiting := p.Status == StatusCreated && p.Attempt.Token != ""
	switch {
	case i.State == IntentSucceeded:
		return p.succeed(now)
	case i.State == IntentCancelled && p.live(now):
		return p.lapse(now)
	case i.State == IntentCancelled:
		return p.cancel(i, now)
	case i.State == IntentProcessing:
		return p.process(now)
	case i.State == IntentRequiresAction && !waiting:
		return p.ask(i.NextURL, now)
	case i.State == IntentOpen && i.Refusal != nil && !waiting:
		refusal := *i.Refusal
		refusal.Attempt = p.Attempt.Number
		return p.decline(refusal, now)
	}
	return false
}

// confirmed takes over what came of the attempt. Cause: its own confirmation was
// answered.
func (p *Payment) confirmed(attempt int64, i Intent, now time.Time) (changed bool) {
	mine := p.Status == StatusCreated && p.Attempt.Number == attempt && p.IntentID == i.ID
	if mine && i.State == IntentRequiresAction {
		return p.ask(i.NextURL, now)
	}
	return p.see(i, now)
}

// refuse says that an attempt ended without a charge. Cause: its own confirmation
// was refused.
func (p *Payment) refuse(r Refusal, now time.Time) (changed bool) {
	if p.Status != StatusCreated || p.Attempt.Number != r.Attempt {
		return false
	}
	return p.decline(r, now)
}

// ask says that the card's owner has to consent, and where. Cause: the intent
// requires action.
func (p *Payment) ask(url Secret, now time.Time) (changed bool) {
	if !p.open() || p.Status == StatusRequiresAction && p.NextURL == url {
		return false
	}
	p.NextURL = url
	p.move(StatusRequiresAction, now)
	return true
}

// process says that the bank takes its time. Cause: the intent is processing.
func (p *Payment) process(now time.Time) (changed bool) {
	if !p.open() || p.Status == StatusProcessing {
		return false
	}
	p.move(StatusProcessing, now)
	return true
}

// decline says that a card was refused and another can be tried. Cause: the
// intent waits for a card and says why.
func (p *Payment) decline(r Refusal, now time.Time) (changed bool) {
	if !p.open() || p.Status == StatusFailed && p.Refusal != nil && p.Refusal.same(r) {
		return false
	}
	p.Refusal = &r
	p.move(StatusFailed, now)
	return true
}

// codeLapsed is the code of a refusal by which no card was declined: the intent was
// cancelled.
const codeLapsed = "canceled"

// lapse gives up an intent that ended while the order is live, so that another can
// be opened. Cause: somebody has cancelled it at the processor.
func (p *Payment) lapse(now time.Time) (changed bool) {
	if !p.open() {
		return false
	}
	p.IntentID, p.IntentNumber = "", p.intentNumber()+1
	p.Refusal = &Refusal{Attempt: p.Attempt.Number, Code: codeLapsed, Message: "The payment was cancelled, and nothing was charged. Please try again."}
	p.move(StatusFailed, now)
	return true
}

// succeed says that the intent charged. It holds whatever was thought before,
// because the money has moved. Cause: the intent has succeeded.
func (p *Payment) succeed(now time.Time) (changed bool) {
	if p.charged() {
		return false
	}
	p.move(StatusSucceeded, now)
	return true
}

// cancel says that the intent has ended without a charge, for good, and why its last
// card was declined, if it was, of which nobody may have told. Cause: it was
// cancelled because the order is closed, or is about to be.
func (p *Payment) cancel(i Intent, now time.Time) (changed bool) {
	if !p.open() || p.IntentID != i.ID && p.IntentID != "" {
		return false // another is under way
	}
	if i.Refusal != nil && (p.Refusal == nil || !p.Refusal.sameReason(*i.Refusal)) {
		refusal := *i.Refusal
		refusal.Attempt = p.Attempt.Number
		p.Refusal = &refusal
	}
	p.move(StatusCancelled, now)
	return true
}

// void ends an attempt that has no intent, so that it can't have charged. Its
// owner finds out in opened. Cause: the order is closed, or is about to be.
func (p *Payment) void(now time.Time) (changed bool) {
	if !p.open() || p.IntentID != "" {
		return false
	}
	p.move(StatusCancelled, now)
	return true
}

// retire closes a payment that nobody has begun, so that nobody can. Cause: orders
// is about to close the order.
func (p *Payment) retire(now time.Time) (changed bool) {
	if p.Status != StatusNone {
		return false
	}
	p.move(StatusCancelled, now)
	return true
}

// adopt takes over an intent that the processor knows and this document does not.
// Cause: the document was lost.
func (p *Payment) adopt(i Intent, now time.Time) (changed bool) {
	if p.IntentID != "" || p.charged() || i.State == IntentOpen || i.State == IntentCancelled {
		return false
	}
	if p.ID == "" {
		p.ID, p.CreatedAt = ids.New(), now.UTC()
	}
	p.IntentID = i.ID
	p.move(StatusCreated, now)
	return true
}

// dispute takes over how a dispute stands. One that is decided stays so. Cause:
// the card's owner has asked their bank for the money, or the bank has decided.
func (p *Payment) dispute(d Dispute, now time.Time) (changed bool) {
	if !p.charged() || p.Dispute != nil && (*p.Dispute == d || p.Dispute.ID == d.ID && p.Dispute.decided() && !d.decided()) {
		return false
	}
	p.Dispute = &d
	to := p.Status
	switch {
	case d.won() && p.Status == StatusDisputed:
		to = StatusSucceeded
	case !d.won() && p.Status == StatusSucceeded:
		to = StatusDisputed
	}
	p.move(to, now)
	return true
}

// move is the only way from one status to another. Once no attempt is open, its
// token is forgotten.
func (p *Payment) move(to Status, now time.Time) {
	if to != StatusCreated {
		p.Attempt.Token = ""
		p.Attempt.HeldUntil = time.Time{}
	}
	if to != StatusRequiresAction {
		p.NextURL = ""
	}
	p.Status, p.UpdatedAt = to, now.UTC()
	p.Version++
}
