package payments

import (
	"context"
	"errors"
	"fmt"
	"time"

	"ticketx/kit/aggregate"
	"ticketx/kit/errs"
	"ticketx/kit/events"
	"ticketx/kit/ids"
	"ticketx/kit/state"
)

const (
	// payTimeout bounds the processor's part of one request to pay. It is
	// shorter than lease, so that whoever holds an attempt is done with it
	// before somebody else may take it over.
	payTimeout = 20 * time.Second
	// payRounds bounds how often a request to pay starts over after it has
	// finished what others left behind.
	payRounds = 3
)

// Orders asks the orders service for orders that payments has not heard of.
type Orders interface {
	// Order returns the order's snapshot, or errs.KindNotFound.
	Order(ctx context.Context, orderID string) (events.Order, error)
	// AwaitPayment has the order wait for its payment and returns it as it is
	// then. It is errs.KindConflict when the order can't be paid, and may be
	// called again.
	AwaitPayment(ctx context.Context, orderID string) (events.Order, error)
	// OrderIDs returns the ids of a page of orders, the newest of each ticket,
	// and the position to go on from, 0 at the end. A negative position is the
	// start. It reads at most limit tickets.
	OrderIDs(ctx context.Context, position, limit int) (ids []string, next int, err error)
}

// ErrKeySpent says that the processor keeps a failure for what was asked under a
// number, and that nothing was done that anybody could use: ask under the next.
var ErrKeySpent = errors.New("payments: the processor keeps a failure under this number")

// ErrNothingLeft says that all that an intent has charged is back or on its way, by
// which refunds Refunds shows.
var ErrNothingLeft = errors.New("payments: nothing is left to be given back")

// ErrDisputed says that nothing can be given back, because the card's owner has
// asked their bank for it: DisputeOf shows how that stands.
var ErrDisputed = errors.New("payments: the card's owner has asked their bank for the money")

// RefusalError says that the processor refuses what was asked under a number, now and
// whenever it is asked again. Nothing was done. Another number may fare better, once
// somebody has seen to what is in the way.
type RefusalError struct {
	Code string // why, in the processor's word for machines
}

// Error implements error.
func (e *RefusalError) Error() string { return "payments: the processor refuses: " + e.Code }

// Processor moves the money. Every call may be made again with the same
// arguments and then does nothing new. Something that it does not know is
// errs.KindNotFound.
//
// An errs.KindPaymentRequired, and an errs.KindInvalid for the token, say for
// certain that nothing was charged. Any other error leaves open what has
// happened: call again to find out.
type Processor interface {
	// Create opens an intent of the order, for the price of its ticket. There is
	// one for each number. It may be ErrKeySpent.
	Create(ctx context.Context, o events.Order, number int64) (Intent, error)

	// Confirm charges the intent to the card that token stands for, or finds
	// that the intent has ended already.
	Confirm(ctx context.Context, c Confirmation) (Intent, error)

	// Intent shows the intent as it is.
	Intent(ctx context.Context, intentID string) (Intent, error)

	// Cancel ends the intent for good, or shows why it can't be.
	Cancel(ctx context.Context, intentID string) (Intent, error)

	// Refund gives back what is left of what the intent charged. There is one
	// refund for each number. It may be ErrKeySpent, ErrNothingLeft, ErrDisputed
	// and a RefusalError.
	Refund(ctx context.Context, orderID, intentID string, number int64) (MadeRefund, error)

	// Refunds shows all refunds of the intent as they are, those by hand too.
	Refunds(ctx context.Context, intentID string) ([]MadeRefund, error)

	// MadeRefund shows the refund as it is.
	MadeRefund(ctx context.Context, refundID string) (MadeRefund, error)

	// Dispute shows the dispute as it is, and the intent that it is about.
	Dispute(ctx context.Context, disputeID string) (d Dispute, intentID string, err error)

	// DisputeOf shows the newest dispute about the intent.
	DisputeOf(ctx context.Context, intentID string) (Dispute, error)

	// Told returns at most limit notices of refunds and disputes that the processor has
	// made since a time, the newest first, whoever has heard them. They are those that
	// come after the one with the id, or the newest where that is empty. last is the id
	// of the last of them, and more says whether there are more.
	Told(ctx context.Context, since time.Time, after string, limit int) (told []Notice, last string, more bool, err error)
}

// Confirmation is one attempt to charge an intent.
type Confirmation struct {
	OrderID   string
	IntentID  string
	Attempt   int64
	Token     Token
	ReturnURL string
}

// Service is what can be done with payments. It is safe for concurrent use.
type Service struct {
	payments  *aggregate.Repository[Payment]
	hints     *hints
	orders    Orders
	processor Processor
	now       func() time.Time
	glances   glances
	counts    *Counts
	// checkpoints has one document, by which Reconcile knows where to begin.
	checkpoints *state.Collection[checkpoint]
}

// NewService returns the payments of the store, announced through outbox and
// charged by processor.
func NewService(store state.Store, outbox *aggregate.Outbox, orders Orders, processor Processor, now func() time.Time) *Service {
	utc := func() time.Time { return now().UTC() }
	return &Service{
		payments:  newRepository(store, outbox),
		hints:     newHints(store, utc),
		orders:    orders,
		processor: processor,
		now:       utc,
		counts:    newCounts(),

		checkpoints: state.NewCollection[checkpoint](store, "reconciliation"),
	}
}

// Counts returns what the service counts, for the page of metrics.
func (s *Service) Counts() *Counts { return s.counts }

// Pay charges the order to the card that token stands for and returns the
// payment's id. However often and by however many it is called, an order is
// charged at most once: a paid order answers with the same id again. returnURL is
// where the card's owner is led back to when they have to consent, or empty.
//
// It is PaymentRequired when the card was declined or its owner has to consent,
// Invalid for token when it names no card, NotFound, Forbidden for somebody else's
// order, Conflict when the order is not live or costs what no card can be charged, and Unavailable when it could not be
// found out what happened; then the attempt stays open and the next call finds out.
//
// Of calls at the same moment one charges. The others wait for what comes of it
// and answer the same, a decline included: they do not charge another card
// behind the back of somebody who has just been told of the first. A call that
// finishes an attempt left behind by an earlier one, and finds it declined, goes
// on with its own token if that is another.
func (s *Service) Pay(ctx context.Context, buyer, orderID string, token Token, returnURL string) (paymentID string, err error) {
	for range payRounds {
		claimed, next, err := s.claim(ctx, orderID, wish{buyer: buyer, token: token, returnURL: returnURL})
		if err != nil {
			return "", err
		}
		p, err := s.take(ctx, claimed, next)
		if err != nil {
			return "", err
		}
		left := next == turnFinish || next == turnLook && p.Status != StatusProcessing
		if left && !p.paid() && claimed.Attempt.Token != token {
			continue
		}
		return p.ID, p.answer(claimed.Attempt.Number)
	}
	return "", errPending
}

// Checkout is what a browser needs to pay by itself.
type Checkout struct {
	ClientSecret Secret
	Order        events.Order
}

// Checkout opens the payment for the buyer's browser, or finds it open: whatever
// is clicked, there is one intent that can be charged. The errors are those of
// Pay; an order that is paid is a Conflict.
func (s *Service) Checkout(ctx context.Context, buyer, orderID string) (Checkout, error) {
	for range payRounds {
		claimed, next, err := s.claim(ctx, orderID, wish{buyer: buyer})
		if err != nil {
			return Checkout{}, err
		}
		if next != turnCharge {
			p, err := s.take(ctx, claimed, next)
			switch {
			case err != nil:
				return Checkout{}, err
			case p.paid():
				return Checkout{}, errs.Conflict("The order is already paid.")
			case p.Status == StatusProcessing:
				return Checkout{}, errs.Conflict("A payment is just being made.")
			case !p.open():
				return Checkout{}, p.answer(claimed.Attempt.Number)
			}
			continue
		}
		p, err := s.create(ctx, claimed)
		if err != nil {
			return Checkout{}, err
		}
		if p.IntentID == "" { // it could not be, or the order was closed meanwhile
			return Checkout{}, p.answer(claimed.Attempt.Number)
		}
		i, err := s.processor.Intent(ctx, p.IntentID)
		if err != nil {
			return Checkout{}, fmt.Errorf("look at the intent of order %s: %w", orderID, err)
		}
		if p, err = s.change(ctx, p, func(p *Payment) bool { return p.see(i, s.now()) }); err != nil {
			return Checkout{}, err
		}
		if p.IntentID == i.ID && (i.State == IntentOpen || i.State == IntentRequiresAction) {
			return Checkout{ClientSecret: i.ClientSecret, Order: p.Order}, nil
		}
	}
	return Checkout{}, errPending
}

// take does what the turn is and returns the payment as it is then.
func (s *Service) take(ctx context.Context, claimed Payment, next turn) (Payment, error) {
	switch next {
	case turnPaid:
		// Whoever charged may have died before it could tell.
		s.payments.Announce(ctx, claimed)
		return claimed, nil
	case turnWait:
		return s.await(ctx, claimed)
	case turnLook:
		return s.look(ctx, claimed)
	default:
		return s.work(ctx, claimed)
	}
}

// claim opens or takes over an attempt, or finds that neither is needed, by one
// guarded write. Before an attempt is opened there are hints of it, and orders has
// the order wait for its payment.
func (s *Service) claim(ctx context.Context, orderID string, w wish) (p Payment, next turn, err error) {
	known, err := s.known(ctx, orderID)
	if err != nil {
		return p, 0, err
	}
	order := known.Order
	_, begins, err := known.claim(w, s.now())
	if err != nil {
		return known, 0, err
	}
	ready := false
	for {
		if begins {
			if order, err = s.prepare(ctx, order); err != nil {
				return p, 0, err
			}
			ready = true
		}
		p, err = s.payments.Update(ctx, orderID, func(p *Payment, _ bool) (err error) {
			learned := p.learn(order)
			before := p.Attempt
			if next, begins, err = p.claim(w, s.now()); err != nil {
				return err
			}
			if begins && !ready || p.Attempt == before && !learned {
				return state.ErrUnchanged
			}
			return nil
		})
		if err != nil || !begins || ready {
			return p, next, err
		}
	}
}

// known returns the payment with a copy of its order, for which orders is asked
// where there is none yet.
func (s *Service) known(ctx context.Context, orderID string) (Payment, error) {
	p, _, err := s.payments.Load(ctx, orderID)
	if err != nil || p.Order.ID != "" {
		return p, err
	}
	o, err := s.orders.Order(ctx, orderID)
	if err != nil {
		return p, fmt.Errorf("ask for order %s: %w", orderID, err)
	}
	p.learn(o)
	return p, nil
}

// prepare does what comes before an attempt: the hints of it, and that orders has
// the order wait. It returns the order as orders has it.
func (s *Service) prepare(ctx context.Context, o events.Order) (events.Order, error) {
	if err := s.hints.leave(ctx, o.ID, o.BuyerID); err != nil {
		return o, err
	}
	awaiting, err := s.orders.AwaitPayment(ctx, o.ID)
	if !errs.Is(err, errs.KindConflict) {
		return awaiting, err
	}
	// Orders says no, and Dapr lets no more of it through. The order says why.
	if o, askErr := s.orders.Order(ctx, o.ID); askErr == nil {
		return o, (&Payment{Order: o}).notPayable()
	}
	return o, err
}

// work settles the payment for the caller who holds its attempt. Once begun it
// goes on whether or not the caller still listens; when it fails, the next one
// need not wait until the hold is over.
func (s *Service) work(ctx context.Context, claimed Payment) (Payment, error) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), payTimeout)
	defer cancel()
	p, err := s.finish(ctx, claimed)
	if err != nil {
		// Should this fail as well, the attempt is free when the hold is over.
		_, _ = s.change(ctx, claimed, func(p *Payment) bool { return p.release(claimed.Attempt) })
	}
	return p, err
}

// OrderChanged takes over what orders says of an order. What is not newer than
// what is known is ignored, but what it asks for is still seen to, because it
// may come again after a crash: the money of a cancelled order is given back,
// and what is still open with the processor is cancelled first. It fails, to be
// called again, until that is owed for certain. What the processor can't or won't do
// at the moment is left to Reconcile, because other orders' news wait behind it.
func (s *Service) OrderChanged(ctx context.Context, o events.Order) error {
	if !ids.Valid(o.ID) || !ids.Valid(o.Ticket.ID) || o.Version < 1 || o.BuyerID == "" || o.ExpiresAt.IsZero() {
		return errs.Invalid("data", "An order needs an id, a ticket, a version, a buyer and an end.")
	}
	known := false
	p, err := s.payments.Update(ctx, o.ID, func(p *Payment, _ bool) error {
		if known = !p.learn(o); known {
			return state.ErrUnchanged
		}
		return nil
	})
	if err != nil || p.Order.Status != orderCancelled {
		return err
	}
	if p, err = s.owe(ctx, p); err != nil {
		return err
	}
	p = briefly(ctx, p, s.finish)
	if known {
		s.payments.Announce(ctx, p) // the event came again: perhaps after a crash before this was told
	}
	return nil
}
