package stack

import (
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
	"time"

	"ticketx/dev/config"
	"ticketx/dev/ports"
)

// announce says where everything is. The last line is for programs that wait
// for it.
func (s *stack) announce() {
	fmt.Fprintf(s.out, `
TicketX runs, %.1f s after the start.

  open    http://localhost:%d
  try     make demo (in another terminal)
%s  logs    %s
  data    %s (make reset clears it)
  stop    Ctrl-C

`,
		time.Since(s.began).Seconds(), s.cfg.Ports.Number(ports.Ingress), s.changes(),
		s.cfg.Display(s.cfg.Logs()), s.cfg.Display(s.cfg.Data()))
	WritePorts(s.out, s.cfg)
	fmt.Fprintln(s.out, "\nready")
}

// changes is the line that says what may be changed meanwhile, if anything may.
func (s *stack) changes() string {
	if !s.cfg.Reload {
		return ""
	}
	return fmt.Sprintf("  change  client, %s: what you save runs at once\n", strings.Join(sources, ", "))
}

// WritePorts writes what listens where.
func WritePorts(out io.Writer, cfg config.Config) {
	table := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "  service\tpublic API\tapp channel\tsidecar HTTP\tsidecar gRPC\tmetrics\tinternal")
	for _, service := range cfg.Instances() {
		fmt.Fprintf(table, "  %s", service)
		for _, suffix := range []string{ports.API, ports.App, ports.HTTP, ports.GRPC, ports.Metrics, ports.Internal} {
			fmt.Fprintf(table, "\t%d", cfg.Ports.Number(service+suffix))
		}
		fmt.Fprintln(table)
	}
	fmt.Fprintln(table)
	for _, p := range cfg.UsedPorts() {
		if p.Name == ports.Services[0]+ports.API {
			break // the services' are above
		}
		fmt.Fprintf(table, "  %s\t%d\n", p.Name, p.Number)
	}
	_ = table.Flush()
}
