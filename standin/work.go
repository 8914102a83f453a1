package standin

import (
	"context"
	"strings"
	"sync"
	"time"
)

// worker does what nobody asks for: it lets things happen when they are due,
// and delivers events. One goroutine decides, and for each endpoint at most
// one more sends.
type worker struct {
	mu     sync.Mutex
	cancel context.CancelFunc
	done   chan struct{}
	woken  chan struct{}
}

// start starts the worker, unless it runs already.
func (w *worker) start(run func(ctx context.Context, woken <-chan struct{})) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.done != nil {
		return
	}
	ctx, cancel := context.WithCancel(context.Background())
	done, woken := make(chan struct{}), make(chan struct{}, 1)
	w.cancel, w.done, w.woken = cancel, done, woken
	go func() {
		defer close(done)
		run(ctx, woken)
	}()
}

// wake has the worker look again at what is due.
func (w *worker) wake() {
	w.mu.Lock()
	defer w.mu.Unlock()
	select {
	case w.woken <- struct{}{}:
	default: // it will look anyway, or does not run
	}
}

// stop returns when nothing of the worker is left. It can't be started again.
func (w *worker) stop() {
	w.mu.Lock()
	cancel, done := w.cancel, w.done
	w.mu.Unlock()
	if done != nil {
		cancel()
		<-done
	}
}

// work lets things happen until ctx ends.
func (b *Book) work(ctx context.Context, woken <-chan struct{}) {
	log := b.settings.Load().log
	var sending sync.WaitGroup
	defer sending.Wait()
	busy := map[string]bool{} // endpoints that are being sent to
	sent := make(chan string)
	for {
		var due []task
		var next time.Time
		wait := time.Hour
		err := b.view(func(t *tx) error {
			if due, next = t.due(); !next.IsZero() {
				wait = next.Sub(t.now)
			}
			return nil
		})
		failed := err != nil
		for _, d := range due {
			_, endpoint, delivery := strings.Cut(d.id, "/")
			switch {
			case d.kind != dueDelivery:
				wait = 0 // it may make something else due
				if err := b.update(func(t *tx) error { return t.carryOut(d) }); err != nil {
					failed = true
					log.Error("let happen what is due", "kind", d.kind, "id", d.id, "cause", err)
				}
			case delivery && !busy[endpoint]:
				busy[endpoint] = true
				sending.Go(func() {
					if err := b.deliver(ctx, d); err != nil && ctx.Err() == nil {
						log.Error("deliver", "delivery", d.id, "cause", err)
					}
					select {
					case sent <- endpoint:
					case <-ctx.Done():
					}
				})
			}
		}
		if failed {
			wait = time.Second // the disk is full, say; everything is still in the book
		}
		timer := time.NewTimer(wait)
		select {
		case <-ctx.Done():
			timer.Stop()
			return
		case endpoint := <-sent:
			delete(busy, endpoint)
		case <-woken:
		case <-timer.C:
		}
		timer.Stop()
	}
}
