// Package seed fills a running shop with tickets, over its HTTP API alone: sellers
// who sign up, and what they offer. The same number and seed give the same offers,
// counted from the day on which it is run.
package seed

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"github.com/google/uuid"

	"ticketx/dev/shop"
)

const (
	// sellers is how many people sell, and so how many tickets are listed at a time.
	sellers  = 16
	password = "correct horse"
	// tries is how often a ticket is offered that the shop was too busy for.
	tries = 20
	// progress is after how many tickets the seeding says how far it is.
	progress = 5000
)

// Offer is what a seller says about a ticket.
type Offer struct {
	Title         string  `json:"title"`
	Price         float64 `json:"price"`
	OriginalPrice float64 `json:"originalPrice"`
	StartsAt      string  `json:"startsAt"`
	TimeZone      string  `json:"timeZone"`
	Venue         string  `json:"venue"`
	City          string  `json:"city"`
	Category      string  `json:"category"`
	Section       string  `json:"section"`
	Row           string  `json:"row"`
	Seat          string  `json:"seat"`
	Quantity      int     `json:"quantity"`
	Description   string  `json:"description"`
}

// Run lists n tickets in the shop at base.
func Run(ctx context.Context, out io.Writer, base string, n int, seed uint64) error {
	start := time.Now()
	run := uuid.NewString()[:8] // accounts stay, so each run has its own
	var next, listed atomic.Int64
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	var all sync.WaitGroup
	for i := range min(sellers, n) {
		all.Go(func() {
			seller := shop.NewPerson(base, fmt.Sprintf("seller %d", i+1))
			if _, err := seller.SignUp(ctx, fmt.Sprintf("seller%d.%s@example.com", i+1, run), password); err != nil {
				cancel(fmt.Errorf("sign up: %w", err))
				return
			}
			for number := next.Add(1); number <= int64(n); number = next.Add(1) {
				if err := list(ctx, seller, NewOffer(seed, int(number), start)); err != nil {
					cancel(err)
					return
				}
				if done := listed.Add(1); done%progress == 0 {
					fmt.Fprintf(out, "%d tickets in %s\n", done, time.Since(start).Round(time.Second))
				}
			}
		})
	}
	all.Wait()
	if err := context.Cause(ctx); err != nil {
		return fmt.Errorf("after %d tickets: %w", listed.Load(), err)
	}
	fmt.Fprintf(out, "%d tickets by %d sellers in %s\n", listed.Load(), min(sellers, n), time.Since(start).Round(100*time.Millisecond))
	return nil
}

// list offers a ticket, again where the shop asks to come back, and with a new
// session where the old one is over.
func list(ctx context.Context, seller *shop.Person, o Offer) error {
	var err error
	for try := range tries {
		_, err = shop.Call[shop.Ticket](ctx, seller, http.MethodPost, "/api/tickets", o)
		refused, ok := errors.AsType[*shop.Refused](err)
		switch {
		case err == nil:
			return nil
		case !ok:
			return err
		case refused.Status == http.StatusUnauthorized:
			_, _ = seller.CurrentUser(ctx) // renews the session
		case refused.Status != http.StatusServiceUnavailable:
			return err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(time.Duration(try+1) * 50 * time.Millisecond):
		}
	}
	return err
}

// NewOffer returns the offer with the number, which the seed decides alone; its
// event is after now.
func NewOffer(seed uint64, number int, now time.Time) Offer {
	r := rand.New(rand.NewPCG(seed, uint64(number)))
	city := cities[r.IntN(len(cities))]
	kind := kinds[r.IntN(len(kinds))]
	act := kind.acts[r.IntN(len(kind.acts))]
	day := now.UTC().Truncate(24*time.Hour).AddDate(0, 0, 2+r.IntN(300))
	paid := 15 + r.IntN(120)
	quantity := 1 + r.IntN(4)
	row, seat := 1+r.IntN(40), 1+r.IntN(60)
	seats := fmt.Sprint(seat)
	if quantity > 1 {
		seats = fmt.Sprintf("%d-%d", seat, seat+quantity-1)
	}
	venue := city.venues[r.IntN(len(city.venues))]
	return Offer{
		Title:         act + ", " + kind.occasions[r.IntN(len(kind.occasions))],
		Price:         float64(paid*quantity)*0.75 + float64(r.IntN(40)),
		OriginalPrice: float64(paid * quantity),
		StartsAt:      day.Add(time.Duration(14+r.IntN(7)) * time.Hour).Format(time.RFC3339),
		TimeZone:      city.zone,
		Venue:         venue,
		City:          city.name,
		Category:      kind.category,
		Section:       string(rune('A' + r.IntN(8))),
		Row:           fmt.Sprint(row),
		Seat:          seats,
		Quantity:      quantity,
		Description:   fmt.Sprintf("%s at %s, row %d. I can't make it that evening. Mobile tickets, handed over at once.", act, venue, row),
	}
}
