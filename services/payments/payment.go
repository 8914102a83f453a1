package payments

import (
	"encoding/json"
	"slices"
	"time"

	"ticketx/kit/errs"
	"ticketx/kit/events"
)

// The statuses of an order that payments acts on. An order in any other status
// is live until its time has passed.
const (
	orderComplete  = "complete"
	orderCancelled = "cancelled"
	orderAwaiting  = "awaiting:payment"
)

// lease is how long an attempt belongs to the caller who opened it. It is
// longer than an attempt can take, so that one taken over was left behind.
const lease = 30 * time.Second

// Payment is the payment of one order, with the copy of the order by which it is
// decided. machine.go says how it moves.
type Payment struct {
	// Order is the newest state of the order that has been heard of.
	Order events.Order `json:"order"`

	ID        string    `json:"id,omitempty"`
	Version   int64     `json:"version"` // grows by one with every change that others can see
	Status    Status    `json:"status"`
	CreatedAt time.Time `json:"createdAt,omitzero"`
	UpdatedAt time.Time `json:"updatedAt,omitzero"` // with Version
	// IntentID is the intent with the processor that can be charged: one, however
	// many cards are tried on it. It is written before anything can be charged,
	// and another is created only when it has ended.
	IntentID string `json:"intentId,omitempty"`
	// IntentNumber counts the intents, from 1. 0 is 1, from before it was added.
	IntentNumber int64   `json:"intentNumber,omitempty"`
	Attempt      Attempt `json:"attempt,omitzero"`
	// Lost says that the document is not the first one: what was charged before may
	// be known to the processor alone, which has to be asked before the payment ends.
	Lost bool `json:"lost,omitempty"`
	// NextURL is where the card's owner consents. It is in no event.
	NextURL Secret `json:"nextUrl,omitempty"`
	// Refusal is why the last attempt that ended without a charge did so.
	Refusal *Refusal `json:"refusal,omitempty"`
	Refund  *Refund  `json:"refund,omitempty"`
	Dispute *Dispute `json:"dispute,omitempty"`
}

// Attempt is one try to charge a card.
type Attempt struct {
	Number    int64     `json:"number"` // counts from 1
	StartedAt time.Time `json:"startedAt"`
	// Token is kept while the attempt is open, so that it can be finished by
	// somebody else. It is in no event. Without one the buyer's browser pays.
	Token Token `json:"token,omitempty"`
	// ReturnURL is where the buyer is led back to from their bank.
	ReturnURL string `json:"returnUrl,omitempty"`
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

// same reports whether both say the same of one attempt.
func (r *Refusal) same(other Refusal) bool {
	return r.Attempt == other.Attempt && r.sameReason(other)
}

// sameReason reports whether both say the same, whichever attempts they are of.
func (r *Refusal) sameReason(other Refusal) bool {
	return r.Code == other.Code && r.Message == other.Message
}

// Dispute is what the card's owner wants back from their bank.
type Dispute struct {
	ID     string `json:"id"`
	Status string `json:"status"` // Stripe's
	Reason string `json:"reason,omitempty"`
}

// won reports whether the money stays.
func (d Dispute) won() bool { return d.Status == "won" || d.Status == "warning_closed" }

// decided reports whether the dispute has ended.
func (d Dispute) decided() bool { return d.won() || d.Status == "lost" }

// IntentState is what the processor shows of an intent.
type IntentState string

// The states of an intent. Succeeded and cancelled are its ends.
const (
	IntentOpen           IntentState = "open" // waits for a card
	IntentRequiresAction IntentState = "requires_action"
	IntentProcessing     IntentState = "processing"
	IntentSucceeded      IntentState = "succeeded"
	IntentCancelled      IntentState = "cancelled"
)

// Intent is an intent as the processor shows it.
type Intent struct {
	ID      string
	OrderID string
	State   IntentState
	// ClientSecret lets a browser confirm it. It is never kept.
	ClientSecret Secret
	NextURL      Secret   // where the card's owner consents
	Refusal      *Refusal // why the last card was declined
}

// intentNumber is the number of the intent that is open or comes next.
func (p *Payment) intentNumber() int64 { return max(p.IntentNumber, 1) }

// live reports whether the order may be paid at now. An order whose time has
// passed may not, whether or not anybody has said so yet.
func (p *Payment) live(now time.Time) bool {
	return p.Order.Status != orderCancelled && p.Order.Status != orderComplete && now.Before(p.Order.ExpiresAt)
}

// open reports whether only the processor knows how things stand, or the buyer can
// still try another card.
func (p *Payment) open() bool {
	return slices.Contains([]Status{StatusCreated, StatusRequiresAction, StatusProcessing, StatusFailed}, p.Status)
}

// charged reports whether money was taken, wherever it is now.
func (p *Payment) charged() bool {
	return slices.Contains([]Status{StatusSucceeded, StatusRefundPending, StatusRefunded, StatusDisputed}, p.Status)
}

// paid reports whether the money was taken and is kept for the order.
func (p *Payment) paid() bool {
	return p.Status == StatusSucceeded || p.Status == StatusDisputed && p.Order.Status != orderCancelled
}

// held reports whether somebody works on the open attempt.
func (p *Payment) held(now time.Time) bool {
	return p.Status == StatusCreated && p.Attempt.Token != "" && now.Before(p.Attempt.HeldUntil)
}

// owesRefund reports whether money was taken for an order that was closed.
func (p *Payment) owesRefund() bool {
	return p.Status == StatusSucceeded && p.Order.Status == orderCancelled
}

// unsettled reports whether something is left to be done or to wait for.
func (p *Payment) unsettled() bool {
	return p.open() || p.owesRefund() || p.Status == StatusRefundPending || p.Dispute != nil && !p.Dispute.decided()
}

// overdue reports whether something is left that should be over: nothing has
// changed for as long as patience, nor has the order's time only just passed.
func (p *Payment) overdue(now time.Time, patience time.Duration) bool {
	ended := p.Order.ExpiresAt.Before(now) && p.Order.Status != orderCancelled
	return p.unsettled() && now.Sub(p.UpdatedAt) >= patience && (!ended || now.Sub(p.Order.ExpiresAt) >= patience)
}

// learn keeps the order if it is newer than the copy.
func (p *Payment) learn(o events.Order) (changed bool) {
	if o.Version <= p.Order.Version {
		return false
	}
	p.Order = o
	return true
}

// release lets somebody else take over the attempt at once. held is the caller's
// claim on it; one that has been taken over is not the caller's any more.
func (p *Payment) release(held Attempt) (changed bool) {
	if p.Status != StatusCreated || p.Attempt.Number != held.Number || !p.Attempt.HeldUntil.Equal(held.HeldUntil) || held.HeldUntil.IsZero() {
		return false
	}
	p.Attempt.HeldUntil = time.Time{}
	return true
}

// UnmarshalJSON also reads the documents of before: an open attempt was called
// charging, and a refund was an id, and later one refund, which was taken to be
// whole.
func (p *Payment) UnmarshalJSON(text []byte) error {
	type plain Payment
	doc := struct {
		*plain
		RefundID string `json:"refundId"`
	}{plain: (*plain)(p)}
	if err := json.Unmarshal(text, &doc); err != nil {
		return err
	}
	if p.Status == statusCharging {
		p.Status = StatusCreated
	}
	if doc.RefundID != "" && p.Refund == nil {
		p.Refund = &Refund{Number: 1, ID: doc.RefundID, Status: RefundSucceeded}
	}
	if p.Refund != nil && p.Refund.ID != "" && len(p.Refund.Made) == 0 {
		p.Refund.Made = []MadeRefund{{ID: p.Refund.ID, Status: p.Refund.Status, Amount: p.Order.Ticket.Price}}
	}
	if p.ID != "" && p.CreatedAt.IsZero() {
		p.CreatedAt = p.Attempt.StartedAt.UTC()
	}
	return nil
}
