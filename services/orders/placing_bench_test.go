package orders_test

import (
	"cmp"
	"context"
	"fmt"
	"log/slog"
	"path/filepath"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"ticketx/kit/aggregate"
	"ticketx/kit/aggregate/aggregatetest"
	"ticketx/kit/dapr"
	"ticketx/kit/daprtest"
	"ticketx/kit/events"
	"ticketx/kit/ids"
	"ticketx/kit/state"
	"ticketx/services/orders"
)

// BenchmarkPlacing tells what the journal costs: orders are placed through a real
// sidecar, store and broker, once with the journal where it belongs and once with
// a journal in this process's memory, which no crash would survive and which costs
// no call. The two take turns, so that what else the machine does falls on both.
//
// For each it reports the median and the 99th percentile of the time that an order
// takes, in milliseconds, and the calls to the sidecar per order, by kind.
func BenchmarkPlacing(b *testing.B) {
	for _, product := range []string{"sqlite", "redis"} {
		b.Run("store="+product, func(b *testing.B) {
			sidecar := placingSidecar(b, product)
			for _, buyers := range []int{1, 16} {
				b.Run(fmt.Sprintf("buyers=%d", buyers), func(b *testing.B) { benchmarkPlacing(b, sidecar, buyers) })
			}
		})
	}
}

// placingSidecar is a sidecar with a store, the broker and a Scheduler.
func placingSidecar(b *testing.B, product string) *dapr.Sidecar {
	metadata := map[string]string{"connectionString": filepath.Join(b.TempDir(), "state.db")}
	if product == "redis" {
		port, _ := daprtest.RedisServer(b)
		metadata["redisHost"] = "127.0.0.1:" + strconv.Itoa(port)
	}
	sidecar := daprtest.Start(b, daprtest.Options{
		AppID: "bench",
		Resources: []string{
			daprtest.Component(b, filepath.Join("state", product), metadata),
			daprtest.StartBroker(b).Component(b),
		},
		ControlPlane: daprtest.StartControlPlane(b),
	}).Dial(b)
	jobs := dapr.NewJobs(sidecar)
	require.Eventually(b, func() bool { return jobs.Schedule(b.Context(), "warm-up", time.Hour) == nil },
		30*time.Second, 50*time.Millisecond)
	return sidecar
}

func benchmarkPlacing(b *testing.B, sidecar *dapr.Sidecar, buyers int) {
	with, without := newPlacer(b, sidecar, "with", true), newPlacer(b, sidecar, "without", false)
	newPlacer(b, sidecar, "warm-up", true).place(b, 20*buyers, buyers)
	turn := 1 // a turn is long enough for all buyers to be under way at once
	if buyers > 1 {
		turn = 20 * buyers
	}
	placers := []*placer{with, without}
	for done := 0; done < b.N; done += turn {
		for _, p := range placers {
			p.place(b, min(turn, b.N-done), buyers)
		}
		slices.Reverse(placers) // whoever comes second finds warm caches
	}
	b.ReportMetric(0, "ns/op") // means nothing here
	with.report(b)
	without.report(b)
	b.ReportMetric(100*(with.percentile(50)/without.percentile(50)-1), "%-added-to-p50")
}

// placer is a process of the service whose calls are counted and timed.
type placer struct {
	name  string
	shop  *shop
	calls *calls
	mu    sync.Mutex
	took  []time.Duration
}

func newPlacer(b *testing.B, sidecar *dapr.Sidecar, name string, durable bool) *placer {
	quiet := slog.New(slog.DiscardHandler)
	p := &placer{name: name, calls: &calls{Store: dapr.NewStore(sidecar), publisher: dapr.NewPublisher(sidecar)}}
	journal := aggregate.NewJournal(state.NewMemory(), &aggregatetest.Jobs{}, quiet)
	if durable {
		journal = aggregate.NewJournal(p.calls, dapr.NewJobs(sidecar), quiet)
	}
	outbox := aggregate.NewOutbox(p.calls, journal, quiet)
	p.shop = open(p.calls)
	p.shop.Service = orders.NewService(p.calls, outbox, p.shop.market, p.shop.vault, p.shop.till, hold, time.Now)

	ctx, stop := context.WithCancel(context.Background())
	var running sync.WaitGroup
	running.Go(func() { outbox.Run(ctx) })
	b.Cleanup(func() {
		stop()
		running.Wait()
	})
	return p
}

// place places n orders, each of somebody else and on another ticket, as many at
// a time as there are buyers.
func (p *placer) place(b *testing.B, n, buyers int) {
	// The tickets are learned by another process: a key that is in the journal
	// since a moment would need no write of its own.
	b.StopTimer()
	tickets := make([]string, n)
	before := p.shop.over(p.calls.Store, deaf{})
	for i := range tickets {
		snapshot := p.shop.market.listed[p.shop.freshTicket()]
		require.NoError(b, before.Learn(b.Context(), snapshot))
		tickets[i] = snapshot.ID
	}
	b.StartTimer()

	var next atomic.Int64
	p.calls.counting.Store(true)
	together(buyers, func(int) {
		for i := int(next.Add(1)) - 1; i < n; i = int(next.Add(1)) - 1 {
			buyer, start := ids.New(), time.Now()
			_, err := p.shop.Place(b.Context(), buyer, tickets[i], 0)
			took := time.Since(start)
			if err != nil {
				b.Error(err)
			}
			p.mu.Lock()
			p.took = append(p.took, took)
			p.mu.Unlock()
		}
	})
	p.calls.counting.Store(false)
}

// percentile returns the time, in milliseconds, that so many of a hundred orders
// took at most.
func (p *placer) percentile(of int) float64 {
	slices.SortFunc(p.took, cmp.Compare[time.Duration])
	return float64(p.took[(len(p.took)-1)*of/100].Microseconds()) / 1000
}

func (p *placer) report(b *testing.B) {
	b.ReportMetric(p.percentile(50), "p50-ms-"+p.name)
	b.ReportMetric(p.percentile(99), "p99-ms-"+p.name)
	for kind, count := range map[string]*atomic.Int64{
		"reads": &p.calls.reads, "writes": &p.calls.writes, "journal": &p.calls.overwrites, "publishes": &p.calls.publishes,
	} {
		b.ReportMetric(float64(count.Load())/float64(len(p.took)), kind+"/order-"+p.name)
	}
}

// calls counts what goes to the sidecar, one call for each method.
type calls struct {
	*dapr.Store
	publisher aggregate.Publisher

	counting                             atomic.Bool
	reads, writes, overwrites, publishes atomic.Int64
}

func (c *calls) count(kind *atomic.Int64) {
	if c.counting.Load() {
		kind.Add(1)
	}
}

func (c *calls) Read(ctx context.Context, keys ...string) ([]state.Item, error) {
	c.count(&c.reads)
	return c.Store.Read(ctx, keys...)
}

func (c *calls) Write(ctx context.Context, key string, value []byte, etag string) error {
	c.count(&c.writes)
	return c.Store.Write(ctx, key, value, etag)
}

func (c *calls) Overwrite(ctx context.Context, key string, value []byte) error {
	c.count(&c.overwrites)
	return c.Store.Overwrite(ctx, key, value)
}

func (c *calls) Publish(ctx context.Context, e events.Event) error {
	c.count(&c.publishes)
	return c.publisher.Publish(ctx, e)
}
