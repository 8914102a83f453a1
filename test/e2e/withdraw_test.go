//go:build linux

package e2e_test

import (
	"context"
	"errors"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"ticketx/dev/shop"
)

// concert is an offer that says everything.
func concert(startsAt time.Time) shop.Offer {
	return shop.Offer{
		"title": "Füchse & Friends", "price": 49.5, "originalPrice": 45, "startsAt": startsAt, "timeZone": "Europe/Berlin",
		"venue": "Füchse-Arena", "city": "Berlin", "category": "concert", "section": "Parkett", "row": "7", "seat": "12-13",
		"quantity": 2, "description": "Aisle on the left.\nDoors open at seven.",
	}
}

func TestWhatATicketIsForIsInItsOrder(t *testing.T) {
	ctx := t.Context()
	seller, buyer := newcomer(t, "seller"), newcomer(t, "buyer")
	start := time.Now().AddDate(0, 1, 0).UTC().Truncate(time.Minute)
	ticket, err := seller.Offer(ctx, concert(start))
	require.NoError(t, err)
	order, err := buyer.Reserve(ctx, ticket.ID, 0)
	require.NoError(t, err)
	assert.Equal(t, shop.Ticket{
		ID: ticket.ID, Title: "Füchse & Friends", Price: 49.5, Currency: "eur", StartsAt: start,
		Venue: "Füchse-Arena", City: "Berlin", Category: "concert", Section: "Parkett", Row: "7", Seat: "12-13", Quantity: 2,
	}, order.Ticket)

	ticket, err = seller.Offer(ctx, concert(start))
	require.NoError(t, err)
	ticket, err = seller.Edit(ctx, ticket.ID, "Füchse & Friends, live", 48)
	require.NoError(t, err)
	assert.Equal(t, "Füchse-Arena", ticket.Venue, "TicketX's client knows a title and a price, and spoils nothing else")
}

func TestWithdraw(t *testing.T) {
	ctx := t.Context()
	seller, buyer := newcomer(t, "seller"), newcomer(t, "buyer")
	ticket, err := seller.List(ctx, "Never mind", 20)
	require.NoError(t, err)
	assert.Equal(t, http.StatusForbidden, refusal(t, buyer.Withdraw(ctx, ticket.ID)).Status)
	assert.Equal(t, http.StatusUnauthorized, refusal(t, shop.NewPerson(sys.Base, "nobody").Withdraw(ctx, ticket.ID)).Status)
	for range 2 {
		require.NoError(t, seller.Withdraw(ctx, ticket.ID))
	}
	_, err = buyer.Reserve(ctx, ticket.ID, 0)
	refused := refusal(t, err)
	assert.Equal(t, http.StatusConflict, refused.Status, "at once: orders has been told before the seller was")
	assert.Equal(t, "withdrawn", refused.Code)
	_, err = seller.Edit(ctx, ticket.ID, "Once more", 20)
	assert.Equal(t, "withdrawn", refusal(t, err).Code)
	own, err := seller.Own(ctx)
	require.NoError(t, err)
	require.Len(t, own, 1)
	assert.Equal(t, "withdrawn", own[0].Status, "at once")

	// One that is reserved is its buyer's.
	ticket, err = seller.List(ctx, "Too late", 20)
	require.NoError(t, err)
	order, err := buyer.Reserve(ctx, ticket.ID, 0)
	require.NoError(t, err)
	assert.Equal(t, "reserved", refusal(t, seller.Withdraw(ctx, ticket.ID)).Code, "though tickets may not have heard of it yet")
	_, err = buyer.Pay(ctx, order.ID, "tok_visa")
	require.NoError(t, err)
	awaitOrder(t, buyer, order.ID, "complete")
	awaitTicket(t, seller, ticket.ID, "sold")
	assert.Equal(t, "sold", refusal(t, seller.Withdraw(ctx, ticket.ID)).Code)
}

// A seller withdraws at the moment at which buyers reserve. Either somebody has the
// ticket, and the seller is told; or nobody has, and nobody ever will.
func TestWithdrawAsOthersReserve(t *testing.T) {
	const buyers, rounds = 4, 25
	ctx := t.Context()
	seller := newcomer(t, "seller")
	crowd := make([]*shop.Person, buyers)
	for i := range crowd {
		crowd[i] = newcomer(t, "buyer")
	}
	reserved := 0
	for round := range rounds {
		ticket, err := seller.List(ctx, "Now or never", 20)
		require.NoError(t, err)
		results := atOnce(buyers+1, func(i int) error {
			if i == buyers {
				for range round % 5 { // the longer the seller looks, the later they come
					if _, err := seller.Ticket(ctx, ticket.ID); err != nil {
						return err
					}
				}
				return seller.Withdraw(ctx, ticket.ID)
			}
			_, err := crowd[i].Reserve(ctx, ticket.ID, shortHold)
			return err
		})
		withdrawn, placed := results[buyers], statuses(results[:buyers])
		require.Equal(t, buyers, placed[http.StatusOK]+placed[http.StatusConflict], "%v", results)
		if withdrawn == nil {
			require.Zero(t, placed[http.StatusOK])
			awaitTicket(t, seller, ticket.ID, "withdrawn")
			continue
		}
		reserved++
		require.Equal(t, "reserved", refusal(t, withdrawn).Code)
		require.Equal(t, 1, placed[http.StatusOK])
		awaitTicket(t, seller, ticket.ID, "reserved")
	}
	t.Logf("%d withdrawals: %d came too late", rounds, reserved)
}

// Orders dies, and nobody is promised anything until it is back.
func TestWithdrawWhileOrdersIsDown(t *testing.T) {
	ctx := t.Context()
	seller, buyer := newcomer(t, "seller"), newcomer(t, "buyer")
	ticket, err := seller.List(ctx, "Power cut", 20)
	require.NoError(t, err)
	orders, err := sys.Process("orders")
	require.NoError(t, err)
	require.NoError(t, orders.Kill(soon(t)))
	err = seller.Withdraw(ctx, ticket.ID)
	require.NoError(t, orders.Restart())
	requireReady(t, "orders")
	refused := refusal(t, err)
	assert.Equal(t, http.StatusServiceUnavailable, refused.Status)
	assert.NotEmpty(t, refused.RetryAfter)
	awaitTicket(t, seller, ticket.ID, "withdrawn")
	_, err = shop.Until(soon(t), func(ctx context.Context) (struct{}, error) { return struct{}{}, seller.Withdraw(ctx, ticket.ID) },
		func(struct{}) bool { return true })
	require.NoError(t, err, "trying again is safe")
	_, err = buyer.Reserve(ctx, ticket.ID, 0)
	assert.Equal(t, "withdrawn", refusal(t, err).Code)
}

func TestATicketWhoseEventHasStarted(t *testing.T) {
	ctx := t.Context()
	seller, buyer := newcomer(t, "seller"), newcomer(t, "buyer")
	ticket, err := seller.Offer(ctx, concert(time.Now().Add(2*time.Second)))
	require.NoError(t, err)
	awaitTicket(t, seller, ticket.ID, "past")
	_, err = buyer.Reserve(ctx, ticket.ID, 0)
	refused := refusal(t, err)
	assert.Equal(t, http.StatusConflict, refused.Status)
	assert.Equal(t, "past", refused.Code)

	later := time.Now().AddDate(0, 1, 0).UTC().Truncate(time.Second)
	_, err = seller.Revise(ctx, ticket.ID, concert(later))
	require.NoError(t, err)
	awaitTicket(t, seller, ticket.ID, "available")
	order, err := shop.Until(soon(t), func(ctx context.Context) (shop.Order, error) { return buyer.Reserve(ctx, ticket.ID, 0) },
		func(shop.Order) bool { return true })
	require.NoError(t, err, "as soon as orders has heard of the new date")
	assert.Equal(t, later, order.Ticket.StartsAt)
}

func TestResaleCap(t *testing.T) {
	ctx := t.Context()
	tickets, err := sys.Process("tickets")
	require.NoError(t, err)
	capAt := func(ctx context.Context, percent string) error {
		tickets.Set("RESALE_CAP_PERCENT", percent)
		return errors.Join(tickets.Kill(ctx), tickets.Restart())
	}
	require.NoError(t, capAt(soon(t), "110"))
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(t.Context()), patience)
		defer cancel()
		require.NoError(t, capAt(ctx, "0"))
		requireReady(t, "tickets")
	})
	requireReady(t, "tickets")

	seller := newcomer(t, "seller")
	offer := concert(time.Now().AddDate(0, 1, 0))
	_, err = seller.Offer(ctx, offer)
	require.NoError(t, err, "49.50 is 110 percent of 45")
	offer["price"] = 49.51
	_, err = seller.Offer(ctx, offer)
	refused := refusal(t, err)
	assert.Equal(t, []shop.Wrong{{
		Field: "price", Message: "Must be at most 49.50, which is 110% of the original price.", Code: "too_large", Limit: "49.50",
	}}, refused.Errors)
	_, err = seller.List(ctx, "No original price", 10)
	refused = refusal(t, err)
	require.Len(t, refused.Errors, 1)
	assert.Equal(t, "originalPrice", refused.Errors[0].Field)
}
