// Package seed fills a running shop with tickets, over its HTTP API alone: sellers
// who sign up, and what they offer. The same number and seed give the same offers,
// counted from the day on which it is run.
package seed

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/google/uuid"

	"ticketx/dev/shop"
	"ticketx/kit/errs"
	"ticketx/kit/money"
)

const (
	// sellers is how many people sell, and so how many tickets are listed at a time.
	sellers  = 16
	password = "correct horse"
	// tries is how often a ticket is offered that the shop was too busy for.
	tries = 20
	// progress is after how many tickets the seeding says how far it is.
	progress = 5000
	// look is the time between two looks for a ticket that may have been listed.
	look = 50 * time.Millisecond
)

// Settle is how long it may take until a seller sees a ticket that was listed without
// an answer: each replica reads the newest tickets in the store every five seconds.
const Settle = 6 * time.Second

// Offer is what a seller says about a ticket.
type Offer struct {
	Title         string       `json:"title"`
	Price         money.Amount `json:"price"`
	OriginalPrice money.Amount `json:"originalPrice"`
	StartsAt      string       `json:"startsAt"`
	TimeZone      string       `json:"timeZone"`
	Venue         string       `json:"venue"`
	City          string       `json:"city"`
	Category      string       `json:"category"`
	Section       string       `json:"section"`
	Row           string       `json:"row"`
	Seat          string       `json:"seat"`
	Quantity      int          `json:"quantity"`
	Description   string       `json:"description"`
}

// Run lists n tickets in the shop at base. A ticket that was offered without an answer
// is looked for, for so long as settle says, before it is offered again; see Settle.
func Run(ctx context.Context, out io.Writer, base string, n int, seed uint64, settle time.Duration) error {
	start := time.Now()
	run := uuid.NewString()[:8] // accounts stay, so each run has its own
	var next, listed atomic.Int64
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	var all sync.WaitGroup
	for i := range min(sellers, n) {
		all.Go(func() {
			s := seller{Person: shop.NewPerson(base, fmt.Sprintf("seller %d", i+1)), settle: settle}
			if _, err := s.SignUp(ctx, fmt.Sprintf("seller%d.%s@example.com", i+1, run), password); err != nil {
				cancel(fmt.Errorf("sign up: %w", err))
				return
			}
			currency, err := s.currency(ctx)
			if err != nil {
				cancel(fmt.Errorf("ask for the shop's currency: %w", err))
				return
			}
			for number := next.Add(1); number <= int64(n); number = next.Add(1) {
				if err := s.list(ctx, NewOffer(currency, seed, int(number), start)); err != nil {
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

// seller is somebody who lists one ticket after the other.
type seller struct {
	*shop.Person
	settle time.Duration
}

// currency returns what the shop prices new tickets in: that in which it counts what a
// seller has earned.
func (s seller) currency(ctx context.Context) (money.Currency, error) {
	answer, err := shop.Call[struct {
		Proceeds struct{ Currency string }
	}](ctx, s.Person, http.MethodGet, "/api/tickets/facets?seller=me", nil)
	if err != nil {
		return "", err
	}
	return money.ParseCurrency(answer.Proceeds.Currency)
}

// list offers a ticket. It does so again with a new session where the old one is over,
// for less where the shop caps prices, and when nobody can say whether it was listed and
// it does not show.
func (s seller) list(ctx context.Context, o Offer) error {
	var err error
	for try := range tries {
		_, err = shop.Call[shop.Ticket](ctx, s.Person, http.MethodPost, "/api/tickets", o)
		refused, answered := errors.AsType[*shop.Refused](err)
		switch {
		case err == nil:
			return nil
		case answered && refused.Status == http.StatusUnauthorized:
			_, _ = s.CurrentUser(ctx) // renews the session
		case answered && refused.Status < http.StatusInternalServerError:
			most, capped := highest(refused, o)
			if !capped {
				return err
			}
			o.Price = most
			continue
		case s.listed(ctx, o):
			return nil
		}
		if wait(ctx, time.Duration(try+1)*look) != nil {
			return ctx.Err()
		}
	}
	return err
}

// listed looks for a ticket of one's own, until it is there or nothing comes any more.
func (s seller) listed(ctx context.Context, o Offer) bool {
	ctx, cancel := context.WithTimeout(ctx, s.settle)
	defer cancel()
	for wait(ctx, look) == nil {
		own, err := s.Own(ctx)
		if err == nil && slices.ContainsFunc(own, o.is) {
			return true
		}
	}
	return false
}

// is reports whether a ticket is what was offered: no two have the same seats.
func (o Offer) is(t shop.Ticket) bool {
	return o.Title == t.Title && o.StartsAt == t.StartsAt.Format(time.RFC3339) && o.Venue == t.Venue && o.City == t.City &&
		o.Section == t.Section && o.Row == t.Row && o.Seat == t.Seat
}

func wait(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return nil
	}
}

// highest returns the most that a ticket may cost where the shop caps prices and has
// refused one for that, rounded as prices are.
func highest(refused *shop.Refused, o Offer) (money.Amount, bool) {
	for _, wrong := range refused.Errors {
		if wrong.Field == "price" && wrong.Code == errs.TooLarge {
			most, err := strconv.ParseInt(strings.Replace(wrong.Limit, ".", "", 1), 10, 64)
			price := rounded(money.Minor(most), o.Price.Currency)
			return money.Amount{Minor: price, Currency: o.Price.Currency}, err == nil && price < o.Price.Minor
		}
	}
	return money.Amount{}, false
}

// NewOffer returns the offer with the number, which the seed and the currency decide
// alone; its event is after now.
func NewOffer(currency money.Currency, seed uint64, number int, now time.Time) Offer {
	r := rand.New(rand.NewPCG(seed, uint64(number)))
	city := cities[r.IntN(len(cities))]
	kind := kinds[r.IntN(len(kinds))]
	act := kind.acts[r.IntN(len(kind.acts))]
	day := now.UTC().Truncate(24*time.Hour).AddDate(0, 0, 2+r.IntN(300))
	paid := money.Minor(15+r.IntN(120)) * unit(currency)
	quantity := 1 + r.IntN(4)
	row, seat := 1+r.IntN(40), 1+r.IntN(60)
	seats := fmt.Sprint(seat)
	if quantity > 1 {
		seats = fmt.Sprintf("%d-%d", seat, seat+quantity-1)
	}
	venue := city.venues[r.IntN(len(city.venues))]
	original := paid * money.Minor(quantity)
	price := rounded(original*money.Minor(60+r.IntN(50))/100, currency)
	return Offer{
		Title:         act + ", " + kind.occasions[r.IntN(len(kind.occasions))],
		Price:         money.Amount{Minor: price, Currency: currency},
		OriginalPrice: money.Amount{Minor: original, Currency: currency},
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

// rounded leaves whole halves of a unit.
func rounded(price money.Minor, c money.Currency) money.Minor {
	half := unit(c) / 2
	return price / half * half
}

// units are those that twice the least a card can be charged would not do for: the
// least is worth too little, or four dear tickets too much.
var units = map[money.Currency]money.Minor{"inr": 100_00, "brl": 6_00, "ugx": 1500_00}

// unit is worth about one euro. The least that a card can be charged is meant to be
// worth half a dollar, and is some round amount.
func unit(c money.Currency) money.Minor { return cmp.Or(units[c], 2*c.Minimum()) }
