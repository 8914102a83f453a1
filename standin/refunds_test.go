package standin

import (
	"net/http"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"github.com/stripe/stripe-go/v76"
)

func refundOf(intent string, amount int64) *stripe.RefundParams {
	p := &stripe.RefundParams{PaymentIntent: stripe.String(intent)}
	if amount != 0 {
		p.Amount = stripe.Int64(amount)
	}
	return p
}

func TestFullRefund(t *testing.T) {
	s := start(t)
	i := s.paid(2000)
	p := refundOf(i.ID, 0)
	p.Reason = stripe.String("requested_by_customer")
	p.AddMetadata("order_id", "o-1")
	r, err := s.refunds.New(p)
	require.NoError(t, err)
	assert.Equal(t, stripe.RefundStatusSucceeded, r.Status)
	assert.Equal(t, int64(2000), r.Amount)
	assert.Equal(t, i.ID, r.PaymentIntent.ID)
	assert.Equal(t, i.LatestCharge.ID, r.Charge.ID)
	assert.Equal(t, stripe.RefundReasonRequestedByCustomer, r.Reason)
	assert.Equal(t, map[string]string{"order_id": "o-1"}, r.Metadata)

	got, err := s.refunds.Get(r.ID, nil)
	require.NoError(t, err)
	assert.Equal(t, r.Amount, got.Amount)
	c, err := s.charges.Get(r.Charge.ID, nil)
	require.NoError(t, err)
	assert.True(t, c.Refunded)
	assert.Equal(t, int64(2000), c.AmountRefunded)

	_, err = s.refunds.New(refundOf(i.ID, 0))
	_ = refused(t, err, http.StatusBadRequest, stripe.ErrorCodeChargeAlreadyRefunded)
	assert.Equal(t, Sum{Charges: 1, Charged: 2000, Refunded: 2000}, s.contents().Sums["eur"])
}

func TestPartialRefunds(t *testing.T) {
	s := start(t)
	i := s.paid(120_000)
	first, err := s.refunds.New(refundOf(i.ID, 50_000))
	require.NoError(t, err)

	_, err = s.refunds.New(refundOf(i.ID, 120_001))
	e := refused(t, err, http.StatusBadRequest, "")
	assert.Equal(t, "Refund amount (€1,200.01) is greater than charge amount (€1,200.00)", e.Msg)
	_, err = s.refunds.New(refundOf(i.ID, 70_001))
	e = refused(t, err, http.StatusBadRequest, "")
	assert.Equal(t, "Refund amount (€700.01) is greater than unrefunded amount on charge (€700.00)", e.Msg)
	assert.Equal(t, "amount", e.Param)

	second, err := s.refunds.New(refundOf(i.ID, 0))
	require.NoError(t, err)
	assert.Equal(t, int64(70_000), second.Amount, "what was left")

	other := s.paid(500)
	_, err = s.refunds.New(refundOf(other.ID, 0))
	require.NoError(t, err)
	var listed []string
	it := s.refunds.List(&stripe.RefundListParams{
		PaymentIntent: stripe.String(i.ID),
		ListParams:    stripe.ListParams{Limit: stripe.Int64(1)},
	})
	for it.Next() {
		listed = append(listed, it.Refund().ID)
	}
	require.NoError(t, it.Err())
	assert.Equal(t, []string{second.ID, first.ID}, listed)

	all := s.refunds.List(nil)
	count := 0
	for all.Next() {
		count++
	}
	require.NoError(t, all.Err())
	assert.Equal(t, 3, count)
}

func TestRefundRefusals(t *testing.T) {
	s := start(t)
	_, err := s.refunds.New(refundOf(s.create(500).ID, 0))
	assert.Contains(t, refused(t, err, http.StatusBadRequest, "").Msg, "does not have a successful charge to refund")
	_, err = s.refunds.New(refundOf("pi_nobody", 0))
	_ = refused(t, err, http.StatusNotFound, stripe.ErrorCodeResourceMissing)
	_, err = s.refunds.New(&stripe.RefundParams{})
	assert.Contains(t, refused(t, err, http.StatusBadRequest, "").Msg, "payment_intent or charge")
	_, err = s.refunds.New(refundOf(s.paid(500).ID, -1))
	_ = refused(t, err, http.StatusBadRequest, stripe.ErrorCodeParameterInvalidInteger)
	_, err = s.refunds.Get("re_nobody", nil)
	_ = refused(t, err, http.StatusNotFound, stripe.ErrorCodeResourceMissing)
	_, err = s.charges.Get("ch_nobody", nil)
	_ = refused(t, err, http.StatusNotFound, stripe.ErrorCodeResourceMissing)
	it := s.refunds.List(&stripe.RefundListParams{
		PaymentIntent: stripe.String("pi_nobody"),
		ListParams:    stripe.ListParams{StartingAfter: stripe.String("re_nobody")},
	})
	assert.False(t, it.Next())
	_ = refused(t, it.Err(), http.StatusBadRequest, stripe.ErrorCodeResourceMissing)
}

func TestConcurrentRefundsGiveBackOnce(t *testing.T) {
	s := start(t)
	i := s.paid(1000)
	var all sync.WaitGroup
	for range 20 {
		all.Go(func() { _, _ = s.refunds.New(refundOf(i.ID, 300)) })
	}
	all.Wait()
	assert.Equal(t, Sum{Charges: 1, Charged: 1000, Refunded: 900, Net: 100}, s.contents().Sums["eur"])
}
