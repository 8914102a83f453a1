package payments

import (
	"context"
	"errors"
	"time"

	"ticketx/kit/state"
)

// hints are the indexes that lead to payments. They are written before an attempt
// is opened, so they may name a payment that never came to be, and miss none.
type hints struct {
	of   *state.Index // by buyer
	open *state.Index // by the hour in which a payment was opened, for Reconcile
	now  func() time.Time
}

func newHints(store state.Store, now func() time.Time) *hints {
	return &hints{of: state.NewIndex(store, "payments-of"), open: state.NewIndex(store, "open-since"), now: now}
}

// leave says that an attempt is about to be opened.
func (h *hints) leave(ctx context.Context, orderID, buyer string) error {
	return errors.Join(h.owe(ctx, orderID), h.of.Add(ctx, buyer, orderID))
}

// owe says that the payment of the order is about to be one that has to be followed.
func (h *hints) owe(ctx context.Context, orderID string) error {
	return h.open.Add(ctx, hourOf(h.now()).String(), orderID)
}

// hour is an hour of universal time, and the name of its list.
type hour time.Time

func hourOf(t time.Time) hour { return hour(t.UTC().Truncate(time.Hour)) }

// String names the list: "2026-11-27T04".
func (h hour) String() string { return time.Time(h).Format("2006-01-02T15") }

// next is the hour after h.
func (h hour) next() hour { return hour(time.Time(h).Add(time.Hour)) }

// end is when the hour is over.
func (h hour) end() time.Time { return time.Time(h.next()) }

func parseHour(text string) (hour, error) {
	t, err := time.Parse("2006-01-02T15", text)
	return hour(t), err
}
