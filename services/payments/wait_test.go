package payments_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"ticketx/kit/errs"
	"ticketx/kit/events"
	"ticketx/kit/state"
	"ticketx/services/payments"
)

// slowBank takes its time to confirm, and gives up when its caller does.
type slowBank struct {
	payments.Processor
	takes time.Duration
	asked int
}

func (b *slowBank) Create(context.Context, events.Order, int64) (payments.Intent, error) {
	return payments.Intent{ID: "pi_slow", State: payments.IntentOpen}, nil
}

func (b *slowBank) Confirm(ctx context.Context, _ payments.Confirmation) (payments.Intent, error) {
	b.asked++
	select {
	case <-time.After(b.takes):
		return payments.Intent{ID: "pi_slow", State: payments.IntentSucceeded}, nil
	case <-ctx.Done():
		return payments.Intent{}, errs.Unavailable("The bank does not answer.", ctx.Err())
	}
}

// inSlowWorld runs a test in a world whose time passes by itself.
func inSlowWorld(t *testing.T, takes time.Duration, test func(t *testing.T, w *world, bank *slowBank)) {
	synctest.Test(t, func(t *testing.T) {
		w := &world{
			t: t, store: state.NewMemory(), events: &published{},
			orders: &knownOrders{byID: map[string]events.Order{}}, clock: &clock{},
		}
		test(t, w, &slowBank{takes: takes})
	})
}

// pay starts a payment in a process of its own, and gives what comes of it.
func (w *world) pay(ctx context.Context, p payments.Processor, o events.Order, token payments.Token) <-chan answer {
	done := make(chan answer, 1)
	go func() {
		id, err := w.processWith(p).Pay(ctx, buyer, o.ID, token, "")
		done <- answer{id, err}
	}()
	return done
}

func TestTheLateOneWaits(t *testing.T) {
	inSlowWorld(t, 4*time.Second, func(t *testing.T, w *world, bank *slowBank) {
		o := w.order()
		first := w.pay(t.Context(), bank, o, visa)
		time.Sleep(time.Second) //nolint:forbidigo // the time of synctest's bubble, which takes none
		start := time.Now()
		second := <-w.pay(t.Context(), bank, o, amex)
		require.NoError(t, second.err)
		assert.Equal(t, (<-first).id, second.id)
		assert.Equal(t, 1, bank.asked)
		assert.Less(t, time.Since(start), 4*time.Second, "the pauses stay short")
	})
}

func TestTheLateOneDoesNotWaitForEver(t *testing.T) {
	inSlowWorld(t, 10*time.Second, func(t *testing.T, w *world, bank *slowBank) {
		o := w.order()
		first := w.pay(t.Context(), bank, o, visa)
		time.Sleep(time.Second) //nolint:forbidigo // the time of synctest's bubble, which takes none
		start := time.Now()
		second := <-w.pay(t.Context(), bank, o, visa)
		assert.True(t, errs.Is(second.err, errs.KindUnavailable), "%v", second.err)
		assert.Equal(t, 5*time.Second, time.Since(start))
		require.NoError(t, (<-first).err)
	})
}

func TestABankThatHangsIsGivenUp(t *testing.T) {
	inSlowWorld(t, time.Hour, func(t *testing.T, w *world, bank *slowBank) {
		o := w.order()
		start := time.Now()
		first := <-w.pay(t.Context(), bank, o, visa)
		assert.True(t, errs.Is(first.err, errs.KindUnavailable), "%v", first.err)
		assert.Equal(t, 20*time.Second, time.Since(start))

		bank.takes = 0
		second := <-w.pay(t.Context(), bank, o, visa)
		require.NoError(t, second.err, "whoever comes next finishes the attempt at once")
		assert.EqualValues(t, 1, w.stored(o).Attempt.Number)
	})
}

func TestTheCallerHangsUp(t *testing.T) {
	inSlowWorld(t, 4*time.Second, func(t *testing.T, w *world, bank *slowBank) {
		o := w.order()
		ctx, hangUp := context.WithCancel(t.Context())
		first := w.pay(ctx, bank, o, visa)
		time.Sleep(time.Second) //nolint:forbidigo // the time of synctest's bubble, which takes none
		second := w.pay(ctx, bank, o, visa)
		synctest.Wait()
		hangUp()
		require.NoError(t, (<-first).err, "what was begun is brought to its end")
		assert.True(t, errs.Is((<-second).err, errs.KindUnavailable))
		assert.Equal(t, payments.StatusSucceeded, w.stored(o).Status)
	})
}
