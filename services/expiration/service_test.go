package expiration_test

import (
	"context"
	"encoding/json"
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"ticketx/kit/errs"
	"ticketx/kit/events"
	"ticketx/kit/ids"
	"ticketx/services/expiration"
)

// reminders keeps what is set, as Dapr does. It implements
// expiration.Reminders.
type reminders struct {
	set map[string]events.Expiration
	err error
}

func (r *reminders) Set(_ context.Context, e events.Expiration) error {
	if r.err == nil {
		r.set[e.OrderID] = e
	}
	return r.err
}

func (r *reminders) Remove(_ context.Context, orderID string) error {
	if r.err == nil {
		delete(r.set, orderID)
	}
	return r.err
}

// broker takes what is published. It implements expiration.Publisher.
type broker struct {
	taken []events.Event
	err   error
}

func (b *broker) Publish(_ context.Context, e events.Event) error {
	if b.err == nil {
		b.taken = append(b.taken, e)
	}
	return b.err
}

func newOrder(status string, version int64) events.Order {
	return events.Order{
		ID: ids.New(), Version: version, Sequence: 1, Status: status, BuyerID: "mara",
		ExpiresAt: time.Date(2026, 5, 4, 12, 15, 0, 0, time.UTC),
		Ticket:    events.OrderTicket{ID: ids.New()},
	}
}

func (r *reminders) assertSet(t *testing.T, o events.Order) {
	t.Helper()
	assert.Equal(t, map[string]events.Expiration{
		o.ID: {OrderID: o.ID, TicketID: o.Ticket.ID, ExpiresAt: o.ExpiresAt},
	}, r.set)
}

func TestFollow(t *testing.T) {
	for name, row := range map[string]struct {
		statuses []string
		reminded bool
	}{
		"live":                           {[]string{"created"}, true},
		"live, told again":               {[]string{"created", "created"}, true},
		"cancelled":                      {[]string{"created", "cancelled"}, false},
		"complete":                       {[]string{"created", "complete"}, false},
		"closed, told again":             {[]string{"created", "complete", "complete"}, false},
		"closed, never heard of before":  {[]string{"cancelled"}, false},
		"live in a way of a later time":  {[]string{"awaiting:payment"}, true},
		"live, told after it was closed": {[]string{"cancelled", "created"}, true}, // which ends with a message that changes nothing
	} {
		t.Run(name, func(t *testing.T) {
			kept := &reminders{set: make(map[string]events.Expiration)}
			s := expiration.NewService(kept, &broker{})
			o := newOrder("created", 1)
			for _, o.Status = range row.statuses {
				require.NoError(t, s.Follow(t.Context(), o))
			}
			if row.reminded {
				kept.assertSet(t, o)
			} else {
				assert.Empty(t, kept.set)
			}
		})
	}
}

func TestFollowFailsWithItsReminder(t *testing.T) {
	down := errs.Unavailable("The scheduler does not answer.", nil)
	kept := &reminders{set: make(map[string]events.Expiration), err: down}
	s := expiration.NewService(kept, &broker{})
	for _, status := range []string{"created", "cancelled", "complete"} {
		assert.ErrorIs(t, s.Follow(t.Context(), newOrder(status, 1)), down, "so that the event comes again")
	}
}

func TestTimeOver(t *testing.T) {
	o := newOrder("created", 1)
	e := events.Expiration{OrderID: o.ID, TicketID: o.Ticket.ID, ExpiresAt: o.ExpiresAt}
	told := &broker{err: errors.New("the broker is down")}
	s := expiration.NewService(&reminders{}, told)

	require.ErrorIs(t, s.TimeOver(t.Context(), e), told.err, "so that the reminder fires again")

	told.err = nil
	require.NoError(t, s.TimeOver(t.Context(), e))
	require.NoError(t, s.TimeOver(t.Context(), e))
	require.Len(t, told.taken, 2)
	assert.Equal(t, told.taken[0], told.taken[1], "the same fact has the same id")
	got := told.taken[0]
	assert.Equal(t, events.TopicExpirations, got.Topic)
	assert.Equal(t, events.ExpirationComplete, got.Type)
	assert.Equal(t, "expiration:"+o.ID+":1", got.ID)
	var data events.Expiration
	require.NoError(t, json.Unmarshal(got.Data, &data))
	assert.Equal(t, e, data)
}
