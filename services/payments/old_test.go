package payments_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"ticketx/kit/state"
	"ticketx/services/payments"
)

// put stores a document as a payments of before has written it.
func (w *world) put(orderID, text string) {
	w.t.Helper()
	require.NoError(w.t, w.store.Write(w.t.Context(), "order:"+orderID, []byte(text), ""))
}

// copyOf is the copy of a live order in such a document.
func copyOf(orderID string) string {
	return `"order":{"id":"` + orderID + `","version":1,"sequence":1,"status":"created","userId":"buyer",` +
		`"createdAt":"2026-01-02T12:00:00Z","expiresAt":"2096-01-02T12:15:00Z",` +
		`"ticket":{"id":"019b76da-a800-7000-8000-000000000001","title":"Old","priceMinor":2550,"currency":"eur","userId":"seller"}}`
}

// The documents of before there was this machine are read as what they meant.
func TestDocumentsOfBefore(t *testing.T) {
	const began = `"attempt":{"number":1,"startedAt":"2026-01-02T12:00:01Z","token":"tok_visa","heldUntil":"2026-01-02T12:00:31Z"}`
	const over = `"attempt":{"number":1,"startedAt":"2026-01-02T12:00:01Z"}`
	for name, c := range map[string]struct {
		doc    string
		status payments.Status
	}{
		"charging": {`"version":1,"status":"charging",` + began, payments.StatusCreated},
		"failed":   {`"version":2,"status":"failed",` + over + `,"refusal":{"attempt":1,"code":"card_declined","message":"No."}`, payments.StatusFailed},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			o := w.order()
			i, err := w.bank.Create(t.Context(), o, 1)
			require.NoError(t, err)
			w.put(o.ID, `{`+copyOf(o.ID)+`,"id":"019b76da-a800-7000-8000-000000000002",`+c.doc+`,"intentId":"`+i.ID+`"}`)
			p := w.stored(o)
			assert.Equal(t, c.status, p.Status)
			assert.Equal(t, "2026-01-02T12:00:01Z", p.CreatedAt.Format("2006-01-02T15:04:05Z"))
			_, err = w.process().Pay(t.Context(), buyer, o.ID, visa, "")
			require.NoError(t, err)
			w.requirePaid(o)
		})
		t.Run(name+", then cancelled", func(t *testing.T) {
			w := newWorld(t)
			o := w.order()
			i, err := w.bank.Create(t.Context(), o, 1)
			require.NoError(t, err)
			w.put(o.ID, `{`+copyOf(o.ID)+`,"id":"019b76da-a800-7000-8000-000000000002",`+c.doc+`,"intentId":"`+i.ID+`"}`)
			require.NoError(t, w.process().OrderChanged(t.Context(), cancelled(o)))
			w.requireUndone(o)
		})
	}
	t.Run("refunded", func(t *testing.T) {
		w := newWorld(t)
		o := w.order()
		w.put(o.ID, `{`+copyOf(o.ID)+`,"id":"019b76da-a800-7000-8000-000000000002","version":3,"status":"refunded",`+over+`,"intentId":"pi_1","refundId":"re_1"}`)
		p, err := w.process().Payment(t.Context(), buyer, o.ID)
		require.NoError(t, err)
		assert.Equal(t, &payments.Refund{
			Number: 1, ID: "re_1", Status: payments.RefundSucceeded,
			Made: []payments.MadeRefund{{ID: "re_1", Status: payments.RefundSucceeded, Amount: price}},
		}, p.Refund)
	})
	t.Run("refund on its way", func(t *testing.T) {
		w := newWorld(t)
		o := w.order()
		_, err := w.process().Pay(t.Context(), buyer, o.ID, "pm_card_pendingRefund", "")
		require.NoError(t, err)
		intent := w.stored(o).IntentID
		made, err := w.bank.Refund(t.Context(), o.ID, intent, 1)
		require.NoError(t, err)
		w.store = state.NewMemory()
		w.put(o.ID, `{`+strings.Replace(copyOf(o.ID), `"status":"created"`, `"status":"cancelled"`, 1)+
			`,"id":"019b76da-a800-7000-8000-000000000002","version":3,"status":"refund_pending",`+over+`,"intentId":"`+intent+
			`","refund":{"number":1,"id":"`+made.ID+`","status":"pending"}}`)
		w.bank.hurry(refunds("succeeded"))
		w.hear(w.process(), o)
		assert.Equal(t, payments.StatusRefunded, w.stored(o).Status)
		assert.Equal(t, 1, w.bank.account(o).refunds)
	})
}
