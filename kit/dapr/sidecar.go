// Package dapr is the way out of and into a service through its Dapr sidecar:
// state, publishing, invocation, secrets and jobs by dapr/go-sdk's client; the
// app channel, on which the sidecar calls back, by plain HTTP.
//
// It knows the names of components and no product behind them.
package dapr

import (
	"context"
	"fmt"
	"net"
	"strconv"
	"time"

	"github.com/dapr/go-sdk/client"
	"google.golang.org/grpc"
	"google.golang.org/grpc/backoff"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/metadata"

	"ticketx/kit/errs"
)

// The names of the components in components/.
const (
	StateStore  = "state"
	PubSub      = "pubsub"
	Feed        = "feed"
	SecretStore = "secrets"
)

const (
	// callTimeout bounds every call to the sidecar. A store whose server is
	// down can hang for half a minute before it fails by itself.
	callTimeout = 2 * time.Second
	// leaveTimeout bounds the farewell to the sidecar, which answers at once.
	leaveTimeout = time.Second
	// reconnectPause is the longest pause between attempts to reach a sidecar
	// that is down, so that a service works again soon after its sidecar does.
	reconnectPause = 500 * time.Millisecond
	// maxMessage is the largest answer taken from the sidecar, in bytes: a page
	// of documents read at once.
	maxMessage = 16 << 20
)

// Sidecar is the connection to the Dapr sidecar.
type Sidecar struct {
	conn *grpc.ClientConn
	dapr client.Client
}

// Dial prepares the connection to the sidecar's gRPC port on loopback. It does
// not wait: Dapr starts the sidecar after the app, and a sidecar may restart at
// any time. Until it answers, every call is errs.KindUnavailable. token is sent
// along when it is not empty.
func Dial(port int, token string) (*Sidecar, error) {
	pauses := backoff.DefaultConfig
	pauses.BaseDelay = 100 * time.Millisecond
	pauses.MaxDelay = reconnectPause
	opts := []grpc.DialOption{
		grpc.WithTransportCredentials(insecure.NewCredentials()), // loopback, or the pod's own
		grpc.WithConnectParams(grpc.ConnectParams{Backoff: pauses, MinConnectTimeout: time.Second}),
		grpc.WithDefaultCallOptions(grpc.MaxCallRecvMsgSize(maxMessage)),
	}
	if token != "" {
		// The client's own token support belongs to its dialing constructors,
		// which give up when the sidecar is not there yet.
		opts = append(opts, grpc.WithUnaryInterceptor(sendToken(token)))
	}
	conn, err := grpc.NewClient(net.JoinHostPort("127.0.0.1", strconv.Itoa(port)), opts...)
	if err != nil {
		return nil, fmt.Errorf("dial the sidecar: %w", err)
	}
	return &Sidecar{conn: conn, dapr: client.NewClientWithConnection(conn)}, nil
}

func sendToken(token string) grpc.UnaryClientInterceptor {
	return func(ctx context.Context, method string, req, reply any, cc *grpc.ClientConn, invoke grpc.UnaryInvoker, opts ...grpc.CallOption) error {
		return invoke(metadata.AppendToOutgoingContext(ctx, tokenHeader, token), method, req, reply, cc, opts...)
	}
}

// Close ends the connection.
func (s *Sidecar) Close() error { return s.conn.Close() }

// Leave ends the connection. When asked has ended, because the process was asked
// to, it has the sidecar end as well: one whose service has gone would take
// messages, jobs and reminders that nobody hears, until its health probes have
// failed often enough. Whoever starts the service again starts its sidecar too.
func (s *Sidecar) Leave(asked context.Context) {
	if asked.Err() != nil {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(asked), leaveTimeout)
		defer cancel()
		_ = s.dapr.Shutdown(ctx) // one that does not answer has gone already
	}
	_ = s.Close()
}

// Client returns the go-sdk client for building blocks that one service alone
// uses.
func (s *Sidecar) Client() client.Client { return s.dapr }

// Secret returns the named secret's values from the secret store.
func (s *Sidecar) Secret(ctx context.Context, name string) (map[string]string, error) {
	ctx, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	values, err := s.dapr.GetSecret(ctx, SecretStore, name, nil)
	if err != nil {
		return nil, unavailable("read secret "+name, err)
	}
	return values, nil
}

// unavailable classifies a failed call to the sidecar or to what is behind it.
func unavailable(doing string, err error) error {
	return errs.Unavailable("A part of the system does not answer. Please try again.", fmt.Errorf("%s: %w", doing, err))
}
