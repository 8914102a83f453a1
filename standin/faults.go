package standin

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"
)

// FaultKind is a way in which Stripe, or the network before it, may fail.
type FaultKind string

// The faults of requests, then those of webhooks.
const (
	// Late does the work and answers after the delay.
	Late FaultKind = "late"
	// ErrorAfter does the work and answers with an error.
	ErrorAfter FaultKind = "error_after"
	// HangUpAfter does the work and closes the connection without an answer,
	// after the delay if there is one: then a client times out.
	HangUpAfter FaultKind = "hang_up_after"
	// ErrorBefore answers with an error and does nothing.
	ErrorBefore FaultKind = "error_before"
	// HangUpBefore closes the connection, after the delay if there is one, and
	// does nothing.
	HangUpBefore FaultKind = "hang_up_before"

	// WebhookTwice delivers an event, and once it was taken delivers it again.
	WebhookTwice FaultKind = "webhook_twice"
	// WebhookLate delivers after the delay.
	WebhookLate FaultKind = "webhook_late"
	// WebhookReversed holds events until there are as many as the count says, or
	// until it is cleared, and then delivers the newest first.
	WebhookReversed FaultKind = "webhook_reversed"
	// WebhookNever does not deliver.
	WebhookNever FaultKind = "webhook_never"
)

// FaultKinds are all of them, for tests that go through each.
var FaultKinds = []FaultKind{
	Late, ErrorAfter, HangUpAfter, ErrorBefore, HangUpBefore,
	WebhookTwice, WebhookLate, WebhookReversed, WebhookNever,
}

func (k FaultKind) ofWebhooks() bool { return strings.HasPrefix(string(k), "webhook_") }

func (k FaultKind) before() bool { return k == ErrorBefore || k == HangUpBefore }

// Duration is a time.Duration that is written "1.5s".
type Duration time.Duration

// MarshalText implements encoding.TextMarshaler.
func (d Duration) MarshalText() ([]byte, error) { return []byte(time.Duration(d).String()), nil }

// UnmarshalText implements encoding.TextUnmarshaler.
func (d *Duration) UnmarshalText(text []byte) error {
	parsed, err := time.ParseDuration(string(text))
	*d = Duration(parsed)
	return err
}

// Fault is what shall go wrong, to which requests or events, and how often.
// Nothing in it is left to chance: of several that fit, the oldest is met.
type Fault struct {
	ID   string    `json:"id"`
	Kind FaultKind `json:"kind"`
	// Route narrows a fault of requests to one method and path, as in
	// "POST /v1/payment_intents/{id}/confirm".
	Route string `json:"route,omitempty"`
	// Key narrows it to requests whose idempotency key contains this.
	Key string `json:"idempotency_key,omitempty"`
	// Event narrows a fault of webhooks to a type, or to a group such as "charge.*".
	Event string   `json:"event,omitempty"`
	Delay Duration `json:"delay,omitempty"`
	// Status is what an error answers with; 500 unless said otherwise.
	Status int `json:"status,omitempty"`
	// Keep has the error kept for the idempotency key, so that the same request
	// is answered with it again, as Stripe does with the errors of requests that
	// it began to work on.
	Keep bool `json:"keep,omitempty"`
	// Count is how many requests or events meet it; 0 is all until it is cleared.
	Count int `json:"count,omitempty"`
	// Met is how many have met it.
	Met int `json:"met"`
}

func (f *Fault) objectID() string { return f.ID }

func (f *Fault) spent() bool { return f.Count > 0 && f.Met >= f.Count }

// faultAnswers are the errors that can be asked for. A 400 is a refusal that asking
// again does not change, 401 and 403 say that the key is wrong or may not do that,
// and a 429 is Stripe's own: two requests wanted the same object at the same moment.
var faultAnswers = map[int]Error{
	http.StatusBadRequest: {
		Type: typeInvalidRequest, Code: codeBalanceInsufficient,
		Message: "Insufficient funds in your Stripe balance.",
	},
	http.StatusUnauthorized: {Type: typeInvalidRequest, Message: "Invalid API Key provided."},
	http.StatusForbidden: {
		Type: typeInvalidRequest, Message: "The provided key does not have the required permissions for this endpoint.",
	},
	http.StatusConflict: {
		Type: typeIdempotency, Code: codeIdempotencyKeyInUse,
		Message: "There is currently another in-progress request using this Idempotent Key. Please try again later.",
	},
	http.StatusTooManyRequests: {
		Type: typeInvalidRequest, Code: codeLockTimeout,
		Message: "This object cannot be accessed right now because another API request or Stripe process is " +
			"currently accessing it. If you see this error intermittently, retry the request.",
	},
	http.StatusInternalServerError: {Type: typeAPI, Message: "An unknown error occurred"},
	http.StatusBadGateway:          {Type: typeAPI, Message: "Bad gateway"},
	http.StatusServiceUnavailable:  {Type: typeAPI, Message: "Service unavailable"},
}

// answer is the error that the fault answers with.
func (f *Fault) answer() answer {
	e := faultAnswers[f.Status]
	e.Status = f.Status
	return refusal(&e)
}

// instead reports whether the fault answers, so that nothing is done at all.
// An error that is to be kept for a key has to pass by the book.
func (f *Fault) instead(r *http.Request) bool {
	return f != nil && f.Kind.before() && !f.keeps(r)
}

func (f *Fault) keeps(r *http.Request) bool {
	return f.Keep && r.Method != http.MethodGet && r.Header.Get("Idempotency-Key") != ""
}

// spoil makes of an answer what the fault says, and waits where it is late. It
// waits no longer than the client does.
func (f *Fault) spoil(r *http.Request, ans answer) answer {
	switch f.Kind {
	case ErrorAfter:
		if !f.keeps(r) {
			ans = f.answer()
		}
	case HangUpAfter, HangUpBefore:
		ans.hangUp = true
	default:
	}
	if f.Delay > 0 {
		_, _ = io.Copy(io.Discard, r.Body) // before that nobody would notice that the client has gone
		timer := time.NewTimer(time.Duration(f.Delay))
		defer timer.Stop()
		select {
		case <-timer.C:
		case <-r.Context().Done():
		}
	}
	return ans
}

// check says what is wrong with a fault, and fills in what goes without saying.
func (f *Fault) check() *Error {
	known := false
	for _, k := range FaultKinds {
		known = known || k == f.Kind
	}
	errorful := f.Kind == ErrorAfter || f.Kind == ErrorBefore
	if errorful && f.Status == 0 {
		f.Status = http.StatusInternalServerError
	}
	_, answerable := faultAnswers[f.Status]
	switch {
	case !known:
		return invalid("", "kind", "Invalid kind: must be one of %v", FaultKinds)
	case f.Kind.ofWebhooks() && f.Route+f.Key != "":
		return invalid("", "route", "A fault of webhooks is narrowed by event.")
	case !f.Kind.ofWebhooks() && f.Event != "":
		return invalid("", "event", "A fault of requests is narrowed by route and idempotency_key.")
	case f.Route != "" && !strings.Contains(f.Route, " /v1/"):
		return invalid("", "route", "A route is a method and a path, such as POST /v1/payment_intents/{id}/confirm")
	case errorful && !answerable, !errorful && f.Status != 0:
		return invalid("", "status", "An error can have status 400, 401, 403, 409, 429, 500, 502 and 503.")
	case !errorful && f.Keep:
		return invalid("", "keep", "Only errors can be kept.")
	case (f.Kind == Late || f.Kind == WebhookLate) && f.Delay <= 0:
		return invalid("", "delay", "How late? Say delay=2s.")
	case errorful && f.Delay != 0, f.Delay < 0:
		return invalid("", "delay", "This kind of fault has no delay.")
	case f.Count < 0:
		return invalid("", "count", "A count is at least 1, or left out.")
	}
	return nil
}

// AddFault makes something go wrong from now on. The error says what is wrong
// with the fault itself.
func (b *Book) AddFault(f Fault) (Fault, error) {
	if refusal := f.check(); refusal != nil {
		return f, refusal
	}
	f.Met = 0
	err := b.update(func(t *tx) (err error) {
		if f.ID, err = t.mint(bucketFaults, "fault"); err != nil {
			return err
		}
		return t.save(bucketFaults, f.ID, &f)
	})
	return f, err
}

// Faults lists the faults that are not spent, the oldest first.
func (b *Book) Faults() (all []Fault, err error) {
	err = b.view(func(t *tx) error {
		all, err = everything[Fault](t, bucketFaults)
		return err
	})
	return all, err
}

// ClearFaults ends the faults with these ids, or all where none is named. What
// they held back is sent.
func (b *Book) ClearFaults(ids ...string) error {
	return b.update(func(t *tx) error {
		all, err := everything[Fault](t, bucketFaults)
		if err != nil {
			return err
		}
		if len(ids) == 0 {
			for _, f := range all {
				ids = append(ids, f.ID)
			}
		}
		for _, id := range ids {
			f, err := load[Fault](t, bucketFaults, id)
			if err != nil {
				return err
			}
			if f == nil {
				return notFound("fault", id, "id")
			}
			if err := t.endFault(f); err != nil {
				return err
			}
		}
		return nil
	})
}

func (t *tx) endFault(f *Fault) error {
	if err := t.bucket(bucketFaults).Delete([]byte(f.ID)); err != nil {
		return fmt.Errorf("end fault %s: %w", f.ID, err)
	}
	if f.Kind != WebhookReversed {
		return nil
	}
	return t.release(f.ID)
}

// meet counts that a fault was met, and forgets it when that was the last time.
func (t *tx) meet(f *Fault) error {
	f.Met++
	if f.spent() {
		return t.bucket(bucketFaults).Delete([]byte(f.ID))
	}
	return t.save(bucketFaults, f.ID, f)
}

// takeFault finds the fault that a request meets; nil, if there is none.
func (b *Book) takeFault(route, key string) (found *Fault, err error) {
	fits := func(f *Fault) bool {
		return !f.Kind.ofWebhooks() && (f.Route == "" || f.Route == route) && strings.Contains(key, f.Key)
	}
	err = b.view(func(t *tx) error {
		found, err = t.fault(fits)
		return err
	})
	if err != nil || found == nil {
		return nil, err
	}
	err = b.update(func(t *tx) error { // again, because another request may have met it
		found, err = t.fault(fits)
		if err != nil || found == nil {
			return err
		}
		return t.meet(found)
	})
	return found, err
}

// takeWebhookFault finds the fault that an event meets; nil, if there is none.
func (t *tx) takeWebhookFault(e *Event) (*Fault, error) {
	f, err := t.fault(func(f *Fault) bool {
		return f.Kind.ofWebhooks() && (f.Event == "" || e.is(f.Event))
	})
	if err != nil || f == nil {
		return nil, err
	}
	return f, t.meet(f)
}

func (t *tx) fault(fits func(*Fault) bool) (*Fault, error) {
	all, err := everything[Fault](t, bucketFaults)
	for n := range all {
		if fits(&all[n]) {
			return &all[n], err
		}
	}
	return nil, err
}
