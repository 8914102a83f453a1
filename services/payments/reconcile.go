package payments

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"sync"
	"time"

	"ticketx/kit/errs"
	"ticketx/kit/events"
	"ticketx/kit/state"
)

const (
	// patience is how long a payment may stay as it is before Reconcile looks.
	patience = 30 * time.Second
	// reconcilePage is how many payments are read at once.
	reconcilePage = 50
	// reconcilers is how many payments are looked at at the same moment.
	reconcilers = 8
	// farBack is where Reconcile begins when it never has.
	farBack = 24 * time.Hour
	// saidCauses is how many causes of failures are said; the others are counted.
	saidCauses = 5
	// settled is when nobody adds to an hour any more that is over.
	settled = 5 * time.Minute
)

// checkpoint is the document reconciliation:checkpoint: every payment that was
// opened before the hour is settled, or stands in a later hour as well.
type checkpoint struct {
	Hour string `json:"hour"`
	// Told is the walk through what the processor has told.
	Told toldWalk `json:"told,omitzero"`
}

const checkpointID = "checkpoint"

// Reconciliation is what came of looking at payments that stay open.
type Reconciliation struct {
	Looked  int      `json:"looked"`
	Waiting int      `json:"waiting"` // as the processor says, or not due yet
	Failed  int      `json:"failed"`  // could not be looked at
	Mended  []Mended `json:"mended,omitempty"`
	// Stuck is the money that does not go back: somebody has to look why.
	Stuck []Stuck `json:"stuck,omitempty"`
	// Causes say why something could not be looked at, for some of those.
	Causes []string `json:"causes,omitempty"`
	// Next is where to go on, and empty at the end.
	Next string `json:"next,omitempty"`
}

// Mended is a payment that the processor knew more of.
type Mended struct {
	OrderID string `json:"orderId"`
	From    Status `json:"from"`
	To      Status `json:"to"`
}

// Stuck is money that could not be given back so far.
type Stuck struct {
	OrderID string `json:"orderId"`
	// Code is why the processor refuses it, in its word for machines. Empty: it has
	// taken each try, and the bank has sent each back.
	Code  string `json:"code,omitempty"`
	Tries int64  `json:"tries"`
	// Next is when it is tried again by itself. Zero: when somebody asks for it.
	Next time.Time `json:"next,omitzero"`
}

// stuck says how the money stands of a payment whose refund is stuck.
func (p *Payment) stuck() Stuck {
	s := Stuck{OrderID: p.Order.ID, Code: p.Refund.Code, Tries: p.Refund.Number}
	if !p.refundIsLost() { // the next one is still to be made
		s.Tries, s.Next = s.Tries-1, p.Refund.restsUntil()
	}
	return s
}

// fail counts something that could not be looked at, and says why.
func (r *Reconciliation) fail(what string, err error) {
	r.Failed++
	if len(r.Causes) < saidCauses {
		r.Causes = append(r.Causes, what+": "+err.Error())
	}
}

// count counts a look at a payment.
func (r *Reconciliation) count(counts *Counts, before, after Payment, err error) {
	r.Looked = 1
	switch {
	case err != nil:
		r.fail("order "+before.Order.ID, err)
		counts.reconciled.WithLabelValues("failed").Inc()
	case after.Version != before.Version && !after.refundIsStuck():
		r.Mended = []Mended{{OrderID: before.Order.ID, From: before.Status, To: after.Status}}
		counts.reconciled.WithLabelValues("mended").Inc()
	default:
		counts.reconciled.WithLabelValues("waiting").Inc()
	}
}

func (r *Reconciliation) add(other Reconciliation) {
	r.Looked += other.Looked
	r.Waiting += other.Waiting
	r.Failed += other.Failed
	r.Mended = append(r.Mended, other.Mended...)
	r.Stuck = append(r.Stuck, other.Stuck...)
	r.Causes = append(r.Causes, other.Causes[:min(len(other.Causes), saidCauses-len(r.Causes))]...)
	r.Next = other.Next
}

// round is one walk through the lists.
type round struct {
	patience time.Duration
	// pass is called when an hour that is over has been walked to its end.
	pass func(context.Context, hour) error
	// looked are the orders that have been looked at: one may stand in several lists.
	looked map[string]bool
}

// first reports whether the order is still to be looked at, and takes it that it is.
func (w *round) first(orderID string) bool {
	known := w.looked[orderID]
	w.looked[orderID] = true
	return !known
}

// Reconcile asks the processor about every payment that stays open beyond its
// time, and mends it as a webhook would have; with the time that is left it takes in
// what the processor has told. It goes on until ctx ends; what it did not get to, the
// next one does. Two at the same moment are harmless.
func (s *Service) Reconcile(ctx context.Context) (total Reconciliation, err error) {
	c, _, err := s.checkpoints.Load(ctx, checkpointID)
	if err != nil {
		return total, err
	}
	walk := &round{patience: patience, pass: s.pass, looked: make(map[string]bool)}
	for next := s.start(c); next != "" && ctx.Err() == nil; {
		page, err := s.reconcilePage(ctx, next, walk)
		total.add(page)
		if err != nil && ctx.Err() == nil {
			return total, err
		}
		next = page.Next
	}
	for more := true; more && ctx.Err() == nil; {
		var page Reconciliation
		page, more, err = s.reconcileNextTold(ctx)
		total.add(page)
		if err != nil && ctx.Err() == nil {
			return total, err
		}
	}
	return total, nil
}

// ReconcilePage is one step of Reconcile for somebody who does not want to wait
// until a payment is overdue, nor until a refund that was refused is tried again. It
// begins where next says, or at the start, with what the processor has told. The
// checkpoint stays: whether all pages of an hour are walked only Reconcile knows.
func (s *Service) ReconcilePage(ctx context.Context, next string) (Reconciliation, error) {
	after, told := strings.CutPrefix(next, toldFrom)
	if next != "" && !told {
		return s.reconcilePage(ctx, next, &round{
			pass: func(context.Context, hour) error { return nil }, looked: make(map[string]bool),
		})
	}
	c, _, err := s.checkpoints.Load(ctx, checkpointID)
	if err != nil {
		return Reconciliation{}, err
	}
	r, left, walked := s.reconcileTold(ctx, c.Told.since(s.now()), after)
	if left != "" && walked {
		r.Next = toldFrom + left
		return r, nil
	}
	r.Next = s.start(c)
	return r, nil
}

// reconcilePage looks at a page of the payments that were opened in one hour. When
// an hour that is over has been walked to its end, what is still open in it has been
// put down in the present hour, and may be passed.
func (s *Service) reconcilePage(ctx context.Context, from string, walk *round) (r Reconciliation, err error) {
	h, position, err := parsePlace(from)
	if err != nil {
		return r, err
	}
	ids, left, err := s.hints.open.Before(ctx, h.String(), position, reconcilePage)
	if err != nil {
		return r, err
	}
	found, err := s.payments.LoadMany(ctx, ids...)
	if err != nil {
		return r, err
	}
	over := s.now().After(h.end().Add(settled))
	var mu sync.Mutex
	var all []error
	var looks []func()
	for i, p := range found {
		look := s.reconcileOne
		switch {
		case p == nil:
			p, look = &Payment{Order: events.Order{ID: ids[i]}}, s.reconcileUnbegun
		case p.Status == StatusNone:
			look = s.reconcileUnbegun
		case !p.unsettled():
			continue
		}
		if !walk.first(ids[i]) {
			continue
		}
		looks = append(looks, func() {
			one, err := look(ctx, *p, over, walk.patience)
			mu.Lock()
			defer mu.Unlock()
			r.add(one)
			all = append(all, err)
		})
	}
	atOnce(looks)
	if err := errors.Join(all...); err != nil {
		return r, err
	}
	switch present := hourOf(s.now()); {
	case left > 0:
		r.Next = h.String() + "@" + strconv.Itoa(left)
	case time.Time(h).Before(time.Time(present)):
		r.Next = h.next().String()
		if over {
			err = walk.pass(ctx, h)
		}
	}
	return r, err
}

// atOnce runs all, reconcilers of them at the same moment.
func atOnce(all []func()) {
	var running sync.WaitGroup
	places := make(chan struct{}, reconcilers)
	for _, one := range all {
		places <- struct{}{}
		running.Go(func() {
			defer func() { <-places }()
			one()
		})
	}
	running.Wait()
}

// reconcileOne has one payment be as the processor shows it. Where its hour is over
// and it is still open, it is put down in the present one.
func (s *Service) reconcileOne(ctx context.Context, p Payment, over bool, patience time.Duration) (r Reconciliation, err error) {
	after := p
	if patience == 0 && p.refundIsStuck() { // somebody asks, who may have seen to what is in the way of a refund
		if after, err = s.change(ctx, p, func(p *Payment) bool { return p.hurry(s.now()) }); err != nil {
			return r, err
		}
	}
	if after.overdue(s.now(), patience) {
		seen, err := s.mend(ctx, after)
		r.count(s.counts, p, seen, err)
		if err == nil {
			after = seen
		}
	}
	if after.refundIsStuck() {
		r.Stuck = []Stuck{after.stuck()}
		s.counts.reconciled.WithLabelValues("stuck").Inc()
	}
	if !after.unsettled() {
		return r, nil
	}
	if r.Failed == 0 {
		r.Waiting = 1
	}
	if over {
		err = s.hints.owe(ctx, p.Order.ID)
	}
	return r, err
}

// mend has the payment be as the processor shows it, and sees to what that asks
// for. Of a live order nothing is charged behind its buyer's back: an attempt that
// was left behind is only looked at.
func (s *Service) mend(ctx context.Context, p Payment) (Payment, error) {
	var err error
	if p.live(s.now()) {
		p, err = s.look(ctx, p)
	} else {
		p, err = s.end(ctx, p)
	}
	if err == nil && p.Dispute != nil && !p.Dispute.decided() {
		p, err = s.lookAtDispute(ctx, p)
	}
	if err != nil {
		return p, err
	}
	return s.giveBack(ctx, p)
}

func (s *Service) lookAtDispute(ctx context.Context, p Payment) (Payment, error) {
	d, _, err := s.processor.Dispute(ctx, p.Dispute.ID)
	if err != nil {
		return p, fmt.Errorf("look at the dispute of order %s: %w", p.Order.ID, err)
	}
	return s.change(ctx, p, func(p *Payment) bool { return p.dispute(d, s.now()) })
}

// start is where to begin.
func (s *Service) start(c checkpoint) string {
	return cmp.Or(c.Hour, hourOf(s.now().Add(-farBack)).String())
}

// parsePlace reads where to go on: an hour, and a position in it.
func parsePlace(from string) (h hour, position int, err error) {
	name, at, inside := strings.Cut(from, "@")
	h, err = parseHour(name)
	position = -1
	if err == nil && inside {
		position, err = strconv.Atoi(at)
	}
	if err != nil || position == 0 || position < -1 {
		return h, 0, errs.Invalid("from", "Must come from an earlier answer.")
	}
	return h, position, nil
}

// pass moves the checkpoint past an hour, and never back.
func (s *Service) pass(ctx context.Context, h hour) error {
	_, err := s.checkpoints.Update(ctx, checkpointID, func(c *checkpoint, _ bool) error {
		if next := h.next().String(); c.Hour < next { // the names are in the order of time
			c.Hour = next
			return nil
		}
		return state.ErrUnchanged
	})
	return err
}
