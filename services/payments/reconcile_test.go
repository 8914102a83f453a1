package payments_test

import (
	"context"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"ticketx/kit/errs"
	"ticketx/kit/events"
	"ticketx/kit/state"
	"ticketx/services/payments"
)

// hour is the name of the present hour, where payments are opened.
func (w *world) hour() string { return w.clock.now().UTC().Format("2006-01-02T15") }

// reconcile does what the job does once.
func (w *world) reconcile(s *payments.Service) payments.Reconciliation {
	w.t.Helper()
	done, err := s.Reconcile(w.t.Context())
	require.NoError(w.t, err)
	return done
}

// No webhook ever comes, and nobody looks.
func TestMissedWebhooksHealByThemselves(t *testing.T) {
	for name, c := range map[string]struct {
		happen func(w *world, s *payments.Service, o events.Order)
		status payments.Status
	}{
		"paid in the browser": {func(w *world, s *payments.Service, o events.Order) {
			w.bank.confirm(w.checkout(s, o), "pm_card_visa")
		}, payments.StatusSucceeded},
		"declined in the browser": {func(w *world, s *payments.Service, o events.Order) {
			w.bank.confirm(w.checkout(s, o), "pm_card_visa_chargeDeclined")
		}, payments.StatusFailed},
		"waits for consent": {func(w *world, s *payments.Service, o events.Order) {
			w.bank.confirm(w.checkout(s, o), "pm_card_threeDSecure2Required")
		}, payments.StatusRequiresAction},
		"consented": {func(w *world, s *payments.Service, o events.Order) {
			_, err := s.Pay(w.t.Context(), buyer, o.ID, "pm_card_threeDSecure2Required", shopURL)
			require.Error(w.t, err)
			w.bank.consent(w.stored(o).NextURL, "approve")
		}, payments.StatusSucceeded},
		"processed": {func(w *world, s *payments.Service, o events.Order) {
			_, err := s.Pay(w.t.Context(), buyer, o.ID, "pm_card_standin_processing", "")
			require.Error(w.t, err)
			w.bank.hurry(processed)
		}, payments.StatusSucceeded},
		"charged, and the answer lost": {func(w *world, _ *payments.Service, o events.Order) {
			lost := w.processWith(lossyBank{bank: w.bank, after: losing("confirm")})
			_, err := lost.Pay(w.t.Context(), buyer, o.ID, visa, "")
			require.Error(w.t, err)
		}, payments.StatusSucceeded},
		"refunded": {func(w *world, s *payments.Service, o events.Order) {
			_, err := s.Pay(w.t.Context(), buyer, o.ID, "pm_card_pendingRefund", "")
			require.NoError(w.t, err)
			require.NoError(w.t, s.OrderChanged(w.t.Context(), cancelled(o)))
			w.bank.hurry(refunds("succeeded"))
		}, payments.StatusRefunded},
		"disputed": {func(w *world, s *payments.Service, o events.Order) {
			_, err := s.Pay(w.t.Context(), buyer, o.ID, "pm_card_createDispute", "")
			require.NoError(w.t, err)
			w.bank.hurry(disputed)
		}, payments.StatusDisputed},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			o := w.order()
			s := w.process()
			c.happen(w, s, o)
			w.clock.pass(time.Minute)
			w.reconcile(s)
			assert.Equal(t, c.status, w.stored(o).Status)
			p := w.stored(o)
			w.clock.pass(time.Minute)
			w.reconcile(s)
			assert.Equal(t, p, w.stored(o), "once is enough")
		})
	}
}

// An attempt that was left behind before it charged is not charged by the job.
func TestReconcilingChargesNothing(t *testing.T) {
	w := newWorld(t)
	o := w.order()
	lost := w.processWith(lossyBank{bank: w.bank, before: losing("confirm")})
	_, err := lost.Pay(t.Context(), buyer, o.ID, visa, "")
	require.Error(t, err)
	w.clock.pass(time.Minute)
	w.reconcile(w.process())
	assert.Zero(t, w.bank.account(o).charges)
	assert.Equal(t, payments.StatusCreated, w.stored(o).Status)

	w.clock.pass(hold)
	w.reconcile(w.process())
	assert.Equal(t, payments.StatusCancelled, w.stored(o).Status, "the order's time is over")
}

// What is not over its time is left alone.
func TestReconcilingWaits(t *testing.T) {
	w := newWorld(t)
	o := w.order()
	s := w.process()
	w.bank.confirm(w.checkout(s, o), "pm_card_visa")
	assert.Zero(t, w.reconcile(s).Looked)
	assert.Equal(t, payments.StatusCreated, w.stored(o).Status)

	done, err := s.ReconcilePage(t.Context(), w.hour())
	require.NoError(t, err, "but whoever asks for it does not want to wait")
	assert.Equal(t, []payments.Mended{{OrderID: o.ID, From: payments.StatusCreated, To: payments.StatusSucceeded}}, done.Mended)
}

// Days pass, and what stays open is still found: it moves on with the checkpoint.
func TestReconcilingAfterDays(t *testing.T) {
	w := newWorld(t)
	o, quick := w.order(), w.order()
	s := w.process()
	_, err := s.Pay(t.Context(), buyer, quick.ID, visa, "")
	require.NoError(t, err)
	_, err = s.Pay(t.Context(), buyer, o.ID, "pm_card_standin_processing", "")
	require.Error(t, err)
	for range 30 {
		w.clock.pass(3 * time.Hour)
		w.reconcile(s)
		require.Equal(t, payments.StatusProcessing, w.stored(o).Status)
	}
	asked := &countingStore{Store: w.store}
	w.bank.hurry(processed)
	w.clock.pass(time.Minute)
	assert.Len(t, w.reconcile(w.processOn(asked, w.bank, w.events)).Mended, 1)
	assert.Equal(t, payments.StatusSucceeded, w.stored(o).Status)
	assert.Less(t, asked.reads, 20, "only what is near is walked")
}

type countingStore struct {
	state.Store
	mu    sync.Mutex
	reads int
}

func (s *countingStore) Read(ctx context.Context, keys ...string) ([]state.Item, error) {
	s.mu.Lock()
	s.reads++
	s.mu.Unlock()
	return s.Store.Read(ctx, keys...)
}

// The job dies at every step, and the next one does what is left.
func TestDeathWhileReconciling(t *testing.T) {
	eachDeath(t, func(t *testing.T, d death) bool {
		w := newWorld(t)
		w.reconcile(w.process()) // so that there is a checkpoint
		paid, late := w.order(), w.order()
		contested := w.disputes(w.process(), 1)[0]
		w.bank.confirm(w.checkout(w.process(), paid), "pm_card_visa")
		w.checkout(w.process(), late)
		w.clock.pass(2 * time.Hour) // so that it also moves on
		m := w.mortal(d)
		_, _ = m.Reconcile(t.Context())
		w.clock.pass(time.Minute)
		w.reconcile(w.process())
		assert.Equal(t, payments.StatusSucceeded, w.stored(paid).Status)
		assert.Equal(t, payments.StatusCancelled, w.stored(late).Status)
		assert.Equal(t, payments.StatusDisputed, w.stored(contested).Status)
		return m.dead
	})
}

func TestManyReconcileAtOnce(t *testing.T) {
	w := newWorld(t)
	var opened []events.Order
	for range 20 {
		o := w.order()
		w.bank.confirm(w.checkout(w.process(), o), "pm_card_visa")
		opened = append(opened, o)
	}
	w.clock.pass(2 * time.Hour)
	var running sync.WaitGroup
	for range 4 {
		running.Go(func() { _, _ = w.process().Reconcile(t.Context()) })
	}
	running.Wait()
	w.reconcile(w.process())
	for _, o := range opened {
		w.requirePaid(o)
	}
}

func TestReconcilingWhileTheBankIsAway(t *testing.T) {
	w := newWorld(t)
	o := w.order()
	w.bank.confirm(w.checkout(w.process(), o), "pm_card_visa")
	w.clock.pass(2 * time.Hour)
	away := lossyBank{bank: w.bank, before: func(string) error { return errs.Unavailable("The bank does not answer.", nil) }}
	done := w.reconcile(w.processWith(away))
	assert.Positive(t, done.Failed)
	assert.Equal(t, payments.StatusCreated, w.stored(o).Status)
	w.clock.pass(2 * time.Hour)
	w.reconcile(w.process())
	assert.Equal(t, payments.StatusSucceeded, w.stored(o).Status, "it was not forgotten")
}

func TestReconcilingFromNowhere(t *testing.T) {
	for _, from := range []string{"x", "2026-11-27", "2026-11-27T04@", "2026-11-27T04@0", "2026-11-27T04@-2", "2026-11-27T04@x"} {
		_, err := newWorld(t).process().ReconcilePage(t.Context(), from)
		assert.True(t, errs.Is(err, errs.KindInvalid), "%s: %v", from, err)
	}
}
