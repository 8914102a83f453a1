// Package reload has programs run anew when their source changes.
package reload

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"syscall"
	"time"

	"ticketx/kit/proc"
)

// Newer is the signal that tells Keep that there is a newer program.
const Newer = syscall.SIGUSR1

// stopGrace is how long the program may take to end. Whoever ends Keep has a limit
// of its own, which is shorter.
const stopGrace = time.Minute

// Keep runs a program until ctx ends, and anew whenever it hears that there is a
// newer one. One that ends by itself is waited for: the next change may mend it.
//
// The one that is replaced is killed, not asked to end. A service that is asked
// takes its sidecar along, and this is a thing that it has to bear anyway.
func Keep(ctx context.Context, out *os.File, newer <-chan os.Signal, path string, args ...string) error {
	name := filepath.Base(path)
	for {
		p, err := proc.Start(proc.Command{Name: name, Path: path, Args: args, Output: out})
		if err != nil {
			return err
		}
		select {
		case <-ctx.Done():
			p.Stop(stopGrace)
			return nil
		case <-newer:
			p.Kill()
			continue
		case <-p.Done():
		}
		fmt.Fprintf(out, "%s has ended (%v): waiting for a change\n", name, p.Err())
		select {
		case <-ctx.Done():
			return nil
		case <-newer:
		}
	}
}
