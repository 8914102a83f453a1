package standin

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"time"
)

// longestPause ends the growth of the pauses between the tries of a delivery.
const longestPause = 5 * time.Minute

// DeliveryStatus is where the delivery of an event to an endpoint stands.
type DeliveryStatus string

// The statuses of a delivery.
const (
	Waiting   DeliveryStatus = "waiting"   // for its first or its next try
	Delivered DeliveryStatus = "delivered" // the endpoint said 2xx
	GivenUp   DeliveryStatus = "given_up"  // after the last try, or because the endpoint is gone
	Withheld  DeliveryStatus = "withheld"  // by a fault; it never goes out
	Held      DeliveryStatus = "held"      // by a fault, until others can be sent before it
)

// Delivery is an event on its way to an endpoint.
type Delivery struct {
	ID       string         `json:"id"` // event id / endpoint id
	Event    string         `json:"event"`
	Type     string         `json:"type"` // of the event
	Endpoint string         `json:"endpoint"`
	Status   DeliveryStatus `json:"status"`
	// Copies is how often the endpoint is to take it: once, unless a fault says twice.
	Copies int       `json:"copies"`
	Next   time.Time `json:"next,omitzero"` // when it is tried, while it waits
	Fault  string    `json:"fault,omitempty"`
	Tries  []Try     `json:"tries"`
}

// Try is one request to an endpoint.
type Try struct {
	At     time.Time `json:"at"`
	Status int       `json:"status,omitempty"` // what was answered
	Error  string    `json:"error,omitempty"`  // why there was no answer
}

// taken is how often the endpoint said 2xx.
func (d *Delivery) taken() int {
	n := 0
	for _, t := range d.Tries {
		if t.succeeded() {
			n++
		}
	}
	return n
}

func (t Try) succeeded() bool { return t.Status >= 200 && t.Status < 300 }

// pauseAfter is how long to wait after so many tries that failed.
func (s *settings) pauseAfter(failed int) time.Duration {
	pause := s.pause
	for n := 1; n < failed && pause < longestPause; n++ {
		pause = min(2*pause, longestPause)
	}
	return pause
}

// addDeliveries prepares the deliveries of a new event, as the faults for
// webhooks will have it, and returns how many there are.
func (t *tx) addDeliveries(e *Event) (int, error) {
	endpoints, err := everything[storedEndpoint](t, bucketEndpoints)
	if err != nil {
		return 0, err
	}
	endpoints = slices.DeleteFunc(endpoints, func(w storedEndpoint) bool { return !w.wants(e) })
	if len(endpoints) == 0 {
		return 0, nil
	}
	fault, err := t.takeWebhookFault(e)
	if err != nil {
		return 0, err
	}
	for _, w := range endpoints {
		d := &Delivery{
			ID: e.ID + "/" + w.ID, Event: e.ID, Type: e.Type, Endpoint: w.ID, Status: Waiting, Copies: 1, Tries: []Try{},
		}
		next := t.now
		if fault != nil {
			d.Fault = fault.ID
			switch fault.Kind {
			case WebhookTwice:
				d.Copies = 2
			case WebhookLate:
				next = next.Add(time.Duration(fault.Delay))
			case WebhookReversed:
				d.Status = Held
			case WebhookNever:
				d.Status = Withheld
			default: // a fault of requests is none of events
			}
		}
		if err := t.proceed(d, next); err != nil {
			return 0, err
		}
	}
	if fault != nil && fault.Kind == WebhookReversed && fault.spent() {
		return len(endpoints), t.release(fault.ID)
	}
	return len(endpoints), nil
}

// proceed saves a delivery, and schedules its next try if it waits for one.
func (t *tx) proceed(d *Delivery, next time.Time) error {
	d.Next = time.Time{}
	if d.Status == Waiting {
		d.Next = next
		if err := t.schedule(next, dueDelivery, d.ID); err != nil {
			return err
		}
	}
	return t.save(bucketDeliveries, d.ID, d)
}

// postpone notes that the next try of a delivery was scheduled anew.
func (t *tx) postpone(id string, next time.Time) error {
	d, err := load[Delivery](t, bucketDeliveries, id)
	if err != nil || d == nil {
		return err
	}
	d.Next = next
	return t.save(bucketDeliveries, id, d)
}

// release lets go of what a fault held, the newest first.
func (t *tx) release(fault string) error {
	all, err := everything[Delivery](t, bucketDeliveries)
	if err != nil {
		return err
	}
	next := t.now
	for _, d := range slices.Backward(all) {
		if d.Status != Held || d.Fault != fault {
			continue
		}
		d.Status = Waiting
		if err := t.proceed(&d, next); err != nil {
			return err
		}
		next = next.Add(1) // the order is that of the times
	}
	return nil
}

// Resend delivers an event once more to all endpoints that want it, whatever
// became of it before.
func (b *Book) Resend(event string) error {
	return b.update(func(t *tx) error {
		e, err := t.eventByID(event)
		if err != nil {
			return err
		}
		endpoints, err := everything[storedEndpoint](t, bucketEndpoints)
		if err != nil {
			return err
		}
		for _, w := range endpoints {
			if !w.wants(e) {
				continue
			}
			if err := t.resend(e, w.ID); err != nil {
				return err
			}
		}
		return nil
	})
}

func (t *tx) resend(e *Event, endpoint string) error {
	id := e.ID + "/" + endpoint
	d, err := load[Delivery](t, bucketDeliveries, id)
	if err != nil {
		return err
	}
	switch {
	case d == nil:
		d = &Delivery{ID: id, Event: e.ID, Type: e.Type, Endpoint: endpoint, Tries: []Try{}}
		e.PendingWebhooks++
	case d.Status == Waiting:
		if err := t.unschedule(d.Next, dueDelivery, id); err != nil {
			return err
		}
	case d.Status == Delivered:
		e.PendingWebhooks++
	}
	d.Status = Waiting
	d.Copies = d.taken() + 1
	if err := t.proceed(d, t.now); err != nil {
		return err
	}
	return t.save(bucketEvents, e.ID, e)
}

// parcel is all that a try needs.
type parcel struct {
	url     string
	payload []byte
	secrets []string
	at      time.Time
}

// deliver tries once, outside of any transaction, and notes how it went. A
// crash between the two leads to another try: at least once, as at Stripe.
func (b *Book) deliver(ctx context.Context, due task) error {
	var p *parcel
	err := b.view(func(t *tx) (err error) {
		p, err = t.parcel(due)
		return err
	})
	if err != nil {
		return err
	}
	if p == nil {
		return b.update(func(t *tx) error { return t.abandon(due) })
	}
	s := b.settings.Load()
	try := s.send(ctx, p)
	if ctx.Err() != nil {
		return ctx.Err() // the book is being closed; it is tried again when it is opened
	}
	var d *Delivery
	err = b.update(func(t *tx) (err error) {
		d, err = t.noteTry(due.id, try)
		return err
	})
	if err == nil {
		s.log.Info("webhook", "event", d.Event, "type", d.Type, "endpoint", d.Endpoint, "status", try.Status,
			"try", len(d.Tries), "delivery", string(d.Status))
	}
	return err
}

// parcel takes what is due out of the book. It is nil where nothing can be
// sent any more.
func (t *tx) parcel(due task) (*parcel, error) {
	d, err := load[Delivery](t, bucketDeliveries, due.id)
	if err != nil || d == nil || d.Status != Waiting || t.bucket(bucketDue).Get(due.key) == nil {
		return nil, err
	}
	w, err := load[storedEndpoint](t, bucketEndpoints, d.Endpoint)
	if err != nil || w == nil || w.Status != "enabled" {
		return nil, err
	}
	e, err := t.eventByID(d.Event)
	if err != nil {
		return nil, err
	}
	payload, err := json.MarshalIndent(e.public(), "", "  ")
	return &parcel{url: w.URL, payload: payload, secrets: w.Secrets, at: t.now}, err
}

// abandon ends a delivery whose endpoint is gone.
func (t *tx) abandon(due task) error {
	if err := t.bucket(bucketDue).Delete(due.key); err != nil {
		return err
	}
	d, err := load[Delivery](t, bucketDeliveries, due.id)
	if err != nil || d == nil || d.Status != Waiting || !d.Next.Equal(due.at) {
		return err // it is not due any more, or at another time
	}
	d.Status = GivenUp
	return t.proceed(d, t.now)
}

// send is one try.
func (s *settings) send(ctx context.Context, p *parcel) Try {
	ctx, cancel := context.WithTimeout(ctx, s.timeout)
	defer cancel()
	try := Try{At: p.at}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, p.url, bytes.NewReader(p.payload))
	if err != nil {
		try.Error = err.Error()
		return try
	}
	r.Header.Set("Content-Type", "application/json; charset=utf-8")
	r.Header.Set("User-Agent", "TicketX stand-in for Stripe")
	r.Header.Set("Stripe-Signature", sign(p.payload, p.at, p.secrets))
	res, err := courier.Do(r)
	if err != nil {
		if e := (*url.Error)(nil); errors.As(err, &e) {
			err = e.Err // without the address, which the endpoint says
		}
		try.Error = cmp.Or(err.Error(), "no answer")
		return try
	}
	_, _ = io.CopyN(io.Discard, res.Body, largestBody) // so that the connection can be used again
	_ = res.Body.Close()
	try.Status = res.StatusCode
	return try
}

// courier follows no redirects: as at Stripe, they are no 2xx.
var courier = &http.Client{
	CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
}

// noteTry notes how a try went, and what comes next.
func (t *tx) noteTry(id string, try Try) (*Delivery, error) {
	d, err := load[Delivery](t, bucketDeliveries, id)
	if err != nil {
		return nil, err
	}
	if d == nil {
		return nil, fmt.Errorf("delivery %s is not in the book", id)
	}
	if d.Status == Waiting {
		if err := t.unschedule(d.Next, dueDelivery, id); err != nil {
			return nil, err
		}
	}
	s := t.book.settings.Load()
	d.Tries = append(d.Tries, try)
	failed := len(d.Tries) - d.taken()
	next := t.now
	switch {
	case d.taken() >= d.Copies:
		d.Status = Delivered
		if err := t.noteDelivered(d.Event); err != nil {
			return nil, err
		}
	case try.succeeded(): // and is wanted once more
	case failed >= s.tries:
		d.Status = GivenUp
	default:
		next = next.Add(s.pauseAfter(failed))
	}
	return d, t.proceed(d, next)
}

func (t *tx) noteDelivered(event string) error {
	e, err := t.eventByID(event)
	if err != nil {
		return err
	}
	e.PendingWebhooks = max(e.PendingWebhooks-1, 0)
	if err := t.save(bucketEvents, e.ID, e); err != nil {
		return fmt.Errorf("note that %s was delivered: %w", event, err)
	}
	return nil
}
