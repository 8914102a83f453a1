package deadletter_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"ticketx/kit/deadletter"
	"ticketx/kit/errs"
	"ticketx/kit/events"
	"ticketx/kit/state"
	"ticketx/kit/state/statetest"
)

var today = time.Date(2026, 1, 2, 10, 0, 0, 0, time.UTC)

// topic is a topic that remembers what was put on it, and fails as told.
type topic struct {
	bodies []string
	err    error
	lost   bool // published, and an error is reported all the same
}

func (p *topic) PublishRaw(_ context.Context, name string, body []byte) error {
	if name != events.TopicOrders {
		return fmt.Errorf("published to %s", name)
	}
	if p.err == nil || p.lost {
		p.bodies = append(p.bodies, string(body))
	}
	return p.err
}

func keeper(store state.Store, p *topic) *deadletter.Keeper {
	return deadletter.New(events.TopicOrders, store, p, func() time.Time { return today })
}

// order is an event as a broker has it.
func order(t *testing.T, id string) []byte {
	t.Helper()
	body, err := json.Marshal(events.NewOrder(events.OrderCreated, events.Order{ID: id, Version: 1}))
	require.NoError(t, err)
	return body
}

func eventID(t *testing.T, body string) string {
	t.Helper()
	var e events.Event
	require.NoError(t, json.Unmarshal([]byte(body), &e))
	return e.ID
}

// waiting returns the bodies of all letters that wait.
func waiting(t *testing.T, k *deadletter.Keeper, limit int) (bodies []string) {
	t.Helper()
	for from := 0; ; {
		p, err := k.Waiting(t.Context(), from, limit)
		require.NoError(t, err)
		require.LessOrEqual(t, len(p.IDs), limit)
		for _, l := range p.Letters {
			bodies = append(bodies, string(l.Body))
		}
		if p.Next == 0 {
			break
		}
		from = p.Next
	}
	n, err := k.Count(t.Context())
	require.NoError(t, err)
	assert.Len(t, bodies, n, "Count")
	return bodies
}

// redrive puts all back, a page at a time, and returns how many.
func redrive(t *testing.T, k *deadletter.Keeper, limit int) (redriven, skipped int) {
	t.Helper()
	for from, until := 0, -1; ; {
		done, err := k.Redrive(t.Context(), from, until, limit)
		require.NoError(t, err)
		require.LessOrEqual(t, done.Redriven+done.Skipped, limit)
		redriven, skipped = redriven+done.Redriven, skipped+done.Skipped
		if done.Next == 0 {
			return redriven, skipped
		}
		require.Greater(t, done.Next, from, "it goes on")
		from, until = done.Next, done.Until
	}
}

func TestALetterIsKeptOnceAndAsItIs(t *testing.T) {
	k := keeper(state.NewMemory(), &topic{})
	assert.Empty(t, waiting(t, k, 10))
	bodies := []string{
		string(order(t, "1")), string(order(t, "2")), "garbage", "", "null", "[]", "\xff\xfe", `{"id":5}`, `{"id":"x","data":null}`,
	}
	for range 3 {
		for _, b := range bodies {
			require.NoError(t, k.Keep(t.Context(), []byte(b)))
		}
	}
	for _, limit := range []int{1, 4, 10, 100} {
		assert.Equal(t, bodies, waiting(t, k, limit), "oldest first, %d at a time", limit)
	}
}

// Runtimes on the way add attributes of their own, others with each publish.
func TestTheSameEventIsOneLetter(t *testing.T) {
	k := keeper(state.NewMemory(), &topic{})
	for _, b := range []string{
		`{"id":"order:1:1","data":{"id":"1"},"traceid":"a"}`,
		`{"traceid":"b","id":"order:1:1","data":{"id":"1"}}`,
	} {
		require.NoError(t, k.Keep(t.Context(), []byte(b)))
	}
	assert.Len(t, waiting(t, k, 10), 1)

	for i, b := range []string{
		`{"id":"order:1:1","data":{"id":"2"}}`, `{"id":"order:1:1","type":"x","data":{"id":"1"}}`,
		`{"id":"order:1:1","data":null}`, `{"id":"order:1:1"}`, `{"id":"order:1:1","later":1}`,
	} {
		require.NoError(t, k.Keep(t.Context(), []byte(b)))
		assert.Len(t, waiting(t, k, 10), 2+i, "an id that was given twice loses nothing: %s", b)
	}
}

func TestRedrivePutsBackUnderAFreshID(t *testing.T) {
	for _, limit := range []int{1, 3, 10, 100} {
		t.Run(fmt.Sprintf("%d at a time", limit), func(t *testing.T) {
			p := &topic{}
			k := keeper(state.NewMemory(), p)
			const n = 25
			for i := range n {
				require.NoError(t, k.Keep(t.Context(), order(t, fmt.Sprint(i))))
			}
			redriven, skipped := redrive(t, k, limit)
			assert.Equal(t, n, redriven)
			assert.Zero(t, skipped)
			assert.Empty(t, waiting(t, k, 10))

			require.Len(t, p.bodies, n)
			for i, body := range p.bodies {
				var was, is map[string]any
				require.NoError(t, json.Unmarshal(order(t, fmt.Sprint(i)), &was))
				require.NoError(t, json.Unmarshal([]byte(body), &is))
				assert.NotEqual(t, was["id"], is["id"], "the broker would drop it")
				was["id"], is["id"] = nil, nil
				assert.Equal(t, was, is, "in order, and nothing else differs")
			}
			redriven, _ = redrive(t, k, limit)
			assert.Zero(t, redriven, "what is settled is not put back again")
		})
	}
}

func TestWhatComesBackIsANewLetter(t *testing.T) {
	p := &topic{}
	k := keeper(state.NewMemory(), p)
	require.NoError(t, k.Keep(t.Context(), order(t, "poison")))
	first, err := k.Redrive(t.Context(), 0, -1, 10)
	require.NoError(t, err)
	assert.Equal(t, 1, first.Redriven)

	require.NoError(t, k.Keep(t.Context(), []byte(p.bodies[0])))
	assert.Equal(t, p.bodies, waiting(t, k, 10))
	done, err := k.Redrive(t.Context(), 0, first.Until, 10)
	require.NoError(t, err)
	assert.Zero(t, done.Redriven, "what came back meanwhile is left for the next time, or it would go round for ever")

	redriven, _ := redrive(t, k, 10)
	assert.Equal(t, 1, redriven)
	assert.NotEqual(t, eventID(t, p.bodies[0]), eventID(t, p.bodies[1]))
}

// What is no event would only come back, and some of it ends sidecars.
func TestOnlyEventsArePutBack(t *testing.T) {
	p := &topic{}
	k := keeper(state.NewMemory(), p)
	garbage := []string{
		"garbage", "", "null", "[]", `"x"`, "5", "\xff", `{}`, `{"id":""}`, `{"id":5}`, `{"id":null}`,
		`{"id":"x","traceid":5}`, `{"id":"x","traceparent":{}}`, `{"id":"x","tracestate":null}`,
	}
	for i, b := range garbage {
		require.NoError(t, k.Keep(t.Context(), []byte(b)))
		require.NoError(t, k.Keep(t.Context(), order(t, fmt.Sprint(i))))
	}
	for _, limit := range []int{1, 10} {
		_, skipped := redrive(t, k, limit)
		assert.Equal(t, len(garbage), skipped)
	}
	assert.Len(t, p.bodies, len(garbage), "what is between is put back")
	assert.Equal(t, garbage, waiting(t, k, 3), "and it stays")
}

func TestDiscard(t *testing.T) {
	p := &topic{}
	k := keeper(state.NewMemory(), p)
	for _, b := range []string{"a", "b", "c"} {
		require.NoError(t, k.Keep(t.Context(), []byte(b)))
	}
	page, err := k.Waiting(t.Context(), 0, 10)
	require.NoError(t, err)
	for range 2 { // again is harmless
		require.NoError(t, k.Discard(t.Context(), page.IDs[1]))
		assert.Equal(t, []string{"a", "c"}, waiting(t, k, 10))
	}
	l, err := k.Load(t.Context(), page.IDs[1])
	require.NoError(t, err)
	assert.Equal(t, "b", string(l.Body), "it is kept all the same")
	assert.Equal(t, &today, l.DiscardedAt)

	require.NoError(t, k.Keep(t.Context(), []byte("b")))
	assert.Equal(t, []string{"a", "c", "b"}, waiting(t, k, 10), "when it comes again it waits again")

	for _, id := range []string{"", "a||b", "x", page.IDs[0][1:] + "0"} {
		require.True(t, errs.Is(k.Discard(t.Context(), id), errs.KindNotFound), id)
		_, err := k.Load(t.Context(), id)
		require.True(t, errs.Is(err, errs.KindNotFound), id)
	}
}

func TestAnOutageLosesNothing(t *testing.T) {
	p := &topic{}
	k := keeper(state.NewMemory(), p)
	for i := range 3 {
		require.NoError(t, k.Keep(t.Context(), order(t, fmt.Sprint(i))))
	}
	p.err = errs.Unavailable("later", errors.New("the broker is down"))
	_, err := k.Redrive(t.Context(), 0, -1, 10)
	require.True(t, errs.Is(err, errs.KindUnavailable))
	assert.Len(t, waiting(t, k, 10), 3)

	p.lost = true
	_, err = k.Redrive(t.Context(), 0, -1, 10)
	require.True(t, errs.Is(err, errs.KindUnavailable))
	assert.Len(t, waiting(t, k, 10), 3, "perhaps it was not published")

	p.err = nil
	redriven, _ := redrive(t, k, 10)
	assert.Equal(t, 3, redriven)
	assert.Len(t, p.bodies, 4, "one of them twice, under two ids")
}

// Whatever write fails, with or without having happened, the next delivery and
// the next try make it whole, and nothing that was acknowledged goes missing.
func TestCrashes(t *testing.T) {
	for nth := 1; nth <= 12; nth++ {
		for name, fault := range map[string]statetest.Fault{"before": statetest.FailsBefore, "after": statetest.FailsAfter} {
			t.Run(fmt.Sprintf("%s write %d", name, nth), func(t *testing.T) {
				p := &topic{}
				store := statetest.FailNth(state.NewMemory(), nth, fault)
				k := keeper(store, p)
				bodies := []string{string(order(t, "1")), "garbage", string(order(t, "2"))}
				for _, b := range bodies {
					if k.Keep(t.Context(), []byte(b)) != nil {
						require.NoError(t, k.Keep(t.Context(), []byte(b)), "delivered again")
					}
				}
				require.Equal(t, bodies, waiting(t, k, 10))

				if _, err := k.Redrive(t.Context(), 0, -1, 10); err != nil {
					redrive(t, k, 10)
				}
				require.Equal(t, []string{"garbage"}, waiting(t, k, 10))
				told := make(map[string]bool)
				for _, b := range p.bodies {
					var e events.Event
					require.NoError(t, json.Unmarshal([]byte(b), &e))
					told[e.Subject] = true
				}
				assert.Equal(t, map[string]bool{"1": true, "2": true}, told)

				page, err := k.Waiting(t.Context(), 0, 10)
				require.NoError(t, err)
				if k.Discard(t.Context(), page.IDs[0]) != nil {
					require.NoError(t, k.Discard(t.Context(), page.IDs[0]))
				}
				require.Empty(t, waiting(t, k, 10))
				if k.Keep(t.Context(), []byte("last")) != nil {
					require.NoError(t, k.Keep(t.Context(), []byte("last")))
				}
				assert.Equal(t, []string{"last"}, waiting(t, k, 10))
				assert.GreaterOrEqual(t, store.Writes(), nth, "the fault was met")
			})
		}
	}
}

// stalled is a store whose writes of letters wait until they are let go, so that
// a letter has its entry and is not there yet.
type stalled struct {
	state.Store
	body string
	here chan struct{}
	goOn chan struct{}
}

func (s *stalled) Write(ctx context.Context, key string, value []byte, etag string) error {
	var l deadletter.Letter
	if json.Unmarshal(value, &l) == nil && string(l.Body) == s.body {
		close(s.here)
		<-s.goOn
	}
	return s.Store.Write(ctx, key, value, etag)
}

// What is put back or given up while a letter is on its way does not leave the
// letter behind.
func TestALetterOnItsWayIsNotOvertaken(t *testing.T) {
	memory := state.NewMemory()
	late := &stalled{Store: memory, body: "late", here: make(chan struct{}), goOn: make(chan struct{})}
	kept := make(chan error)
	go func() { kept <- keeper(late, &topic{}).Keep(t.Context(), []byte("late")) }()
	<-late.here

	k := keeper(memory, &topic{})
	require.NoError(t, k.Keep(t.Context(), order(t, "1")))
	redriven, _ := redrive(t, k, 10)
	assert.Equal(t, 1, redriven)
	assert.Empty(t, waiting(t, k, 10))

	close(late.goOn)
	require.NoError(t, <-kept)
	assert.Equal(t, []string{"late"}, waiting(t, k, 10))
}

// counting is a store that counts what is asked of it.
type counting struct {
	state.Store
	reads int
}

func (c *counting) Read(ctx context.Context, keys ...string) ([]state.Item, error) {
	c.reads++
	return c.Store.Read(ctx, keys...)
}

// However many letters there have been, looking at those that wait costs no more.
func TestWhatIsSettledCostsNothing(t *testing.T) {
	store := &counting{Store: state.NewMemory()}
	p := &topic{}
	k := keeper(store, p)
	cost := func() int {
		before := store.reads
		waiting(t, k, 10)
		return store.reads - before
	}
	before := cost()
	for i := range 3 * state.PageSize {
		require.NoError(t, k.Keep(t.Context(), order(t, fmt.Sprint(i))))
	}
	assert.Greater(t, cost(), 3*state.PageSize/10)
	redrive(t, k, 100)
	assert.Equal(t, before, cost())
}
