package standin

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"strings"
	"time"
)

// What happens without being asked for, some time after its cause.
const (
	dueIntent   = "payment" // a payment that is processing ends
	dueRefund   = "refund"  // a refund changes its state
	dueDispute  = "dispute" // the owner of a card disputes a charge
	dueDelivery = "delivery"
)

// task is one thing that is due.
type task struct {
	key  []byte
	at   time.Time
	kind string
	id   string
}

func dueKey(at time.Time, kind, id string) []byte {
	key := binary.BigEndian.AppendUint64(nil, uint64(at.UnixNano()))
	return append(key, kind+"/"+id...)
}

// readTask takes a key apart. It keeps no part of it, because bbolt's are gone
// with the transaction.
func readTask(key []byte) task {
	kind, id, _ := strings.Cut(string(key[8:]), "/")
	return task{
		key:  bytes.Clone(key),
		at:   time.Unix(0, int64(binary.BigEndian.Uint64(key))),
		kind: kind,
		id:   id,
	}
}

// schedule notes that something will happen, and survives a crash until then.
func (t *tx) schedule(at time.Time, kind, id string) error {
	if err := t.bucket(bucketDue).Put(dueKey(at, kind, id), nil); err != nil {
		return fmt.Errorf("schedule %s %s: %w", kind, id, err)
	}
	t.OnCommit(t.book.worker.wake)
	return nil
}

// later schedules what takes its time to happen.
func (t *tx) later(kind, id string) error {
	return t.schedule(t.now.Add(t.book.settings.Load().delay), kind, id)
}

func (t *tx) unschedule(at time.Time, kind, id string) error {
	return t.bucket(bucketDue).Delete(dueKey(at, kind, id))
}

// due returns what should have happened by now, and when the next thing will;
// zero, if nothing will. Of the deliveries to one endpoint it returns the
// first, because they go out one after another.
func (t *tx) due() (now []task, next time.Time) {
	served := map[string]bool{}
	c := t.bucket(bucketDue).Cursor()
	for k, _ := c.First(); k != nil; k, _ = c.Next() {
		next := readTask(k)
		if next.at.After(t.now) {
			return now, next.at
		}
		if next.kind == dueDelivery {
			_, endpoint, _ := strings.Cut(next.id, "/")
			if served[endpoint] {
				continue
			}
			served[endpoint] = true
		}
		now = append(now, next)
	}
	return now, time.Time{}
}

// carryOut lets one thing happen that is no delivery, unless it is not
// scheduled any more.
func (t *tx) carryOut(d task) error {
	if t.bucket(bucketDue).Get(d.key) == nil {
		return nil
	}
	if err := t.bucket(bucketDue).Delete(d.key); err != nil {
		return err
	}
	switch d.kind {
	case dueIntent:
		return t.finishProcessing(d.id)
	case dueRefund:
		return t.finishRefund(d.id)
	case dueDispute:
		return t.openDispute(d.id)
	}
	return fmt.Errorf("nobody knows what %q means", d.kind)
}

// Hurry makes everything happen now that would happen later: payments that are
// processing end, refunds change their state, disputes open, and deliveries
// that wait for another try are tried. It returns how many things that were.
// They happen soon after, in the order in which they were due.
func (b *Book) Hurry() (int, error) {
	var waiting []task
	err := b.update(func(t *tx) error {
		c := t.bucket(bucketDue).Cursor()
		for k, _ := c.Seek(dueKey(t.now, "", "")); k != nil; k, _ = c.Next() {
			waiting = append(waiting, readTask(k))
		}
		for n, d := range waiting {
			at := t.now.Add(time.Duration(n)) // keeps the order
			if err := t.bucket(bucketDue).Delete(d.key); err != nil {
				return err
			}
			if err := t.schedule(at, d.kind, d.id); err != nil {
				return err
			}
			if d.kind != dueDelivery {
				continue
			}
			if err := t.postpone(d.id, at); err != nil {
				return err
			}
		}
		return nil
	})
	return len(waiting), err
}
