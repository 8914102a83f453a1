package orders

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"ticketx/kit/errs"
	"ticketx/kit/events"
)

var (
	placedAt = time.Date(2026, 5, 4, 12, 0, 0, 0, time.UTC)
	endsAt   = placedAt.Add(15 * time.Minute)
)

// inState returns an order in each state it can be in.
func inState(s Status, r Reason) Order {
	o := Order{
		ID: "o", Version: 1, Sequence: 3, Status: StatusCreated, BuyerID: "mara",
		CreatedAt: placedAt, ExpiresAt: endsAt, Ticket: Listing{ID: "t", SellerID: "sam"},
	}
	switch s {
	case StatusCreated:
	case StatusAwaitingPayment:
		o.awaitSince(placedAt.Add(time.Second))
	default:
		o.close(s, r, placedAt.Add(time.Minute))
	}
	return o
}

// move is one transition at one moment.
type move func(o *Order, now time.Time) (changed bool, err error)

var (
	cancel   move = (*Order).cancel
	expire   move = func(o *Order, now time.Time) (bool, error) { return o.expire(now), nil }
	await    move = (*Order).await
	complete move = func(o *Order, now time.Time) (bool, error) { return o.complete(now), nil }
)

func TestOpenOrderMoves(t *testing.T) {
	for _, row := range []struct {
		name   string
		move   move
		at     time.Time
		status Status
		reason Reason
	}{
		{"cancelled in time", cancel, endsAt.Add(-1), StatusCancelled, ReasonBuyer},
		{"cancelled when its time is over", cancel, endsAt, StatusCancelled, ReasonExpired},
		{"expired when its time is over", expire, endsAt, StatusCancelled, ReasonExpired},
		{"expired long after", expire, endsAt.Add(time.Hour), StatusCancelled, ReasonExpired},
		{"completed in time", complete, endsAt.Add(-1), StatusComplete, ""},
		{"completed when its time is over", complete, endsAt.Add(time.Hour), StatusComplete, ""},
	} {
		t.Run(row.name, func(t *testing.T) {
			o := inState(StatusCreated, "")
			require.False(t, o.Closed())

			changed, err := row.move(&o, row.at)

			require.NoError(t, err)
			assert.True(t, changed)
			want := inState(StatusCreated, "")
			want.Status, want.Reason, want.ClosedAt, want.Version = row.status, row.reason, &row.at, 2
			assert.Equal(t, want, o)
			assert.True(t, o.Closed())
		})
	}
}

func TestOpenOrderDoesNotExpireBeforeItsTime(t *testing.T) {
	o := inState(StatusCreated, "")
	assert.False(t, o.expire(endsAt.Add(-1)))
	assert.Equal(t, inState(StatusCreated, ""), o)
}

func TestClosedOrderNeverMoves(t *testing.T) {
	for _, end := range []struct {
		status Status
		reason Reason
	}{
		{StatusCancelled, ReasonBuyer},
		{StatusCancelled, ReasonExpired},
		{StatusCancelled, ReasonPaymentFailed},
		{StatusComplete, ""},
	} {
		for name, move := range map[string]move{"cancel": cancel, "expire": expire, "complete": complete, "await": await} {
			for _, now := range []time.Time{placedAt, endsAt, endsAt.Add(time.Hour)} {
				o := inState(end.status, end.reason)
				changed, err := move(&o, now)

				assert.False(t, changed, "%s of %s order", name, end.status)
				assert.Equal(t, inState(end.status, end.reason), o, "%s of %s order", name, end.status)
				if name == "await" || name == "cancel" && end.status == StatusComplete {
					assert.Equal(t, errs.KindConflict, errs.KindOf(err), "the money has moved: %v", err)
				} else {
					assert.NoError(t, err, "%s of %s order", name, end.status)
				}
				assert.Equal(t, o, o.At(now), "closed is closed, whoever looks")
			}
		}
	}
}

func TestOrderAt(t *testing.T) {
	o := inState(StatusCreated, "")

	assert.Equal(t, o, o.At(endsAt.Add(-1)), "there is time left")

	seen := o.At(endsAt.Add(time.Hour))
	want := inState(StatusCreated, "")
	want.Status, want.Reason, want.ClosedAt, want.Version = StatusCancelled, ReasonExpired, &endsAt, 2
	assert.Equal(t, want, seen, "it ended when its time was over, not when somebody looked")
	assert.Equal(t, inState(StatusCreated, ""), o, "looking changes nothing")
}

func TestAwaitingPayment(t *testing.T) {
	for _, now := range []time.Time{placedAt, endsAt.Add(-1)} {
		o := inState(StatusCreated, "")
		changed, err := o.await(now)
		require.NoError(t, err)
		assert.True(t, changed)
		want := inState(StatusCreated, "")
		want.Status, want.AwaitingSince, want.Version = StatusAwaitingPayment, &now, 2
		assert.Equal(t, want, o)

		changed, err = o.await(now)
		require.NoError(t, err)
		assert.False(t, changed, "it is begun")
		assert.Equal(t, want, o)
	}
	for _, s := range []Status{StatusCreated, StatusAwaitingPayment} {
		late := inState(s, "")
		_, err := late.await(endsAt)
		assert.Equal(t, errs.KindConflict, errs.KindOf(err), "nothing is charged when its time is over: %v", err)
		assert.Equal(t, inState(s, ""), late)
	}
}

// Only payments ends an order that awaits its payment, whatever time it is.
func TestAwaitingOrdersEndAsPaymentsSays(t *testing.T) {
	early, late := endsAt.Add(-1), endsAt.Add(time.Hour)
	for _, now := range []time.Time{early, late} {
		o := inState(StatusAwaitingPayment, "")
		changed, err := o.cancel(now)
		require.ErrorIs(t, err, errUnsettled)
		assert.False(t, changed)
		assert.False(t, o.expire(now))
		assert.Equal(t, o, o.At(now))
		assert.False(t, o.settled(Settlement{Outcome: OutcomePending}, ReasonExpired, now))
		assert.False(t, o.settled(Settlement{Outcome: "unheard of"}, ReasonExpired, now))
		assert.Equal(t, inState(StatusAwaitingPayment, ""), o)
		assert.Equal(t, now.Equal(late), o.unsettled(now))
	}
	for _, row := range []struct {
		settlement Settlement
		at         time.Time
		status     Status
		reason     Reason
	}{
		{Settlement{Outcome: OutcomeSucceeded}, early, StatusComplete, ""},
		{Settlement{Outcome: OutcomeSucceeded}, late, StatusComplete, ""},
		{Settlement{Outcome: OutcomeCancelled}, early, StatusCancelled, ReasonBuyer},
		{Settlement{Outcome: OutcomeCancelled, Failed: true}, early, StatusCancelled, ReasonBuyer},
		{Settlement{Outcome: OutcomeCancelled}, late, StatusCancelled, ReasonExpired},
		{Settlement{Outcome: OutcomeCancelled, Failed: true}, late, StatusCancelled, ReasonPaymentFailed},
	} {
		o := inState(StatusAwaitingPayment, "")
		require.True(t, o.settled(row.settlement, ReasonBuyer, row.at))
		want := inState(StatusAwaitingPayment, "")
		want.Status, want.Reason, want.ClosedAt, want.Version = row.status, row.reason, &row.at, 3
		assert.Equal(t, want, o)
		assert.False(t, o.settled(row.settlement, ReasonBuyer, row.at), "closed is closed")
		assert.Equal(t, want, o)
	}
	created := inState(StatusCreated, "")
	assert.False(t, created.settled(Settlement{Outcome: OutcomeCancelled}, ReasonBuyer, late), "no payment was begun")
}

func TestClosingTimeIsUTC(t *testing.T) {
	o := inState(StatusCreated, "")
	o.complete(placedAt.In(time.FixedZone("east", 3600)))
	assert.Equal(t, time.UTC, o.ClosedAt.Location())
	assert.Equal(t, placedAt, *o.ClosedAt)
}

func TestSnapshotsSayWhatHappened(t *testing.T) {
	assert.Empty(t, snapshots(Ticket{}), "a ticket without an order is not news of ours")

	for _, row := range []struct {
		order     Order
		eventType string
		id        string
		at        time.Time
	}{
		{inState(StatusCreated, ""), events.OrderCreated, "order:o:1", placedAt},
		{inState(StatusAwaitingPayment, ""), events.OrderAwaitingPayment, "order:o:2", placedAt.Add(time.Second)},
		{inState(StatusCancelled, ReasonBuyer), events.OrderCancelled, "order:o:2", placedAt.Add(time.Minute)},
		{inState(StatusComplete, ""), events.OrderCompleted, "order:o:2", placedAt.Add(time.Minute)},
	} {
		told := snapshots(Ticket{Order: &row.order})
		require.Len(t, told, 1)
		assert.Equal(t, row.eventType, told[0].Type)
		assert.Equal(t, row.id, told[0].ID)
		assert.Equal(t, events.TopicOrders, told[0].Topic)
		assert.Equal(t, row.at, told[0].Time)
	}
}

func TestSnapshotCarriesTheWholeOrder(t *testing.T) {
	closed := placedAt.Add(time.Minute)
	o := inState(StatusCancelled, ReasonBuyer)
	details := events.Details{StartsAt: endsAt, TimeZone: "Europe/Berlin", Venue: "Arena", Row: "3", Quantity: 2}
	o.Ticket = Listing{ID: "t", Version: 7, Title: "Front row", Price: 2550, Currency: "eur", SellerID: "sam", Details: details}
	assert.Equal(t, events.Order{
		ID: "o", Version: 2, Sequence: 3, Status: "cancelled", Reason: "buyer", BuyerID: "mara",
		CreatedAt: placedAt, ExpiresAt: endsAt, ClosedAt: &closed,
		Ticket: events.OrderTicket{ID: "t", Title: "Front row", Price: 2550, Currency: "eur", SellerID: "sam", Details: details},
	}, o.Snapshot())
}
