package daprtest

import (
	"net"
	"sync/atomic"
	"testing"

	placement "github.com/dapr/dapr/pkg/proto/placement/v1"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/status"
)

// PlacementLine is what sidecars reach a placement service by, and can be cut.
type PlacementLine struct {
	placement.UnimplementedPlacementServer
	service placement.PlacementClient
	cut     atomic.Bool
}

// Line returns the control plane as sidecars see it that reach its placement
// service by a line of their own.
func (cp *ControlPlane) Line(t testing.TB) (*ControlPlane, *PlacementLine) {
	t.Helper()
	conn, err := grpc.NewClient(Addr(cp.placement), grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	ln, err := net.Listen("tcp", Addr(0))
	if err != nil {
		t.Fatal(err)
	}
	line := &PlacementLine{service: placement.NewPlacementClient(conn)}
	server := grpc.NewServer()
	placement.RegisterPlacementServer(server, line)
	go func() { _ = server.Serve(ln) }()
	t.Cleanup(server.Stop)
	return &ControlPlane{placement: ln.Addr().(*net.TCPAddr).Port, scheduler: cp.scheduler}, line
}

// CutShort has the line break, once, when the placement service has told the next
// table that is not empty, and before it says that all have it.
func (l *PlacementLine) CutShort() { l.cut.Store(true) }

// HasBroken reports whether the line has broken since CutShort.
func (l *PlacementLine) HasBroken() bool { return !l.cut.Load() }

// ReportDaprStatus implements placement.PlacementServer.
func (l *PlacementLine) ReportDaprStatus(sidecar placement.Placement_ReportDaprStatusServer) error {
	service, err := l.service.ReportDaprStatus(sidecar.Context()) // ends when this call does
	if err != nil {
		return err
	}
	go func() {
		for {
			host, err := sidecar.Recv()
			if err != nil {
				_ = service.CloseSend()
				return
			}
			if service.Send(host) != nil {
				return // Recv below says why
			}
		}
	}()
	told := false
	for {
		order, err := service.Recv()
		if err != nil {
			return err
		}
		switch order.GetOperation() {
		case "update":
			told = len(order.GetTables().GetEntries()) > 0
		case "unlock":
			if told && l.cut.CompareAndSwap(true, false) {
				return status.Error(codes.Unavailable, "the line is cut")
			}
		}
		if err := sidecar.Send(order); err != nil {
			return err
		}
	}
}
