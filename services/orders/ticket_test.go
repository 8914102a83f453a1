package orders

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"ticketx/kit/errs"
	"ticketx/kit/events"
	"ticketx/kit/ids"
)

func snapshotOf(version int64) events.Ticket {
	return events.Ticket{
		ID: "t", Version: version, Title: "Front row", Price: 2550, Currency: "eur", SellerID: "sam",
		Status: "available", CreatedAt: placedAt, UpdatedAt: placedAt,
	}
}

func TestTicketLearnsWhatIsNewer(t *testing.T) {
	var ticket Ticket
	require.True(t, ticket.learn(snapshotOf(3), placedAt))
	want := Listing{ID: "t", Version: 3, Title: "Front row", Price: 2550, Currency: "eur", SellerID: "sam"}
	assert.Equal(t, want, ticket.Listing)

	for _, version := range []int64{3, 2, 0} {
		stale := snapshotOf(version)
		stale.Title, stale.Price = "Back row", 1
		assert.False(t, ticket.learn(stale, placedAt), "version %d after 3", version)
		assert.Equal(t, want, ticket.Listing)
	}

	newer := snapshotOf(5)
	newer.Price = 9900
	assert.True(t, ticket.learn(newer, placedAt), "versions may have gaps")
	assert.EqualValues(t, 9900, ticket.Listing.Price)
}

func TestTicketLearnsWithoutTouchingItsOrder(t *testing.T) {
	var ticket Ticket
	ticket.learn(snapshotOf(1), placedAt)
	ticket.place("o", "mara", placedAt, time.Minute)
	before := *ticket.Order

	newer := snapshotOf(2)
	newer.Price = 1
	require.True(t, ticket.learn(newer, placedAt))
	assert.Equal(t, before, *ticket.Order, "the buyer pays what the ticket cost when it was ordered")
}

func TestTicketIsOffered(t *testing.T) {
	of := func(s Status, r Reason) *Order { o := inState(s, r); return &o } // mara's
	for _, row := range []struct {
		name  string
		slot  *Order
		buyer string
		want  errs.Kind // Internal: offered
	}{
		{"never ordered", nil, "finn", errs.KindInternal},
		{"given back", of(StatusCancelled, ReasonBuyer), "finn", errs.KindInternal},
		{"given back, to the same buyer", of(StatusCancelled, ReasonBuyer), "mara", errs.KindInternal},
		{"run out of time", of(StatusCancelled, ReasonExpired), "finn", errs.KindInternal},
		{"held by somebody else", of(StatusCreated, ""), "finn", errs.KindConflict},
		{"held by the buyer", of(StatusCreated, ""), "mara", errs.KindConflict},
		{"sold", of(StatusComplete, ""), "finn", errs.KindConflict},
		{"sold to the buyer", of(StatusComplete, ""), "mara", errs.KindConflict},
		{"the buyer's own", nil, "sam", errs.KindForbidden},
		{"the buyer's own, held", of(StatusCreated, ""), "sam", errs.KindForbidden},
		{"the buyer's own, sold", of(StatusComplete, ""), "sam", errs.KindForbidden},
	} {
		ticket := Ticket{Listing: Listing{ID: "t", SellerID: "sam"}, Order: row.slot}
		err := ticket.offered(row.buyer, placedAt)
		assert.Equal(t, row.want, errs.KindOf(err), "%s: %v", row.name, err)
		assert.Equal(t, row.want == errs.KindInternal, err == nil, "%s: %v", row.name, err)
	}
}

func TestPlacingCountsTheOrdersOfATicket(t *testing.T) {
	var ticket Ticket
	ticket.learn(snapshotOf(4), placedAt)
	for n := int64(1); n <= 3; n++ {
		now := placedAt.Add(time.Duration(n) * time.Hour)
		ticket.place("o", "mara", now, time.Minute)
		assert.Equal(t, &Order{
			ID: "o", Version: 1, Sequence: n, Status: StatusCreated, BuyerID: "mara",
			CreatedAt: now, ExpiresAt: now.Add(time.Minute), Ticket: ticket.Listing,
		}, ticket.Order)
		assert.True(t, ticket.holds("o"))
		assert.False(t, ticket.holds("another"))
		_, err := ticket.Order.cancel(now)
		require.NoError(t, err)
	}
}

func TestTicketThatCannotBeRight(t *testing.T) {
	good := snapshotOf(1)
	good.ID = ids.New()
	require.NoError(t, checkTicket(good))
	free := good
	free.Price = 0
	require.NoError(t, checkTicket(free))

	for name, spoil := range map[string]func(*events.Ticket){
		"no id":          func(s *events.Ticket) { s.ID = "" },
		"an id with ||":  func(s *events.Ticket) { s.ID = "a||b" },
		"no version":     func(s *events.Ticket) { s.Version = 0 },
		"no title":       func(s *events.Ticket) { s.Title = "" },
		"negative price": func(s *events.Ticket) { s.Price = -1 },
		"no currency":    func(s *events.Ticket) { s.Currency = "" },
		"no seller":      func(s *events.Ticket) { s.SellerID = "" },
	} {
		bad := good
		spoil(&bad)
		assert.True(t, errs.Is(checkTicket(bad), errs.KindInvalid), name)
	}
}
