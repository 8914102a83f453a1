package tickets_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"ticketx/kit/errs"
	"ticketx/kit/events"
	"ticketx/services/tickets"
)

var (
	noon  = time.Date(2026, 5, 1, 12, 0, 0, 0, time.UTC)
	offer = tickets.Offer{Title: "Row 3", Price: 2550}
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
		CreatedAt: noon, ExpiresAt: noon.Add(held), Ticket: events.OrderTicket{ID: ticketID},
	}
}

func TestListedTicketIsForSale(t *testing.T) {
	ticket := newTicket(t)
	assert.Equal(t, tickets.Available, ticket.StatusAt(noon))
	assert.EqualValues(t, 1, ticket.Version)
	assert.Equal(t, "eur", ticket.Currency)
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

func TestSnapshotTellsTheWholeListing(t *testing.T) {
	ticket := newTicket(t)
	require.True(t, ticket.Follow(order(ticket.ID, "o", 1, 1, "created"), noon))
	back, err := tickets.FromSnapshot(ticket.Snapshot())
	require.NoError(t, err)
	assert.Equal(t, ticket.Listing, back)
	assert.EqualValues(t, 1, ticket.Snapshot().OrderSequence)
	assert.Zero(t, newTicket(t).Snapshot().OrderSequence, "never ordered")
	require.True(t, ticket.Follow(order(ticket.ID, "o", 4, 2, "cancelled"), noon))
	assert.EqualValues(t, 4, ticket.Snapshot().OrderSequence, "also when that order is over")

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
