// Package demo tells the story of the shop by living it: against a running
// system, over its HTTP API alone.
package demo

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/google/uuid"

	"ticketx/dev/shop"
)

const (
	// shortHold is how long the buyer who never pays reserves.
	shortHold = 3 * time.Second
	// patience is how long a step may take that others have to notice first.
	patience = 15 * time.Second
	// buyers is how many want the last ticket at the same moment.
	buyers = 10

	password = "correct horse"
)

// Run tells the story to out. It fails at the first step that does not go as
// told.
func Run(ctx context.Context, out io.Writer, base string) error {
	s := &story{out: out, base: base, start: time.Now(), run: uuid.NewString()[:8]}
	for _, chapter := range []struct {
		title string
		tell  func(context.Context) error
	}{
		{"Ann sells, Ben buys", s.purchase},
		{"Cid reserves and forgets, Dee gets the ticket", s.expiry},
		{"Ten people press Buy at once", s.race},
	} {
		fmt.Fprintf(out, "\n%s\n", chapter.title)
		if err := chapter.tell(ctx); err != nil {
			return fmt.Errorf("%s: %w", chapter.title, err)
		}
	}
	fmt.Fprintf(out, "\nEverything went as it should, in %s.\n", time.Since(s.start).Round(time.Millisecond))
	return nil
}

type story struct {
	out   io.Writer
	base  string
	start time.Time
	run   string // makes this telling's names its own
}

// step does one thing and says what happened and how long it took.
func (s *story) step(what func() (string, error)) error {
	start := time.Now()
	told, err := what()
	if err != nil {
		return err
	}
	took := time.Since(start)
	unit := time.Millisecond
	if took < 10*time.Millisecond {
		unit = 100 * time.Microsecond
	}
	_, err = fmt.Fprintf(s.out, "  %9s  %s\n", took.Round(unit), told)
	return err
}

// newcomer is a person with a new account.
func (s *story) newcomer(ctx context.Context, name string) (*shop.Person, error) {
	p := shop.NewPerson(s.base, name)
	email := fmt.Sprintf("%s.%s@example.com", strings.ToLower(name), s.run)
	_, err := p.SignUp(ctx, email, password)
	return p, err
}

// arrive has a newcomer sign up as a step of the story.
func (s *story) arrive(ctx context.Context, name string) (p *shop.Person, err error) {
	err = s.step(func() (string, error) {
		p, err = s.newcomer(ctx, name)
		return name + " signs up.", err
	})
	return p, err
}

func (s *story) list(ctx context.Context, seller *shop.Person, title string, price float64) (t shop.Ticket, err error) {
	err = s.step(func() (string, error) {
		t, err = seller.List(ctx, title, price)
		return fmt.Sprintf("%s lists “%s” for %.2f €.", seller.Name, title, price), err
	})
	return t, err
}

func (s *story) reserve(ctx context.Context, buyer *shop.Person, t shop.Ticket, hold time.Duration) (o shop.Order, err error) {
	err = s.step(func() (string, error) {
		o, err = buyer.Reserve(ctx, t.ID, hold)
		left := time.Until(o.ExpiresAt).Round(time.Second)
		return fmt.Sprintf("%s reserves it and has %s to pay.", buyer.Name, left), err
	})
	return o, err
}

// see waits until the ticket's page shows what was expected of it.
func (s *story) see(ctx context.Context, who *shop.Person, ticketID, status string) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	return s.step(func() (string, error) {
		_, err := shop.Until(ctx,
			func(ctx context.Context) (shop.Ticket, error) { return who.Ticket(ctx, ticketID) },
			func(t shop.Ticket) bool { return t.Status == status })
		return fmt.Sprintf("The ticket's page says: %s.", status), err
	})
}

// seeOrder waits until the buyer's order shows what was expected of it.
func (s *story) seeOrder(ctx context.Context, who *shop.Person, orderID, status string) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	return s.step(func() (string, error) {
		o, err := shop.Until(ctx,
			func(ctx context.Context) (shop.Order, error) { return who.Order(ctx, orderID) },
			func(o shop.Order) bool { return o.Status == status })
		if o.Reason != "" {
			status += " (" + o.Reason + ")"
		}
		return fmt.Sprintf("%s's order is %s.", who.Name, status), err
	})
}

func (s *story) purchase(ctx context.Context) error {
	ann, err := s.arrive(ctx, "Ann")
	if err != nil {
		return err
	}
	ben, err := s.arrive(ctx, "Ben")
	if err != nil {
		return err
	}
	t, err := s.list(ctx, ann, "Opening night, row 4 seat 12", 49.5)
	if err != nil {
		return err
	}
	o, err := s.reserve(ctx, ben, t, 0)
	if err != nil {
		return err
	}
	if err := s.see(ctx, ann, t.ID, "reserved"); err != nil {
		return err
	}
	err = s.step(func() (string, error) {
		_, err := ben.Pay(ctx, o.ID, "tok_chargeDeclined")
		if refused, ok := errors.AsType[*shop.Refused](err); ok && refused.Status == http.StatusPaymentRequired {
			return fmt.Sprintf("Ben's first card is declined: “%s”", refused.Detail), nil
		}
		return "", fmt.Errorf("the card that is declined was not: %w", err)
	})
	if err != nil {
		return err
	}
	err = s.step(func() (string, error) {
		_, err := ben.Pay(ctx, o.ID, "tok_visa")
		return "Ben pays with another card.", err
	})
	if err != nil {
		return err
	}
	if err := s.seeOrder(ctx, ben, o.ID, "complete"); err != nil {
		return err
	}
	return s.see(ctx, ann, t.ID, "sold")
}

func (s *story) expiry(ctx context.Context) error {
	eve, err := s.newcomer(ctx, "Eve")
	if err != nil {
		return err
	}
	cid, err := s.newcomer(ctx, "Cid")
	if err != nil {
		return err
	}
	dee, err := s.newcomer(ctx, "Dee")
	if err != nil {
		return err
	}
	t, err := s.list(ctx, eve, "Cup final, block C", 120)
	if err != nil {
		return err
	}
	forgotten, err := s.reserve(ctx, cid, t, shortHold)
	if err != nil {
		return err
	}
	if err := s.seeOrder(ctx, cid, forgotten.ID, "cancelled"); err != nil {
		return err
	}
	if err := s.see(ctx, dee, t.ID, "available"); err != nil {
		return err
	}
	o, err := s.reserve(ctx, dee, t, 0)
	if err != nil {
		return err
	}
	err = s.step(func() (string, error) {
		_, err := dee.Pay(ctx, o.ID, "tok_visa")
		return "Dee pays.", err
	})
	if err != nil {
		return err
	}
	return s.see(ctx, eve, t.ID, "sold")
}

func (s *story) race(ctx context.Context) error {
	fay, err := s.newcomer(ctx, "Fay")
	if err != nil {
		return err
	}
	crowd := make([]*shop.Person, buyers)
	err = s.step(func() (string, error) {
		for i := range crowd {
			if crowd[i], err = s.newcomer(ctx, fmt.Sprintf("Buyer%d", i+1)); err != nil {
				return "", err
			}
		}
		return fmt.Sprintf("%d buyers sign up.", buyers), nil
	})
	if err != nil {
		return err
	}
	t, err := s.list(ctx, fay, "The last ticket", 75)
	if err != nil {
		return err
	}
	return s.step(func() (string, error) {
		winner, refusals, err := rush(ctx, crowd, t.ID)
		if err != nil {
			return "", err
		}
		return fmt.Sprintf("All press Buy. %s gets it; the other %d are told: “%s”", winner, len(refusals), refusals[0]), nil
	})
}

// rush has everybody reserve the ticket at once: one gets it, the others are
// told that somebody else has.
func rush(ctx context.Context, crowd []*shop.Person, ticketID string) (winner string, refusals []string, err error) {
	var (
		mu      sync.Mutex
		winners []string
		pressed sync.WaitGroup
		trouble error
	)
	for _, p := range crowd {
		pressed.Go(func() {
			_, err := p.Reserve(ctx, ticketID, 0)
			mu.Lock()
			defer mu.Unlock()
			refused, ok := errors.AsType[*shop.Refused](err)
			switch {
			case err == nil:
				winners = append(winners, p.Name)
			case ok && refused.Status == http.StatusConflict:
				refusals = append(refusals, refused.Detail)
			default:
				trouble = errors.Join(trouble, err)
			}
		})
	}
	pressed.Wait()
	if trouble != nil || len(winners) != 1 {
		return "", nil, fmt.Errorf("%d of %d got the ticket: %w", len(winners), len(crowd), trouble)
	}
	return winners[0], refusals, nil
}
