package tickets_test

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"ticketx/kit/errs"
	"ticketx/kit/events"
	"ticketx/kit/money"
	"ticketx/services/tickets"
)

var (
	noon  = time.Date(2026, 5, 1, 12, 0, 0, 0, time.UTC)
	offer = tickets.Offer{Title: "Row 3", Price: 2550, Currency: money.EUR}
	// told is an offer that says everything.
	told = tickets.Offer{
		Title: "Row 3", Price: 2550, Currency: money.EUR, OriginalPrice: 3000, Description: "Aisle.\nDoors at seven.",
		Details: events.Details{
			StartsAt: noon.AddDate(0, 1, 0), TimeZone: "Europe/Berlin", Venue: "Arena", City: "Berlin", Category: "concert",
			Section: "Parkett", Row: "3", Seat: "12-13", Quantity: 2,
		},
	}
)

const (
	seller = "seller-1"
	held   = 15 * time.Minute
)

func newTicket(t *testing.T) tickets.Ticket {
	t.Helper()
	id, err := tickets.NewID()
	require.NoError(t, err)
	return tickets.List(id, seller, offer, noon)
}

// order returns the event of an order of the ticket, with the status.
func order(ticketID, id string, sequence, version int64, status string) events.Order {
	return events.Order{
		ID: id, Sequence: sequence, Version: version, Status: status,
		CreatedAt: noon, ExpiresAt: noon.Add(held), Ticket: events.OrderTicket{ID: ticketID, Price: 2400},
	}
}

func TestListedTicketIsForSale(t *testing.T) {
	ticket := newTicket(t)
	assert.Equal(t, tickets.Available, ticket.StatusAt(noon))
	assert.EqualValues(t, 1, ticket.Version)
	assert.Equal(t, money.EUR, ticket.Currency)
	assert.Equal(t, events.TicketCreated, tickets.Snapshots(ticket)[0].Type)
}

func TestEdit(t *testing.T) {
	better := tickets.Offer{Title: "Row 1", Price: 9900}
	during, after := noon.Add(held-time.Nanosecond), noon.Add(held)
	for name, tc := range map[string]struct {
		user   string
		orders []string // the statuses the ticket's one order went through
		at     time.Time
		want   errs.Kind
		ok     bool
	}{
		"available":                  {user: seller, at: noon, ok: true},
		"somebody else's":            {user: "other", at: noon, want: errs.KindForbidden},
		"somebody else's, reserved":  {user: "other", orders: []string{"created"}, at: during, want: errs.KindForbidden},
		"reserved":                   {user: seller, orders: []string{"created"}, at: during, want: errs.KindConflict},
		"reserved until just now":    {user: seller, orders: []string{"created"}, at: after, ok: true},
		"available again":            {user: seller, orders: []string{"created", "cancelled"}, at: during, ok: true},
		"sold":                       {user: seller, orders: []string{"created", "complete"}, at: during, want: errs.KindConflict},
		"sold, long after the order": {user: seller, orders: []string{"created", "complete"}, at: noon.AddDate(1, 0, 0), want: errs.KindConflict},
	} {
		t.Run(name, func(t *testing.T) {
			ticket := newTicket(t)
			for i, status := range tc.orders {
				require.True(t, ticket.Follow(order(ticket.ID, "o", 1, int64(i+1), status), noon))
			}
			before := ticket
			err := ticket.Edit(tc.user, better, tc.at)
			if !tc.ok {
				assert.Equal(t, tc.want, errs.KindOf(err), "%v", err)
				assert.Equal(t, before, ticket, "a refused edit changes nothing")
				return
			}
			require.NoError(t, err)
			assert.Equal(t, better.Title, ticket.Title)
			assert.Equal(t, better.Price, ticket.Price)
			assert.Equal(t, before.Version+1, ticket.Version)
			assert.Equal(t, tc.at, ticket.UpdatedAt)
			assert.Equal(t, noon, ticket.CreatedAt)
			assert.Equal(t, events.TicketUpdated, tickets.Snapshots(ticket)[0].Type)
		})
	}
}

// Documents and events of before a ticket had details are read as they were meant.
func TestTicketsOfBefore(t *testing.T) {
	const id = "019b76da-a800-7000-8000-000000000001"
	var stored tickets.Ticket
	require.NoError(t, json.Unmarshal([]byte(`{"_write":"x","id":"`+id+`","version":3,"title":"Row 3","priceMinor":2550,"currency":"eur",
		"userId":"seller-1","status":"sold","orderId":"o","createdAt":"2026-05-01T12:00:00Z","updatedAt":"2026-05-01T12:00:00Z",
		"lastOrder":{"sequence":1,"version":2}}`), &stored))
	var said events.Ticket
	require.NoError(t, json.Unmarshal([]byte(`{"id":"`+id+`","version":3,"title":"Row 3","priceMinor":2550,"currency":"eur",
		"userId":"seller-1","status":"sold","orderId":"o","createdAt":"2026-05-01T12:00:00Z","updatedAt":"2026-05-01T12:00:00Z",
		"orderSequence":1}`), &said))

	assert.Equal(t, tickets.Ticket{
		Listing: tickets.Listing{
			ID: id, Version: 3, Offer: offer, SellerID: seller, Status: tickets.Sold, OrderID: "o", CreatedAt: noon, UpdatedAt: noon,
		},
		LastOrder: tickets.OrderFact{Sequence: 1, Version: 2},
	}, stored)
	assert.EqualValues(t, 1, stored.Lot())
	assert.EqualValues(t, 2550, stored.Proceeds())
	assert.Equal(t, said, stored.Snapshot())
	heard, err := tickets.FromSnapshot(said)
	require.NoError(t, err)
	assert.Equal(t, stored.Listing, heard)
}

func TestStatusAt(t *testing.T) {
	start := noon.Add(time.Hour)
	for name, tc := range map[string]struct {
		listing tickets.Listing
		at      time.Time
		want    tickets.Status
	}{
		"no date":               {tickets.Listing{Status: tickets.Available}, start, tickets.Available},
		"before it starts":      {on(start, tickets.Listing{Status: tickets.Available}), start.Add(-1), tickets.Available},
		"it starts":             {on(start, tickets.Listing{Status: tickets.Available}), start, tickets.Past},
		"reserved":              {on(start, tickets.Listing{Status: tickets.Reserved, ReservedUntil: start.Add(1)}), start, tickets.Reserved},
		"reserved until now":    {on(start, tickets.Listing{Status: tickets.Reserved, ReservedUntil: start}), start, tickets.Past},
		"sold":                  {on(start, tickets.Listing{Status: tickets.Sold}), start, tickets.Sold},
		"sold, then withdrawn":  {tickets.Listing{Status: tickets.Sold, Withdrawn: true}, start, tickets.Sold},
		"withdrawn":             {on(start, tickets.Listing{Status: tickets.Withdrawn, Withdrawn: true}), start, tickets.Withdrawn},
		"withdrawn, still held": {tickets.Listing{Status: tickets.Reserved, ReservedUntil: start.Add(1), Withdrawn: true}, start, tickets.Reserved},
		"withdrawn, held once":  {tickets.Listing{Status: tickets.Reserved, ReservedUntil: start, Withdrawn: true}, start, tickets.Withdrawn},
	} {
		t.Run(name, func(t *testing.T) { assert.Equal(t, tc.want, tc.listing.StatusAt(tc.at)) })
	}
}

// on returns the listing with the start of its event.
func on(start time.Time, l tickets.Listing) tickets.Listing {
	l.StartsAt = start
	return l
}

func TestSnapshotTellsTheWholeListing(t *testing.T) {
	ticket := tickets.List(newTicket(t).ID, seller, told, noon)
	ticket.Withdrawn = true
	require.True(t, ticket.Follow(order(ticket.ID, "o", 1, 1, "created"), noon))
	back, err := tickets.FromSnapshot(ticket.Snapshot())
	require.NoError(t, err)
	assert.Equal(t, ticket.Listing, back)
	assert.EqualValues(t, 1, ticket.Snapshot().OrderSequence)
	assert.Zero(t, newTicket(t).Snapshot().OrderSequence, "never ordered")
	require.True(t, ticket.Follow(order(ticket.ID, "o", 4, 2, "cancelled"), noon))
	assert.EqualValues(t, 4, ticket.Snapshot().OrderSequence, "also when that order is over")

	require.True(t, ticket.Follow(order(ticket.ID, "o", 5, 2, "complete"), noon))
	assert.EqualValues(t, 2400, ticket.Proceeds())
	back, err = tickets.FromSnapshot(ticket.Snapshot())
	require.NoError(t, err)
	assert.Equal(t, ticket.Listing, back)

	for name, spoil := range map[string]func(s *events.Ticket){
		"id":      func(s *events.Ticket) { s.ID = "" },
		"version": func(s *events.Ticket) { s.Version = 0 },
		"status":  func(s *events.Ticket) { s.Status = "lost" },
	} {
		s := ticket.Snapshot()
		spoil(&s)
		_, err := tickets.FromSnapshot(s)
		assert.True(t, errs.Is(err, errs.KindInvalid), "%s: %v", name, err)
	}
}

func TestValidID(t *testing.T) {
	id, err := tickets.NewID()
	require.NoError(t, err)
	assert.True(t, tickets.ValidID(id))
	for _, id := range []string{
		"", "x", "a||b", "../etc", "{" + id + "}", "urn:uuid:" + id,
		"9b2f5a0e-3b0f-4d8b-8a59-0d1f6b7c2e11", // version 4
	} {
		assert.False(t, tickets.ValidID(id), id)
	}
}
