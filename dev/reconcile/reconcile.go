// Package reconcile has payments ask Stripe about every payment that is open, for
// whoever does not want to wait until the job does.
package reconcile

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"time"

	"ticketx/dev/sidecar"
)

// page is the answer of payments: what came of looking at some.
type page struct {
	Looked, Waiting, Failed int
	Mended                  []struct{ OrderID, From, To string }
	Stuck                   []stuck
	Causes                  []string
	Next                    string
}

// stuck is money that does not go back.
type stuck struct {
	OrderID string
	Code    string // why Stripe refuses it, if it does
	Tries   int
	Next    time.Time // zero: when it is asked for
}

func (s stuck) String() string {
	says := "failed at the bank"
	if s.Code != "" {
		says = "refused by Stripe: " + s.Code
	}
	next := "by the next make reconcile"
	if !s.Next.IsZero() {
		next = "at " + s.Next.Local().Format(time.DateTime)
	}
	return fmt.Sprintf("order %s: its money has not gone back (try %d %s); look at it in Stripe. It is tried again %s", s.OrderID, s.Tries, says, next)
}

// Run asks for one page after the other, and tells to out what was mended and what
// it came to. What is done twice is harmless. It fails when a page can't be had, or
// when there are payments that nobody could be asked about.
func Run(ctx context.Context, out io.Writer, client *sidecar.Client) error {
	var total page
	named := map[string]bool{}
	for next := ""; ; {
		path := "reconciliations"
		if next != "" {
			path += "?from=" + url.QueryEscape(next)
		}
		var p page
		if err := client.Invoke(ctx, "payments", http.MethodPost, path, &p); err != nil {
			return fmt.Errorf("stopped after %d payments, try again: %w", total.Looked, err)
		}
		for _, m := range p.Mended {
			fmt.Fprintf(out, "order %s: %s, and now %s\n", m.OrderID, cmp.Or(m.From, "not begun"), m.To)
		}
		for _, s := range p.Stuck {
			if !named[s.OrderID] { // one may stand in several lists
				fmt.Fprintln(out, s)
			}
			named[s.OrderID] = true
		}
		for _, cause := range p.Causes {
			fmt.Fprintln(out, "not looked at:", cause)
		}
		total.Looked += p.Looked
		total.Waiting += p.Waiting
		total.Failed += p.Failed
		total.Mended = append(total.Mended, p.Mended...)
		if p.Next == "" {
			break
		}
		if p.Next == next {
			return fmt.Errorf("payments goes round in circles at %s", next)
		}
		next = p.Next
	}
	fmt.Fprintf(out, "%d looked at, %d mended, %d still open\n", total.Looked, len(total.Mended), total.Waiting)
	if total.Failed > 0 {
		return fmt.Errorf("%d could not be looked at", total.Failed)
	}
	return nil
}
