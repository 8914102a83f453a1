//go:build linux

package chaos

import (
	"context"
	"fmt"
	"math/rand/v2"
	"sync"
	"time"

	"ticketx/dev/shop"
)

// How many people there are, and how long they think between two clicks: about
// twenty commands a second altogether.
const (
	sellers  = 2
	buyers   = 5
	minThink = 40 * time.Millisecond
	maxThink = 400 * time.Millisecond
	// arrivals is the pause between two newcomers. Hashing a password is what
	// costs most here.
	arrivals = 700 * time.Millisecond

	// Holds are short, so that some orders run out while parts are down, and none is
	// left when the round ends; and long enough for most people to get through.
	minHold = 2 // seconds
	maxHold = 12

	// tries bounds how often somebody clicks again who had no answer.
	tries = 12

	password = "correct horse"
)

// market is what the people know of each other: the tickets that were listed.
type market struct {
	mu      sync.Mutex
	tickets []string
}

func (m *market) offer(id string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.tickets = append(m.tickets, id)
}

// pick returns one of the newest tickets, so that several want the same one.
func (m *market) pick(r *rand.Rand) (id string, ok bool) {
	const newest = 6
	m.mu.Lock()
	defer m.mu.Unlock()
	if len(m.tickets) == 0 {
		return "", false
	}
	return m.tickets[max(0, len(m.tickets)-1-r.IntN(newest))], true
}

// load is the people of one round.
type load struct {
	base   string
	seed   uint64
	name   string // makes this round's titles and addresses its own
	ledger *Ledger
	market market
}

// person is somebody with an account, and dice of their own.
type person struct {
	*load
	*shop.Person
	dice *rand.Rand
}

func (l *load) dice(n uint64) *rand.Rand { return rand.New(rand.NewPCG(l.seed, n)) }

// run lets everybody act until ctx ends and returns when all have their last
// answer. Nobody hangs up on a command that was given.
func (l *load) run(ctx context.Context) error {
	var everybody sync.WaitGroup
	var people []*person
	for n := range uint64(sellers + buyers) {
		p, err := l.join(ctx, n)
		if err != nil {
			return err
		}
		people = append(people, p)
	}
	for n, p := range people {
		if n < sellers {
			everybody.Go(func() { p.sell(ctx) })
		} else {
			everybody.Go(func() { p.buy(ctx) })
		}
	}
	everybody.Go(func() { l.newcomers(ctx) })
	everybody.Wait()
	return nil
}

// join signs somebody up, before the first kill. A busy machine may refuse once
// or twice even then.
func (l *load) join(ctx context.Context, n uint64) (*person, error) {
	const tries = 5
	p := &person{load: l, Person: shop.NewPerson(l.base, fmt.Sprint("person ", n)), dice: l.dice(n)}
	for try := range tries {
		account := &Account{Person: p.Person, Email: fmt.Sprintf("p%d.%d.%s@example.com", n, try, l.name)}
		_, err := p.SignUp(ctx, account.Email, password)
		account.Outcome = l.ledger.answered("sign up", err)
		l.ledger.record(func() { l.ledger.Accounts = append(l.ledger.Accounts, account) })
		if account.Outcome == Done {
			return p, nil
		}
		think(ctx, time.Second)
	}
	return nil, fmt.Errorf("nobody can sign up, %d times, before anything is killed", tries)
}

// newcomers sign up, one after another. Every fourth asks for an address that is
// taken.
func (l *load) newcomers(ctx context.Context) {
	for n := 0; think(ctx, arrivals); n++ {
		account := &Account{
			Person: shop.NewPerson(l.base, fmt.Sprint("newcomer ", n)),
			Email:  fmt.Sprintf("n%d.%s@example.com", n, l.name),
		}
		taken := n%4 == 3
		if taken {
			account.Email = l.ledger.taken()
		}
		_, err := account.Person.SignUp(context.WithoutCancel(ctx), account.Email, password)
		account.Outcome = l.ledger.answered("sign up", err)
		switch {
		case !taken:
			l.ledger.record(func() { l.ledger.Accounts = append(l.ledger.Accounts, account) })
		case account.Outcome == Done:
			l.ledger.record(func() {
				l.ledger.Defects = append(l.ledger.Defects, "two accounts with one address: "+account.Email)
			})
		}
	}
}

// sell lists tickets, edits one now and then, and withdraws one more rarely.
func (p *person) sell(ctx context.Context) {
	var own []*Listing
	for n := 0; p.think(ctx); n++ {
		offer := Offer{
			Title: fmt.Sprintf("%s %s, ticket %d", p.name, p.Name, n),
			Price: 100 + p.dice.Int64N(99_900),
		}
		if len(own) > 0 && p.dice.IntN(10) == 0 {
			p.withdraw(ctx, own[max(0, len(own)-1-p.dice.IntN(3))]) // while others want it, too
			continue
		}
		if len(own) > 0 && p.dice.IntN(3) == 0 {
			p.edit(ctx, own[p.dice.IntN(len(own))], offer)
			continue
		}
		listing := &Listing{SellerID: p.ID, Offers: []Offer{offer}}
		ticket, err := p.List(context.WithoutCancel(ctx), offer.Title, major(offer.Price))
		listing.Outcome, listing.ID, listing.Version = p.ledger.answered("list", err), ticket.ID, ticket.Version
		p.ledger.record(func() { p.ledger.Listings = append(p.ledger.Listings, listing) })
		if listing.Outcome == Done {
			own = append(own, listing)
			p.market.offer(listing.ID)
		}
	}
}

func (p *person) edit(ctx context.Context, l *Listing, o Offer) {
	ticket, err := p.Edit(context.WithoutCancel(ctx), l.ID, o.Title, major(o.Price))
	l.edited(o, p.ledger.answered("edit", err), ticket.Version)
}

func (p *person) withdraw(ctx context.Context, l *Listing) {
	err := p.Withdraw(context.WithoutCancel(ctx), l.ID)
	l.Withdrawals = append(l.Withdrawals, p.ledger.answered("withdraw", err))
}

// major is the wire's form of a price. Two decimals are exact enough in a float
// to be read back as they were.
func major(minor int64) float64 { return float64(minor) / 100 }

// buy reserves tickets and does with them what people do.
func (p *person) buy(ctx context.Context) {
	for p.think(ctx) {
		ticket, ok := p.market.pick(p.dice)
		if !ok {
			continue
		}
		hold := time.Duration(minHold+p.dice.IntN(maxHold-minHold+1)) * time.Second
		order, err := p.Reserve(context.WithoutCancel(ctx), ticket, hold)
		placing := Placing{BuyerID: p.ID, TicketID: ticket, OrderID: order.ID, Outcome: p.ledger.answered("reserve", err)}
		p.ledger.record(func() { p.ledger.Placings = append(p.ledger.Placings, placing) })
		if placing.Outcome == Done {
			p.decide(ctx, order)
		}
	}
}

// decide is what becomes of a reservation, as far as its buyer has a say.
func (p *person) decide(ctx context.Context, o shop.Order) {
	switch fate := p.dice.IntN(100); {
	case fate < 25:
		p.browse(ctx, o, "pm_card_visa")
	case fate < 40: // the owner of the card is asked
		p.browse(ctx, o, "pm_card_threeDSecure2Required")
	case fate < 50:
		p.browse(ctx, o, "pm_card_chargeDeclined", "pm_card_mastercard")
	case fate < 58: // pays in a browser, and gives it back in another tab
		p.both(func() { p.browse(ctx, o, "pm_card_visa") }, func() { p.giveBack(ctx, o.ID) })
	case fate < 66:
		p.pay(ctx, o, "tok_visa")
	case fate < 71:
		p.pay(ctx, o, "tok_chargeDeclined")
		p.think(ctx)
		p.pay(ctx, o, "tok_mastercard")
	case fate < 78: // two clicks at once
		p.both(func() { p.pay(ctx, o, "tok_visa") }, func() { p.pay(ctx, o, "tok_visa") })
	case fate < 84: // in two tabs
		p.both(func() { p.pay(ctx, o, "tok_visa") }, func() { p.giveBack(ctx, o.ID) })
	case fate < 90: // in the last moment, or just after it
		<-time.After(time.Until(o.ExpiresAt) + time.Duration(p.dice.IntN(120)-60)*time.Millisecond)
		p.pay(ctx, o, "tok_visa")
	case fate < 96:
		p.giveBack(ctx, o.ID)
	default: // forgets it
	}
}

func (p *person) both(one, other func()) {
	var tabs sync.WaitGroup
	tabs.Go(one)
	tabs.Go(other)
	tabs.Wait()
}

// insist gives a command again while nobody knows whether it was carried out, as
// people and their browsers do: while the order has time, and not for ever.
func (p *person) insist(ctx context.Context, o shop.Order, command func() Outcome) (out Outcome) {
	for range tries {
		if out = command(); out != Unknown || !p.think(ctx) || !time.Now().Before(o.ExpiresAt) {
			return out
		}
	}
	return out
}

func (p *person) pay(ctx context.Context, o shop.Order, token string) {
	p.insist(ctx, o, func() Outcome {
		payment, err := p.Pay(context.WithoutCancel(ctx), o.ID, token)
		paying := Paying{OrderID: o.ID, PaymentID: payment.ID, Outcome: p.ledger.answered("pay", err)}
		p.ledger.record(func() { p.ledger.Payings = append(p.ledger.Payings, paying) })
		return paying.Outcome
	})
}

// browse pays in the browser, with one card after the other as long as they are
// declined.
func (p *person) browse(ctx context.Context, o shop.Order, cards ...string) {
	lasting := context.WithoutCancel(ctx)
	var opened shop.Checkout
	out := p.insist(ctx, o, func() Outcome {
		c, err := p.Checkout(lasting, o.ID)
		opened = c
		return p.ledger.answered("check out", err)
	})
	if out != Done {
		return
	}
	for _, card := range cards {
		p.think(ctx)
		page := ""
		out := p.insist(ctx, o, func() Outcome {
			confirmed, err := p.Confirm(lasting, opened, card, p.base+"/orders/"+o.ID)
			page = confirmed.Page
			return p.confirmed(o, p.ledger.answered("confirm", err))
		})
		if out == Refused {
			continue
		}
		if page != "" {
			answer := "approve"
			if p.dice.IntN(4) == 0 {
				answer = "refuse"
			}
			p.insist(ctx, o, func() Outcome {
				_, err := p.Consent(lasting, page, answer)
				return p.ledger.answered("consent", err)
			})
		}
		return
	}
}

// confirmed notes what Stripe has answered as Unknown to the shop, which has said
// nothing: it may be paid, and may be too late.
func (p *person) confirmed(o shop.Order, out Outcome) Outcome {
	if out != Refused {
		p.ledger.record(func() { p.ledger.Payings = append(p.ledger.Payings, Paying{OrderID: o.ID, Outcome: Unknown}) })
	}
	return out
}

func (p *person) giveBack(ctx context.Context, orderID string) {
	giving := Giving{OrderID: orderID, Outcome: p.ledger.answered("cancel", p.Cancel(context.WithoutCancel(ctx), orderID))}
	p.ledger.record(func() { p.ledger.Givings = append(p.ledger.Givings, giving) })
}

func (p *person) think(ctx context.Context) bool {
	return think(ctx, minThink+time.Duration(p.dice.Int64N(int64(maxThink-minThink))))
}

// think waits, and reports false when it is time to go home.
func think(ctx context.Context, d time.Duration) bool {
	select {
	case <-ctx.Done():
		return false
	case <-time.After(d):
		return true
	}
}
