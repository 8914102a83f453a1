package payments_test

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"ticketx/kit/errs"
	"ticketx/kit/events"
	"ticketx/kit/state"
	"ticketx/services/payments"
	"ticketx/services/payments/internal/stripe"
	"ticketx/standin"
)

// However a purchase is paid for, and whatever goes wrong meanwhile, it comes to
// one of two ends: paid and complete, or cancelled and no money kept. The tests
// here go through every fault at every request that is made to Stripe, every fault
// of its webhooks, and every step at which a process can die.

// point is one purchase in a world of its own, at whose Stripe something may go
// wrong, and which gets Stripe's webhooks.
type point struct {
	*world
	url   string // of Stripe
	order events.Order

	mu       sync.Mutex
	listener *payments.Service // who gets the webhooks: a process that does not die
	closed   events.Order      // as orders closed it
	died     bool              // a process has
}

const webhookSecret = "whsec_of_the_tests"

func newPoint(t *testing.T) *point {
	w := &world{
		t: t, store: state.NewMemory(), events: &published{},
		orders: &knownOrders{byID: map[string]events.Order{}}, clock: &clock{},
	}
	p := &point{world: w}
	shop := httptest.NewServer(http.HandlerFunc(p.webhook))
	t.Cleanup(shop.Close)
	book, err := standin.OpenScratch(filepath.Join(t.TempDir(), "book.db"))
	require.NoError(t, err)
	t.Cleanup(func() { _ = book.Close() })
	book.SetClock(w.clock.now)
	server := httptest.NewServer(standin.NewServer(book,
		standin.WithWebhook(shop.URL, webhookSecret), standin.WithRetries(5*time.Millisecond, 1000), standin.WithDelay(5*time.Millisecond)))
	t.Cleanup(server.Close)
	p.url = server.URL
	w.bank = &bank{Processor: stripe.New(stripe.Config{APIURL: server.URL}), t: t, book: book}
	p.order = w.order()
	p.listener = w.process()
	return p
}

// webhook takes Stripe's events as the public API does.
func (p *point) webhook(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err == nil {
		var n payments.Notice
		n, err = stripe.NewWebhooks(stripe.Config{WebhookSecrets: []string{webhookSecret}}).Read(body, r.Header.Get("Stripe-Signature"))
		if err == nil {
			p.mu.Lock()
			listener := p.listener
			p.mu.Unlock()
			err = listener.Notified(r.Context(), n)
		}
	}
	if err != nil {
		w.WriteHeader(http.StatusServiceUnavailable)
	}
}

// courses are the ways in which a buyer pays. What is refused or fails on the way
// is not their business.
var courses = map[string]func(p *point, s *payments.Service){
	"card": func(p *point, s *payments.Service) { p.pay(s, visa) },
	"declined, then another card": func(p *point, s *payments.Service) {
		p.pay(s, declined)
		p.pay(s, visa)
	},
	"only declined":   func(p *point, s *payments.Service) { p.pay(s, declined) },
	"bank that waits": func(p *point, s *payments.Service) { p.pay(s, "tok_standin_processing") },
	"owner who is never asked": func(p *point, s *payments.Service) {
		p.pay(s, "tok_threeDSecure2Required")
	},
	"card whose refund takes its time": func(p *point, s *payments.Service) { p.pay(s, "tok_pendingRefund") },
	"browser":                          func(p *point, s *payments.Service) { p.browse(s, "pm_card_visa") },
	"browser, declined, then another card": func(p *point, s *payments.Service) {
		p.browse(s, "pm_card_chargeDeclined", "pm_card_visa")
	},
	"browser, owner consents": func(p *point, s *payments.Service) { p.browse(s, "pm_card_threeDSecure2Required") },
	"browser, then a token": func(p *point, s *payments.Service) {
		p.browse(s)
		p.pay(s, visa)
	},
	"browser that goes away": func(p *point, s *payments.Service) { p.browse(s) },
}

func (p *point) pay(s *payments.Service, token payments.Token) {
	_, _ = s.Pay(p.t.Context(), buyer, p.order.ID, token, "")
}

// browse opens the payment and confirms it from the buyer's browser with the cards,
// whose owner consents where they are asked.
func (p *point) browse(s *payments.Service, cards ...string) {
	opened, err := s.Checkout(p.t.Context(), buyer, p.order.ID)
	if err != nil {
		return
	}
	for _, card := range cards {
		p.confirm(string(opened.ClientSecret), card)
	}
}

func (p *point) confirm(secret, card string) {
	intent, _, _ := strings.Cut(secret, "_secret_")
	answer := p.post("/v1/payment_intents/"+intent+"/confirm", url.Values{
		"client_secret": {secret}, "payment_method": {card}, "return_url": {"https://shop.example/"},
	})
	if _, page, asks := strings.Cut(answer, `"url":"`+p.url); asks {
		page, _, _ = strings.Cut(page, `"`)
		p.post(page, url.Values{"answer": {"approve"}})
	}
}

func (p *point) post(path string, form url.Values) (answer string) {
	r, err := http.NewRequestWithContext(p.t.Context(), http.MethodPost, p.url+path, strings.NewReader(form.Encode()))
	if err != nil {
		return err.Error()
	}
	r.Header.Set("Authorization", "Bearer pk_test_standin")
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	res, err := stayingClient.Do(r)
	if err != nil {
		return err.Error()
	}
	defer func() { _ = res.Body.Close() }()
	body, _ := io.ReadAll(res.Body) // half an answer is none
	return string(body)
}

// stayingClient does not go back to the shop, which is not there.
var stayingClient = &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}

// endings are what orders does with an order afterwards, in the process that it
// asks; each may have to be done again.
var endings = map[string]func(p *point, s *payments.Service) error{
	// Its time is over, and orders asks before it decides.
	"time passes": (*point).settle,
	// It was closed without asking, as an order that was never awaiting payment
	// may be: what is paid comes too late.
	"closed meanwhile": func(p *point, s *payments.Service) error {
		p.closed = cancelled(p.order)
		return s.OrderChanged(p.t.Context(), p.closed)
	},
}

func (p *point) settle(s *payments.Service) error {
	p.clock.pass(hold)
	settlement, err := s.Settle(p.t.Context(), p.order.ID)
	switch {
	case err != nil:
		return err
	case settlement.Outcome == payments.SettledPending:
		return errors.New("pending")
	case settlement.Outcome == payments.SettledSucceeded:
		p.closed = completed(p.order)
	default:
		p.closed = expired(p.order)
	}
	p.orders.keep(p.closed)
	return s.OrderChanged(p.t.Context(), p.closed)
}

// patience is for a point that is about to fail, also on a machine that is busy with
// other things.
const patience = 3 * time.Minute

// comesToAnEnd has orders close the order and everything heal, and says what is
// not as it must be at the end.
func (p *point) comesToAnEnd(ending func(p *point, s *payments.Service) error) error {
	deadline := time.After(patience)
	until := func(what func() error) error {
		for {
			err := what()
			if err == nil {
				return nil
			}
			select {
			case <-deadline:
				return err
			case <-time.After(2 * time.Millisecond):
			}
		}
	}
	if err := until(func() error { return ending(p, p.process()) }); err != nil {
		return fmt.Errorf("orders can't close it: %w", err)
	}
	// A success may be known late, by a webhook or by whoever looks.
	return until(func() error {
		p.heal()
		return p.end()
	})
}

// heal is what happens without anybody's help, once nothing is wrong any more.
func (p *point) heal() {
	p.clock.pass(time.Minute)
	_, _ = p.process().Reconcile(p.t.Context()) // it comes again
	if p.died {                                 // its journal says what it may not have told any more (kit/aggregate)
		_, _, _ = p.process().AnnouncePage(p.t.Context(), -1, 1)
	}
}

// end says what is not as it must be at one of the two ends.
func (p *point) end() error {
	a, stored := p.bank.account(p.order), p.stored(p.order)
	told := p.events.types(p.order)
	if p.closed.Status == "complete" {
		switch {
		case a.charges != 1 || a.net != price || a.refunds != 0:
			return fmt.Errorf("complete, and the bank has %+v", a)
		case stored.Status != payments.StatusSucceeded:
			return fmt.Errorf("complete, and the payment is %s", stored.Status)
		case !slices.Contains(told, events.PaymentCreated):
			return fmt.Errorf("paid, and told was %v", told)
		}
		return nil
	}
	switch ends := []payments.Status{payments.StatusNone, payments.StatusCancelled, payments.StatusRefunded}; {
	case a.net != 0 || a.charges > 1:
		return fmt.Errorf("cancelled, and the bank has %+v", a)
	case !slices.Contains(ends, stored.Status):
		return fmt.Errorf("cancelled, and the payment is %s", stored.Status)
	case a.charges == 1 && !slices.Contains(told, events.PaymentRefunded):
		return fmt.Errorf("refunded, and told was %v", told)
	}
	for _, pay := range []func() error{
		func() error { _, err := p.process().Pay(p.t.Context(), buyer, p.order.ID, visa, ""); return err },
		func() error { _, err := p.process().Checkout(p.t.Context(), buyer, p.order.ID); return err },
	} {
		if err := pay(); !errs.Is(err, errs.KindConflict) {
			return fmt.Errorf("cancelled, and paying again says: %w", err)
		}
	}
	if stored.IntentID != "" {
		i, err := p.bank.Intent(p.t.Context(), stored.IntentID)
		if err != nil {
			return err
		}
		if i.State != payments.IntentCancelled && i.State != payments.IntentSucceeded {
			return fmt.Errorf("cancelled, and the intent is %s", i.State)
		}
	}
	return nil
}

// together runs the points, many at the same moment: most of their time they wait
// for stripe-go to try again.
type together struct {
	t      *testing.T
	slot   chan struct{}
	all    sync.WaitGroup
	points atomic.Int32
}

func (m *mortal) isDead() bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.dead
}

func newTogether(t *testing.T) *together { return &together{t: t, slot: make(chan struct{}, 128)} }

// run runs one point. Its error fails the test.
func (g *together) run(name string, point func() error) {
	g.slot <- struct{}{}
	g.all.Go(func() {
		defer func() { <-g.slot }()
		if err := point(); err != nil {
			g.t.Errorf("%s: %v", name, err)
		}
	})
}

// requests are all that the service makes, and for those that come after another
// has failed, what fails first.
func requests() map[string]*standin.Fault {
	failing := func(route string) *standin.Fault {
		return &standin.Fault{Kind: standin.ErrorAfter, Route: route, Count: triesOfOne}
	}
	return map[string]*standin.Fault{
		"POST /v1/payment_intents":              nil,
		"POST /v1/payment_methods":              nil,
		"POST /v1/payment_intents/{id}/confirm": nil,
		"GET /v1/payment_intents/{id}":          failing("POST /v1/payment_intents/{id}/confirm"),
		"POST /v1/payment_intents/{id}/cancel":  nil,
		"POST /v1/refunds":                      nil,
		"GET /v1/refunds":                       nil,
		"GET /v1/refunds/{id}":                  nil,
		"GET /v1/events":                        nil,
	}
}

// triesOfOne is how often stripe-go makes one request.
const triesOfOne = 3

// requestFaults are the ways in which a request can fail: once, so that stripe-go's
// next try gets through, or until it gives up.
func requestFaults() map[string]standin.Fault {
	return map[string]standin.Fault{
		"500 after, once":    {Kind: standin.ErrorAfter, Count: 1},
		"500 after":          {Kind: standin.ErrorAfter, Count: triesOfOne},
		"500 after, kept":    {Kind: standin.ErrorAfter, Count: 1, Keep: true},
		"500 instead, once":  {Kind: standin.ErrorBefore, Count: 1},
		"500 instead":        {Kind: standin.ErrorBefore, Count: triesOfOne},
		"500 instead, kept":  {Kind: standin.ErrorBefore, Count: 1, Keep: true},
		"503 instead":        {Kind: standin.ErrorBefore, Count: triesOfOne, Status: http.StatusServiceUnavailable},
		"429 instead":        {Kind: standin.ErrorBefore, Count: triesOfOne, Status: http.StatusTooManyRequests},
		"409 instead":        {Kind: standin.ErrorBefore, Count: triesOfOne, Status: http.StatusConflict},
		"400 instead":        {Kind: standin.ErrorBefore, Count: 1, Status: http.StatusBadRequest},
		"400 instead, kept":  {Kind: standin.ErrorBefore, Count: 1, Status: http.StatusBadRequest, Keep: true},
		"401 instead":        {Kind: standin.ErrorBefore, Count: 1, Status: http.StatusUnauthorized},
		"403 instead":        {Kind: standin.ErrorBefore, Count: 1, Status: http.StatusForbidden},
		"hangs up after":     {Kind: standin.HangUpAfter, Count: 2 * triesOfOne}, // Go's transport tries again too
		"hangs up before":    {Kind: standin.HangUpBefore, Count: 2 * triesOfOne},
		"no answer for long": {Kind: standin.HangUpBefore, Delay: standin.Duration(7 * time.Second), Count: 1},
		"charges, no answer": {Kind: standin.HangUpAfter, Delay: standin.Duration(7 * time.Second), Count: 1},
	}
}

func TestEveryFaultAtEveryRequestComesToAnEnd(t *testing.T) {
	if testing.Short() {
		t.Skip("stripe-go's pauses take a minute")
	}
	g := newTogether(t)
	type place struct{ course, ending, route string }
	var mu sync.Mutex
	var met []place // where a fault is met
	try := func(at place, fault standin.Fault) error {
		p := newPoint(t)
		if first := requests()[at.route]; first != nil {
			if _, err := p.bank.book.AddFault(*first); err != nil {
				return err
			}
		}
		fault.Route = at.route
		set, err := p.bank.book.AddFault(fault)
		if err != nil {
			return err
		}
		courses[at.course](p, p.process())
		if err := p.comesToAnEnd(endings[at.ending]); err != nil {
			return err
		}
		g.points.Add(1)
		left, err := p.bank.book.Faults()
		if err != nil {
			return err
		}
		if i := slices.IndexFunc(left, func(f standin.Fault) bool { return f.ID == set.ID }); i < 0 || left[i].Met > 0 {
			mu.Lock()
			met = append(met, at)
			mu.Unlock()
		}
		return nil
	}
	for course := range courses {
		for ending := range endings {
			for route := range requests() {
				at := place{course, ending, route}
				g.run(fmt.Sprint(at, " answers late"), func() error {
					return try(at, standin.Fault{Kind: standin.Late, Delay: standin.Duration(10 * time.Millisecond), Count: 1})
				})
			}
		}
	}
	g.all.Wait()
	for route := range requests() {
		assert.True(t, slices.ContainsFunc(met, func(at place) bool { return at.route == route }), "nobody ever makes %s", route)
	}
	for _, at := range met {
		for name, fault := range requestFaults() {
			g.run(fmt.Sprint(at, " ", name), func() error { return try(at, fault) })
		}
	}
	g.all.Wait()
	t.Logf("%d points", g.points.Load())
}

func TestEveryFaultOfWebhooksComesToAnEnd(t *testing.T) {
	g := newTogether(t)
	for courseName, course := range courses {
		for endingName, ending := range endings {
			for _, fault := range []standin.Fault{
				{Kind: standin.WebhookTwice},
				{Kind: standin.WebhookLate, Delay: standin.Duration(100 * time.Millisecond)},
				{Kind: standin.WebhookReversed, Count: 2},
				{Kind: standin.WebhookReversed, Count: 3},
				{Kind: standin.WebhookNever},
			} {
				p := newPoint(t)
				g.run(fmt.Sprintf("%s; %s %d; %s", courseName, fault.Kind, fault.Count, endingName), func() error {
					if _, err := p.bank.book.AddFault(fault); err != nil {
						return err
					}
					course(p, p.process())
					g.points.Add(1)
					return p.comesToAnEnd(ending)
				})
			}
		}
	}
	g.all.Wait()
	t.Logf("%d points", g.points.Load())
}

// A process dies at each step in turn: the one that the buyer pays with, or the one
// that orders asks when it closes the order.
func TestEveryDeathComesToAnEnd(t *testing.T) {
	if testing.Short() {
		t.Skip("a thousand deaths take their time")
	}
	g := newTogether(t)
	for courseName, course := range courses {
		for endingName, ending := range endings {
			for _, closing := range []bool{false, true} {
				for _, after := range []bool{false, true} {
					name := fmt.Sprintf("%s; %s; done %t; while closing %t", courseName, endingName, after, closing)
					g.run(name, func() error { return everyDeath(g, course, ending, closing, after) })
				}
			}
		}
	}
	g.all.Wait()
	t.Logf("%d points", g.points.Load())
}

// everyDeath ends when a process outlives what it has to do.
func everyDeath(g *together, course func(*point, *payments.Service), ending func(*point, *payments.Service) error, closing, after bool) error {
	for step := 1; ; step++ {
		p := newPoint(g.t)
		m := p.mortal(death{step, after})
		if closing {
			course(p, p.process())
			_ = ending(p, m.Service)
		} else {
			course(p, m.Service)
		}
		died := m.isDead()
		p.clock.pass(afterHold)
		p.died = true
		if err := p.comesToAnEnd(ending); err != nil {
			return fmt.Errorf("step %d: %w", step, err)
		}
		g.points.Add(1)
		if !died {
			return nil
		}
	}
}
