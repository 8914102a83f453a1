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

// hangingBank charges every intent from a moment on, and tells of a dispute about each
// of the orders. It takes its time to answer, and never shows the dispute about one.
type hangingBank struct {
	payments.Processor
	state payments.IntentState
	takes time.Duration
	tells []events.Order
	hangs string
}

func (b *hangingBank) Create(_ context.Context, o events.Order, _ int64) (payments.Intent, error) {
	return payments.Intent{ID: "pi_" + o.ID, OrderID: o.ID, State: payments.IntentOpen}, nil
}

func (b *hangingBank) Intent(ctx context.Context, id string) (payments.Intent, error) {
	return payments.Intent{ID: id, OrderID: id[len("pi_"):], State: b.state, ClientSecret: "secret"}, b.wait(ctx, b.takes)
}

func (b *hangingBank) Dispute(ctx context.Context, id string) (payments.Dispute, string, error) {
	takes := b.takes
	if id == b.hangs {
		takes = time.Hour
	}
	return payments.Dispute{ID: id, Status: "needs_response"}, "pi_" + id[len("du_"):], b.wait(ctx, takes)
}

func (b *hangingBank) Told(ctx context.Context, _ time.Time, after string, limit int) (told []payments.Notice, last string, more bool, err error) {
	for _, o := range b.tells {
		id := "du_" + o.ID
		switch {
		case after != "":
			if id == after {
				after = ""
			}
		case len(told) == limit:
			return told, last, true, b.wait(ctx, b.takes)
		default:
			told, last = append(told, payments.Notice{Type: "charge.dispute.created", DisputeID: id}), id
		}
	}
	return told, last, false, b.wait(ctx, b.takes)
}

func (b *hangingBank) wait(ctx context.Context, d time.Duration) error {
	select {
	case <-time.After(d):
		return nil
	case <-ctx.Done():
		return errs.Unavailable("The bank does not answer.", ctx.Err())
	}
}

// What the bank shows slowly, or never, of what it has told keeps nobody from looking
// at what is open, and nothing else waits behind it.
func TestANoticeThatHangs(t *testing.T) {
	for name, takes := range map[string]time.Duration{"": 0, "and the others are slow": 900 * time.Millisecond} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := &world{
					t: t, store: state.NewMemory(), events: &published{},
					orders: &knownOrders{byID: map[string]events.Order{}}, clock: &clock{},
				}
				bank := &hangingBank{state: payments.IntentOpen}
				s := w.processWith(bank)
				for range 20 {
					o := w.order()
					w.checkout(s, o)
					bank.tells = append(bank.tells, o)
				}
				open := w.order()
				w.checkout(s, open)
				bank.state, bank.takes, bank.hangs = payments.IntentSucceeded, takes, "du_"+bank.tells[3].ID
				w.clock.pass(time.Minute)
				failed := 0
				for range 5 {
					failed += w.runJob(s).Failed
					require.Equal(t, payments.StatusSucceeded, w.stored(open).Status)
					w.clock.pass(time.Minute)
				}
				assert.Positive(t, failed)
				assert.Equal(t, len(bank.tells)-1, w.knownDisputes(bank.tells))

				bank.hangs = ""
				for range 5 {
					w.runJob(s)
				}
				assert.Equal(t, len(bank.tells), w.knownDisputes(bank.tells))
			})
		})
	}
}

// runJob reconciles for as long as the job is given.
func (w *world) runJob(s *payments.Service) payments.Reconciliation {
	w.t.Helper()
	ctx, cancel := context.WithTimeout(w.t.Context(), 8*time.Second)
	defer cancel()
	done, err := s.Reconcile(ctx)
	require.NoError(w.t, err)
	return done
}
