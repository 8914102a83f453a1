package bench_test

import (
	"cmp"
	"math"
	"net/http"
	"os"
	"regexp"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"ticketx/dev/load"
)

const (
	// connections is how many ask at a time.
	connections = 16
	// turns is how often each question is asked for a while.
	turns = 10
	// goal is the p99 that is wanted.
	goal = 10 * time.Millisecond
)

// question is something to ask for, and the status of its answer.
type question struct {
	name, path string
	status     int
}

// asked is what came of a question, turn by turn.
type asked struct {
	service, bare []*load.Result
	processor     time.Duration // that the service took
	stolen        share         // of the machine's processors, meanwhile
}

// measure asks the questions in turns over the whole of the run, and in each turn a bare
// net/http server for the same bytes as well. So what else the machine does falls on all
// of them, and the bare server shows what no catalogue could do better.
//
// BENCH_ANSWERS is how many answers each question gets, of 20,000; BENCH_ONLY is which
// questions are asked, a regular expression.
func (s *service) measure(b *testing.B, questions []question) {
	b.Helper()
	only := regexp.MustCompile(os.Getenv("BENCH_ONLY"))
	questions = slices.DeleteFunc(questions, func(q question) bool { return !only.MatchString(q.name) })
	bare := startBare(b, s.base, questions)
	answers := number(b, "BENCH_ANSWERS", 20_000) / turns
	all := make([]asked, len(questions))
	for range turns {
		for i, q := range questions {
			a := &all[i]
			took, stolen := s.processor(b), stolenNow()
			a.service = append(a.service, ask(b, s.base+q.path, q.status, answers))
			a.processor += s.processor(b) - took
			a.stolen.add(stolenNow().since(stolen))
			a.bare = append(a.bare, ask(b, bare+q.path, q.status, answers))
		}
	}
	for i, q := range questions {
		b.Run(q.name, all[i].report)
	}
}

// number is a whole number that the environment may say.
func number(b *testing.B, variable string, usually int) int {
	b.Helper()
	n, err := strconv.Atoi(cmp.Or(os.Getenv(variable), strconv.Itoa(usually)))
	require.NoError(b, err, variable)
	return n
}

// ask asks n times, and wants nothing but good answers.
func ask(b *testing.B, address string, status, n int) *load.Result {
	b.Helper()
	r, err := load.Run(b.Context(), address, load.Options{Connections: connections, Requests: max(1, n), Status: status})
	require.NoError(b, err)
	require.Zero(b, r.Errors(), "%v %v", r.Refused, r.Err)
	return r
}

// report says of the service, and of the bare server after "bare-", how long answers
// took: p99-ms is that of the turn in the middle, p99-worst-ms that of the worst turn,
// p99-all-ms that of all answers. ratio is the service's share of the bare server's
// answers in a second. cpu-µs is the service's alone, which depends less on what else
// the machine does.
func (a *asked) report(b *testing.B) {
	service, bare := together(a.service), together(a.bare)
	b.ReportMetric(0, "ns/op") // means nothing while many ask
	b.ReportMetric(service.PerSecond(), "answers/s")
	b.ReportMetric(service.PerSecond()/bare.PerSecond(), "ratio")
	b.ReportMetric(float64(a.processor.Microseconds())/float64(service.Answers()), "cpu-µs")
	b.ReportMetric(millis(service.Percentile(50)), "p50-ms")
	b.ReportMetric(millis(service.Percentile(99)), "p99-all-ms")
	times, bareTimes := p99s(a.service), p99s(a.bare)
	b.ReportMetric(millis(times[turns/2]), "p99-ms")
	b.ReportMetric(millis(times[turns-1]), "p99-worst-ms")
	b.ReportMetric(millis(bareTimes[turns/2]), "bare-p99-ms")
	b.ReportMetric(millis(bareTimes[turns-1]), "bare-p99-worst-ms")
	within, _ := slices.BinarySearch(times, goal+1)
	b.ReportMetric(100*float64(within)/turns, "%turns≤10ms")
	if a.stolen.part > 0 { // most kernels of guests are not told
		b.ReportMetric(100*a.stolen.part/a.stolen.of, "%stolen")
	}
}

func together(results []*load.Result) *load.Result {
	all := load.NewResult()
	for _, r := range results {
		all.Add(r)
	}
	return all
}

// p99s are those of the turns, the best first.
func p99s(results []*load.Result) (times []time.Duration) {
	for _, r := range results {
		times = append(times, r.Percentile(99))
	}
	slices.Sort(times)
	return times
}

func millis(d time.Duration) float64 { return math.Round(float64(d.Microseconds())/10) / 100 }

// good are questions that are answered.
func good(targets ...load.Target) (questions []question) {
	for _, t := range targets {
		questions = append(questions, question{t.Name, t.URL, http.StatusOK})
	}
	return questions
}
