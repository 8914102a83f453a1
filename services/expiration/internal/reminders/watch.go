package reminders

import (
	"context"
	"log/slog"
	"time"

	"github.com/dapr/go-sdk/client"
	"github.com/prometheus/client_golang/prometheus"

	"ticketx/kit/dapr"
	"ticketx/kit/ids"
)

// pingMethod is the method of the actor that does nothing.
const pingMethod = "ping"

// Watch heals a sidecar that has lost its actors without knowing it. When the
// placement service dies, or its stream breaks, in the middle of telling its table,
// daprd 1.18.1 keeps the actor type blocked for good: all calls of actors through
// this sidecar wait, those of reminders that are due too, until the hosts of the
// type change again, and the sidecar says that all is well
// (TestFactsOfATableCutShort). So Watch calls an actor every few seconds, and has
// the hosts change when that hangs.
type Watch struct {
	host    host
	app     rejoiner
	logger  *slog.Logger
	pace    pace
	rejoins prometheus.Counter
}

// host is the sidecar.
type host interface {
	// Ping calls an actor.
	Ping(ctx context.Context) error
	// HostsActors reports whether actors can be called, as far as the host knows.
	HostsActors(ctx context.Context) (bool, error)
}

// rejoiner is the app channel.
type rejoiner interface {
	// Rejoin has the sidecar take its actor types back and report them anew.
	Rejoin(ctx context.Context) error
}

type pace struct {
	every time.Duration // the pause between two looks
	limit time.Duration // how long an actor may take to answer
	times int           // how many looks in a row must find that none does
	rest  time.Duration // the shortest time between two rejoins
}

// usualPace finds out within half a minute, and not while the hosts of the type
// really change: the placement service ends a round that takes longer.
var usualPace = pace{every: 5 * time.Second, limit: 3 * time.Second, times: 3, rest: 30 * time.Second}

// NewWatch returns a watch over the actors that the sidecar hosts for the app.
func NewWatch(s *dapr.Sidecar, a *dapr.App, logger *slog.Logger) *Watch {
	return newWatch(canary{s}, a, logger, usualPace)
}

func newWatch(h host, a rejoiner, logger *slog.Logger, p pace) *Watch {
	return &Watch{host: h, app: a, logger: logger, pace: p, rejoins: prometheus.NewCounter(prometheus.CounterOpts{
		Name: "ticketx_actor_rejoins_total",
		Help: "How often the sidecar was made to report its actors anew, because calls of them hung.",
	})}
}

// Run watches until ctx ends.
func (w *Watch) Run(ctx context.Context) {
	var (
		hung     int // looks in a row that found no answer
		rejoined time.Time
	)
	for {
		select {
		case <-ctx.Done():
			return
		case <-time.After(w.pace.every):
		}
		if !w.hangs(ctx) {
			hung = 0
			continue
		}
		hung++
		if hung < w.pace.times || time.Since(rejoined) < w.pace.rest || ctx.Err() != nil {
			continue
		}
		w.rejoin(ctx, hung)
		hung, rejoined = 0, time.Now()
	}
}

// hangs reports whether an actor does not answer although the sidecar says that it
// could. A refusal is an answer. While the placement service is away, or the sidecar
// itself is, there is nothing to heal.
func (w *Watch) hangs(ctx context.Context) bool {
	// Not a deadline: the sidecar would know it, and could be the first to give up,
	// with an error that looks like a refusal.
	call, cancel := context.WithCancel(ctx)
	defer cancel()
	defer time.AfterFunc(w.pace.limit, cancel).Stop()
	if err := w.host.Ping(call); err == nil || call.Err() == nil {
		return false
	}
	hosts, err := w.host.HostsActors(ctx)
	return err == nil && hosts
}

func (w *Watch) rejoin(ctx context.Context, hung int) {
	w.logger.Warn("actors hang: the sidecar says that it hosts them, and calls have no answer; it has to report them anew",
		"type", actorType, "calls", hung, "limit", w.pace.limit.String())
	switch err := w.app.Rejoin(ctx); {
	case err == nil:
		w.rejoins.Inc()
	case ctx.Err() == nil:
		w.logger.Error("the sidecar has not reported its actors anew", "type", actorType, "err", err)
	}
}

// Describe and Collect implement prometheus.Collector: how often there was
// something to heal.
func (w *Watch) Describe(descs chan<- *prometheus.Desc) { w.rejoins.Describe(descs) }

// Collect implements prometheus.Collector.
func (w *Watch) Collect(figures chan<- prometheus.Metric) { w.rejoins.Collect(figures) }

// canary implements host over the real sidecar.
type canary struct{ *dapr.Sidecar }

// Ping implements host. The actor is another one each time: what one is busy with
// says nothing about the rest.
func (c canary) Ping(ctx context.Context) error {
	_, err := c.Client().InvokeActor(ctx, &client.InvokeActorRequest{
		ActorType: actorType,
		ActorID:   "canary-" + ids.New(),
		Method:    pingMethod,
	})
	return err
}
