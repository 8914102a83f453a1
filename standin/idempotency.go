package standin

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"time"
)

// The rules are those of https://docs.stripe.com/api/idempotent_requests.
const (
	longestKey  = 255
	keyLifetime = 24 * time.Hour
)

// operation is a request whose parameters are well formed, ready to run. What
// it returns is the answer; an *Error is one too, and what the operation did
// before it stays done (a declined card leaves its failed charge).
type operation func(*tx) (any, error)

// request is what the idempotency rules need to know of a request.
type request struct {
	id     string // its Request-Id
	key    string // its Idempotency-Key, or empty
	path   string
	params url.Values
	fault  *Fault // that it meets, if any
}

// answer is what a request is answered with.
type answer struct {
	status   int
	body     []byte
	object   string // the id of the object, for the log
	code     string // what kind of error it is, for the log
	original string // the Request-Id of the request that was run, where there is a key
	replayed bool
	hangUp   bool // without any of this
}

// record is the answer kept for an idempotency key. Of the parameters it
// holds a digest only, so that no token is written down.
type record struct {
	Path    string          `json:"path"`
	Params  []byte          `json:"params"`
	Request string          `json:"request"`
	Status  int             `json:"status"`
	Body    json.RawMessage `json:"body"`
	Object  string          `json:"object,omitempty"`
	Code    string          `json:"code,omitempty"`
	Created time.Time       `json:"created"`
}

// once runs an operation and keeps its answer under the request's key, in one
// transaction. A request that was answered before gets that answer again,
// whatever it was.
func (b *Book) once(req request, op operation) (answer, error) {
	if req.key == "" {
		return b.run(b.update, req, op)
	}
	if len(req.key) > longestKey {
		return refusal(invalid("", "", "Idempotency keys can be at most %d characters.", longestKey)), nil
	}
	if !b.enter(req.key) {
		return refusal(keyInUse(req.key)), nil
	}
	defer b.leave(req.key)

	digest := sha256.Sum256([]byte(req.params.Encode()))
	var ans answer
	err := b.update(func(t *tx) error {
		r, err := load[record](t, bucketKeys, req.key)
		if err != nil {
			return err
		}
		if r != nil && t.now.Sub(r.Created) < keyLifetime {
			switch {
			case r.Path != req.path:
				ans = refusal(newError(typeIdempotency, "", "", "Keys for idempotent requests can only be used for the "+
					"same endpoint they were first used for ('%s' vs '%s'). Try using a key other than '%s' if you meant "+
					"to execute a different request.", req.path, r.Path, req.key))
			case !bytes.Equal(r.Params, digest[:]):
				ans = refusal(newError(typeIdempotency, "", "", "Keys for idempotent requests can only be used with the "+
					"same parameters they were first used with. Try using a key other than '%s' if you meant to execute "+
					"a different request.", req.key))
			default:
				ans = answer{
					status: r.Status, body: r.Body, object: r.Object, code: r.Code, original: r.Request, replayed: true,
				}
			}
			return nil
		}
		t.request = req
		kept := req.fault != nil && req.fault.Keep
		if !kept || !req.fault.Kind.before() {
			if ans, err = execute(t, op); err != nil {
				return err
			}
		}
		if kept {
			ans = req.fault.answer()
		}
		ans.original = req.id
		return t.keep(req.key, record{
			Path:    req.path,
			Params:  digest[:],
			Request: req.id,
			Status:  ans.status,
			Body:    ans.body,
			Object:  ans.object,
			Code:    ans.code,
			Created: t.now,
		})
	})
	return ans, err
}

// read runs an operation that changes nothing.
func (b *Book) read(op operation) (answer, error) {
	return b.run(b.view, request{}, op)
}

func (b *Book) run(in func(func(*tx) error) error, req request, op operation) (ans answer, err error) {
	err = in(func(t *tx) error {
		t.request = req
		ans, err = execute(t, op)
		return err
	})
	return ans, err
}

// execute turns what an operation returns into an answer. An error that is
// not an *Error is the stand-in's own failure, and undoes the transaction.
func execute(t *tx, op operation) (answer, error) {
	v, err := op(t)
	if e := (*Error)(nil); errors.As(err, &e) {
		return refusal(e), nil
	}
	if err != nil {
		return answer{}, err
	}
	body, err := json.Marshal(v)
	if err != nil {
		return answer{}, fmt.Errorf("encode answer: %w", err)
	}
	ans := answer{status: http.StatusOK, body: body}
	if o, ok := v.(interface{ objectID() string }); ok {
		ans.object = o.objectID()
	}
	return ans, nil
}

// refusal is the answer that says no.
func refusal(e *Error) answer {
	body, err := json.Marshal(map[string]*Error{"error": e})
	if err != nil {
		panic(err) // strings and numbers always encode
	}
	ans := answer{status: e.Status, body: body, code: e.Type}
	if e.Code != "" {
		ans.code = e.Code
	}
	if e.PaymentIntent != nil {
		ans.object = e.PaymentIntent.ID
	}
	return ans
}

// enter marks a key as in use, unless it is.
func (b *Book) enter(key string) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.busy[key] {
		return false
	}
	b.busy[key] = true
	return true
}

func (b *Book) leave(key string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	delete(b.busy, key)
}

func keyInUse(key string) *Error {
	e := newError(typeIdempotency, codeIdempotencyKeyInUse, "", "There is currently another in-progress request using "+
		"this Idempotent Key (that probably means you submitted twice, and the other request is still going through): "+
		"%s. Please try again later.", key)
	e.Status = http.StatusConflict
	return e
}

// keep stores a record, and clears away the oldest ones that have had their
// time: two for each one stored, so that the book does not grow for ever.
func (t *tx) keep(key string, r record) error {
	if err := t.save(bucketKeys, key, r); err != nil {
		return err
	}
	byAge := t.bucket(bucketKeysByAge)
	age := binary.BigEndian.AppendUint64(nil, uint64(r.Created.UnixNano()))
	if err := byAge.Put(append(age, key...), nil); err != nil {
		return fmt.Errorf("note the age of an idempotency key: %w", err)
	}
	for range 2 {
		first, _ := byAge.Cursor().First()
		oldest := bytes.Clone(first) // the page it lies on may change below
		created := time.Unix(0, int64(binary.BigEndian.Uint64(oldest)))
		if t.now.Sub(created) < keyLifetime {
			return nil
		}
		if err := t.forget(string(oldest[len(age):]), created); err != nil {
			return err
		}
		if err := byAge.Delete(oldest); err != nil {
			return fmt.Errorf("clear away an idempotency key: %w", err)
		}
	}
	return nil
}

// forget deletes the record of a key, unless the key was used anew since.
func (t *tx) forget(key string, created time.Time) error {
	r, err := load[record](t, bucketKeys, key)
	if err != nil || r == nil || !r.Created.Equal(created) {
		return err
	}
	return t.bucket(bucketKeys).Delete([]byte(key))
}
