package standin

import (
	"bytes"
	"encoding/json"
	"fmt"
)

// migrate brings a book up to date that an older stand-in wrote. Objects get
// the fields that were added since, empty. Events named what they were about
// and did not show it: they show it now, as it stands.
func (t *tx) migrate() error {
	_, first := t.bucket(bucketEvents).Cursor().First()
	if first == nil || bytes.Contains(first, []byte(`"data":`)) {
		return nil // all or none, in one transaction; and there is no object without an event
	}
	for _, rewritten := range []error{
		rewrite[Intent](t, bucketIntents),
		rewrite[PaymentMethod](t, bucketMethods),
		rewrite[Charge](t, bucketCharges),
		rewrite[Refund](t, bucketRefunds),
	} {
		if rewritten != nil {
			return rewritten
		}
	}
	old, err := everything[Event](t, bucketEvents)
	if err != nil {
		return err
	}
	for _, e := range old {
		if e.Data.Object, err = t.snapshot(e.Subject); err != nil {
			return err
		}
		e.Object, e.APIVersion = "event", apiVersion
		if err := t.save(bucketEvents, e.ID, e); err != nil {
			return err
		}
	}
	return nil
}

// rewrite reads all objects of a bucket and writes them as they are written now.
func rewrite[T any](t *tx, bucket string) error {
	var ids []string
	err := t.bucket(bucket).ForEach(func(k, _ []byte) error {
		ids = append(ids, string(k))
		return nil
	})
	for _, id := range ids {
		v, err := load[T](t, bucket, id)
		if err != nil {
			return err
		}
		if err := t.save(bucket, id, v); err != nil {
			return err
		}
	}
	return err
}

// snapshot is an object as it stands, found by its id.
func (t *tx) snapshot(id string) (json.RawMessage, error) {
	_, bucket := kindOf(id)
	if bucket == "" {
		return nil, fmt.Errorf("%s is in no bucket", id)
	}
	data := t.bucket(bucket).Get([]byte(id))
	if data == nil {
		return nil, fmt.Errorf("%s is not in the book", id)
	}
	return bytes.Clone(data), nil
}
