package payments

import (
	"encoding/json"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"ticketx/kit/events"
	"ticketx/kit/money"
)

// arrow is a change of a payment's status by one method.
type arrow struct {
	from, to Status
	method   string
}

func (a arrow) String() string {
	name := func(s Status) string {
		if s == StatusNone {
			return "[*]"
		}
		return string(s)
	}
	return name(a.from) + " --> " + name(a.to) + ": " + a.method
}

// The drawing in docs/payments.md has every arrow that there is, and no other. Those
// that there are are found by walking: every method is called, with everything that it
// may be told, on every payment that can come to be, while the order is live and not.
func TestTheDrawingIsComplete(t *testing.T) {
	drawn, found := drawnArrows(t), walkedArrows(t)
	for a := range found {
		assert.True(t, drawn[a], "is not drawn: %s", a)
	}
	for a := range drawn {
		assert.True(t, found[a], "is drawn, and never happens: %s", a)
	}
}

// drawnArrows reads the drawing. What stands beside the names of methods is for people.
func drawnArrows(t *testing.T) map[arrow]bool {
	t.Helper()
	text, err := os.ReadFile("../../docs/payments.md")
	require.NoError(t, err)
	drawn := map[arrow]bool{}
	for _, line := range regexp.MustCompile(`(?m)^    (\S+) --> (\S+): (.+)$`).FindAllStringSubmatch(string(text), -1) {
		status := func(name string) Status { return Status(strings.ReplaceAll(name, "[*]", "")) }
		for name := range strings.SplitSeq(line[3], ", ") {
			if slices.Contains(methods, name) {
				drawn[arrow{status(line[1]), status(line[2]), name}] = true
			}
		}
	}
	require.NotEmpty(t, drawn)
	return drawn
}

// methods are those that move a payment.
var methods = []string{
	"begin", "ask", "process", "succeed", "decline", "lapse", "cancel", "void", "retire", "adopt",
	"owe", "tried", "refunded", "refundAgain", "denied", "hurry", "contested", "dispute",
}

const walkedPrice = 100

// step is one thing that may happen to a payment, by the method that is drawn for it.
// It is not one where the method is empty.
type step func(p *Payment, now time.Time) (method string)

// steps are all that the service calls, as it calls them.
func steps() (all []step) {
	moved := func(changed bool, method string) string {
		if changed {
			return method
		}
		return ""
	}
	for _, token := range []Token{"", "tok_visa"} {
		all = append(all, func(p *Payment, now time.Time) string {
			_, began, err := p.claim(wish{buyer: "buyer", token: token}, now)
			return moved(began && err == nil, "begin")
		})
	}
	for _, i := range []Intent{
		{State: IntentSucceeded},
		{State: IntentCancelled},
		{State: IntentProcessing},
		{State: IntentRequiresAction},
		{State: IntentOpen},
		{State: IntentOpen, Refusal: &Refusal{Code: "no"}},
	} {
		i.ID = "pi_1"
		method := func(p *Payment, now time.Time) string {
			switch {
			case i.State == IntentCancelled && p.live(now):
				return "lapse"
			case i.State == IntentOpen:
				return "decline"
			}
			return map[IntentState]string{
				IntentSucceeded: "succeed", IntentCancelled: "cancel", IntentProcessing: "process", IntentRequiresAction: "ask",
			}[i.State]
		}
		all = append(all,
			func(p *Payment, now time.Time) string { return moved(p.see(i, now), method(p, now)) },
			func(p *Payment, now time.Time) string {
				return moved(p.confirmed(p.Attempt.Number, i, now), method(p, now))
			},
			func(p *Payment, now time.Time) string { // as a webhook does: both in one write
				if p.adopt(i, now) {
					p.see(i, now)
					return "adopt"
				}
				return ""
			},
			func(p *Payment, now time.Time) string { // when orders settles
				return moved(i.State == IntentCancelled && !p.live(now) && p.IntentID != "" && p.cancel(i, now), "cancel")
			},
		)
	}
	all = append(all,
		func(p *Payment, _ time.Time) string { p.opened(p.intentNumber(), "pi_1"); return "" },
		func(p *Payment, now time.Time) string {
			return moved(p.refuse(Refusal{Attempt: p.Attempt.Number, Code: "no"}, now), "decline")
		},
		func(p *Payment, now time.Time) string { return moved(!p.live(now) && p.void(now), "void") },
		func(p *Payment, now time.Time) string { return moved(p.retire(now), "retire") },
		func(p *Payment, now time.Time) string { return moved(p.owe(now), "owe") },
		func(p *Payment, now time.Time) string { return moved(p.hurry(now), "hurry") },
		func(p *Payment, now time.Time) string {
			return moved(p.Refund != nil && p.refundAgain(p.Refund.Number, now), "refundAgain")
		},
		func(p *Payment, now time.Time) string {
			return moved(p.Refund != nil && p.denied(p.Refund.Number, "no", now), "denied")
		},
		func(p *Payment, now time.Time) string {
			tries := p.Status == StatusRefundPending && p.Refund.due(walkedPrice)
			return moved(tries && p.tried(p.Refund.Number, "", nil, now), "tried")
		},
	)
	for _, status := range []RefundStatus{RefundPending, RefundSucceeded, RefundFailed} {
		one := MadeRefund{ID: "re_1", Status: status, Amount: walkedPrice}
		all = append(all,
			func(p *Payment, now time.Time) string {
				tries := p.Status == StatusRefundPending && p.Refund.due(walkedPrice)
				return moved(tries && p.tried(p.Refund.Number, one.ID, []MadeRefund{one}, now), "tried")
			},
			func(p *Payment, now time.Time) string { return moved(p.refunded([]MadeRefund{one}, now), "refunded") },
		)
	}
	for _, status := range []string{"needs_response", "won", "lost"} {
		d := Dispute{ID: "dp_1", Status: status}
		all = append(all,
			func(p *Payment, now time.Time) string { return moved(p.dispute(d, now), "dispute") },
			func(p *Payment, now time.Time) string {
				tries := p.Status == StatusRefundPending && p.Refund.due(walkedPrice)
				return moved(tries && p.contested(p.Refund.Number, d, now), "contested")
			},
		)
	}
	for _, status := range []string{orderCancelled, orderComplete} {
		all = append(all, func(p *Payment, _ time.Time) string {
			if p.Order.Status == "created" {
				p.learn(events.Order{Version: 2, BuyerID: "buyer", Status: status, ExpiresAt: p.Order.ExpiresAt, Ticket: p.Order.Ticket})
			}
			return ""
		})
	}
	return all
}

func walkedArrows(t *testing.T) map[arrow]bool {
	t.Helper()
	first := Payment{Order: events.Order{
		Version: 1, BuyerID: "buyer", Status: "created", ExpiresAt: noon.Add(time.Hour),
		Ticket: events.OrderTicket{Price: money.Minor(walkedPrice), Currency: "eur"},
	}}
	found := map[arrow]bool{}
	known := map[string]bool{essence(t, &first): true}
	all := steps()
	for ahead := []string{essence(t, &first)}; len(ahead) > 0; {
		from := ahead[0]
		ahead = ahead[1:]
		for _, do := range all {
			for _, now := range []time.Time{noon, noon.Add(2 * time.Hour)} {
				var p Payment
				require.NoError(t, json.Unmarshal([]byte(from), &p))
				before, version := p.Status, p.Version
				if method := do(&p, now); method != "" && p.Version != version {
					found[arrow{before, p.Status, method}] = true
				} else {
					require.Equal(t, before, p.Status, "nothing else moves a payment")
				}
				if to := essence(t, &p); !known[to] {
					known[to] = true
					ahead = append(ahead, to)
				}
			}
		}
	}
	t.Logf("%d payments", len(known))
	return found
}

// essence is the payment without what only counts or names.
func essence(t *testing.T, p *Payment) string {
	t.Helper()
	e := *p
	e.Version, e.UpdatedAt, e.CreatedAt = 0, time.Time{}, time.Time{}
	e.Attempt.Number, e.Attempt.StartedAt, e.Attempt.HeldUntil, e.IntentNumber = min(e.Attempt.Number, 1), time.Time{}, time.Time{}, 0
	if e.ID != "" {
		e.ID = "id"
	}
	e.Refusal, e.NextURL = nil, ""
	if e.Refund != nil {
		r := *e.Refund
		if !r.RefusedAt.IsZero() {
			r.RefusedAt = noon.Add(-time.Hour)
		}
		if r.Number > 1 { // it is not the first, and the last or not
			r.Number = min(max(r.Number, maxRefunds-1), maxRefunds)
		}
		e.Refund = &r
	}
	text, err := json.Marshal(e)
	require.NoError(t, err)
	return string(text)
}
