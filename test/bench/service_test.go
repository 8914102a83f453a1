package bench_test

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/dapr/go-sdk/client"
	"github.com/stretchr/testify/require"

	"ticketx/dev/seed"
	"ticketx/kit/dapr"
	"ticketx/kit/daprtest"
	"ticketx/kit/state"
	"ticketx/services/tickets"
)

// service is the tickets service as it runs in production, a process of its own
// beside a sidecar.
type service struct {
	base   string
	pid    int
	ids    []string
	filled time.Duration // from its start until it was ready
}

// startTickets puts n tickets into a new store and then starts the service.
func startTickets(b *testing.B, n int) *service {
	b.Helper()
	ports := daprtest.FreePorts(b, 2)
	sidecar := daprtest.Start(b, daprtest.Options{
		AppID: "tickets",
		Resources: []string{
			daprtest.StartBroker(b).Component(b),
			daprtest.Component(b, "state/sqlite", map[string]string{"connectionString": filepath.Join(b.TempDir(), "state.db")}),
		},
		ControlPlane: daprtest.StartControlPlane(b),
		Args:         append([]string{"--app-port", strconv.Itoa(ports[1])}, daprtest.HealthChecks...),
	})
	s := &service{base: "http://" + daprtest.Addr(ports[0]), ids: fill(b, sidecar, n)}

	program := filepath.Join(b.TempDir(), "tickets")
	out, err := exec.Command("go", "build", "-o", program, "ticketx/services/tickets/cmd/tickets").CombinedOutput()
	require.NoError(b, err, string(out))
	start := time.Now()
	process := daprtest.Run(b, "tickets", program, []string{
		"API_ADDR=" + daprtest.Addr(ports[0]), "APP_ADDR=" + daprtest.Addr(ports[1]), "DAPR_GRPC_PORT=" + strconv.Itoa(sidecar.GRPCPort),
	})
	process.AwaitAnswer(b, ports[0], "/readyz")
	s.pid = process.PID()
	s.filled = time.Since(start)
	return s
}

// fill writes tickets as the service keeps them, many at a time: listing them one by
// one takes minutes.
func fill(b *testing.B, sidecar *daprtest.Sidecar, n int) (ids []string) {
	b.Helper()
	docs, err := client.NewClientWithPort(strconv.Itoa(sidecar.GRPCPort))
	require.NoError(b, err)
	defer docs.Close()
	market, now := tickets.Market{Currency: "eur"}, time.Now().UTC().Truncate(time.Millisecond)
	ids = make([]string, n)
	var batch []*client.StateOperation // one transaction, which the store syncs once
	for i := range ids {
		ids[i], err = tickets.NewID()
		require.NoError(b, err)
		offer, err := market.Offer(tickets.Offer{}, draft(i, now), now)
		require.NoError(b, err)
		seller := fmt.Sprintf("00000000-0000-7000-8000-%012d", i%500)
		doc, err := json.Marshal(tickets.List(ids[i], seller, offer, now))
		require.NoError(b, err)
		batch = append(batch, &client.StateOperation{
			Type: client.StateOperationTypeUpsert,
			Item: &client.SetStateItem{Key: "ticket:" + ids[i], Value: doc},
		})
		if len(batch) == 500 || i == n-1 {
			require.NoError(b, docs.ExecuteStateTransaction(b.Context(), dapr.StateStore, nil, batch))
			batch = nil
		}
	}
	// Those who wait to be added share a write.
	index := state.NewIndex(dapr.NewStore(sidecar.Dial(b)), "index")
	var next atomic.Int64
	var failed atomic.Value
	var waiting sync.WaitGroup
	for range state.PageSize {
		waiting.Go(func() {
			for i := int(next.Add(1)) - 1; i < n && failed.Load() == nil; i = int(next.Add(1)) - 1 {
				if err := index.Add(b.Context(), "catalogue", ids[i]); err != nil {
					failed.Store(err)
				}
			}
		})
	}
	waiting.Wait()
	require.Nil(b, failed.Load())
	return ids
}

// codes begin the words that every fifth title has to itself: no shop has more words
// that begin alike.
const codes = "tour00000"

// draft is what `make seed` offers, with more words: one of ten thousand names of two
// to four syllables, and in every fifth title a code.
func draft(number int, now time.Time) tickets.Draft {
	offer := seed.NewOffer("eur", 1, number, now)
	offer.Title += " with " + name(number%10_000)
	if number%5 == 0 {
		offer.Title += fmt.Sprintf(" %s%05d", codes[:4], number)
	}
	body, _ := json.Marshal(offer) // always encodes
	var d tickets.Draft
	_ = json.Unmarshal(body, &d) // what the API reads
	return d
}

var syllables = strings.Fields("ba be bo da de di fa ga go ka ke ki la le li lo ma me mi mo na ne no pa ra re ri sa se so ta te ti to va ve vi ya za zo")

func name(number int) string {
	r := rand.New(rand.NewPCG(2, uint64(number)))
	var b strings.Builder
	for range 2 + r.IntN(3) {
		b.WriteString(syllables[r.IntN(len(syllables))])
	}
	return b.String()
}

// resident is what the service occupies, in MiB, and peak is the most that it did.
func (s *service) resident(b *testing.B) float64 { return s.status(b, "VmRSS") }

func (s *service) peak(b *testing.B) float64 { return s.status(b, "VmHWM") }

func (s *service) status(b *testing.B, field string) float64 {
	b.Helper()
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", s.pid))
	require.NoError(b, err)
	found := regexp.MustCompile(field + `:\s+(\d+) kB`).FindSubmatch(status)
	require.NotNil(b, found)
	kib, err := strconv.Atoi(string(found[1]))
	require.NoError(b, err)
	return float64(kib) / 1024
}

// processor is how long the service has had a processor, to ten milliseconds.
func (s *service) processor(b *testing.B) time.Duration {
	b.Helper()
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", s.pid))
	require.NoError(b, err)
	_, after, found := strings.Cut(string(stat), ") ") // the name may have blanks
	fields := strings.Fields(after)
	require.True(b, found && len(fields) > 12)
	const tick = 10 * time.Millisecond
	var took time.Duration
	for _, field := range fields[11:13] { // utime and stime, see proc_pid_stat(5)
		n, err := strconv.Atoi(field)
		require.NoError(b, err)
		took += time.Duration(n * int(tick))
	}
	return took
}
