//go:build linux

package e2e_test

import (
	"encoding/json"
	"net/http"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"ticketx/dev/shop"
)

// under sends a body under an Idempotency-Key and returns the status and the answer.
func under(t *testing.T, p *shop.Person, key, path, body string) (status int, answer string) {
	t.Helper()
	res, received, err := p.SendUnder(t.Context(), key, http.MethodPost, path, []byte(body))
	require.NoError(t, err)
	return res.StatusCode, string(received)
}

// The same key with the same body is answered as the first time, and with another
// body refused, though the first order is given back by then.
func TestOrderingUnderAKey(t *testing.T) {
	ctx := t.Context()
	seller, buyer := newcomer(t, "seller"), newcomer(t, "buyer")
	wanted, err := seller.List(ctx, "Ritornello", 20)
	require.NoError(t, err)
	other, err := seller.List(ctx, "Ritornello, once more", 20)
	require.NoError(t, err)
	key, body := uuid.NewString(), `{"ticketId":"`+wanted.ID+`"}`

	status, first := under(t, buyer, key, "/api/orders", body)
	require.Equal(t, http.StatusCreated, status, first)
	status, again := under(t, buyer, key, "/api/orders", body)
	assert.Equal(t, http.StatusCreated, status)
	assert.Equal(t, first, again)
	status, refused := under(t, buyer, key, "/api/orders", `{"ticketId":"`+other.ID+`"}`)
	assert.Equal(t, http.StatusUnprocessableEntity, status, refused)
	awaitTicket(t, seller, other.ID, "available")

	var order shop.Order
	require.NoError(t, json.Unmarshal([]byte(first), &order))
	require.NoError(t, buyer.Cancel(ctx, order.ID))
	_, again = under(t, buyer, key, "/api/orders", body)
	assert.Equal(t, first, again, "it is not ordered once more")
	status, _ = under(t, newcomer(t, "another"), key, "/api/orders", body)
	assert.Equal(t, http.StatusCreated, status, "another's key is another key")
}

func TestPayingUnderAKey(t *testing.T) {
	buyer, order := reserved(t, 0)
	pay := func(key, token string) (int, string) {
		return under(t, buyer, key, "/api/payments", `{"orderId":"`+order.ID+`","token":"`+token+`"}`)
	}
	refusedKey, paidKey := uuid.NewString(), uuid.NewString()
	for range 2 {
		status, declined := pay(refusedKey, "tok_chargeDeclined")
		assert.Equal(t, http.StatusPaymentRequired, status, declined)
	}
	status, refused := pay(refusedKey, "tok_visa")
	assert.Equal(t, http.StatusUnprocessableEntity, status, refused)
	assert.Empty(t, charges(t, order.ID))

	status, paid := pay(paidKey, "tok_visa")
	require.Equal(t, http.StatusCreated, status, paid)
	status, again := pay(paidKey, "tok_visa")
	assert.Equal(t, http.StatusCreated, status)
	assert.Equal(t, paid, again)
	status, refused = pay(paidKey, "tok_mastercard")
	assert.Equal(t, http.StatusUnprocessableEntity, status, refused)
	awaitOrder(t, buyer, order.ID, "complete")
	assert.Equal(t, []int64{25_50}, charges(t, order.ID))
}

// The secret of an intent is not kept, so it is looked up again; there is one intent
// whatever the key.
func TestCheckingOutUnderAKey(t *testing.T) {
	buyer, order := reserved(t, 0)
	key, body := uuid.NewString(), `{"orderId":"`+order.ID+`"}`
	status, first := under(t, buyer, key, "/api/payments/intents", body)
	require.Equal(t, http.StatusOK, status, first)
	for _, k := range []string{key, uuid.NewString()} {
		status, again := under(t, buyer, k, "/api/payments/intents", body)
		assert.Equal(t, http.StatusOK, status)
		assert.Equal(t, first, again)
	}
}

// Whoever lists again for want of an answer has one ticket, though it is off sale by
// then.
func TestListingUnderAKey(t *testing.T) {
	seller := newcomer(t, "seller")
	key, body := uuid.NewString(), `{"title":"Da capo","price":20}`
	status, first := under(t, seller, key, "/api/tickets", body)
	require.Equal(t, http.StatusCreated, status, first)
	var ticket shop.Ticket
	require.NoError(t, json.Unmarshal([]byte(first), &ticket))
	require.NoError(t, seller.Withdraw(t.Context(), ticket.ID))

	status, again := under(t, seller, key, "/api/tickets", body)
	assert.Equal(t, http.StatusCreated, status)
	assert.Equal(t, first, again)
	status, refused := under(t, seller, key, "/api/tickets", `{"title":"Da capo","price":21}`)
	assert.Equal(t, http.StatusUnprocessableEntity, status, refused)
	status, other := under(t, newcomer(t, "another"), key, "/api/tickets", body)
	assert.Equal(t, http.StatusCreated, status)
	assert.NotEqual(t, first, other, "another's key is another key")
}
