package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"maps"
	"sync"
	"time"

	contrib "github.com/dapr/components-contrib/metadata"
	"github.com/dapr/components-contrib/pubsub"
	"github.com/dapr/components-contrib/pubsub/jetstream"
	"github.com/dapr/kit/logger"
	"github.com/dapr/kit/metadata"
	"github.com/nats-io/nats.go"
)

// longOutage is the absence of the broker after which the component is replaced:
// its client gives up after 60 attempts, two seconds apart.
var longOutage = 90 * time.Second

const (
	renewPause = 2 * time.Second // Between attempts to replace the component.
	renewWait  = 5 * time.Second // A call waits no longer for that; a publish waits as long for the broker.
)

// defaultAckWait is how long the broker waits when a consumer does not say.
const defaultAckWait = 30 * time.Second

const (
	// handBack is how long a subscription that has ended still gives messages back.
	handBack = 500 * time.Millisecond
	// handBackPause keeps it from being given the same ones at once, again and again.
	handBackPause = 5 * time.Millisecond
	// failurePause is between a message that failed and the next.
	failurePause = time.Second
)

// jetStream is pubsub.jetstream that survives any outage of the broker. The
// original never sets the client's MaxReconnects: after some two minutes its
// connection is closed for good, and the sidecar neither publishes nor receives
// until it is restarted. Here a new original with the same metadata and
// subscriptions takes its place, as a restart would do, when a connection that
// never gives up is back after a long outage, or a call finds the original's closed.
//
// And a subscription that ends gives back what it has fetched, so that another
// replica gets it at once. The original drops it, and the broker waits half a
// minute for an answer that does not come.
//
// And a body over which the runtime would end with a panic, every sidecar that is
// given it in turn, reaches it as a text that it puts aside (harmless).
type jetStream struct {
	pubsub.PubSub // An original that is never started, for Features and GetComponentMetadata.

	log    logger.Logger
	meta   pubsub.Metadata
	watch  *nats.Conn // Nil when it could not be set up.
	closed context.Context
	stop   context.CancelFunc
	wg     sync.WaitGroup

	mu    sync.Mutex
	inner pubsub.PubSub // Nil while it is being replaced: until ready is closed.
	ready chan struct{}
	live  map[*func(pubsub.PubSub) error]struct{} // Each subscribes once more.
}

func newJetStream(log logger.Logger) pubsub.PubSub {
	j := &jetStream{PubSub: jetstream.NewJetStream(log), log: log, inner: jetstream.NewJetStream(log)}
	j.closed, j.stop = context.WithCancel(context.Background())
	j.live = map[*func(pubsub.PubSub) error]struct{}{}
	return j
}

func (j *jetStream) Init(ctx context.Context, meta pubsub.Metadata) error {
	// With an ackWait the original gives a message back only after that time. The
	// broker's own default is as good where it is the same.
	if wait, err := time.ParseDuration(meta.Properties["ackWait"]); err == nil && wait == defaultAckWait {
		meta.Properties = maps.Clone(meta.Properties)
		delete(meta.Properties, "ackWait")
	}
	j.meta = meta
	err := j.inner.Init(ctx, meta)
	if err != nil {
		return err
	}
	if j.watch, err = j.watching(); err != nil {
		j.log.Warnf("Only a publish will notice that the connection to NATS is closed: %v", err)
	}
	return nil
}

// watching opens the connection that never gives up, with the address and the
// credentials that the original reads from the same metadata.
func (j *jetStream) watching() (*nats.Conn, error) {
	var m struct {
		NatsURL, Jwt, SeedKey, Token string
		Cert                         string `mapstructure:"tls_client_cert"`
		Key                          string `mapstructure:"tls_client_key"`
	}
	if err := metadata.DecodeMetadata(j.meta.Properties, &m); err != nil {
		return nil, err
	}
	lost := time.Now() // Zero while connected. The client makes its callbacks one at a time.
	gone := func(*nats.Conn, error) {
		if lost.IsZero() {
			lost = time.Now()
		}
	}
	back := func(*nats.Conn) {
		j.mu.Lock()
		defer j.mu.Unlock()
		if !lost.IsZero() && time.Since(lost) > longOutage {
			j.renew(j.inner)
		}
		lost = time.Time{}
	}
	opts := []nats.Option{
		nats.Name("dapr.io - watch"), nats.MaxReconnects(-1), nats.RetryOnFailedConnect(true), nats.IgnoreAuthErrorAbort(),
		nats.DisconnectErrHandler(gone), nats.ConnectHandler(back), nats.ReconnectHandler(back),
	}
	switch {
	case m.Jwt != "" && m.SeedKey != "":
		opts = append(opts, nats.UserJWTAndSeed(m.Jwt, m.SeedKey))
	case m.Cert != "" && m.Key != "":
		opts = append(opts, nats.ClientCert(m.Cert, m.Key))
	case m.Token != "":
		opts = append(opts, nats.Token(m.Token))
	}
	return nats.Connect(m.NatsURL, opts...)
}

func (j *jetStream) Publish(ctx context.Context, req *pubsub.PublishRequest) error {
	return j.call(ctx, func(inner pubsub.PubSub) error { return inner.Publish(ctx, req) })
}

func (j *jetStream) Subscribe(ctx context.Context, req pubsub.SubscribeRequest, handler pubsub.Handler) error {
	raw, err := contrib.IsRawPayload(req.Metadata)
	if err != nil {
		return err
	}
	lasting, end := context.WithCancel(context.WithoutCancel(ctx))
	context.AfterFunc(ctx, func() { time.AfterFunc(handBack, end) })
	subscribe := func(inner pubsub.PubSub) error {
		if ctx.Err() != nil {
			return nil // It has ended meanwhile.
		}
		return inner.Subscribe(lasting, req, func(_ context.Context, msg *pubsub.NewMessage) error {
			if !raw {
				msg.Data = harmless(msg.Data)
			}
			return handle(ctx, handler, msg)
		})
	}
	return j.call(ctx, func(inner pubsub.PubSub) error {
		if err := subscribe(inner); err != nil {
			return err
		}
		j.mu.Lock()
		defer j.mu.Unlock()
		if j.inner != inner {
			return nats.ErrConnectionClosed // This subscription goes with inner; call makes another.
		}
		j.live[&subscribe] = struct{}{}
		context.AfterFunc(ctx, func() {
			j.mu.Lock()
			defer j.mu.Unlock()
			delete(j.live, &subscribe)
		})
		return nil
	})
}

// handle has a message handled while ctx lasts. An error gives it back.
func handle(ctx context.Context, handler pubsub.Handler, msg *pubsub.NewMessage) error {
	if ctx.Err() != nil {
		time.Sleep(handBackPause)
		return ctx.Err()
	}
	err := handler(ctx, msg)
	if err != nil {
		// It comes again at once: not too often, when it fails again.
		select {
		case <-time.After(failurePause):
		case <-ctx.Done():
		}
	}
	return err
}

// harmless returns a body as a JSON text if runtime 1.18.1 would end with a panic
// over it: null, and an event whose trace is no text. A text is no event either,
// so the runtime puts it on the dead-letter topic.
func harmless(body []byte) []byte {
	suspicious := bytes.Equal(bytes.TrimSpace(body), []byte("null")) ||
		bytes.Contains(body, []byte(`"trace`)) || bytes.Contains(body, []byte(`\u`)) // a name may be written in escapes
	if !suspicious {
		return body
	}
	var event map[string]any
	if json.Unmarshal(body, &event) != nil {
		return body
	}
	harmful := event == nil
	for _, field := range []string{pubsub.TraceIDField, pubsub.TraceParentField, pubsub.TraceStateField} {
		if trace, found := event[field]; found {
			_, text := trace.(string)
			harmful = harmful || !text
		}
	}
	if !harmful {
		return body
	}
	text, _ := json.Marshal(string(body)) // a string always encodes
	return text
}

// call does something with the component, and once more with its replacement
// when the first one turns out to be closed or on its way out.
func (j *jetStream) call(ctx context.Context, do func(pubsub.PubSub) error) error {
	wait, cancel := context.WithTimeout(ctx, renewWait)
	defer cancel()
	for again := false; ; again = true {
		j.mu.Lock()
		inner, ready := j.inner, j.ready
		j.mu.Unlock()
		if inner == nil {
			select {
			case <-ready:
				continue
			case <-wait.Done():
			case <-j.closed.Done():
			}
			return pubsub.NewRetriableError(nats.ErrConnectionClosed)
		}
		err := do(inner)
		j.mu.Lock()
		if errors.Is(err, nats.ErrConnectionClosed) {
			j.renew(inner)
		}
		usable := j.inner == inner
		j.mu.Unlock()
		if err == nil || usable || again {
			return err
		}
	}
}

// renew starts the replacement of inner, unless it is no longer in use. The
// caller holds mu.
func (j *jetStream) renew(inner pubsub.PubSub) {
	if inner != nil && inner == j.inner && j.closed.Err() == nil {
		j.inner, j.ready = nil, make(chan struct{})
		j.wg.Go(func() { j.replace(inner) })
	}
}

// replace closes old, puts a new component in its place as soon as that can
// connect, and then subscribes as before. The old one goes first: the broker
// refuses a second subscriber of a durable consumer that has no group.
func (j *jetStream) replace(old pubsub.PubSub) {
	j.log.Warn("The connection to NATS is closed, or may be: replacing it")
	j.wg.Go(func() { _ = old.Close() }) // Waits for handlers. That the connection is closed is no news.
	fresh := jetstream.NewJetStream(j.log)
	if !j.retry(func() error { return fresh.Init(j.closed, j.meta) }) {
		return
	}
	j.mu.Lock()
	j.inner = fresh
	todo := maps.Clone(j.live)
	close(j.ready)
	j.mu.Unlock()

	// A topic that cannot be subscribed to, yet, does not keep the others waiting.
	done := j.retry(func() (failed error) {
		j.mu.Lock()
		replaced := j.inner != fresh
		j.mu.Unlock()
		for subscribe := range todo {
			if err := (*subscribe)(fresh); err != nil && !replaced {
				failed = err
			} else {
				delete(todo, subscribe)
			}
		}
		return failed
	})
	if done {
		j.log.Info("The connection to NATS has been replaced")
	}
}

// retry is false when the component was closed before do succeeded.
func (j *jetStream) retry(do func() error) bool {
	for {
		err := do()
		if err == nil {
			return true
		}
		j.log.Warnf("The connection to NATS is not replaced yet, trying again in %s: %v", renewPause, err)
		select {
		case <-time.After(renewPause):
		case <-j.closed.Done():
			return false
		}
	}
}

// Close ends everything and waits for the handlers, as the original does.
func (j *jetStream) Close() error {
	j.mu.Lock()
	j.stop()
	j.mu.Unlock()
	if j.watch != nil {
		j.watch.Close()
	}
	j.wg.Wait()
	if j.inner == nil {
		return nil
	}
	return j.inner.Close()
}
