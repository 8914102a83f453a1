package reminders_test

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"ticketx/kit/dapr"
	"ticketx/kit/daprtest"
	"ticketx/kit/events"
	"ticketx/kit/metrics"
	"ticketx/services/expiration/internal/reminders"
)

// patience is how long a test waits for what must happen.
const patience = time.Minute

// What the watch is for, and that it helps: daprd keeps an actor type blocked when
// its line to the placement service breaks between the table and the word that all
// have it, and the table is the same afterwards.
func TestFactsOfATableCutShort(t *testing.T) {
	if testing.Short() {
		t.Skip("needs a sidecar")
	}
	heard := make(chan events.Expiration, 10)
	app := dapr.NewApp(slog.New(slog.DiscardHandler), "")
	reminders.Register(app, func(_ context.Context, e events.Expiration) error {
		heard <- e
		return nil
	})
	controlPlane, line := daprtest.StartControlPlane(t).Line(t)
	// begin starts a sidecar whose line breaks while it is told of its own actors,
	// and reports whether calls hang then. They do not when the placement service
	// noticed in between that it was gone: then the table was not the same.
	begin := func() (*dapr.Sidecar, *daprtest.Sidecar, bool) {
		line.CutShort()
		process := daprtest.Start(t, daprtest.Options{
			AppID: "expiration",
			App:   app,
			Resources: []string{
				daprtest.Component(t, "state/sqlite", map[string]string{"connectionString": filepath.Join(t.TempDir(), "state.db")}),
				filepath.Join(daprtest.Root(t), "components", "resiliency"),
			},
			ControlPlane: controlPlane,
			Args:         daprtest.HealthChecks,
		})
		sidecar := process.Dial(t)
		require.Eventually(t, line.HasBroken, patience, 10*time.Millisecond)
		require.Eventually(t, func() bool { return hosts(t, sidecar) }, patience, 10*time.Millisecond)
		hung := false
		require.Eventually(t, func() bool { // it may be refused at first
			ctx, cancel := context.WithTimeout(t.Context(), 3*time.Second)
			defer cancel()
			err := reminders.Ping(ctx, sidecar)
			hung = err != nil && ctx.Err() != nil
			return err == nil || hung
		}, patience, 10*time.Millisecond)
		return sidecar, process, hung
	}
	sidecar, process, hung := begin()
	for try := 1; !hung && try < 5; try++ {
		process.Stop()
		sidecar, process, hung = begin()
	}
	require.True(t, hung,
		"calls do not hang any more: when Dapr has mended it, the watch is not needed, and docs/dapr.md is wrong")

	e := expiration(0)
	require.NoError(t, reminders.New(sidecar).Set(t.Context(), e), "it is taken as always")
	require.True(t, hosts(t, sidecar), "the sidecar knows that it is not well")
	require.Empty(t, heard, "a reminder comes through")

	watch := reminders.NewWatch(sidecar, app, slog.New(slog.DiscardHandler))
	watch.Hurry(100*time.Millisecond, time.Second)
	watching, stop := context.WithCancel(t.Context())
	var watched sync.WaitGroup
	watched.Go(func() { watch.Run(watching) })
	began := time.Now()

	select {
	case got := <-heard:
		assert.Equal(t, e, got)
	case <-time.After(patience):
		require.FailNow(t, "the reminder has not fired")
	}
	t.Logf("the reminder fired after %s", time.Since(began).Round(10*time.Millisecond))
	require.Eventually(t, func() bool {
		call, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		return reminders.Ping(call, sidecar) == nil
	}, patience, 50*time.Millisecond)
	stop()
	watched.Wait()
	assert.NotContains(t, page(watch), "\nticketx_actor_rejoins_total 0\n", "the watch has done it")
}

// hosts reports whether the sidecar says that it hosts the actors.
func hosts(t *testing.T, sidecar *dapr.Sidecar) bool {
	t.Helper()
	ready, err := sidecar.HostsActors(t.Context())
	return err == nil && ready
}

// What comes every few seconds has no line in the log.
func TestPingsAreNotLogged(t *testing.T) {
	var log strings.Builder
	app := dapr.NewApp(slog.New(slog.NewTextHandler(&log, nil)), "")
	reminders.Register(app, nil)
	for method, path := range map[string]string{
		http.MethodPut:    "/actors/OrderExpiration/canary-1/method/ping",
		http.MethodDelete: "/actors/OrderExpiration/canary-1",
	} {
		w := httptest.NewRecorder()
		app.ServeHTTP(w, httptest.NewRequest(method, path, http.NoBody))
		assert.Equal(t, http.StatusOK, w.Code)
	}
	assert.Empty(t, log.String())
}

// page is what the watch says to Prometheus.
func page(w *reminders.Watch) string {
	rec := httptest.NewRecorder()
	metrics.Beside(http.NotFoundHandler(), w).ServeHTTP(rec, httptest.NewRequest(http.MethodGet, metrics.Path, http.NoBody))
	return rec.Body.String()
}

// patient is a sidecar and its app, in a bubble of synctest: ping and hosts say how
// they are at the moment.
type patient struct {
	began    time.Time
	ping     func(context.Context) error
	hosts    func() (bool, error)
	rejoin   func() error
	rejoined []time.Duration // when, since it began
	log      strings.Builder
}

// hanging is an actor that does not answer.
func hanging(ctx context.Context) error {
	<-ctx.Done()
	return ctx.Err()
}

func answering(context.Context) error { return nil }

func newPatient() *patient {
	return &patient{
		began:  time.Now(),
		ping:   hanging,
		hosts:  func() (bool, error) { return true, nil },
		rejoin: func() error { return nil },
	}
}

func (p *patient) Ping(ctx context.Context) error            { return p.ping(ctx) }
func (p *patient) HostsActors(context.Context) (bool, error) { return p.hosts() }

func (p *patient) Rejoin(context.Context) error {
	p.rejoined = append(p.rejoined, time.Since(p.began))
	return p.rejoin()
}

// watch watches for so long, and returns what is on the metrics page afterwards.
func (p *patient) watch(t *testing.T, span time.Duration) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), span)
	defer cancel()
	w := reminders.NewWatchOf(p, p, slog.New(slog.NewTextHandler(&p.log, nil)))
	w.Run(ctx)
	return page(w)
}

// look is how long one look takes that finds no answer.
var look = reminders.Every + reminders.Limit

func TestWatchRejoinsWhenCallsHang(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPatient()
		p.rejoin = func() error {
			p.ping = answering
			return nil
		}
		page := p.watch(t, time.Hour)
		assert.Equal(t, []time.Duration{3 * look}, p.rejoined)
		assert.Equal(t, 1, strings.Count(p.log.String(), "level=WARN"))
		assert.Equal(t, 1, strings.Count(p.log.String(), "\n"), "and nothing else is said")
		assert.Contains(t, page, "\nticketx_actor_rejoins_total 1\n")
	})
}

func TestWatchRejoinsAgainWhenThatDidNotHelp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPatient()
		p.watch(t, 10*time.Minute)
		require.Greater(t, len(p.rejoined), 5)
		for i := range p.rejoined[1:] {
			assert.GreaterOrEqual(t, p.rejoined[i+1]-p.rejoined[i], reminders.Rest)
		}
	})
}

func TestWatchLeavesAloneWhatItCannotHeal(t *testing.T) {
	for name, c := range map[string]struct {
		ping  func(context.Context) error
		hosts func() (bool, error)
	}{
		"actors that answer":           {ping: answering},
		"actors that refuse":           {ping: func(context.Context) error { return errors.New("there is no host") }},
		"a sidecar without placement":  {ping: hanging, hosts: func() (bool, error) { return false, nil }},
		"a sidecar that does not know": {ping: hanging, hosts: func() (bool, error) { return false, errors.New("it has gone") }},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				p := newPatient()
				p.ping = c.ping
				if c.hosts != nil {
					p.hosts = c.hosts
				}
				page := p.watch(t, time.Hour)
				assert.Empty(t, p.rejoined)
				assert.Empty(t, p.log.String())
				assert.Contains(t, page, "\nticketx_actor_rejoins_total 0\n")
			})
		})
	}
}

// An answer in between, or a moment without placement, begins the count anew.
func TestWatchWantsThreeInARow(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p, calls := newPatient(), 0
		p.ping = func(ctx context.Context) error {
			if calls++; calls%3 == 0 {
				return nil
			}
			return hanging(ctx)
		}
		p.watch(t, time.Hour)
		assert.Empty(t, p.rejoined)

		p, calls = newPatient(), 0
		p.hosts = func() (bool, error) {
			calls++
			return calls%3 != 0, nil
		}
		p.watch(t, time.Hour)
		assert.Empty(t, p.rejoined)
	})
}

func TestWatchDoesNotRejoinWhenItIsToEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPatient()
		p.watch(t, 3*look-time.Second) // the third call is under way
		assert.Empty(t, p.rejoined)
		assert.Equal(t, 3*look-time.Second, time.Since(p.began), "it ends at once")
	})
}

func TestWatchSaysWhenRejoiningFails(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPatient()
		p.rejoin = func() error { return errors.New("nobody probes") }
		page := p.watch(t, 3*look+time.Second)
		assert.Len(t, p.rejoined, 1)
		assert.Equal(t, 1, strings.Count(p.log.String(), "level=ERROR"))
		assert.Contains(t, p.log.String(), "nobody probes")
		assert.Contains(t, page, "\nticketx_actor_rejoins_total 0\n")
	})
}
