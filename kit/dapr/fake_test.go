package dapr_test

import (
	"context"
	"encoding/json"
	"errors"
	"net"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	common "github.com/dapr/dapr/pkg/proto/common/v1"
	runtime "github.com/dapr/dapr/pkg/proto/runtime/v1"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/anypb"
	"google.golang.org/protobuf/types/known/emptypb"

	"ticketx/kit/dapr"
	"ticketx/kit/errs"
	"ticketx/kit/events"
	"ticketx/kit/state"
)

// fake is a sidecar that answers as it is told, for what a real one can't be
// made to do, and keeps what it was asked.
type fake struct {
	runtime.UnimplementedDaprServer

	mu     sync.Mutex
	err    error
	fails  int // how many calls err ends; 0 is all
	bulk   []*runtime.BulkStateItem
	hangs  bool
	tokens []string
	saves  []*runtime.SaveStateRequest
	gets   []*runtime.GetStateRequest
	events []*runtime.PublishEventRequest
}

// startFake serves f on a port and connects to it with token.
func startFake(t *testing.T, f *fake, token string) *dapr.Sidecar {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	server := grpc.NewServer()
	runtime.RegisterDaprServer(server, f)
	go func() { _ = server.Serve(ln) }()
	t.Cleanup(server.Stop)
	return dial(t, ln.Addr().(*net.TCPAddr).Port, token)
}

func dial(t *testing.T, port int, token string) *dapr.Sidecar {
	t.Helper()
	s, err := dapr.Dial(port, token)
	require.NoError(t, err)
	t.Cleanup(func() { _ = s.Close() })
	return s
}

// answer notes who asks and says how it ends.
func (f *fake) answer(ctx context.Context) error {
	f.mu.Lock()
	md, _ := metadata.FromIncomingContext(ctx)
	f.tokens = append(f.tokens, md.Get("dapr-api-token")...)
	err, hangs := f.err, f.hangs
	if f.fails > 0 {
		if f.fails--; f.fails == 0 {
			f.err = nil
		}
	}
	f.mu.Unlock()
	if hangs {
		<-ctx.Done()
		return ctx.Err()
	}
	return err
}

func (f *fake) GetState(ctx context.Context, r *runtime.GetStateRequest) (*runtime.GetStateResponse, error) {
	f.mu.Lock()
	f.gets = append(f.gets, r)
	f.mu.Unlock()
	return &runtime.GetStateResponse{}, f.answer(ctx)
}

func (f *fake) GetBulkState(ctx context.Context, _ *runtime.GetBulkStateRequest) (*runtime.GetBulkStateResponse, error) {
	return &runtime.GetBulkStateResponse{Items: f.bulk}, f.answer(ctx)
}

func (f *fake) SaveState(ctx context.Context, r *runtime.SaveStateRequest) (*emptypb.Empty, error) {
	f.mu.Lock()
	f.saves = append(f.saves, r)
	f.mu.Unlock()
	return &emptypb.Empty{}, f.answer(ctx)
}

func (f *fake) PublishEvent(ctx context.Context, r *runtime.PublishEventRequest) (*emptypb.Empty, error) {
	f.mu.Lock()
	f.events = append(f.events, r)
	f.mu.Unlock()
	return &emptypb.Empty{}, f.answer(ctx)
}

func (f *fake) InvokeService(ctx context.Context, r *runtime.InvokeServiceRequest) (*common.InvokeResponse, error) {
	return &common.InvokeResponse{Data: &anypb.Any{
		Value: []byte(r.GetMessage().GetHttpExtension().GetVerb().String() + " " + r.GetId() + " " + r.GetMessage().GetMethod()),
	}}, f.answer(ctx)
}

func (f *fake) GetSecret(ctx context.Context, r *runtime.GetSecretRequest) (*runtime.GetSecretResponse, error) {
	return &runtime.GetSecretResponse{Data: map[string]string{"of": r.GetStoreName() + "/" + r.GetKey()}}, f.answer(ctx)
}

// Every write asks for first-write, because without it Redis ignores the ETag,
// and names no content type, because with one MongoDB merges.
func TestWritesAreFirstWriteWithoutContentType(t *testing.T) {
	f := &fake{}
	store := dapr.NewStore(startFake(t, f, ""))
	require.NoError(t, store.Write(t.Context(), "order:1", []byte(`{"a":"$5"}`), ""))
	require.NoError(t, store.Write(t.Context(), "order:1", []byte(`{"a":"$6"}`), "7"))
	require.Len(t, f.saves, 2)
	for i, save := range f.saves {
		require.Len(t, save.GetStates(), 1, "one document is one write")
		item := save.GetStates()[0]
		assert.Equal(t, "state", save.GetStoreName())
		assert.Equal(t, "order:1", item.GetKey())
		assert.Equal(t, common.StateOptions_CONCURRENCY_FIRST_WRITE, item.GetOptions().GetConcurrency())
		assert.Equal(t, common.StateOptions_CONSISTENCY_STRONG, item.GetOptions().GetConsistency())
		assert.Empty(t, item.GetMetadata())
		assert.Equal(t, i == 0, item.GetEtag() == nil, "no ETag at all where there must be no document")
	}
	assert.Equal(t, `{"a":"$6"}`, string(f.saves[1].GetStates()[0].GetValue()))
	assert.Equal(t, "7", f.saves[1].GetStates()[0].GetEtag().GetValue())

	_, err := store.Read(t.Context(), "order:1")
	require.NoError(t, err)
	assert.Equal(t, common.StateOptions_CONSISTENCY_STRONG, f.gets[0].GetConsistency())
}

func TestStoreErrors(t *testing.T) {
	for code, conflict := range map[codes.Code]bool{
		codes.Aborted: true, codes.Internal: false, codes.Unavailable: false, codes.DeadlineExceeded: false,
		codes.InvalidArgument: false, codes.FailedPrecondition: false, codes.Unknown: false,
	} {
		t.Run(code.String(), func(t *testing.T) {
			store := dapr.NewStore(startFake(t, &fake{err: status.Error(code, "hunter2")}, ""))
			err := store.Write(t.Context(), "k", []byte(`{}`), "1")
			require.Error(t, err)
			assert.Equal(t, conflict, errors.Is(err, state.ErrConflict))
			assert.Equal(t, !conflict, errs.Is(err, errs.KindUnavailable))

			_, err = store.Read(t.Context(), "k")
			require.True(t, errs.Is(err, errs.KindUnavailable), "%v", err)
			assert.NotErrorIs(t, err, state.ErrConflict)
			_, err = store.Read(t.Context(), "k", "l")
			require.True(t, errs.Is(err, errs.KindUnavailable), "%v", err)
		})
	}
}

// A bulk read in which one key failed is a failed read: the key must not look
// missing.
func TestBulkReads(t *testing.T) {
	f := &fake{bulk: []*runtime.BulkStateItem{{Key: "b", Data: []byte(`{}`), Etag: "1"}, {Key: "a", Error: "lost"}}}
	store := dapr.NewStore(startFake(t, f, ""))
	_, err := store.Read(t.Context(), "a", "b")
	require.True(t, errs.Is(err, errs.KindUnavailable), "%v", err)

	f.bulk = f.bulk[:1] // some stores leave out what is missing
	items, err := store.Read(t.Context(), "a", "b")
	require.NoError(t, err)
	assert.Equal(t, []state.Item{{Key: "a"}, {Key: "b", Value: []byte(`{}`), ETag: "1"}}, items)

	f.bulk = append(f.bulk, &runtime.BulkStateItem{Key: "a", Etag: "0"}) // and some do not
	items, err = store.Read(t.Context(), "a", "b")
	require.NoError(t, err)
	assert.Equal(t, state.Item{Key: "a"}, items[0])
}

// The envelope that goes out is ours, so the broker sees the id that names the
// fact.
func TestPublishSendsTheWholeEnvelope(t *testing.T) {
	f := &fake{}
	e := events.NewOrder(events.OrderCreated, events.Order{ID: "1", Version: 1})
	publisher := dapr.NewPublisher(startFake(t, f, ""))
	require.NoError(t, publisher.Publish(t.Context(), e))
	require.Len(t, f.events, 1)
	assert.Equal(t, "pubsub", f.events[0].GetPubsubName())
	assert.Equal(t, events.TopicOrders, f.events[0].GetTopic())
	assert.Equal(t, "application/cloudevents+json", f.events[0].GetDataContentType())
	assert.Empty(t, f.events[0].GetMetadata())
	want, err := json.Marshal(e)
	require.NoError(t, err)
	assert.JSONEq(t, string(want), string(f.events[0].GetData()))

	f.err = status.Error(codes.Internal, "no stream")
	require.True(t, errs.Is(publisher.Publish(t.Context(), e), errs.KindUnavailable))
}

func TestInvoke(t *testing.T) {
	f := &fake{}
	s := startFake(t, f, "")
	body, err := s.Invoke(t.Context(), "tickets", "tickets/1")
	require.NoError(t, err)
	assert.Equal(t, "GET tickets tickets/1", string(body))

	f.err = status.Error(codes.NotFound, "404")
	_, err = s.Invoke(t.Context(), "tickets", "tickets/1")
	require.True(t, errs.Is(err, errs.KindNotFound), "%v", err)
	for _, code := range []codes.Code{codes.Unknown, codes.Internal, codes.Unavailable, codes.PermissionDenied} {
		f.err = status.Error(code, "x")
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Millisecond)
		_, err = s.Invoke(ctx, "tickets", "tickets/1")
		cancel()
		require.True(t, errs.Is(err, errs.KindUnavailable), "%v", err)
	}
}

func TestCommand(t *testing.T) {
	f := &fake{}
	s := startFake(t, f, "")
	body, err := s.Command(t.Context(), "orders", "orders/1/payment", nil)
	require.NoError(t, err)
	assert.Equal(t, "POST orders orders/1/payment", string(body))

	for code, kind := range map[codes.Code]errs.Kind{codes.NotFound: errs.KindNotFound, codes.AlreadyExists: errs.KindConflict} {
		f.err = status.Error(code, "x")
		_, err = s.Command(t.Context(), "orders", "orders/1/payment", nil)
		require.True(t, errs.Is(err, kind), "%v", err)
	}
	for _, code := range []codes.Code{codes.Unknown, codes.Internal, codes.Unavailable, codes.PermissionDenied} {
		f.err = status.Error(code, "x")
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Millisecond)
		_, err = s.Command(ctx, "orders", "orders/1/payment", nil)
		cancel()
		require.True(t, errs.Is(err, errs.KindUnavailable), "%v", err)
	}
}

// The name of a replica that was killed is still known, and Dapr may choose it
// many times in a row.
func TestInvokeOutlastsADeadReplica(t *testing.T) {
	f := &fake{err: status.Error(codes.Unavailable, "connection refused"), fails: 4}
	s := startFake(t, f, "")
	body, err := s.Invoke(t.Context(), "tickets", "tickets/1")
	require.NoError(t, err)
	assert.Equal(t, "GET tickets tickets/1", string(body))

	f.err = status.Error(codes.Unavailable, "connection refused")
	ctx, cancel := context.WithTimeout(t.Context(), 500*time.Millisecond)
	defer cancel()
	_, err = s.Invoke(ctx, "tickets", "tickets/1")
	require.True(t, errs.Is(err, errs.KindUnavailable), "%v", err)
	assert.ErrorContains(t, err, "connection refused", "not that the time was over")
	assert.Error(t, ctx.Err(), "it tries as long as its caller waits")
}

func TestSecret(t *testing.T) {
	f := &fake{}
	s := startFake(t, f, "")
	values, err := s.Secret(t.Context(), "auth-signing-keys")
	require.NoError(t, err)
	assert.Equal(t, map[string]string{"of": "secrets/auth-signing-keys"}, values)
	f.err = status.Error(codes.Internal, "x")
	_, err = s.Secret(t.Context(), "auth-signing-keys")
	require.True(t, errs.Is(err, errs.KindUnavailable), "%v", err)
}

func TestTokenIsSent(t *testing.T) {
	for _, token := range []string{"", "out"} {
		f := &fake{}
		s := startFake(t, f, token)
		_, err := dapr.NewStore(s).Read(t.Context(), "k")
		require.NoError(t, err)
		require.NoError(t, dapr.NewPublisher(s).Publish(t.Context(), events.NewExpiration(events.Expiration{OrderID: "1"})))
		if token == "" {
			assert.Empty(t, f.tokens)
		} else {
			assert.Equal(t, []string{token, token}, f.tokens)
		}
	}
}

// A sidecar that takes calls and never answers is as good as none, soon.
func TestCallsAreBounded(t *testing.T) {
	s := startFake(t, &fake{hangs: true}, "")
	start := time.Now()
	err := dapr.NewStore(s).Write(t.Context(), "k", []byte(`{}`), "")
	require.True(t, errs.Is(err, errs.KindUnavailable), "%v", err)
	assert.Less(t, time.Since(start), 10*time.Second)
}

// The sidecar starts after the app, and may go at any time: calls fail at once
// until it is there, and then they work.
func TestSidecarComesLater(t *testing.T) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	port := ln.Addr().(*net.TCPAddr).Port
	require.NoError(t, ln.Close())
	s := dial(t, port, "")
	store := dapr.NewStore(s)
	for range 2 {
		start := time.Now()
		_, err = store.Read(t.Context(), "k")
		require.True(t, errs.Is(err, errs.KindUnavailable), "%v", err)
		assert.Less(t, time.Since(start), 5*time.Second)
	}
	require.Error(t, s.StoreAnswers(t.Context()))
	require.Error(t, s.BrokerAnswers(t.Context()))

	ln, err = net.Listen("tcp", ln.Addr().String())
	require.NoError(t, err)
	server := grpc.NewServer()
	runtime.RegisterDaprServer(server, &fake{})
	go func() { _ = server.Serve(ln) }()
	t.Cleanup(server.Stop)
	require.Eventually(t, func() bool {
		_, err := store.Read(t.Context(), "k")
		return err == nil
	}, 10*time.Second, 20*time.Millisecond)
	require.NoError(t, s.StoreAnswers(t.Context()))
	require.NoError(t, s.BrokerAnswers(t.Context()))
}

func TestReady(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var asked atomic.Int32
		var down error
		ready := dapr.Ready(
			func(ctx context.Context) error { asked.Add(1); return ctx.Err() },
			func(context.Context) error { asked.Add(1); return down },
		)
		require.NoError(t, ready(t.Context()))
		down = errs.Unavailable("The store does not answer.", nil)
		for range 10 {
			require.NoError(t, ready(t.Context()), "an answer is good for a second")
		}
		assert.EqualValues(t, 2, asked.Load())

		pass(time.Second)
		require.Same(t, down, ready(t.Context()))
		require.Same(t, down, ready(t.Context()))
		assert.EqualValues(t, 4, asked.Load())

		down = nil
		pass(time.Second)
		cancelled, cancel := context.WithCancel(t.Context())
		cancel()
		require.NoError(t, ready(cancelled), "the answer is for everybody, whoever asks")
	})
}

func TestReadyIsBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		hang := func(ctx context.Context) error { <-ctx.Done(); return ctx.Err() }
		start := time.Now()
		require.Error(t, dapr.Ready(hang, hang, hang)(t.Context()))
		assert.LessOrEqual(t, time.Since(start), time.Second, "all are asked at once")
	})
}

// pass lets time go by, on the clock of the synctest bubble.
func pass(d time.Duration) { <-time.After(d) }
