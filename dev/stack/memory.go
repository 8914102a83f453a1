package stack

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"maps"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"text/tabwriter"

	"ticketx/dev/config"
)

// Memory tells the resident memory of every process of the running system, the
// largest first, and of all together. What processes share counts in each.
func Memory(ctx context.Context, cfg config.Config, out io.Writer) error {
	pids, err := left(cfg, pidFile(cfg))
	if err != nil {
		return err
	}
	resident := make(map[string]int, len(pids)) // KiB
	for part, pid := range pids {
		rss, err := exec.CommandContext(ctx, "ps", "-o", "rss=", "-p", strconv.Itoa(pid)).Output()
		if err != nil {
			return fmt.Errorf("%s (process %d) does not run", part, pid)
		}
		if resident[part], err = strconv.Atoi(strings.TrimSpace(string(rss))); err != nil {
			return err
		}
	}
	total := 0
	table := tabwriter.NewWriter(out, 0, 0, 2, ' ', tabwriter.AlignRight)
	for _, part := range slices.SortedFunc(maps.Keys(resident), func(a, b string) int {
		return cmp.Or(resident[b]-resident[a], strings.Compare(a, b))
	}) {
		fmt.Fprintf(table, "%s\t%.1f MiB\t\n", part, mebibytes(resident[part]))
		total += resident[part]
	}
	fmt.Fprintf(table, "total\t%.1f MiB\t\n", mebibytes(total))
	return table.Flush()
}

func mebibytes(kibibytes int) float64 { return float64(kibibytes) / 1024 }
