package standin

import (
	"cmp"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	bolt "go.etcd.io/bbolt"
	bolterrors "go.etcd.io/bbolt/errors"
)

// The buckets of the book. Ids sort in the order in which they were made, so
// a bucket of objects is also its own list by age.
const (
	bucketIntents         = "payment_intents"
	bucketMethods         = "payment_methods"
	bucketCharges         = "charges"
	bucketRefunds         = "refunds"
	bucketIntentRefunds   = "refunds_by_intent" // intent id / refund id -> nothing
	bucketDisputes        = "disputes"
	bucketAuthentications = "authentications" // token of a 3-D Secure page -> what it is about
	bucketEvents          = "events"
	bucketEndpoints       = "webhook_endpoints"
	bucketDeliveries      = "deliveries" // event id / endpoint id -> how the delivery stands
	bucketDue             = "due"        // time, kind / id -> nothing
	bucketFaults          = "faults"
	bucketKeys            = "idempotency_keys"
	bucketKeysByAge       = "idempotency_keys_by_age" // time, key -> nothing
)

var buckets = []string{
	bucketIntents, bucketMethods, bucketCharges, bucketRefunds, bucketIntentRefunds, bucketDisputes,
	bucketAuthentications, bucketEvents, bucketEndpoints, bucketDeliveries, bucketDue, bucketFaults,
	bucketKeys, bucketKeysByAge,
}

// kinds tells what an id names by its prefix, and where it is kept.
var kinds = map[string]struct{ name, bucket string }{
	"pi":  {"payment_intent", bucketIntents},
	"pm":  {"PaymentMethod", bucketMethods},
	"ch":  {"charge", bucketCharges},
	"re":  {"refund", bucketRefunds},
	"dp":  {"dispute", bucketDisputes},
	"evt": {"event", bucketEvents},
	"we":  {"webhook endpoint", bucketEndpoints},
}

// kindOf is what the id names, and the bucket that it is in, if that is known.
func kindOf(id string) (name, bucket string) {
	prefix, _, _ := strings.Cut(id, "_")
	kind := kinds[prefix]
	return cmp.Or(kind.name, "object"), kind.bucket
}

// Book is everything that the stand-in knows: payment intents, charges,
// refunds, disputes, the events that befell them, where those are delivered,
// and the answers kept for idempotency keys. It is one file, safe for
// concurrent use, and a change that was acknowledged survives a crash of the
// process and of the machine.
type Book struct {
	db       *bolt.DB
	settings atomic.Pointer[settings]
	worker   worker

	mu   sync.Mutex
	now  func() time.Time
	busy map[string]bool // idempotency keys of the requests under way
}

// Open opens the book in the file at path, and makes the file if there is
// none; one that an older stand-in wrote is brought up to date. A book has one
// owner at a time: a second Open of the same file fails after a second.
func Open(path string) (*Book, error) { return open(path, bolt.Options{}) }

// OpenScratch is Open for a book that need not survive a crash of the machine, as
// in tests: nothing waits for the disk.
func OpenScratch(path string) (*Book, error) {
	return open(path, bolt.Options{NoSync: true, NoGrowSync: true, NoFreelistSync: true})
}

func open(path string, options bolt.Options) (*Book, error) {
	options.Timeout = time.Second
	db, err := bolt.Open(path, 0o600, &options)
	if errors.Is(err, bolterrors.ErrTimeout) {
		return nil, fmt.Errorf("open book %s: another process has it open", path)
	}
	if err != nil {
		return nil, fmt.Errorf("open book %s: %w", path, err)
	}
	b := &Book{db: db, now: time.Now, busy: map[string]bool{}}
	b.settings.Store(newSettings(nil))
	err = b.update(func(t *tx) error {
		for _, name := range buckets {
			if _, err := t.CreateBucketIfNotExists([]byte(name)); err != nil {
				return err
			}
		}
		return t.migrate()
	})
	if err != nil {
		return nil, errors.Join(fmt.Errorf("prepare book %s: %w", path, err), db.Close())
	}
	return b, nil
}

// Close ends what the server of the book does by itself, waits for the
// transactions under way and closes the file. A delivery that is broken off is
// tried again when the book is served anew.
func (b *Book) Close() error {
	b.worker.stop()
	return b.db.Close()
}

// tx is one transaction on the book, at one moment.
type tx struct {
	*bolt.Tx
	book *Book
	now  time.Time
	// request is the one that the transaction is for; of the zero value, that
	// something happened by itself.
	request request
}

// update runs fn in a transaction of its own, one at a time, and returns once
// what it did is on disk. An error from fn undoes all of it.
func (b *Book) update(fn func(*tx) error) error {
	return b.db.Update(func(btx *bolt.Tx) error {
		return fn(&tx{Tx: btx, book: b, now: b.time()})
	})
}

// view runs fn on the book as it stands; writers are not held up.
func (b *Book) view(fn func(*tx) error) error {
	return b.db.View(func(btx *bolt.Tx) error {
		return fn(&tx{Tx: btx, book: b, now: b.time()})
	})
}

// SetClock has the book go by another clock than the machine's, for tests in which
// days pass.
func (b *Book) SetClock(now func() time.Time) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.now = now
}

func (b *Book) time() time.Time {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.now()
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
