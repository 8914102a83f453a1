package dapr

import (
	"context"
	"time"

	"github.com/cenkalti/backoff/v5"
	"github.com/dapr/go-sdk/client"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"ticketx/kit/errs"
)

// The pauses between the tries of an invocation, which go on until its time,
// callTimeout, is over.
const (
	firstInvokePause   = 50 * time.Millisecond
	longestInvokePause = 500 * time.Millisecond
)

// commandTimeout bounds a Command. It is shorter than the time that the sidecar
// waits for an app (components/resiliency), so that the answer is ours.
const commandTimeout = 6 * time.Second

// Invoke calls GET method on the app channel of another app and returns the
// body. Its 404 is errs.KindNotFound; whatever else fails is
// errs.KindUnavailable.
//
// Dapr chooses a replica anew for each call, and may choose one that is about to
// end, or has ended: the name of one that was killed stays for seconds. So what
// failed is asked again, for up to two seconds.
func (s *Sidecar) Invoke(ctx context.Context, appID, method string) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	body, err := s.insist(ctx, appID, func() ([]byte, error) { return s.dapr.InvokeMethod(ctx, appID, method, "get") })
	if errs.Is(err, errs.KindConflict) {
		return nil, unavailable("invoke "+appID, err)
	}
	return body, err
}

// Command calls POST method on the app channel of another app with a JSON body,
// which may be empty, and returns the answer. It is repeated as Invoke is, for up
// to six seconds, so it is for what may be done again. The other app's 404 is
// errs.KindNotFound, its 409 errs.KindConflict; Dapr lets no more of its refusal
// through. Whatever else fails is errs.KindUnavailable.
func (s *Sidecar) Command(ctx context.Context, appID, method string, body []byte) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, commandTimeout)
	defer cancel()
	content := &client.DataContent{Data: body, ContentType: "application/json"}
	return s.insist(ctx, appID, func() ([]byte, error) {
		return s.dapr.InvokeMethodWithContent(ctx, appID, method, "post", content)
	})
}

// insist calls until the other app has answered or ctx is over.
func (s *Sidecar) insist(ctx context.Context, appID string, call func() ([]byte, error)) ([]byte, error) {
	var failed error
	ask := func() ([]byte, error) {
		body, err := call()
		if status.Code(err) == codes.NotFound {
			return nil, backoff.Permanent(errs.NotFound("There is no such thing."))
		}
		if status.Code(err) == codes.AlreadyExists { // what Dapr makes of 409
			return nil, backoff.Permanent(errs.Conflict("It is in the wrong state for this."))
		}
		if failed == nil || ctx.Err() == nil { // that the time is over says less than what failed before
			failed = err
		}
		return body, err
	}
	pauses := backoff.NewExponentialBackOff() // with jitter: those who were refused together do not ask together
	pauses.InitialInterval = firstInvokePause
	pauses.MaxInterval = longestInvokePause
	pauses.Multiplier = 2
	body, err := backoff.Retry(ctx, ask, backoff.WithBackOff(pauses))
	if err != nil && !errs.Is(err, errs.KindNotFound) && !errs.Is(err, errs.KindConflict) {
		return nil, unavailable("invoke "+appID, failed)
	}
	return body, err
}

// SigningKeys fetches auth's published key set, for auth.NewKeys.
func (s *Sidecar) SigningKeys(ctx context.Context) ([]byte, error) {
	return s.Invoke(ctx, "auth", ".well-known/jwks.json")
}
