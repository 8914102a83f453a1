package orders_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"ticketx/kit/state"
	"ticketx/services/orders"
)

// ledger is a store that writes down every state of one ticket's document, in
// the order in which they came to be.
type ledger struct {
	state.Store
	ticketID string

	mu      sync.Mutex
	history []orders.Ticket
	closed  int // how many states there were when the ticket was said to be withdrawn; 0 when it was not
}

func (l *ledger) Write(ctx context.Context, key string, value []byte, etag string) error {
	if key != "ticket:"+l.ticketID {
		return l.Store.Write(ctx, key, value, etag)
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if err := l.Store.Write(ctx, key, value, etag); err != nil {
		return err
	}
	var doc orders.Ticket
	if err := json.Unmarshal(value, &doc); err != nil {
		return err
	}
	l.history = append(l.history, doc)
	return nil
}

// placed returns every order that came to be, oldest first, as it was last
// written.
func (l *ledger) placed() []orders.Order {
	l.mu.Lock()
	defer l.mu.Unlock()
	var all []orders.Order
	for _, doc := range l.history {
		switch {
		case doc.Order == nil:
		case len(all) > 0 && all[len(all)-1].ID == doc.Order.ID:
			all[len(all)-1] = *doc.Order
		default:
			all = append(all, *doc.Order)
		}
	}
	return all
}

// close writes down that nobody has the ticket, and that nobody will order it any
// more. It returns an error when somebody has it.
func (l *ledger) close() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	last := l.history[len(l.history)-1]
	if last.Order != nil && last.Order.Status != orders.StatusCancelled {
		return fmt.Errorf("withdrawn, and yet there is an order that is %s", last.Order.Status)
	}
	if l.closed == 0 {
		l.closed = len(l.history)
	}
	return nil
}

// audit returns an error when the ticket has ever moved in a way it must not.
func (l *ledger) audit() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	var before orders.Ticket
	for i, doc := range l.history {
		if err := lawful(before, doc); err != nil {
			return fmt.Errorf("write %d: %w\n%s", i+1, err, l)
		}
		if l.closed > 0 && i >= l.closed && doc.Order != nil && !doc.Order.Closed() {
			return fmt.Errorf("write %d: ordered after it was withdrawn\n%s", i+1, l)
		}
		before = doc
	}
	return nil
}

// lawful says what is wrong with one write of a ticket's document over another.
func lawful(before, after orders.Ticket) error {
	was, is := before.Order, after.Order
	switch {
	case after.Listing.Version < before.Listing.Version:
		return errors.New("an older listing has come back")
	case is == nil && was != nil:
		return errors.New("the order is gone")
	case is == nil:
		return nil
	case was == nil || was.ID != is.ID:
		return lawfulPlacing(was, is)
	case was.Version == is.Version:
		if was.Status != is.Status || !was.ExpiresAt.Equal(is.ExpiresAt) || was.BuyerID != is.BuyerID {
			return errors.New("the order has changed under its version")
		}
		return nil
	case was.Closed():
		return errors.New("a closed order has moved")
	case is.Version != was.Version+1 || is.Sequence != was.Sequence:
		return errors.New("version or sequence of the order are wrong")
	case is.Status == orders.StatusAwaitingPayment:
		if was.Status != orders.StatusCreated || is.AwaitingSince == nil || !is.AwaitingSince.Before(is.ExpiresAt) {
			return errors.New("the order awaits a payment that must not begin")
		}
		return nil
	case !is.Closed() || is.ClosedAt == nil:
		return errors.New("the order has a version that is neither its payment's begin nor its end")
	case (is.Reason == orders.ReasonExpired || is.Reason == orders.ReasonPaymentFailed) && is.ClosedAt.Before(is.ExpiresAt):
		return errors.New("the order has expired before its time")
	}
	return nil
}

func lawfulPlacing(was, is *orders.Order) error {
	sequence := int64(1)
	if was != nil {
		sequence = was.Sequence + 1
		if was.Status != orders.StatusCancelled {
			return fmt.Errorf("an order that was %s has been replaced", was.Status)
		}
	}
	if is.Status != orders.StatusCreated || is.Version != 1 || is.Sequence != sequence {
		return fmt.Errorf("a new order begins as %s, version %d, sequence %d", is.Status, is.Version, is.Sequence)
	}
	return nil
}

// String writes the history down, for people.
func (l *ledger) String() string {
	var b strings.Builder
	for i, doc := range l.history {
		fmt.Fprintf(&b, "%d: listing %d", i+1, doc.Listing.Version)
		if o := doc.Order; o != nil {
			fmt.Fprintf(&b, ", order %s of %s: %d/%d %s %s until %s", o.ID, o.BuyerID, o.Sequence, o.Version, o.Status, o.Reason, o.ExpiresAt.Format(time.TimeOnly))
		}
		b.WriteByte('\n')
	}
	return b.String()
}
