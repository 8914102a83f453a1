//go:build linux

package e2e_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"ticketx/dev/shop"
	"ticketx/standin"
)

func TestFiftyBuyersAtOnceTwentyTimes(t *testing.T) {
	const buyers, rounds = 50, 20
	ctx := t.Context()
	seller := newcomer(t, "seller")
	crowd := make([]*shop.Person, buyers)
	for i := range crowd {
		crowd[i] = newcomer(t, fmt.Sprintf("buyer%d", i))
	}
	unavailable := 0
	for round := range rounds {
		ticket, err := seller.List(ctx, fmt.Sprintf("Round %d", round+1), 25)
		require.NoError(t, err)
		orders := make([]shop.Order, buyers)
		results := atOnce(buyers, func(i int) (err error) {
			orders[i], err = crowd[i].Reserve(ctx, ticket.ID, 0)
			return err
		})
		count := statuses(results)
		require.Equal(t, 1, count[http.StatusOK], "round %d: %v", round+1, count)
		require.Equal(t, buyers-1, count[http.StatusConflict]+count[http.StatusServiceUnavailable], "round %d: %v", round+1, count)
		unavailable += count[http.StatusServiceUnavailable]

		for i, err := range results {
			if err != nil {
				continue
			}
			shown, err := crowd[i].Order(ctx, orders[i].ID)
			require.NoError(t, err)
			require.Equal(t, "created", shown.Status)
		}
	}
	t.Logf("%d buyers, %d rounds: %d answers of 503", buyers, rounds, unavailable)
}

func TestEightSignUpsOfOneAddressAtOnce(t *testing.T) {
	const people = 8
	address := email("popular")
	accounts := make([]shop.User, people)
	results := atOnce(people, func(i int) (err error) {
		accounts[i], err = shop.NewPerson(sys.Base, strconv.Itoa(i)).SignUp(t.Context(), address, password)
		return err
	})
	assert.Equal(t, map[int]int{http.StatusOK: 1, http.StatusConflict: people - 1}, statuses(results))

	signedIn, err := shop.NewPerson(sys.Base, "owner").SignIn(t.Context(), address, password)
	require.NoError(t, err)
	for i, err := range results {
		if err == nil {
			assert.Equal(t, accounts[i], signedIn)
		}
	}
}

func TestTenPaymentsOfOneOrderAtOnce(t *testing.T) {
	const clicks = 10
	ctx := t.Context()
	seller, buyer := newcomer(t, "seller"), newcomer(t, "buyer")
	ticket, err := seller.List(ctx, "Finale", 61)
	require.NoError(t, err)
	order, err := buyer.Reserve(ctx, ticket.ID, 0)
	require.NoError(t, err)

	payments := make([]shop.Payment, clicks)
	results := atOnce(clicks, func(i int) (err error) {
		payments[i], err = buyer.Pay(ctx, order.ID, "tok_visa")
		return err
	})
	require.Equal(t, map[int]int{http.StatusOK: clicks}, statuses(results), "%v", results)
	for _, p := range payments {
		assert.Equal(t, payments[0], p)
	}
	awaitOrder(t, buyer, order.ID, "complete")
	assert.Equal(t, []int64{6100}, charges(t, order.ID), "the stand-in's own book")
}

// charges returns what the stand-in's book says was taken for the order and not
// given back, in minor units, one per successful charge.
func charges(t *testing.T, orderID string) []int64 {
	t.Helper()
	return chargesAt(t, standInURL(t), orderID)
}

// chargesAt is charges in the book of any stand-in.
func chargesAt(t *testing.T, standIn, orderID string) []int64 {
	t.Helper()
	_, body, err := shop.NewPerson(standIn, "auditor").
		Send(t.Context(), http.MethodGet, "/book", nil)
	require.NoError(t, err)
	var book standin.Contents
	require.NoError(t, json.Unmarshal(body, &book))
	var taken []int64
	for _, intent := range book.PaymentIntents {
		if intent.Metadata["order_id"] != orderID {
			continue
		}
		for _, c := range book.Charges {
			if kept := c.AmountCaptured - c.AmountRefunded; c.PaymentIntent == intent.ID && c.Paid && kept > 0 {
				taken = append(taken, kept)
			}
		}
	}
	return taken
}
