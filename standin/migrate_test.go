package standin

import (
	"net/http"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"github.com/stripe/stripe-go/v76"
	bolt "go.etcd.io/bbolt"
)

// What the stand-in wrote before it knew webhooks.
var oldBook = map[string]map[string]string{
	"payment_intents": {"pi_000000011": `{"id":"pi_000000011","object":"payment_intent","amount":1000,"amount_capturable":0,
		"amount_received":1000,"automatic_payment_methods":null,"canceled_at":null,"cancellation_reason":null,
		"capture_method":"automatic","client_secret":"pi_000000011_secret_1","confirmation_method":"automatic",
		"created":1700000000,"currency":"eur","description":null,"last_payment_error":null,"latest_charge":"ch_000000011",
		"livemode":false,"metadata":{"order_id":"o-1"},"payment_method":"pm_000000011","payment_method_types":["card"],
		"status":"succeeded"}`},
	"payment_methods": {"pm_000000011": `{"id":"pm_000000011","object":"payment_method","card":{"brand":"visa","country":"US",
		"exp_month":1,"exp_year":2030,"funding":"credit","last4":"4242"},"created":1700000000,"livemode":false,
		"metadata":{},"type":"card"}`},
	"charges": {"ch_000000011": `{"id":"ch_000000011","object":"charge","amount":1000,"amount_captured":1000,
		"amount_refunded":400,"captured":true,"created":1700000000,"currency":"eur","disputed":false,"failure_code":null,
		"failure_message":null,"livemode":false,"metadata":{"order_id":"o-1"},"outcome":{"network_status":
		"approved_by_network","reason":null,"type":"authorized"},"paid":true,"payment_intent":"pi_000000011",
		"payment_method":"pm_000000011","payment_method_details":{"card":{"brand":"visa","country":"US","exp_month":1,
		"exp_year":2030,"funding":"credit","last4":"4242"},"type":"card"},"refunded":false,"status":"succeeded"}`},
	"refunds": {"re_000000011": `{"id":"re_000000011","object":"refund","amount":400,"charge":"ch_000000011",
		"created":1700000000,"currency":"eur","metadata":{},"payment_intent":"pi_000000011","reason":null,
		"status":"succeeded"}`},
	"refunds_by_intent": {"pi_000000011/re_000000011": ""},
	"events": {
		"evt_000000011": `{"id":"evt_000000011","type":"payment_intent.succeeded","created":1700000000,"subject":"pi_000000011"}`,
		"evt_000000021": `{"id":"evt_000000021","type":"charge.refunded","created":1700000001,"subject":"ch_000000011"}`,
	},
	"idempotency_keys":        {},
	"idempotency_keys_by_age": {},
}

func TestOldBook(t *testing.T) {
	path := filepath.Join(t.TempDir(), "book.db")
	db, err := bolt.Open(path, 0o600, nil)
	require.NoError(t, err)
	require.NoError(t, db.Update(func(t *bolt.Tx) error {
		for name, content := range oldBook {
			b, err := t.CreateBucketIfNotExists([]byte(name))
			if err != nil {
				return err
			}
			for k, v := range content {
				if err := b.Put([]byte(k), []byte(v)); err != nil {
					return err
				}
			}
			if err := b.SetSequence(uint64(len(content))); err != nil {
				return err
			}
		}
		return nil
	}))
	require.NoError(t, db.Close())

	for range 2 { // the second time there is nothing to bring up to date
		book, err := Open(path)
		require.NoError(t, err)
		require.NoError(t, book.Close())
	}
	s := startOn(t, path)
	assert.Equal(t, Sum{Charges: 1, Charged: 1000, Refunded: 400, Net: 600}, s.contents().Sums["eur"])
	i, err := s.intents.Get("pi_000000011", nil)
	require.NoError(t, err)
	assert.Equal(t, stripe.PaymentIntentStatusSucceeded, i.Status)
	e, err := s.events.Get("evt_000000021", nil)
	require.NoError(t, err)
	assert.Equal(t, stripe.EventTypeChargeRefunded, e.Type)
	assert.Equal(t, "ch_000000011", e.Data.Object["id"])
	assert.Equal(t, []string{"charge.refunded"}, s.types("ch_000000011"))
	it := s.events.List(nil)
	for range 2 {
		require.True(t, it.Next())
	}
	_, err = s.refunds.New(refundOf(i.ID, 0))
	require.NoError(t, err)
	assert.Equal(t, Sum{Charges: 1, Charged: 1000, Refunded: 1000}, s.contents().Sums["eur"])
	assert.Equal(t, http.StatusOK, s.page("/").status)
}
