package api_test

import (
	"encoding/json"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"ticketx/kit/events"
	"ticketx/kit/state"
	"ticketx/services/payments"
	"ticketx/standin"
)

// Whatever Stripe answers, refuses or does not answer when an order is closed: its
// event is done, the next one is handled, and what is left to do is done later by the
// job.
func TestStripeHoldsUpNoEvents(t *testing.T) {
	if testing.Short() {
		t.Skip("stripe-go's pauses take their time")
	}
	routes := map[string]struct {
		route  string
		pay    func(s *service, o events.Order)
		before payments.Status // while Stripe is like that
		after  payments.Status
	}{
		"a refund": {"POST /v1/refunds", func(s *service, o events.Order) {
			require.Equal(s.t, http.StatusCreated, s.post(payment(o.ID, "tok_visa")).Code)
		}, payments.StatusRefundPending, payments.StatusRefunded},
		"a cancellation": {"POST /v1/payment_intents/{id}/cancel", func(s *service, o events.Order) {
			s.checkout(o)
		}, payments.StatusCreated, payments.StatusCancelled},
	}
	for name, c := range routes {
		for trouble, fault := range map[string]standin.Fault{
			"refused":                  {Kind: standin.ErrorBefore, Status: http.StatusBadRequest},
			"refused, and that kept":   {Kind: standin.ErrorBefore, Status: http.StatusBadRequest, Keep: true},
			"a wrong key":              {Kind: standin.ErrorBefore, Status: http.StatusUnauthorized},
			"a key that may not":       {Kind: standin.ErrorBefore, Status: http.StatusForbidden},
			"somebody else is at it":   {Kind: standin.ErrorBefore, Status: http.StatusTooManyRequests},
			"the key is in use":        {Kind: standin.ErrorBefore, Status: http.StatusConflict},
			"500 instead":              {Kind: standin.ErrorBefore},
			"500 after":                {Kind: standin.ErrorAfter},
			"hangs up instead":         {Kind: standin.HangUpBefore},
			"hangs up after":           {Kind: standin.HangUpAfter},
			"no answer for ever":       {Kind: standin.HangUpBefore, Delay: standin.Duration(time.Hour)},
			"does it, and no answer":   {Kind: standin.HangUpAfter, Delay: standin.Duration(time.Hour)},
			"500 after, and that kept": {Kind: standin.ErrorAfter, Keep: true},
		} {
			t.Run(name+": "+trouble, func(t *testing.T) {
				t.Parallel()
				s := start(t)
				first, second := s.order(), s.order()
				c.pay(s, first)
				c.pay(s, second)
				fault.Route = c.route
				_, err := s.book.AddFault(fault)
				require.NoError(t, err)
				for _, o := range []events.Order{first, second, first} {
					require.Equal(t, "SUCCESS", s.deliver(envelope(events.OrderCancelled, closed(o))))
					assert.Contains(t, []payments.Status{c.before, c.after}, s.status(o))
				}
				unpaid := s.order()
				require.Equal(t, "SUCCESS", s.deliver(envelope(events.OrderCancelled, closed(unpaid))))

				require.NoError(t, s.book.ClearFaults())
				require.Eventually(t, func() bool {
					s.reconcile()
					return s.status(first) == c.after && s.status(second) == c.after
				}, time.Minute, 10*time.Millisecond)
				contents, err := s.book.Contents()
				require.NoError(t, err)
				assert.Zero(t, contents.Sums["eur"].Net)
				assert.LessOrEqual(t, len(contents.Refunds), 2)
			})
		}
	}
}

// Money that does not go back is named to whoever asks, with Stripe's word for it; and
// so is what could not be looked at, with the cause.
func TestWhatIsStuckIsNamed(t *testing.T) {
	s := start(t)
	o := s.order()
	require.Equal(t, http.StatusCreated, s.post(payment(o.ID, "tok_visa")).Code)
	refuse := func(status int) {
		_, err := s.book.AddFault(standin.Fault{Kind: standin.ErrorBefore, Status: status, Route: "POST /v1/refunds", Count: 1})
		require.NoError(t, err)
	}
	refuse(http.StatusBadRequest)
	require.Equal(t, "SUCCESS", s.deliver(envelope(events.OrderCancelled, closed(o))))
	assert.Contains(t, s.reconciled(), `"stuck":[{"orderId":"`+o.ID+`","code":"balance_insufficient","tries":1,"next":"`)

	other := s.order()
	require.Equal(t, http.StatusCreated, s.post(payment(other.ID, "tok_visa")).Code)
	refuse(http.StatusUnauthorized)
	require.Equal(t, "SUCCESS", s.deliver(envelope(events.OrderCancelled, closed(other))))
	refuse(http.StatusUnauthorized)
	said := s.reconciled()
	assert.Contains(t, said, `"causes":["order `+other.ID+`: refund order `+other.ID)
	assert.Contains(t, said, "status 401")
}

// reconciled is everything that whoever runs make reconcile is answered.
func (s *service) reconciled() (answers string) {
	s.t.Helper()
	from := ""
	for {
		w := s.callAs("", "/reconciliations?from="+from)
		require.Equal(s.t, http.StatusOK, w.Code, w.Body)
		answers += w.Body.String()
		var page struct{ Next string }
		require.NoError(s.t, json.Unmarshal(w.Body.Bytes(), &page))
		if from = page.Next; from == "" {
			return answers
		}
	}
}

// status is how the payment of the order is stored.
func (s *service) status(o events.Order) payments.Status {
	s.t.Helper()
	p, _, err := state.NewCollection[payments.Payment](s.store, "order").Load(s.t.Context(), o.ID)
	require.NoError(s.t, err)
	return p.Status
}

// reconcile looks at all that is open, as make reconcile does.
func (s *service) reconcile() {
	s.t.Helper()
	next := ""
	for {
		done, err := s.ReconcilePage(s.t.Context(), next)
		require.NoError(s.t, err)
		if next = done.Next; next == "" {
			return
		}
	}
}
