//go:build linux

package chaos_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"

	"ticketx/dev/shop"
	"ticketx/standin"
	"ticketx/test/chaos"
)

// scene is a small round in which everything is as it should be: mara bought
// one ticket of nils and gave another back, and a third was paid too late.
func scene() (*chaos.World, *chaos.Ledger, chaos.Earlier) {
	ticket := func(id string, price int64, status, order string) chaos.TicketDoc {
		return chaos.TicketDoc{ID: id, Version: 3, Title: "chaos " + id, Price: price, Status: status, OrderID: order}
	}
	shown := func(d chaos.TicketDoc) shop.Ticket {
		return shop.Ticket{
			ID: d.ID, Version: d.Version, Title: d.Title, Price: float64(d.Price) / 100,
			Status: d.Status, OrderID: d.OrderID,
		}
	}
	order := func(id, status string, of chaos.TicketDoc) shop.Order {
		return shop.Order{
			ID: id, UserID: "mara", Status: status, Version: 2,
			Ticket: shop.Ticket{ID: of.ID, Title: of.Title, Price: float64(of.Price) / 100, Currency: "eur"},
		}
	}
	slot := func(of chaos.TicketDoc, o shop.Order) chaos.SlotDoc {
		return chaos.SlotDoc{Listing: of, Order: &chaos.OrderDoc{ID: o.ID, Version: o.Version, Status: o.Status}}
	}
	payment := func(o shop.Order, status string) chaos.PaymentDoc {
		return chaos.PaymentDoc{
			Order: chaos.OrderDoc{ID: o.ID, Version: o.Version, Status: o.Status},
			ID:    "payment of " + o.ID, Version: 2, Status: status,
		}
	}
	bought := ticket("bought", 1999, "sold", "o1")
	free := ticket("free", 500, "available", "")
	late := ticket("late", 700, "available", "")
	o1, o2, o3 := order("o1", "complete", bought), order("o2", "cancelled", free), order("o3", "cancelled", late)
	w := &chaos.World{
		Users: map[string]string{"mara@example.com": "mara", "nils@example.com": "nils", "lost@example.com": ""},
		Catalogue: map[string]chaos.Catalogue{
			"tickets":   {"bought": shown(bought), "free": shown(free), "late": shown(late)},
			"tickets-2": {"bought": shown(bought), "free": shown(free), "late": shown(late)},
		},
		Tickets:  map[string]chaos.TicketDoc{"bought": bought, "free": free, "late": late},
		Slots:    map[string]chaos.SlotDoc{"bought": slot(bought, o1), "free": slot(free, o2), "late": slot(late, o3)},
		Orders:   map[string]shop.Order{"o1": o1, "o2": o2, "o3": o3},
		Payments: map[string]chaos.PaymentDoc{"o1": payment(o1, "succeeded"), "o2": payment(o2, ""), "o3": payment(o3, "refunded")},
		Book: standin.Contents{
			Sums: map[string]standin.Sum{"eur": {Net: 1999 + 42}},
			PaymentIntents: []standin.Intent{
				{ID: "pi0", Metadata: map[string]string{"order_id": "o0"}},
				{ID: "pi1", Metadata: map[string]string{"order_id": "o1"}},
				{ID: "pi3", Metadata: map[string]string{"order_id": "o3"}},
			},
			Charges: []standin.Charge{
				{ID: "c0", PaymentIntent: "pi0", Paid: true, Currency: "eur", AmountCaptured: 42},
				{ID: "c1", PaymentIntent: "pi1", Paid: true, Currency: "eur", AmountCaptured: 1999},
				{ID: "c2", PaymentIntent: "pi3", Paid: false, Currency: "eur"},
				{ID: "c3", PaymentIntent: "pi3", Paid: true, Currency: "eur", AmountCaptured: 700, AmountRefunded: 700},
			},
		},
		Told: map[string]bool{
			"ticket:bought:3": true, "ticket:free:3": true, "ticket:late:3": true,
			"order:o1:2": true, "order:o2:2": true, "order:o3:2": true,
			"payment:o1:2": true, "payment:o3:2": true,
		},
		Dead:     map[string]uint64{"orders": 0},
		Journals: map[string]int{"orders": 1},
	}
	person := func(id string) *shop.Person { return &shop.Person{ID: id} }
	listing := func(d chaos.TicketDoc) *chaos.Listing {
		return &chaos.Listing{
			SellerID: "nils", ID: d.ID, Outcome: chaos.Done, Version: 1,
			Offers: []chaos.Offer{{Title: d.Title, Price: d.Price}},
		}
	}
	l := &chaos.Ledger{
		Accounts: []*chaos.Account{
			{Person: person("mara"), Email: "mara@example.com", Outcome: chaos.Done},
			{Person: person("nils"), Email: "nils@example.com", Outcome: chaos.Unknown},
			{Person: person(""), Email: "lost@example.com", Outcome: chaos.Refused},
		},
		Listings: []*chaos.Listing{
			listing(bought), listing(free), listing(late),
			{SellerID: "nils", Outcome: chaos.Unknown, Offers: []chaos.Offer{{Title: "chaos unheard", Price: 100}}},
			{SellerID: "nils", Outcome: chaos.Refused, Offers: []chaos.Offer{{Title: "chaos refused", Price: 100}}},
		},
		Placings: []chaos.Placing{
			{BuyerID: "mara", TicketID: "bought", OrderID: "o1", Outcome: chaos.Done},
			{BuyerID: "mara", TicketID: "bought", Outcome: chaos.Refused},
			{BuyerID: "mara", TicketID: "free", OrderID: "o2", Outcome: chaos.Done},
			{BuyerID: "mara", TicketID: "late", Outcome: chaos.Unknown},
		},
		Payings: []chaos.Paying{
			{OrderID: "o1", PaymentID: "payment of o1", Outcome: chaos.Done},
			{OrderID: "o3", Outcome: chaos.Unknown},
		},
		Givings: []chaos.Giving{{OrderID: "o2", Outcome: chaos.Done}},
	}
	return w, l, chaos.Earlier{Orders: map[string]bool{"o0": true}, Net: map[string]int64{"eur": 42}}
}

func TestCheckFindsNothingWhereNothingIsWrong(t *testing.T) {
	w, l, before := scene()
	assert.Empty(t, chaos.Check(w, l, before, 1))
}

// change puts a changed copy into a map.
func change[V any](m map[string]V, key string, by func(v *V)) {
	v := m[key]
	by(&v)
	m[key] = v
}

// Everything that could be wrong is noticed, and said.
func TestCheckNoticesWhatIsWrong(t *testing.T) {
	for says, spoil := range map[string]func(w *chaos.World, l *chaos.Ledger){
		"signs in as": func(w *chaos.World, _ *chaos.Ledger) { w.Users["mara@example.com"] = "" },
		"was refused and can sign in": func(w *chaos.World, _ *chaos.Ledger) {
			w.Users["lost@example.com"] = "somebody"
		},
		"and is gone": func(w *chaos.World, _ *chaos.Ledger) { delete(w.Tickets, "free") },
		"its seller was told": func(_ *chaos.World, l *chaos.Ledger) {
			l.Listings[1].Offers = []chaos.Offer{{Title: "chaos edited", Price: 500}}
		},
		"its seller saw": func(_ *chaos.World, l *chaos.Ledger) { l.Listings[1].Version = 9 },
		"or nobody listed it": func(w *chaos.World, _ *chaos.Ledger) {
			w.Tickets["x"] = chaos.TicketDoc{ID: "x", Title: "chaos refused", Status: "available"}
		},
		"was listed once and is there 2 times": func(w *chaos.World, _ *chaos.Ledger) {
			w.Tickets["x"] = chaos.TicketDoc{ID: "x", Title: "chaos unheard"}
			w.Tickets["y"] = chaos.TicketDoc{ID: "y", Title: "chaos unheard"}
		},
		"has two orders that are not cancelled": func(w *chaos.World, _ *chaos.Ledger) {
			change(w.Orders, "o2", func(o *shop.Order) { o.Status, o.Ticket.ID = "complete", "bought" })
		},
		"is reserved for": func(w *chaos.World, _ *chaos.Ledger) {
			change(w.Tickets, "free", func(d *chaos.TicketDoc) { d.Status, d.OrderID = "reserved", "o2" })
		},
		"is not in the catalogue of tickets-2": func(w *chaos.World, _ *chaos.Ledger) { delete(w.Catalogue["tickets-2"], "late") },
		"the catalogue of tickets shows": func(w *chaos.World, _ *chaos.Ledger) {
			change(w.Catalogue["tickets"], "late", func(d *shop.Ticket) { d.Price = 7.01 })
		},
		"orders knows ticket": func(w *chaos.World, _ *chaos.Ledger) {
			change(w.Slots, "late", func(d *chaos.SlotDoc) { d.Listing.Version = 2 })
		},
		"orders has not o1 in the slot": func(w *chaos.World, _ *chaos.Ledger) {
			change(w.Slots, "bought", func(d *chaos.SlotDoc) { d.Order = nil })
		},
		"which no buyer has": func(w *chaos.World, _ *chaos.Ledger) {
			change(w.Slots, "free", func(d *chaos.SlotDoc) { d.Order.ID = "o9" })
		},
		"for its buyer and created in its slot": func(w *chaos.World, _ *chaos.Ledger) {
			change(w.Slots, "free", func(d *chaos.SlotDoc) { d.Order.Status = "created" })
		},
		"ticket:late:3 was never told":  func(w *chaos.World, _ *chaos.Ledger) { delete(w.Told, "ticket:late:3") },
		"order:o2:2 was never told":     func(w *chaos.World, _ *chaos.Ledger) { delete(w.Told, "order:o2:2") },
		"payment:o3:2 was never told":   func(w *chaos.World, _ *chaos.Ledger) { delete(w.Told, "payment:o3:2") },
		"was placed by mara for ticket": func(w *chaos.World, _ *chaos.Ledger) { delete(w.Orders, "o1") },
		"placed at most 0": func(_ *chaos.World, l *chaos.Ledger) {
			l.Placings[3].Outcome = chaos.Refused
		},
		"and was told of 1": func(w *chaos.World, _ *chaos.Ledger) { delete(w.Orders, "o2") },
		"payments does not know order o2": func(w *chaos.World, _ *chaos.Ledger) {
			delete(w.Payments, "o2")
		},
		"and payments knows it as": func(w *chaos.World, _ *chaos.Ledger) {
			change(w.Payments, "o2", func(d *chaos.PaymentDoc) { d.Order.Status = "created" })
		},
		"is complete and its payment": func(w *chaos.World, _ *chaos.Ledger) {
			change(w.Payments, "o1", func(d *chaos.PaymentDoc) { d.Status = "charging" })
		},
		"is cancelled and its payment": func(w *chaos.World, _ *chaos.Ledger) {
			change(w.Payments, "o2", func(d *chaos.PaymentDoc) { d.Status = "succeeded" })
		},
		"has not ended": func(w *chaos.World, _ *chaos.Ledger) {
			change(w.Orders, "o2", func(o *shop.Order) { o.Status = "created" })
		},
		"was acknowledged and is": func(_ *chaos.World, l *chaos.Ledger) { l.Payings[0].PaymentID = "another" },
		"nobody could have paid it": func(_ *chaos.World, l *chaos.Ledger) {
			l.Payings[0].Outcome = chaos.Refused
		},
		"was given back and is complete": func(_ *chaos.World, l *chaos.Ledger) { l.Givings[0].OrderID = "o1" },
		"which nobody has": func(w *chaos.World, _ *chaos.Ledger) {
			w.Book.PaymentIntents[2].Metadata["order_id"] = "o9"
		},
		"was charged 2 times": func(w *chaos.World, _ *chaos.Ledger) {
			w.Book.Charges = append(w.Book.Charges, w.Book.Charges[1])
		},
		"was charged in usd": func(w *chaos.World, _ *chaos.Ledger) { w.Book.Charges[1].Currency = "usd" },
		"order o1 costs 1999; charged were 1998": func(w *chaos.World, _ *chaos.Ledger) {
			w.Book.Charges[1].AmountCaptured = 1998
		},
		"charged were 700, given back 0": func(w *chaos.World, _ *chaos.Ledger) { w.Book.Charges[3].AmountRefunded = 0 },
		"the book has kept 2042 eur": func(w *chaos.World, _ *chaos.Ledger) {
			w.Book.Sums["eur"] = standin.Sum{Net: 2042}
		},
		"was withdrawn and is sold": func(_ *chaos.World, l *chaos.Ledger) {
			l.Listings[0].Withdrawals = []chaos.Outcome{chaos.Refused, chaos.Done}
		},
		"its seller never wanted that": func(w *chaos.World, _ *chaos.Ledger) {
			change(w.Tickets, "free", func(d *chaos.TicketDoc) { d.Withdrawn = true })
		},
		"is available for \"\" and should be withdrawn": func(w *chaos.World, l *chaos.Ledger) {
			l.Listings[1].Withdrawals = []chaos.Outcome{chaos.Unknown}
			change(w.Tickets, "free", func(d *chaos.TicketDoc) { d.Withdrawn = true })
		},
		"a reminder is left": func(w *chaos.World, _ *chaos.Ledger) { w.Reminders = []string{"o2"} },
		"has 2 journals":     func(w *chaos.World, _ *chaos.Ledger) { w.Journals["orders"] = 2 },
		"put aside as dead":  func(w *chaos.World, _ *chaos.Ledger) { w.Dead["orders"] = 1 },
		"a defect":           func(_ *chaos.World, l *chaos.Ledger) { l.Defects = []string{"a defect"} },
	} {
		t.Run(says, func(t *testing.T) {
			w, l, before := scene()
			spoil(w, l)
			assert.Contains(t, strings.Join(chaos.Check(w, l, before, 1), "\n"), says)
		})
	}
}

// The same seed is the same plan; every part dies once in it.
func TestPlan(t *testing.T) {
	parts := chaos.Game{Replicas: 2, Others: []string{"nats", "redis"}}.Parts()
	assert.Len(t, parts, 2+2*2*5)
	plan := chaos.Plan(7, parts)
	assert.Equal(t, plan, chaos.Plan(7, parts))
	assert.NotEqual(t, plan, chaos.Plan(8, parts))
	killed := make([]string, len(plan))
	for i, kill := range plan {
		killed[i] = kill.Part
	}
	assert.ElementsMatch(t, parts, killed)
}
