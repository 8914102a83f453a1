// Package load asks a server for one thing as often as it can, or at a rate, and
// tells how long the answers took.
//
// The client is fasthttp's, not net/http's: it takes a fraction of the processor,
// which client and server share here, so that more of what is measured is the
// server.
package load

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/url"
	"sync"
	"sync/atomic"
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"
	"github.com/valyala/fasthttp"
)

const (
	// answerTimeout is when an answer that has not come is an error.
	answerTimeout = 10 * time.Second
	// precision is to how many digits times are told apart.
	precision = 3

	maxConnections = 1000
	maxRate        = 1_000_000
	maxDuration    = 10 * time.Minute
)

// Options say how much is asked.
type Options struct {
	// Connections is how many ask at a time, each again when it has its answer.
	Connections int
	// Rate is how many requests a second begin, evenly; 0 is as many as are
	// answered. A request that begins late, because those before it took long, is
	// counted from when it should have begun, as those feel it who come meanwhile.
	Rate int
	// Duration is for how long; it is not looked at where Requests says how many.
	Duration time.Duration
	Requests int
	// Status is that of a good answer; 0 is any success.
	Status int
	// Remote lets another machine than this one be asked.
	Remote bool
}

// Validate bounds the options.
func (o Options) Validate() error {
	var wrong []error
	if o.Connections < 1 || o.Connections > maxConnections {
		wrong = append(wrong, fmt.Errorf("there are 1 to %d connections, not %d", maxConnections, o.Connections))
	}
	if o.Rate < 0 || o.Rate > maxRate {
		wrong = append(wrong, fmt.Errorf("the rate is up to %d a second, or 0 for as fast as it goes, not %d", maxRate, o.Rate))
	}
	if o.Requests < 0 || o.Requests == 0 && (o.Duration <= 0 || o.Duration > maxDuration) {
		wrong = append(wrong, fmt.Errorf("it takes up to %s, not %s", maxDuration, o.Duration))
	}
	return errors.Join(wrong...)
}

// Result is what came of it.
type Result struct {
	// Elapsed is from the first request to the last answer.
	Elapsed time.Duration
	// Bytes is of the bodies of good answers.
	Bytes int64
	// Refused counts the answers that are no success, by status.
	Refused map[int]int64
	// Broken counts the requests without an answer, and Err is why the first of
	// them has none.
	Broken int64
	Err    error

	times *hdrhistogram.Histogram // of good answers, in microseconds
}

// Answers is how many good answers there were.
func (r *Result) Answers() int64 { return r.times.TotalCount() }

// PerSecond is how many good answers there were in a second.
func (r *Result) PerSecond() float64 { return float64(r.Answers()) / r.Elapsed.Seconds() }

// Percentile is the time within which so many of a hundred good answers came.
func (r *Result) Percentile(p float64) time.Duration {
	return time.Duration(r.times.ValueAtPercentile(p)) * time.Microsecond
}

// Max is the longest that a good answer took.
func (r *Result) Max() time.Duration { return time.Duration(r.times.Max()) * time.Microsecond }

// Errors is how many requests had no good answer.
func (r *Result) Errors() int64 {
	n := r.Broken
	for _, count := range r.Refused {
		n += count
	}
	return n
}

// Add adds what came of another run of the same, after this one.
func (r *Result) Add(other *Result) {
	r.Elapsed += other.Elapsed
	r.join(other)
}

func (r *Result) join(other *Result) {
	r.times.Merge(other.times)
	r.Bytes += other.Bytes
	r.Broken += other.Broken
	if r.Err == nil {
		r.Err = other.Err
	}
	for status, n := range other.Refused {
		r.Refused[status] += n
	}
}

// NewResult returns the result of nothing.
func NewResult() *Result {
	return &Result{
		Refused: make(map[int]int64),
		times:   hdrhistogram.New(1, int64(2*answerTimeout/time.Microsecond), precision),
	}
}

// Run asks for what is at the address. It ends early, with what came until then,
// when ctx does. It fails when there is no good answer to begin with.
func Run(ctx context.Context, address string, o Options) (*Result, error) {
	if err := o.Validate(); err != nil {
		return nil, err
	}
	client, err := newClient(ctx, address, o)
	if err != nil {
		return nil, err
	}
	defer client.CloseIdleConnections()
	// The first answer is not counted: a server that is not there, or refuses this,
	// is no load.
	if first := NewResult(); !ask(client, address, o.Status, time.Now(), first) {
		return nil, fmt.Errorf("%s: %w", address, first.failure())
	}
	if o.Requests == 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, o.Duration)
		defer cancel()
	}

	total, start := NewResult(), time.Now()
	turns := &turns{start: start, rate: o.Rate, most: int64(o.Requests)}
	var mu sync.Mutex
	var all sync.WaitGroup
	for range o.Connections {
		all.Go(func() {
			own := NewResult()
			for {
				begin, ok := turns.next(ctx)
				if !ok {
					break
				}
				ask(client, address, o.Status, begin, own)
			}
			mu.Lock()
			defer mu.Unlock()
			total.join(own)
		})
	}
	all.Wait()
	total.Elapsed = time.Since(start)
	return total, nil
}

// newClient returns a client with as many connections as there are at a time, to
// this machine alone unless a remote one is allowed.
func newClient(ctx context.Context, address string, o Options) (*fasthttp.HostClient, error) {
	u, err := url.Parse(address)
	if err != nil || u.Host == "" || (u.Scheme != "http" && u.Scheme != "https") {
		return nil, fmt.Errorf("%q is not the address of something to ask for, such as http://localhost:8080/api/tickets", address)
	}
	port := u.Port()
	if port == "" {
		port = u.Scheme
	}
	ips, err := net.DefaultResolver.LookupIPAddr(ctx, u.Hostname())
	if err != nil {
		return nil, err
	}
	for _, ip := range ips {
		if !ip.IP.IsLoopback() && !o.Remote {
			return nil, fmt.Errorf("%s is another machine: REMOTE=yes says that it may be put under load", u.Hostname())
		}
	}
	number, err := net.DefaultResolver.LookupPort(ctx, "tcp", port)
	if err != nil {
		return nil, err
	}
	return &fasthttp.HostClient{
		Addr: net.JoinHostPort(u.Hostname(), fmt.Sprint(number)), IsTLS: u.Scheme == "https",
		Dial:                      fasthttp.DialDualStack, // localhost may be ::1 alone
		MaxConns:                  o.Connections,
		MaxIdemponentCallAttempts: 1, // what has to be asked again is an error
		ReadTimeout:               answerTimeout, WriteTimeout: answerTimeout,
		NoDefaultUserAgentHeader: true,
	}, nil
}

// ask notes what comes of one request, and reports whether it had a good answer.
func ask(client *fasthttp.HostClient, address string, want int, begin time.Time, note *Result) bool {
	req, res := fasthttp.AcquireRequest(), fasthttp.AcquireResponse()
	defer fasthttp.ReleaseRequest(req)
	defer fasthttp.ReleaseResponse(res)
	req.SetRequestURI(address)
	err := client.Do(req, res)
	took := time.Since(begin)
	switch status := res.StatusCode(); {
	case err != nil:
		note.Broken++
		if note.Err == nil {
			note.Err = err
		}
	case status == want, want == 0 && status >= 200 && status < 300:
		note.Bytes += int64(len(res.Body()))
		_ = note.times.RecordValue(min(max(1, took.Microseconds()), note.times.HighestTrackableValue()))
		return true
	default:
		note.Refused[status]++
	}
	return false
}

// failure says why there was no good answer.
func (r *Result) failure() error {
	for status := range r.Refused {
		return fmt.Errorf("it is answered with %d", status)
	}
	return r.Err
}

// turns says when requests begin.
type turns struct {
	start time.Time
	rate  int
	most  int64 // 0 is any number
	taken atomic.Int64
}

// next waits for the next turn and returns when it is, or was; there is none when
// all are taken or ctx has ended.
func (t *turns) next(ctx context.Context) (begin time.Time, ok bool) {
	number := t.taken.Add(1)
	if t.most > 0 && number > t.most || ctx.Err() != nil {
		return time.Time{}, false
	}
	if t.rate == 0 {
		return time.Now(), true
	}
	begin = t.start.Add(time.Duration(float64(number-1) / float64(t.rate) * float64(time.Second)))
	wait := time.NewTimer(time.Until(begin))
	defer wait.Stop()
	select {
	case <-wait.C:
		return begin, true
	case <-ctx.Done():
		return time.Time{}, false
	}
}
