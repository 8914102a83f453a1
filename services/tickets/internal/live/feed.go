// Package live tells open pages what changes: the last changes of this replica, in
// the order in which they came, and who listens to them.
//
// Nobody has a queue. The changes stand in one ring, and each listener has a place
// in it, so a slow one costs nothing but its connection: when the ring has gone over
// its place, it is let go, and may come again with the id it stands at.
package live

import (
	"context"
	"crypto/rand"
	"strconv"
	"strings"
	"sync"
	"time"

	"ticketx/kit/errs"
)

// ringSize is how many changes can be asked for again.
const ringSize = 2048

// comeAgain is when there may be room for a listener who was turned away.
const comeAgain = 5 * time.Second

// Change is a ticket as it became.
type Change struct {
	TicketID string
	Ticket   []byte // as the HTTP API shows it to everybody; not to be changed
	seq      int64
}

// Feed is the changes of this replica. It is safe for concurrent use.
type Feed struct {
	epoch string // tells this process from others, whose numbers mean something else
	limit int

	mu        sync.Mutex
	ring      []Change
	last      int64         // the number of the newest change
	news      chan struct{} // closed when there is a newer one
	ended     chan struct{}
	listeners int
}

// NewFeed returns a Feed without changes, for so many listeners at most.
func NewFeed(limit int) *Feed {
	return &Feed{
		epoch: rand.Text()[:8], limit: limit,
		ring: make([]Change, 0, ringSize),
		news: make(chan struct{}), ended: make(chan struct{}),
	}
}

// Tell adds a change.
func (f *Feed) Tell(ticketID string, ticket []byte) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.last++
	c := Change{TicketID: ticketID, Ticket: ticket, seq: f.last}
	if len(f.ring) < ringSize {
		f.ring = append(f.ring, c)
	} else {
		f.ring[int(f.last-1)%ringSize] = c
	}
	close(f.news)
	f.news = make(chan struct{})
}

// Listeners returns how many listen.
func (f *Feed) Listeners() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.listeners
}

// End lets all listeners go, and takes no new ones.
func (f *Feed) End() {
	f.mu.Lock()
	defer f.mu.Unlock()
	if !f.over() {
		close(f.ended)
	}
}

func (f *Feed) over() bool {
	select {
	case <-f.ended:
		return true
	default:
		return false
	}
}

// Listener is one who listens, at a place among the changes.
type Listener struct {
	feed *Feed
	at   int64
	// Lost says that the changes after the id that it came with are not known any
	// more, or were never known here.
	Lost bool
}

// Listen lets somebody listen from behind the change with the id on, or from now
// where there is none. Who does must Leave. It is errs.KindUnavailable when too many
// do already.
func (f *Feed) Listen(id string) (*Listener, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.listeners >= f.limit || f.over() {
		return nil, &errs.Error{
			Kind: errs.KindUnavailable, RetryAfter: comeAgain,
			Message: "Too many pages listen to what changes. Please look again instead.",
		}
	}
	f.listeners++
	l := &Listener{feed: f, at: f.last}
	if id != "" {
		at, ok := f.parse(id)
		if l.Lost = !ok || at < f.last-int64(len(f.ring)); !l.Lost {
			l.at = at
		}
	}
	return l, nil
}

// parse returns the number that an id stands for, if it is one of this process.
func (f *Feed) parse(id string) (int64, bool) {
	epoch, number, _ := strings.Cut(id, "-")
	at, err := strconv.ParseUint(number, 10, 63)
	if err != nil || epoch != f.epoch || int64(at) > f.last {
		return 0, false
	}
	return int64(at), true
}

// Leave ends the listening.
func (l *Listener) Leave() {
	l.feed.mu.Lock()
	defer l.feed.mu.Unlock()
	l.feed.listeners--
}

// ID is where the listener stands.
func (l *Listener) ID() string { return l.feed.id(l.at) }

func (f *Feed) id(at int64) string { return f.epoch + "-" + strconv.FormatInt(at, 10) }

// IDOf is where who has heard of the change stands.
func (l *Listener) IDOf(c Change) string { return l.feed.id(c.seq) }

// Next waits for changes and returns up to limit of them, or none when patience is
// over. It reports false when the listening is over: ctx or the feed has ended, or
// the ring has gone over the listener's place.
func (l *Listener) Next(ctx context.Context, limit int, patience time.Duration) ([]Change, bool) {
	timer := time.NewTimer(patience)
	defer timer.Stop()
	for {
		changes, news, ok := l.take(limit)
		if len(changes) > 0 || !ok {
			return changes, ok
		}
		select {
		case <-news:
		case <-timer.C:
			return nil, true
		case <-ctx.Done():
			return nil, false
		case <-l.feed.ended:
			return nil, false
		}
	}
}

// take returns what stands behind the listener's place, which moves on.
func (l *Listener) take(limit int) (changes []Change, news <-chan struct{}, ok bool) {
	f := l.feed
	f.mu.Lock()
	defer f.mu.Unlock()
	if l.at < f.last-int64(len(f.ring)) {
		return nil, nil, false
	}
	for ; l.at < f.last && len(changes) < limit; l.at++ {
		changes = append(changes, f.ring[int(l.at)%ringSize])
	}
	return changes, f.news, true
}
