package dapr

import (
	"context"
	"time"

	"github.com/cenkalti/backoff/v5"
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
	var failed error
	ask := func() ([]byte, error) {
		body, err := s.dapr.InvokeMethod(ctx, appID, method, "get")
		if status.Code(err) == codes.NotFound {
			return nil, backoff.Permanent(errs.NotFound("There is no such thing."))
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
	if err != nil && !errs.Is(err, errs.KindNotFound) {
		return nil, unavailable("invoke "+appID, failed)
	}
	return body, err
}

// SigningKeys fetches auth's published key set, for auth.NewKeys.
func (s *Sidecar) SigningKeys(ctx context.Context) ([]byte, error) {
	return s.Invoke(ctx, "auth", ".well-known/jwks.json")
}
