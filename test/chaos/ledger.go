//go:build linux

package chaos

import (
	"errors"
	"net/http"
	"slices"
	"sync"

	"ticketx/dev/shop"
)

// Outcome is what whoever gave a command knows about it.
type Outcome int

const (
	// Unknown is no answer, or one that promises nothing (5xx): it may have
	// happened.
	Unknown Outcome = iota
	// Done is acknowledged: it must be there.
	Done
	// Refused is a definite no (4xx): it must not be there.
	Refused
)

// outcome reads the answer to a command.
func outcome(err error) Outcome {
	if err == nil {
		return Done
	}
	if r, ok := errors.AsType[*shop.Refused](err); ok && r.Status < http.StatusInternalServerError {
		return Refused
	}
	return Unknown
}

// Ledger is everything that was asked of the shop in a round, and what it said.
// The people write it while they act; it is read when they have gone home.
type Ledger struct {
	Accounts []*Account
	Listings []*Listing
	Placings []Placing
	Payings  []Paying
	Givings  []Giving
	Defects  []string       // answers that are never right, such as a 500
	Answers  map[string]int // how many commands had which answer: "pay: Created"

	mu sync.Mutex
}

// Account is a sign-up.
type Account struct {
	Person  *shop.Person
	Email   string
	Outcome Outcome
}

// Offer is what a seller says about a ticket.
type Offer struct {
	Title string
	Price int64 // in minor units
}

// Listing is a ticket that was offered.
type Listing struct {
	SellerID string
	ID       string // empty when the answer was not heard
	Outcome  Outcome
	// Offers are what the ticket may say by now: the last one that was
	// acknowledged, and those after it of which nothing is known.
	Offers  []Offer
	Version int64 // the newest that was acknowledged
	// Withdrawals are the answers to its seller's wishes to withdraw it. One that
	// is refused because somebody was quicker may be kept for when they don't buy.
	Withdrawals []Outcome
}

// edited takes in the answer to an edit.
func (l *Listing) edited(o Offer, out Outcome, version int64) {
	switch out {
	case Done:
		l.Offers, l.Version = []Offer{o}, version
	case Unknown:
		l.Offers = append(l.Offers, o)
	case Refused:
	}
}

// Placing is a wish to reserve a ticket.
type Placing struct {
	BuyerID, TicketID string
	OrderID           string // of one that was acknowledged
	Outcome           Outcome
}

// Paying is a try to pay for an order.
type Paying struct {
	OrderID   string
	PaymentID string // of one that was acknowledged
	Outcome   Outcome
}

// Giving is a wish to give a reservation back.
type Giving struct {
	OrderID string
	Outcome Outcome
}

// record adds to the ledger.
func (l *Ledger) record(add func()) {
	l.mu.Lock()
	defer l.mu.Unlock()
	add()
}

// answered counts an answer. It notes what no client may ever see.
func (l *Ledger) answered(command string, err error) Outcome {
	out := outcome(err)
	status := "OK"
	refused, answer := errors.AsType[*shop.Refused](err)
	switch {
	case answer:
		status = http.StatusText(refused.Status)
	case err != nil:
		status = "no answer"
	}
	l.record(func() {
		if l.Answers == nil {
			l.Answers = make(map[string]int)
		}
		l.Answers[command+": "+status]++
		if answer && refused.Status == http.StatusInternalServerError {
			l.Defects = append(l.Defects, command+" was answered "+refused.Error())
		}
		if answer && refused.Status == http.StatusServiceUnavailable && refused.RetryAfter == "" {
			l.Defects = append(l.Defects, command+" was answered 503 without Retry-After")
		}
	})
	return out
}

// taken returns an address that has an account.
func (l *Ledger) taken() (email string) {
	l.record(func() {
		i := slices.IndexFunc(l.Accounts, func(a *Account) bool { return a.Outcome == Done })
		email = l.Accounts[i].Email
	})
	return email
}

// buyers returns the accounts that may have orders.
func (l *Ledger) buyers() []*Account {
	return slices.DeleteFunc(slices.Clone(l.Accounts), func(a *Account) bool { return a.Outcome != Done })
}
