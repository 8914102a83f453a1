package dapr_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.yaml.in/yaml/v3"

	"ticketx/kit/dapr"
	"ticketx/kit/daprtest"
	"ticketx/kit/events"
)

func probe(app http.Handler) int {
	w := httptest.NewRecorder()
	app.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/healthz", http.NoBody))
	return w.Code
}

func TestHandOverLastsUntilTheSidecarHasNoticed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		app := dapr.NewApp(quiet, "")
		require.Equal(t, http.StatusNoContent, probe(app))
		done := make(chan struct{})
		go func() {
			app.HandOver(t.Context())
			close(done)
		}()
		for range 3 {
			time.Sleep(time.Second) //nolint:forbidigo // the time of synctest's bubble, which takes none
			require.Equal(t, http.StatusServiceUnavailable, probe(app))
			synctest.Wait()
			require.NotPanics(t, func() {
				select {
				case <-done:
					panic("the sidecar acts only now")
				default:
				}
			})
		}
		time.Sleep(time.Second) //nolint:forbidigo // the time of synctest's bubble, which takes none
		probe(app)
		<-done
		assert.Equal(t, http.StatusServiceUnavailable, probe(app), "and it stays like that")
	})
}

func TestHandOverDoesNotWaitForASidecarThatHasGone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		app := dapr.NewApp(quiet, "")
		began := time.Now()
		app.HandOver(t.Context())
		assert.Less(t, time.Since(began), 5*time.Second)

		ended, cancel := context.WithCancel(t.Context())
		cancel()
		began = time.Now()
		app.HandOver(ended)
		assert.Zero(t, time.Since(began))
	})
}

// Rejoining refuses as many probes as handing over, and then takes it back.
func TestRejoinAcceptsProbesAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		app := dapr.NewApp(quiet, "")
		for range 2 {
			done := make(chan error, 1)
			go func() { done <- app.Rejoin(t.Context()) }()
			synctest.Wait()
			for range dapr.Refusals {
				require.Empty(t, done)
				require.Equal(t, http.StatusServiceUnavailable, probe(app))
				synctest.Wait()
			}
			require.NoError(t, <-done)
			require.Equal(t, http.StatusNoContent, probe(app))
		}
	})
}

func TestRejoinFailsWithoutProbes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		app := dapr.NewApp(quiet, "")
		require.ErrorContains(t, app.Rejoin(t.Context()), "does not probe")
		assert.Equal(t, http.StatusNoContent, probe(app))

		ended, cancel := context.WithCancel(t.Context())
		cancel()
		require.ErrorIs(t, app.Rejoin(ended), context.Canceled)
		assert.Equal(t, http.StatusNoContent, probe(app))
	})
}

// An app that hands over stays away, whatever else is under way.
func TestRejoinDoesNotUndoHandOver(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		app := dapr.NewApp(quiet, "")
		rejoined := make(chan error, 1)
		go func() { rejoined <- app.Rejoin(t.Context()) }()
		synctest.Wait()
		probe(app)
		handedOver := make(chan struct{})
		go func() {
			app.HandOver(t.Context())
			close(handedOver)
		}()
		synctest.Wait()
		for range dapr.Refusals {
			select {
			case <-handedOver:
				require.FailNow(t, "it has not counted them itself")
			default:
			}
			probe(app)
			synctest.Wait()
		}
		<-handedOver
		require.Error(t, <-rejoined)
		assert.Equal(t, http.StatusServiceUnavailable, probe(app))
		require.Error(t, app.Rejoin(t.Context()))
		assert.Equal(t, http.StatusServiceUnavailable, probe(app))
	})
}

// Handing over counts the probes that dapr.yaml asks for.
func TestHandOverKnowsTheThreshold(t *testing.T) {
	text, err := os.ReadFile(filepath.Join(daprtest.Root(t), "dapr.yaml"))
	require.NoError(t, err)
	var file struct {
		Common struct {
			Interval  int `yaml:"appHealthProbeInterval"`
			Threshold int `yaml:"appHealthThreshold"`
		}
	}
	require.NoError(t, yaml.Unmarshal(text, &file))
	assert.Equal(t, 1, file.Common.Interval)
	assert.Equal(t, dapr.Refusals, file.Common.Threshold+1)
}

// What the code relies on when a service ends: its sidecar brings nothing more,
// serves it until it has finished, and ends with it.
func TestFactsOfStopping(t *testing.T) {
	if testing.Short() {
		return // needs real sidecars and a real broker
	}
	broker := daprtest.StartBroker(t)
	// replica is one of several with the same app id, with what its app handles.
	replica := func(t *testing.T, args ...string) (*dapr.App, *daprtest.Sidecar, *inbox) {
		t.Helper()
		handled := newInbox()
		app := dapr.NewApp(quiet, "")
		dapr.Subscribe(app, events.TopicOrders, handled.take)
		return app, daprtest.Start(t, daprtest.Options{
			AppID:     "stopping",
			App:       app,
			Resources: []string{broker.Component(t), filepath.Join(daprtest.Root(t), "components", "resiliency")},
			Args:      append(args, daprtest.HealthChecks...),
		}), handled
	}
	// publish publishes events through the sidecar and returns their ids.
	publish := func(t *testing.T, through *dapr.Sidecar, name string) []string {
		t.Helper()
		ids := make([]string, 20)
		for i := range ids {
			ids[i] = fmt.Sprintf("%s-%d", name, i)
			e := events.NewOrder(events.OrderCreated, events.Order{ID: ids[i], Version: 1})
			require.NoError(t, dapr.NewPublisher(through).Publish(t.Context(), e))
		}
		return ids
	}
	requireEnd := func(t *testing.T, sidecar *daprtest.Sidecar) {
		t.Helper()
		select {
		case <-sidecar.Ended():
		case <-time.After(patience):
			require.FailNow(t, "the sidecar goes on")
		}
	}
	_, _, other := replica(t)
	asked, ask := context.WithCancel(t.Context())
	ask()

	t.Run("refused probes hand over and the sidecar ends when it is told", func(t *testing.T) {
		app, sidecar, mine := replica(t)
		conn, err := dapr.Dial(sidecar.GRPCPort, "")
		require.NoError(t, err)

		app.HandOver(t.Context())

		for _, id := range publish(t, conn, "handed-over") {
			other.await(t, id, 1)
			assert.Zero(t, mine.times(id))
		}
		conn.Leave(asked)
		requireEnd(t, sidecar)
	})

	t.Run("a sidecar that blocks its end takes no messages and serves until probes are refused", func(t *testing.T) {
		app, sidecar, mine := replica(t, "--dapr-block-shutdown-duration", "5m")
		conn := sidecar.Dial(t)

		sidecar.Terminate()

		require.Eventually(t, func() bool { // it notices the signal in its own time
			before := publish(t, conn, "blocking-"+time.Now().String())
			for _, id := range before {
				require.Eventually(t, func() bool { return mine.times(id)+other.times(id) > 0 }, patience, time.Millisecond)
			}
			for _, id := range before {
				if mine.times(id) > 0 {
					return false
				}
			}
			return true
		}, patience, 10*time.Millisecond)
		app.HandOver(t.Context())
		requireEnd(t, sidecar)
	})
}
