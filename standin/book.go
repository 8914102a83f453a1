package standin

import (
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"sync"
	"time"

	bolt "go.etcd.io/bbolt"
	bolterrors "go.etcd.io/bbolt/errors"
)

// The buckets of the book. Ids sort in the order in which they were made, so
// a bucket of objects is also its own list by age.
const (
	bucketIntents       = "payment_intents"
	bucketMethods       = "payment_methods"
	bucketCharges       = "charges"
	bucketRefunds       = "refunds"
	bucketIntentRefunds = "refunds_by_intent" // intent id / refund id -> nothing
	bucketEvents        = "events"
	bucketKeys          = "idempotency_keys"
	bucketKeysByAge     = "idempotency_keys_by_age" // time, key -> nothing
)

// Book is everything that the stand-in knows: payment intents, charges,
// refunds, the events that befell them, and the answers kept for idempotency
// keys. It is one file, safe for concurrent use, and a change that was
// acknowledged survives a crash of the process and of the machine.
type Book struct {
	db  *bolt.DB
	now func() time.Time

	mu   sync.Mutex
	busy map[string]bool // idempotency keys of the requests under way
}

// Open opens the book in the file at path, and makes the file if there is
// none. A book has one owner at a time: a second Open of the same file fails
// after a second.
func Open(path string) (*Book, error) {
	db, err := bolt.Open(path, 0o600, &bolt.Options{Timeout: time.Second})
	if errors.Is(err, bolterrors.ErrTimeout) {
		return nil, fmt.Errorf("open book %s: another process has it open", path)
	}
	if err != nil {
		return nil, fmt.Errorf("open book %s: %w", path, err)
	}
	b := &Book{db: db, now: time.Now, busy: map[string]bool{}}
	err = db.Update(func(btx *bolt.Tx) error {
		for _, name := range []string{
			bucketIntents, bucketMethods, bucketCharges, bucketRefunds,
			bucketIntentRefunds, bucketEvents, bucketKeys, bucketKeysByAge,
		} {
			if _, err := btx.CreateBucketIfNotExists([]byte(name)); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return nil, errors.Join(fmt.Errorf("prepare book %s: %w", path, err), db.Close())
	}
	return b, nil
}

// Close waits for the transactions under way and closes the file.
func (b *Book) Close() error {
	return b.db.Close()
}

// tx is one transaction on the book, at one moment.
type tx struct {
	*bolt.Tx
	now time.Time
}

// update runs fn in a transaction of its own, one at a time, and returns once
// what it did is on disk. An error from fn undoes all of it.
func (b *Book) update(fn func(*tx) error) error {
	return b.db.Update(func(btx *bolt.Tx) error {
		return fn(&tx{Tx: btx, now: b.now()})
	})
}

// view runs fn on the book as it stands; writers are not held up.
func (b *Book) view(fn func(*tx) error) error {
	return b.db.View(func(btx *bolt.Tx) error {
		return fn(&tx{Tx: btx, now: b.now()})
	})
}

func (t *tx) bucket(name string) *bolt.Bucket {
	return t.Bucket([]byte(name))
}

// mint makes an id that sorts after all earlier ones of its bucket.
func (t *tx) mint(bucket, prefix string) (string, error) {
	n, err := t.bucket(bucket).NextSequence()
	if err != nil {
		return "", fmt.Errorf("number a new %s: %w", prefix, err)
	}
	return fmt.Sprintf("%s_%08s%s", prefix, strconv.FormatUint(n, 36), rand.Text()[:16]), nil
}

func (t *tx) save(bucket, key string, v any) error {
	data, err := json.Marshal(v)
	if err != nil {
		return fmt.Errorf("encode %s: %w", bucket, err)
	}
	if err := t.bucket(bucket).Put([]byte(key), data); err != nil {
		return fmt.Errorf("save in %s: %w", bucket, err)
	}
	return nil
}

// load returns nil, without an error, for what is not in the book.
func load[T any](t *tx, bucket, key string) (*T, error) {
	data := t.bucket(bucket).Get([]byte(key))
	if data == nil {
		return nil, nil
	}
	v := new(T)
	if err := json.Unmarshal(data, v); err != nil {
		return nil, fmt.Errorf("decode %s %q: %w", bucket, key, err)
	}
	return v, nil
}
