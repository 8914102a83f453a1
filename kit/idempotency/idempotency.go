// Package idempotency makes trying again safe: a request that carries an
// Idempotency-Key (draft-ietf-httpapi-idempotency-key-header) is carried out once,
// and whoever sends it again is answered as the first time.
package idempotency

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"net/http"
	"time"

	"ticketx/kit/auth"
	"ticketx/kit/errs"
	"ticketx/kit/ids"
	"ticketx/kit/state"
	"ticketx/kit/web"
)

const (
	// Header is the name of the header.
	Header = "Idempotency-Key"
	// CodeInUse is the code of the conflict with a first request that is still under
	// way.
	CodeInUse = "key_in_use"

	maxKey = 255 // characters
	// keep is how long an answer is given again.
	keep = 24 * time.Hour
	// sweep is how much longer the store keeps it: a key whose time has passed is
	// mostly still there to be written over, because on MongoDB one that the store
	// lets go can't be created anew for a while.
	sweep = time.Hour
	// lease is how long a request may take before it counts as dead, and the next one
	// under its key runs. It is longer than any request takes that still has a process.
	lease = 30 * time.Second
	// noteTimeout bounds writing down an answer, when the caller may be gone.
	noteTimeout = 5 * time.Second
)

// record is the document idempotency:{digest of user, method, path and key}.
type record struct {
	// ID is for what the request creates. It stays the same when the request is
	// carried out again.
	ID string `json:"id"`
	// Body is the digest of the request's body.
	Body string `json:"body"`
	// Run names who carries it out; LeasedUntil is until when nobody else does.
	Run         string    `json:"run,omitempty"`
	LeasedUntil time.Time `json:"leasedUntil,omitzero"`
	Until       time.Time `json:"until"` // the end of the whole
	Answer      *answer   `json:"answer,omitempty"`
}

// Keys are the keys that have been used. It is safe for concurrent use.
type Keys struct {
	records *state.Collection[record]
	now     func() time.Time
}

// New returns the keys that are kept in store.
func New(store state.ExpiringStore, now func() time.Time) *Keys {
	return &Keys{
		records: state.NewCollection[record](state.Expiring(store, keep+sweep), "idempotency"),
		now:     func() time.Time { return now().UTC() },
	}
}

type idKey struct{}

// ID returns an id for what the request creates: the same whenever the request is
// carried out again under its key, because a process that died half-way may have
// created it. Without a key it is a new one.
func ID(ctx context.Context) string {
	if id, ok := Given(ctx); ok {
		return id
	}
	return ids.New()
}

// Given is ID for a request that has a key, and reports whether it has one. It is for
// what costs more when it may have been created before.
func Given(ctx context.Context) (id string, ok bool) {
	id, ok = ctx.Value(idKey{}).(string)
	return id, ok
}

// Middleware carries out a request that has a key once for its user, method and
// path. The same request again has the same answer for a day; one with another body
// is errs.KindUnprocessable, and one whose first is still under way is a conflict
// with CodeInUse. An answer of 5xx promises nothing and is not kept: then, and when
// the process dies half-way, the next try is carried out, with the same ID. It goes
// behind auth.Required. A request without a key costs nothing.
func (k *Keys) Middleware(next http.Handler) http.Handler { return k.middleware(next, true) }

// Unkept is Middleware for a request whose answer must not be stored, because there is
// a secret in it. It is carried out each time, so it has to be idempotent by itself;
// of the key there remains that another body is refused, and a first request that is
// still under way a conflict.
func (k *Keys) Unkept(next http.Handler) http.Handler { return k.middleware(next, false) }

func (k *Keys) middleware(next http.Handler, keepAnswer bool) http.Handler {
	return web.Handler(func(w http.ResponseWriter, r *http.Request) error {
		keys, ok := r.Header[Header]
		if !ok {
			next.ServeHTTP(w, r)
			return nil
		}
		if len(keys) != 1 || keys[0] == "" || len(keys[0]) > maxKey {
			return errs.Invalid(Header, "Must be one key of 1 to 255 characters.")
		}
		body, err := web.ReadBody(w, r)
		if err != nil {
			return err
		}
		id := digest(auth.UserID(r.Context()), r.Method, r.URL.Path, keys[0])
		run, err := k.claim(r.Context(), id, digest(string(body)))
		if err != nil {
			return err
		}
		if run.Answer == nil {
			a := k.carryOut(r, next, id, run, keepAnswer)
			a.write(w)
			return nil
		}
		run.Answer.write(w)
		return nil
	})
}

// errAnswered ends a claim of what has been answered already.
var errAnswered = errors.New("idempotency: answered before")

// claim makes this request the one that is carried out, or returns the record with
// the answer. Of those who come at the same moment one gets it.
func (k *Keys) claim(ctx context.Context, id, body string) (record, error) {
	run := ids.New()
	claimed, err := k.records.Update(ctx, id, func(known *record, found bool) error {
		now := k.now()
		if !found || !now.Before(known.Until) {
			*known = record{ID: ids.New(), Body: body, Until: now.Add(keep)}
		}
		switch {
		case known.Body != body:
			return errs.Unprocessable("This " + Header + " was used with another request.")
		case known.Answer != nil:
			return errAnswered
		case known.Run != run && now.Before(known.LeasedUntil):
			return &errs.Error{
				Kind: errs.KindConflict, Code: CodeInUse,
				Message: "The first request with this " + Header + " is still under way.",
			}
		}
		known.Run, known.LeasedUntil = run, now.Add(lease)
		return nil
	})
	if errors.Is(err, errAnswered) {
		err = nil
	}
	return claimed, err
}

// carryOut has the request handled and writes down the answer, or, where none is to
// be given again, that the next try may run. When that can't be written, the
// lease ends by itself, and the next try finds out what was done.
func (k *Keys) carryOut(r *http.Request, next http.Handler, id string, run record, keepAnswer bool) *answer {
	a := newAnswer()
	final := false
	defer func() { // also when next panics
		ctx, cancel := context.WithTimeout(context.WithoutCancel(r.Context()), noteTimeout)
		defer cancel()
		_, _ = k.records.Update(ctx, id, func(known *record, _ bool) error {
			if known.Run != run.Run {
				return state.ErrUnchanged // it took longer than its lease, and another has taken over
			}
			known.Run, known.LeasedUntil = "", time.Time{}
			if final {
				known.Answer = a
			}
			return nil
		})
	}()
	next.ServeHTTP(a, r.WithContext(context.WithValue(r.Context(), idKey{}, run.ID)))
	final = keepAnswer && a.Status < http.StatusInternalServerError
	return a
}

// digest joins texts into one that can be part of a key, whatever they hold.
func digest(texts ...string) string {
	h := sha256.New()
	for _, text := range texts {
		sum := sha256.Sum256([]byte(text))
		h.Write(sum[:])
	}
	return hex.EncodeToString(h.Sum(nil))
}
