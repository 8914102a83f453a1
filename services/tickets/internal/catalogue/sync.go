package catalogue

import (
	"context"
	"log/slog"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"time"

	"ticketx/services/tickets"
)

const (
	// readersAtOnce is how many batches are read at the same time for the fill.
	readersAtOnce = 4
	// retryPause is the time between two attempts to read a batch that must be read.
	retryPause = 500 * time.Millisecond
	// settleTime is how long after the fill the feed is live at the latest: the
	// sidecar subscribes within moments of answering for the store.
	settleTime = 10 * time.Second
	// restPause is the time between two batches when all are read again. People look
	// around by then: service, sidecar and store need about 30 ms of a processor for a
	// batch, and read as fast as that goes the answers would wait for them.
	restPause = 150 * time.Millisecond
	// checkPause is the time between two checks of what the feed may have missed.
	checkPause = 5 * time.Second
)

// Source is the truth, batch by batch.
type Source interface {
	// Before returns a batch of the listings that stand before position, the
	// newest first, and the position to go on from: 0 when nothing is left.
	// A negative position means the end, where the newest is.
	Before(ctx context.Context, position int) (listings []tickets.Listing, next int, err error)
}

// end is the position to start from.
const end = -1

// Sync brings the truth into the catalogue.
//
// The feed tells only what happens while it is subscribed, and Dapr does not
// say when that is. So what other replicas wrote between the fill and the
// moment the feed became live is missed at first. That is found by reading the
// whole store again, settleTime after the fill and with rests: what is new by then at
// once, what is new meanwhile within checkPause, a change of an old ticket within
// restPause for every batch there is. What was filled first, and so is the likeliest to
// have been missed, comes first.
//
// After that a slow round goes on for good. It finds what was left out by a
// feed that became live later or was interrupted (the sidecar restarted), a
// broker that lost messages, or a writer that died before it announced its
// write: a new ticket within checkPause, a change of an old one within
// checkPause for every batch there is (200 tickets each). A change that this
// replica made itself is never missed.
type Sync struct {
	catalogue *Catalogue
	source    Source
	logger    *slog.Logger
}

// NewSync returns what fills catalogue from source and keeps it right.
func NewSync(catalogue *Catalogue, source Source, logger *slog.Logger) *Sync {
	return &Sync{catalogue: catalogue, source: source, logger: logger}
}

// Run fills the catalogue, trying until the store answers, and then keeps it
// right until ctx ends.
func (s *Sync) Run(ctx context.Context) {
	start := time.Now()
	undo := sparingly()
	done := s.fill(ctx)
	undo()
	if !done {
		return
	}
	s.catalogue.filled.Store(true)
	s.logger.Info("catalogue filled", "tickets", s.catalogue.Len(), "took", time.Since(start).Round(time.Millisecond))

	if !pause(ctx, settleTime) || !s.again(ctx) {
		return
	}
	for position := 0; pause(ctx, checkPause); {
		position = s.check(ctx, position)
	}
}

// sparingly lets the heap have less garbage, until it is undone. While the catalogue is
// filled the garbage lies between what stays, so it leaves holes for good, and what they
// take of the memory that there is (see limitMemory in main) would be missed later.
func sparingly() (undo func()) {
	const percent = 25
	before := debug.SetGCPercent(percent)
	if before < percent { // or off
		debug.SetGCPercent(before)
	}
	return func() { debug.SetGCPercent(before) }
}

// fill reads everything, and reports whether it got to the end before ctx did. A
// position never changes its meaning, so once the length of a batch is known the
// others are read a few at a time: most of a read is waiting for the sidecar.
func (s *Sync) fill(ctx context.Context) bool {
	first, ok := s.insist(ctx, end)
	if !ok || first == 0 {
		return ok
	}
	second, ok := s.insist(ctx, first)
	if !ok || second == 0 {
		return ok
	}
	length := int64(first - second)
	var next atomic.Int64
	next.Store(int64(second) + length)
	var readers sync.WaitGroup
	for range readersAtOnce {
		readers.Go(func() {
			for position := next.Add(-length); position > 0; position = next.Add(-length) {
				if _, ok := s.insist(ctx, int(position)); !ok {
					return
				}
			}
		})
	}
	readers.Wait()
	return ctx.Err() == nil
}

// again reads everything once more, without haste, and what is new meanwhile too. It
// reports whether it got to the end before ctx did.
func (s *Sync) again(ctx context.Context) bool {
	looked := time.Now()
	for position := end; position != 0; {
		if time.Since(looked) >= checkPause {
			if _, ok := s.insist(ctx, end); !ok {
				return false
			}
			looked = time.Now()
		}
		next, ok := s.insist(ctx, position)
		if !ok || !pause(ctx, restPause) {
			return false
		}
		position = next
	}
	return true
}

// insist reads a batch, until the store answers or ctx ends.
func (s *Sync) insist(ctx context.Context, position int) (next int, ok bool) {
	for failures := 0; ; failures++ {
		next, err := s.read(ctx, position)
		if err == nil {
			return next, true
		}
		if failures == 0 {
			s.logger.Warn("the catalogue can't be read from the store, trying on", "err", err)
		}
		if !pause(ctx, retryPause) {
			return 0, false
		}
	}
}

// check reads the newest batch and the one before position, and returns the
// position whose turn is next: 0 when the round is over.
func (s *Sync) check(ctx context.Context, position int) (next int) {
	next, err := s.read(ctx, end)
	if err == nil && position > 0 {
		next, err = s.read(ctx, position)
	}
	if err != nil {
		s.logger.Warn("the catalogue can't be checked against the store", "err", err)
		return position
	}
	return next
}

// read takes a batch into the catalogue.
func (s *Sync) read(ctx context.Context, position int) (next int, err error) {
	listings, next, err := s.source.Before(ctx, position)
	if err != nil {
		return 0, err
	}
	for _, l := range listings {
		s.catalogue.Put(l)
	}
	return next, nil
}

// pause waits, and reports false when ctx ended before d had passed.
func pause(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-timer.C:
		return true
	}
}
