package standin

import "time"

// answerWithin is how long a seller may take to answer a dispute.
const answerWithin = 9 * 24 * time.Hour

// The statuses of a dispute. Those with warning_ are of inquiries, where the
// bank asks and no money moves.
const (
	disputeNeedsResponse = "needs_response"
	disputeWon           = "won"
	disputeLost          = "lost"
	inquiryNeedsResponse = "warning_needs_response"
	inquiryClosed        = "warning_closed"
)

// Dispute is a charge that the owner of the card contests with their bank.
type Dispute struct {
	ID                  string            `json:"id"`
	Object              string            `json:"object"`
	Amount              int64             `json:"amount"`
	BalanceTransactions []struct{}        `json:"balance_transactions"` // always empty: there is no balance
	Charge              string            `json:"charge"`
	Created             int64             `json:"created"`
	Currency            string            `json:"currency"`
	Evidence            Evidence          `json:"evidence"`
	EvidenceDetails     EvidenceDetails   `json:"evidence_details"`
	IsChargeRefundable  bool              `json:"is_charge_refundable"`
	Livemode            bool              `json:"livemode"`
	Metadata            map[string]string `json:"metadata"`
	PaymentIntent       string            `json:"payment_intent"`
	Reason              string            `json:"reason"`
	Status              string            `json:"status"`
}

func (d *Dispute) objectID() string { return d.ID }

// Evidence is what the seller answers. Stripe's test mode decides by its text:
// winning_evidence or losing_evidence.
type Evidence struct {
	UncategorizedText *string `json:"uncategorized_text"`
}

// EvidenceDetails say how the answer stands.
type EvidenceDetails struct {
	DueBy           int64 `json:"due_by"`
	HasEvidence     bool  `json:"has_evidence"`
	PastDue         bool  `json:"past_due"`
	SubmissionCount int   `json:"submission_count"`
}

// withdrawn reports whether the money is with the bank.
func (d *Dispute) withdrawn() bool {
	return d.Status == disputeNeedsResponse || d.Status == disputeLost
}

func (d *Dispute) closed() bool {
	return d.Status != disputeNeedsResponse && d.Status != inquiryNeedsResponse
}

// openDispute disputes what is left of a charge.
func (t *tx) openDispute(chargeID string) error {
	c, err := t.chargeByID(chargeID)
	if err != nil {
		return err
	}
	course := conductOf(c.PaymentMethodDetails.Card).dispute
	if course == nil || c.Disputed || c.unrefunded() == 0 {
		return nil
	}
	id, err := t.mint(bucketDisputes, "dp")
	if err != nil {
		return err
	}
	d := &Dispute{
		ID:                  id,
		Object:              "dispute",
		Amount:              c.unrefunded(),
		BalanceTransactions: []struct{}{},
		Charge:              c.ID,
		Created:             t.now.Unix(),
		Currency:            c.Currency,
		EvidenceDetails:     EvidenceDetails{DueBy: t.now.Add(answerWithin).Unix()},
		IsChargeRefundable:  course.inquiry,
		Metadata:            map[string]string{},
		PaymentIntent:       c.PaymentIntent,
		Reason:              course.reason,
		Status:              disputeNeedsResponse,
	}
	if course.inquiry {
		d.Status = inquiryNeedsResponse
	}
	c.Disputed = true
	if err := t.save(bucketCharges, c.ID, c); err != nil {
		return err
	}
	if err := t.save(bucketDisputes, id, d); err != nil {
		return err
	}
	if err := t.record("charge.dispute.created", id); err != nil || !d.withdrawn() {
		return err
	}
	return t.record("charge.dispute.funds_withdrawn", id)
}

// disputeByID finds the dispute that a path names.
func (t *tx) disputeByID(id string) (*Dispute, error) {
	d, err := load[Dispute](t, bucketDisputes, id)
	if err == nil && d == nil {
		return nil, notFound("dispute", id, "dispute")
	}
	return d, err
}

// disputeOf is the dispute of a charge that has one.
func (t *tx) disputeOf(c *Charge) (*Dispute, error) {
	found, err := t.disputes("", c.ID, period{}, page{limit: 1})
	if err != nil {
		return nil, err
	}
	return found.Data[0], nil
}

// disputes lists disputes, newest first: of one intent or one charge, or all
// where those are empty.
func (t *tx) disputes(intent, charge string, created period, p page) (*list[Dispute], error) {
	return search(t, source{bucket: bucketDisputes}, "/v1/disputes", p, func(d *Dispute) bool {
		return (intent == "" || d.PaymentIntent == intent) && (charge == "" || d.Charge == charge) &&
			created.contains(d.Created)
	})
}

// answer is what a seller says to a dispute.
type disputeAnswer struct {
	text     string
	submit   bool
	metadata map[string]string
}

// answerDispute keeps the evidence, and hands it in where that is asked for.
// Then it decides, if it is one of the two texts that do.
func (t *tx) answerDispute(id string, a disputeAnswer) (*Dispute, error) {
	d, err := t.disputeByID(id)
	if err != nil {
		return nil, err
	}
	if d.closed() {
		return nil, disputeIsClosed(d)
	}
	for k, v := range a.metadata {
		d.Metadata[k] = v
	}
	if a.text != "" {
		d.Evidence.UncategorizedText = &a.text
		d.EvidenceDetails.HasEvidence = true
	}
	if a.submit && d.EvidenceDetails.HasEvidence {
		d.EvidenceDetails.SubmissionCount++
	}
	if err := t.save(bucketDisputes, id, d); err != nil {
		return nil, err
	}
	if err := t.record("charge.dispute.updated", id); err != nil || d.EvidenceDetails.SubmissionCount == 0 {
		return d, err
	}
	switch *d.Evidence.UncategorizedText {
	case "winning_evidence":
		return t.closeDispute(id, disputeWon)
	case "losing_evidence":
		return t.closeDispute(id, disputeLost)
	}
	return d, nil
}

// closeDispute ends a dispute; when it is won, the money comes back. An
// inquiry is closed, and that is all.
func (t *tx) closeDispute(id, outcome string) (*Dispute, error) {
	d, err := t.disputeByID(id)
	if err != nil {
		return nil, err
	}
	if d.closed() {
		return nil, disputeIsClosed(d)
	}
	happened := []string{"charge.dispute.closed"}
	switch {
	case d.Status == inquiryNeedsResponse:
		outcome = inquiryClosed
	case outcome == disputeWon:
		d.IsChargeRefundable = true
		happened = append(happened, "charge.dispute.funds_reinstated")
	}
	d.Status = outcome
	if err := t.save(bucketDisputes, id, d); err != nil {
		return nil, err
	}
	return d, t.recordAll(id, happened...)
}

func disputeIsClosed(d *Dispute) *Error {
	return invalid("", "", "This dispute is already closed: its status is %s.", d.Status)
}

// CloseDispute decides a dispute from outside, as the bank would.
func (b *Book) CloseDispute(id string, won bool) (Dispute, error) {
	outcome := disputeLost
	if won {
		outcome = disputeWon
	}
	var closed Dispute
	err := b.update(func(t *tx) error {
		d, err := t.closeDispute(id, outcome)
		if err == nil {
			closed = *d
		}
		return err
	})
	return closed, err
}
