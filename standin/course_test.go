package standin

import (
	"net/http"
	"net/url"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"github.com/stripe/stripe-go/v76"
)

// never is a delay after which nothing in a test happens by itself; hurry does it.
var never = WithDelay(24 * time.Hour)

func (s *stand) manual(amount int64, token string) *stripe.PaymentIntent {
	s.t.Helper()
	p := cardIntent(amount)
	p.CaptureMethod = stripe.String("manual")
	i, err := s.intents.New(p)
	require.NoError(s.t, err)
	i, err = s.intents.Confirm(i.ID, withToken(token))
	require.NoError(s.t, err)
	return i
}

func TestCapture(t *testing.T) {
	s := start(t)
	i := s.manual(2000, "tok_visa")
	assert.Equal(t, stripe.PaymentIntentStatusRequiresCapture, i.Status)
	assert.Equal(t, int64(2000), i.AmountCapturable)
	assert.Zero(t, i.AmountReceived)
	assert.Equal(t, stripe.PaymentIntentCaptureMethodManual, i.CaptureMethod)
	assert.Zero(t, s.contents().Sums["eur"].Charged, "it is reserved, not taken")
	_, err := s.refunds.New(refundOf(i.ID, 0))
	assert.Contains(t, refused(t, err, http.StatusBadRequest, "").Msg, "does not have a successful charge")
	_, err = s.intents.Capture(i.ID, &stripe.PaymentIntentCaptureParams{AmountToCapture: stripe.Int64(2001)})
	assert.Equal(t, "amount_to_capture", refused(t, err, http.StatusBadRequest, stripe.ErrorCodeAmountTooLarge).Param)

	i, err = s.intents.Capture(i.ID, nil)
	require.NoError(t, err)
	assert.Equal(t, stripe.PaymentIntentStatusSucceeded, i.Status)
	assert.Equal(t, int64(2000), i.AmountReceived)
	assert.Zero(t, i.AmountCapturable)
	c, err := s.charges.Get(i.LatestCharge.ID, nil)
	require.NoError(t, err)
	assert.True(t, c.Captured)
	assert.Zero(t, c.AmountRefunded)
	assert.Equal(t, []string{
		"payment_intent.created", "payment_intent.amount_capturable_updated", "payment_intent.succeeded",
	}, s.types(i.ID))
	assert.Equal(t, []string{"charge.succeeded", "charge.captured"}, s.types(c.ID))

	_, err = s.intents.Capture(i.ID, nil)
	_ = refused(t, err, http.StatusBadRequest, stripe.ErrorCodePaymentIntentUnexpectedState)
}

func TestPartialCapture(t *testing.T) {
	s := start(t)
	i := s.manual(2000, "tok_visa")
	i, err := s.intents.Capture(i.ID, &stripe.PaymentIntentCaptureParams{AmountToCapture: stripe.Int64(1500)})
	require.NoError(t, err)
	assert.Equal(t, int64(1500), i.AmountReceived)
	c, err := s.charges.Get(i.LatestCharge.ID, nil)
	require.NoError(t, err)
	assert.Equal(t, int64(1500), c.AmountCaptured)
	assert.Equal(t, int64(500), c.AmountRefunded, "the rest was let go")
	assert.Equal(t, Sum{Charges: 1, Charged: 1500, Net: 1500}, s.contents().Sums["eur"])

	_, err = s.refunds.New(refundOf(i.ID, 1501))
	_ = refused(t, err, http.StatusBadRequest, "")
	r, err := s.refunds.New(refundOf(i.ID, 0))
	require.NoError(t, err)
	assert.Equal(t, int64(1500), r.Amount)
	assert.Equal(t, Sum{Charges: 1, Charged: 1500, Refunded: 1500}, s.contents().Sums["eur"])
	c, err = s.charges.Get(c.ID, nil)
	require.NoError(t, err)
	assert.True(t, c.Refunded)
}

func TestCancelWhatIsReserved(t *testing.T) {
	s := start(t)
	i := s.manual(2000, "tok_visa")
	i, err := s.intents.Cancel(i.ID, nil)
	require.NoError(t, err)
	assert.Equal(t, stripe.PaymentIntentStatusCanceled, i.Status)
	assert.Zero(t, i.AmountCapturable)
	c, err := s.charges.Get(i.LatestCharge.ID, nil)
	require.NoError(t, err)
	assert.False(t, c.Captured)
	assert.True(t, c.Refunded)
	assert.Equal(t, Sum{Charges: 1}, s.contents().Sums["eur"], "nothing was taken, and nothing given back")
	_, err = s.intents.Capture(i.ID, nil)
	_ = refused(t, err, http.StatusBadRequest, stripe.ErrorCodePaymentIntentUnexpectedState)
	_, err = s.refunds.New(&stripe.RefundParams{Charge: stripe.String(c.ID)})
	assert.Contains(t, refused(t, err, http.StatusBadRequest, "").Msg, "not captured")
}

func TestProcessing(t *testing.T) {
	s := start(t, never)
	i := s.confirmed(900, "tok_standin_processing")
	assert.Equal(t, stripe.PaymentIntentStatusProcessing, i.Status)
	assert.Equal(t, stripe.PaymentIntentProcessingTypeCard, i.Processing.Type)
	c, err := s.charges.Get(i.LatestCharge.ID, nil)
	require.NoError(t, err)
	assert.Equal(t, stripe.ChargeStatusPending, c.Status)
	assert.Empty(t, s.contents().Sums)

	_ = refused(t, confirmError(s, i.ID, "tok_visa"), http.StatusBadRequest, stripe.ErrorCodePaymentIntentUnexpectedState)
	_, err = s.intents.Cancel(i.ID, nil)
	_ = refused(t, err, http.StatusBadRequest, stripe.ErrorCodePaymentIntentUnexpectedState)
	_, err = s.refunds.New(refundOf(i.ID, 0))
	_ = refused(t, err, http.StatusBadRequest, "")

	s.hurry()
	i, err = s.intents.Get(i.ID, nil)
	require.NoError(t, err)
	assert.Equal(t, stripe.PaymentIntentStatusSucceeded, i.Status)
	assert.Nil(t, i.Processing)
	assert.Equal(t, int64(900), i.AmountReceived)
	assert.Equal(t, []string{"charge.pending", "charge.succeeded"}, s.types(c.ID))
	assert.Equal(t, []string{
		"payment_intent.created", "payment_intent.processing", "payment_intent.succeeded",
	}, s.types(i.ID))
}

func TestProcessingThatFails(t *testing.T) {
	s := start(t, never)
	i := s.confirmed(900, "tok_standin_processingDeclined")
	s.hurry()
	i, err := s.intents.Get(i.ID, nil)
	require.NoError(t, err)
	assert.Equal(t, stripe.PaymentIntentStatusRequiresPaymentMethod, i.Status)
	assert.Equal(t, stripe.ErrorCodeCardDeclined, i.LastPaymentError.Code)
	assert.Nil(t, i.Processing)
	assert.Equal(t, []string{"charge.pending", "charge.failed"}, s.types(i.LatestCharge.ID))
	_, err = s.intents.Confirm(i.ID, withToken("tok_visa"))
	require.NoError(t, err)
}

// The delay passes by itself, and a question may come before it.
func TestProcessingEndsByItself(t *testing.T) {
	s := start(t, WithDelay(time.Millisecond))
	i, page := s.asked("tok_standin_authenticationThenProcessing")
	assert.Contains(t, s.answer(page, "approve").header.Get("Location"), "redirect_status=pending")
	s.eventually(func() bool {
		i, err := s.intents.Get(i.ID, nil)
		return err == nil && i.Status == stripe.PaymentIntentStatusSucceeded
	})
}

func TestRefundThatIsPending(t *testing.T) {
	s := start(t, never)
	i := s.paidWith(1000, "tok_pendingRefund")
	r, err := s.refunds.New(refundOf(i.ID, 400))
	require.NoError(t, err)
	assert.Equal(t, stripe.RefundStatusPending, r.Status)
	assert.Equal(t, int64(600), s.contents().Sums["eur"].Net, "it counts from the beginning")

	s.hurry()
	r, err = s.refunds.Get(r.ID, nil)
	require.NoError(t, err)
	assert.Equal(t, stripe.RefundStatusSucceeded, r.Status)
	assert.Equal(t, []string{"refund.created", "charge.refund.updated", "refund.updated"}, s.types(r.ID))
	assert.Equal(t, int64(600), s.contents().Sums["eur"].Net)
}

func TestRefundsThatFail(t *testing.T) {
	for token, begins := range map[string]stripe.RefundStatus{
		"tok_refundFail":                stripe.RefundStatusSucceeded,
		"tok_standin_pendingRefundFail": stripe.RefundStatusPending,
	} {
		t.Run(token, func(t *testing.T) {
			s := start(t, never)
			i := s.paidWith(1000, token)
			p := refundOf(i.ID, 0)
			p.SetIdempotencyKey("refund:o-1")
			r, err := s.refunds.New(p)
			require.NoError(t, err)
			assert.Equal(t, begins, r.Status)

			s.hurry()
			r, err = s.refunds.Get(r.ID, nil)
			require.NoError(t, err)
			assert.Equal(t, stripe.RefundStatusFailed, r.Status)
			assert.Equal(t, stripe.RefundFailureReasonExpiredOrCanceledCard, r.FailureReason)
			c, err := s.charges.Get(r.Charge.ID, nil)
			require.NoError(t, err)
			assert.Zero(t, c.AmountRefunded, "the money has come back")
			assert.False(t, c.Refunded)
			assert.Equal(t, Sum{Charges: 1, Charged: 1000, Net: 1000}, s.contents().Sums["eur"])
			assert.Equal(t, []string{
				"refund.created", "charge.refund.updated", "refund.updated", "refund.failed",
			}, s.types(r.ID))

			kept, err := s.refunds.New(p)
			require.NoError(t, err)
			assert.Equal(t, r.ID, kept.ID, "the same key gives the same refund")
			another, err := s.refunds.New(refundOf(i.ID, 0))
			require.NoError(t, err, "it can be given again")
			assert.NotEqual(t, r.ID, another.ID)
		})
	}
}

func TestRefundByCharge(t *testing.T) {
	s := start(t)
	i := s.paid(1000)
	r, err := s.refunds.New(&stripe.RefundParams{Charge: stripe.String(i.LatestCharge.ID), Amount: stripe.Int64(100)})
	require.NoError(t, err)
	assert.Equal(t, i.ID, r.PaymentIntent.ID)
	_, err = s.refunds.New(&stripe.RefundParams{Charge: stripe.String("ch_nobody")})
	assert.Equal(t, "charge", refused(t, err, http.StatusNotFound, stripe.ErrorCodeResourceMissing).Param)
	p := refundOf(i.ID, 0)
	p.Charge = stripe.String(s.paid(500).LatestCharge.ID)
	_, err = s.refunds.New(p)
	_ = refused(t, err, http.StatusBadRequest, "")

	var listed int
	for it := s.refunds.List(&stripe.RefundListParams{Charge: stripe.String(i.LatestCharge.ID)}); it.Next(); listed++ {
		assert.Equal(t, r.ID, it.Refund().ID)
	}
	assert.Equal(t, 1, listed)
}

// disputed makes a charge and has it disputed.
func (s *stand) disputed(token string) (*stripe.PaymentIntent, *stripe.Dispute) {
	s.t.Helper()
	i := s.paidWith(1000, token)
	require.Empty(s.t, s.contents().Disputes)
	s.hurry()
	require.Len(s.t, s.contents().Disputes, 1)
	d, err := s.disputes.Get(s.contents().Disputes[0].ID, nil)
	require.NoError(s.t, err)
	return i, d
}

func TestDispute(t *testing.T) {
	for token, reason := range map[string]stripe.DisputeReason{
		"tok_createDispute":                   stripe.DisputeReasonFraudulent,
		"tok_createDisputeProductNotReceived": stripe.DisputeReasonProductNotReceived,
	} {
		t.Run(token, func(t *testing.T) {
			s := start(t, never)
			i, d := s.disputed(token)
			assert.Equal(t, stripe.DisputeStatusNeedsResponse, d.Status)
			assert.Equal(t, reason, d.Reason)
			assert.Equal(t, int64(1000), d.Amount)
			assert.Equal(t, i.ID, d.PaymentIntent.ID)
			assert.False(t, d.IsChargeRefundable)
			assert.Greater(t, d.EvidenceDetails.DueBy, d.Created)
			c, err := s.charges.Get(d.Charge.ID, nil)
			require.NoError(t, err)
			assert.True(t, c.Disputed)
			assert.Equal(t, Sum{Charges: 1, Charged: 1000, Disputed: 1000}, s.contents().Sums["eur"])
			_, err = s.refunds.New(refundOf(i.ID, 0))
			_ = refused(t, err, http.StatusBadRequest, stripe.ErrorCodeChargeDisputed)
			assert.Equal(t, []string{"charge.dispute.created", "charge.dispute.funds_withdrawn"}, s.types(d.ID))
		})
	}
}

// As in Stripe's test mode, the text of the evidence decides.
func TestAnswerDispute(t *testing.T) {
	for text, c := range map[string]struct {
		status stripe.DisputeStatus
		net    int64
		events []string
	}{
		"winning_evidence": {
			stripe.DisputeStatusWon, 1000,
			[]string{"charge.dispute.updated", "charge.dispute.closed", "charge.dispute.funds_reinstated"},
		},
		"losing_evidence": {
			stripe.DisputeStatusLost, 0,
			[]string{"charge.dispute.updated", "charge.dispute.closed"},
		},
		"I sent it": {stripe.DisputeStatusNeedsResponse, 0, []string{"charge.dispute.updated"}},
	} {
		t.Run(text, func(t *testing.T) {
			s := start(t, never)
			_, d := s.disputed("tok_createDispute")
			p := &stripe.DisputeParams{Evidence: &stripe.DisputeEvidenceParams{UncategorizedText: stripe.String(text)}}
			p.AddMetadata("case", "7")
			d, err := s.disputes.Update(d.ID, p)
			require.NoError(t, err)
			assert.Equal(t, c.status, d.Status)
			assert.Equal(t, text, d.Evidence.UncategorizedText)
			assert.Equal(t, "7", d.Metadata["case"])
			assert.Equal(t, int64(1), d.EvidenceDetails.SubmissionCount)
			assert.Equal(t, c.net, s.contents().Sums["eur"].Net)
			assert.Equal(t, c.events, s.types(d.ID)[2:])
		})
	}
}

func TestEvidenceCanBeStaged(t *testing.T) {
	s := start(t, never)
	_, d := s.disputed("tok_createDispute")
	p := &stripe.DisputeParams{
		Evidence: &stripe.DisputeEvidenceParams{UncategorizedText: stripe.String("winning_evidence")},
		Submit:   stripe.Bool(false),
	}
	d, err := s.disputes.Update(d.ID, p)
	require.NoError(t, err)
	assert.True(t, d.EvidenceDetails.HasEvidence)
	assert.Equal(t, stripe.DisputeStatusNeedsResponse, d.Status)
	d, err = s.disputes.Update(d.ID, &stripe.DisputeParams{Submit: stripe.Bool(true)})
	require.NoError(t, err)
	assert.Equal(t, stripe.DisputeStatusWon, d.Status)
}

func TestCloseDispute(t *testing.T) {
	s := start(t, never)
	i, d := s.disputed("tok_createDispute")
	d, err := s.disputes.Close(d.ID, nil)
	require.NoError(t, err)
	assert.Equal(t, stripe.DisputeStatusLost, d.Status)
	_, err = s.disputes.Close(d.ID, nil)
	_ = refused(t, err, http.StatusBadRequest, "")
	_, err = s.disputes.Update(d.ID, nil)
	_ = refused(t, err, http.StatusBadRequest, "")
	_, err = s.disputes.Get("dp_nobody", nil)
	_ = refused(t, err, http.StatusNotFound, stripe.ErrorCodeResourceMissing)

	it := s.disputes.List(&stripe.DisputeListParams{PaymentIntent: stripe.String(i.ID)})
	require.True(t, it.Next())
	assert.Equal(t, d.ID, it.Dispute().ID)
	assert.False(t, it.Next())
	assert.False(t, s.disputes.List(&stripe.DisputeListParams{Charge: stripe.String("ch_nobody")}).Next())
}

// The bank decides from outside, by a call that is not Stripe's.
func TestBankDecidesDispute(t *testing.T) {
	for outcome, net := range map[string]int64{"won": 1000, "lost": 0} {
		t.Run(outcome, func(t *testing.T) {
			s := start(t, never)
			i, d := s.disputed("tok_createDispute")
			path := "/disputes/" + d.ID + "/close"
			assert.Equal(t, http.StatusBadRequest, s.post(path, "", nil).status)
			r := s.post(path, "", url.Values{"outcome": {outcome}})
			require.Equal(t, http.StatusOK, r.status, r.body)
			assert.Equal(t, outcome, s.contents().Disputes[0].Status)
			assert.Equal(t, net, s.contents().Sums["eur"].Net)
			_, err := s.refunds.New(refundOf(i.ID, 0))
			if outcome == "won" {
				require.NoError(t, err, "the money is here again, and can be given back")
			} else {
				_ = refused(t, err, http.StatusBadRequest, stripe.ErrorCodeChargeDisputed)
			}
			assert.Equal(t, http.StatusNotFound, s.post("/disputes/dp_nobody/close", "", url.Values{"outcome": {"won"}}).status)
		})
	}
}

func TestInquiry(t *testing.T) {
	s := start(t, never)
	i, d := s.disputed("tok_createDisputeInquiry")
	assert.Equal(t, stripe.DisputeStatusWarningNeedsResponse, d.Status)
	assert.True(t, d.IsChargeRefundable)
	assert.Equal(t, int64(1000), s.contents().Sums["eur"].Net, "no money moves")
	assert.Equal(t, []string{"charge.dispute.created"}, s.types(d.ID))
	_, err := s.refunds.New(refundOf(i.ID, 0))
	require.NoError(t, err)
	d, err = s.disputes.Close(d.ID, nil)
	require.NoError(t, err)
	assert.Equal(t, stripe.DisputeStatusWarningClosed, d.Status)
}

// What was given back is not disputed.
func TestNoDisputeOfARefund(t *testing.T) {
	s := start(t, never)
	i := s.paidWith(1000, "tok_createDispute")
	_, err := s.refunds.New(refundOf(i.ID, 0))
	require.NoError(t, err)
	s.hurry()
	assert.Empty(t, s.contents().Disputes)
}

func TestManualCaptureIsDisputedAfterIt(t *testing.T) {
	s := start(t, never)
	i := s.manual(1000, "tok_createDispute")
	s.hurry()
	assert.Empty(t, s.contents().Disputes)
	_, err := s.intents.Capture(i.ID, nil)
	require.NoError(t, err)
	s.hurry()
	assert.Len(t, s.contents().Disputes, 1)
}

func TestListCharges(t *testing.T) {
	s := start(t)
	i := s.create(500)
	_ = confirmError(s, i.ID, "tok_chargeDeclined")
	_ = confirmError(s, i.ID, "tok_visa")
	s.paid(700)
	p := &stripe.ChargeListParams{PaymentIntent: stripe.String(i.ID)}
	p.Limit = stripe.Int64(1)
	var paid []bool
	for it := s.charges.List(p); it.Next(); {
		paid = append(paid, it.Charge().Paid)
	}
	assert.Equal(t, []bool{true, false}, paid)
}

func TestCurrencies(t *testing.T) {
	s := start(t)
	for _, c := range []struct {
		currency string
		amount   int64
		shown    string
		code     stripe.ErrorCode
	}{
		{"jpy", 50, "¥50", ""},
		{"jpy", 49, "", stripe.ErrorCodeAmountTooSmall},
		{"krw", 12500, "KRW 12,500", ""},
		{"kwd", 5120, "KWD 5.120", ""},
		{"kwd", 5124, "", stripe.ErrorCodeParameterInvalidInteger},
		{"kwd", 190, "", stripe.ErrorCodeAmountTooSmall},
		{"bhd", 1200, "BHD 1.200", ""},
		{"isk", 12300, "ISK 123.00", ""},
		{"isk", 12350, "", stripe.ErrorCodeParameterInvalidInteger},
		{"eur", 5124, "€51.24", ""},
	} {
		p := cardIntent(c.amount)
		p.Currency = stripe.String(c.currency)
		i, err := s.intents.New(p)
		if c.code != "" {
			assert.Equal(t, "amount", refused(t, err, http.StatusBadRequest, c.code).Param)
			continue
		}
		require.NoError(t, err)
		assert.Equal(t, c.amount, i.Amount)
		assert.Equal(t, c.shown, money(c.amount, c.currency))
	}
}
