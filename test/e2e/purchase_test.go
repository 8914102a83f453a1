//go:build linux

package e2e_test

import (
	"context"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"ticketx/dev/demo"
	"ticketx/dev/shop"
)

func TestDemo(t *testing.T) {
	require.NoError(t, demo.Run(soon(t), t.Output(), sys.Base))
}

func TestPurchase(t *testing.T) {
	ctx := t.Context()
	seller, buyer := newcomer(t, "seller"), newcomer(t, "buyer")

	ticket, err := seller.List(ctx, "  Opening night  ", 49.99)
	require.NoError(t, err)
	assert.Equal(t, "Opening night", ticket.Title)
	assert.Equal(t, "available", ticket.Status)
	assert.Equal(t, seller.ID, ticket.UserID)
	listed, err := seller.Tickets(ctx)
	require.NoError(t, err)
	require.NotEmpty(t, listed)
	assert.Equal(t, ticket.ID, listed[0].ID, "the seller sees the new ticket first, at once")

	order, err := buyer.Reserve(ctx, ticket.ID, 0)
	require.NoError(t, err)
	assert.Equal(t, "created", order.Status)
	assert.Equal(t, ticket.ID, order.Ticket.ID)
	assert.InDelta(t, 49.99, order.Ticket.Price, 0)
	assert.WithinDuration(t, time.Now().Add(15*time.Minute), order.ExpiresAt, time.Minute)

	reserved := awaitTicket(t, seller, ticket.ID, "reserved")
	assert.Equal(t, order.ID, reserved.OrderID)
	_, err = seller.Edit(ctx, ticket.ID, "Dearer", 99)
	assert.Equal(t, http.StatusConflict, refusal(t, err).Status, "a reserved ticket can't be edited")

	paid, err := buyer.Pay(ctx, order.ID, "tok_visa")
	require.NoError(t, err)
	again, err := buyer.Pay(ctx, order.ID, "tok_visa")
	require.NoError(t, err, "a second click is harmless")
	assert.Equal(t, paid, again)

	awaitOrder(t, buyer, order.ID, "complete")
	awaitTicket(t, seller, ticket.ID, "sold")
	assert.Equal(t, http.StatusConflict, refusal(t, buyer.Cancel(ctx, order.ID)).Status)
	_, err = newcomer(t, "late").Reserve(ctx, ticket.ID, 0)
	assert.Equal(t, http.StatusConflict, refusal(t, err).Status)

	mine, err := buyer.Orders(ctx)
	require.NoError(t, err)
	require.Len(t, mine, 1)
	assert.Equal(t, order.ID, mine[0].ID)

	// The seller sees what it has earned, and nobody else does.
	own, err := seller.Own(ctx)
	require.NoError(t, err)
	require.Len(t, own, 1)
	assert.Equal(t, ticket.ID, own[0].ID)
	assert.Equal(t, "sold", own[0].Status)
	assert.InDelta(t, 49.99, own[0].Proceeds, 0)
	shown, err := seller.Ticket(ctx, ticket.ID)
	require.NoError(t, err)
	assert.Zero(t, shown.Proceeds)
	own, err = buyer.Own(ctx)
	require.NoError(t, err)
	assert.Empty(t, own)
	_, err = shop.NewPerson(sys.Base, "nobody").Own(ctx)
	assert.Equal(t, http.StatusUnauthorized, refusal(t, err).Status)
}

func TestDeclinedCardLeavesTheOrderToAnotherCard(t *testing.T) {
	ctx := t.Context()
	seller, buyer := newcomer(t, "seller"), newcomer(t, "buyer")
	ticket, err := seller.List(ctx, "Matinee", 20)
	require.NoError(t, err)
	order, err := buyer.Reserve(ctx, ticket.ID, 0)
	require.NoError(t, err)

	_, err = buyer.Pay(ctx, order.ID, "tok_chargeDeclinedInsufficientFunds")
	declined := refusal(t, err)
	assert.Equal(t, http.StatusPaymentRequired, declined.Status)
	assert.Equal(t, "insufficient_funds", declined.Code)
	assert.NotEmpty(t, declined.Detail)

	still, err := buyer.Order(ctx, order.ID)
	require.NoError(t, err)
	assert.Equal(t, "awaiting:payment", still.Status)
	_, err = buyer.Pay(ctx, order.ID, "tok_visa")
	require.NoError(t, err)
	awaitOrder(t, buyer, order.ID, "complete")
}

func TestCancelledOrderFreesTheTicketAndCannotBePaid(t *testing.T) {
	ctx := t.Context()
	seller, first, second := newcomer(t, "seller"), newcomer(t, "first"), newcomer(t, "second")
	ticket, err := seller.List(ctx, "Recital", 15)
	require.NoError(t, err)
	order, err := first.Reserve(ctx, ticket.ID, 0)
	require.NoError(t, err)

	require.NoError(t, first.Cancel(ctx, order.ID))
	require.NoError(t, first.Cancel(ctx, order.ID), "cancelling again is harmless")
	next, err := second.Reserve(ctx, ticket.ID, 0)
	require.NoError(t, err, "the ticket is free at once")

	_, err = shop.Until(soon(t),
		func(ctx context.Context) (int, error) {
			_, err := first.Pay(ctx, order.ID, "tok_visa")
			return refusal(t, err).Status, nil
		},
		func(status int) bool { return status == http.StatusConflict })
	require.NoError(t, err)

	_, err = second.Pay(ctx, next.ID, "tok_visa")
	require.NoError(t, err)
	awaitOrder(t, second, next.ID, "complete")
	gone, err := first.Order(ctx, order.ID)
	require.NoError(t, err, "an order that has left its ticket is still there")
	assert.Equal(t, "cancelled", gone.Status)
	assert.Equal(t, "buyer", gone.Reason)
}

func TestWhoMayDoWhat(t *testing.T) {
	ctx := t.Context()
	seller, buyer, stranger := newcomer(t, "seller"), newcomer(t, "buyer"), newcomer(t, "stranger")
	anonymous := shop.NewPerson(sys.Base, "anonymous")
	ticket, err := seller.List(ctx, "Premiere", 30)
	require.NoError(t, err)
	order, err := buyer.Reserve(ctx, ticket.ID, 0)
	require.NoError(t, err)

	call := func(do func() error) int { return refusal(t, do()).Status }
	assert.Equal(t, http.StatusUnauthorized, call(func() error { _, err := anonymous.List(ctx, "x", 1); return err }))
	assert.Equal(t, http.StatusUnauthorized, call(func() error { _, err := anonymous.Reserve(ctx, ticket.ID, 0); return err }))
	assert.Equal(t, http.StatusUnauthorized, call(func() error { _, err := anonymous.Orders(ctx); return err }))
	assert.Equal(t, http.StatusUnauthorized, call(func() error { _, err := anonymous.Pay(ctx, order.ID, "tok_visa"); return err }))
	assert.Equal(t, http.StatusForbidden, call(func() error { _, err := stranger.Edit(ctx, ticket.ID, "Mine now", 1); return err }))
	assert.Equal(t, http.StatusForbidden, call(func() error { _, err := stranger.Order(ctx, order.ID); return err }))
	assert.Equal(t, http.StatusForbidden, call(func() error { return stranger.Cancel(ctx, order.ID) }))
	assert.Equal(t, http.StatusForbidden, call(func() error { _, err := stranger.Pay(ctx, order.ID, "tok_visa"); return err }))
	assert.Equal(t, http.StatusForbidden, call(func() error { _, err := seller.Reserve(ctx, ticket.ID, 0); return err }))
	shown, err := anonymous.Ticket(ctx, ticket.ID)
	require.NoError(t, err, "everybody may look")
	assert.Equal(t, ticket.ID, shown.ID)
}

func TestSession(t *testing.T) {
	ctx := t.Context()
	p := shop.NewPerson(sys.Base, "visitor")
	nobody, err := p.CurrentUser(ctx)
	require.NoError(t, err)
	assert.Nil(t, nobody)

	address := email("visitor")
	user, err := p.SignUp(ctx, address, password)
	require.NoError(t, err)
	assert.Equal(t, address, user.Email)
	current, err := p.CurrentUser(ctx)
	require.NoError(t, err)
	assert.Equal(t, &user, current)

	require.NoError(t, p.SignOut(ctx))
	nobody, err = p.CurrentUser(ctx)
	require.NoError(t, err)
	assert.Nil(t, nobody)
	_, err = p.List(ctx, "Not mine to sell", 10)
	assert.Equal(t, http.StatusUnauthorized, refusal(t, err).Status)

	_, err = p.SignIn(ctx, address, "wrong horse!")
	assert.Equal(t, http.StatusBadRequest, refusal(t, err).Status)
	back, err := p.SignIn(ctx, address, password)
	require.NoError(t, err)
	assert.Equal(t, user, back)
}
