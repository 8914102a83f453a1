package dapr

import (
	"context"

	runtime "github.com/dapr/dapr/pkg/proto/runtime/v1"
)

// HostsActors reports whether the sidecar says that it hosts the app's actors: the
// app is healthy, and the placement service has told where all of them live. It
// says so although calls of actors may hang (TestFactsOfATableCutShort).
func (s *Sidecar) HostsActors(ctx context.Context) (bool, error) {
	ctx, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	// The client's own GetMetadata leaves the actor runtime out.
	metadata, err := s.dapr.GrpcClient().GetMetadata(ctx, &runtime.GetMetadataRequest{})
	if err != nil {
		return false, unavailable("ask the sidecar for its metadata", err)
	}
	actors := metadata.GetActorRuntime()
	// Ready implies that placement is connected.
	return actors.GetRuntimeStatus() == runtime.ActorRuntime_RUNNING && actors.GetHostReady(), nil
}
