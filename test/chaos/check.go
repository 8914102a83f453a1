//go:build linux

package chaos

import (
	"fmt"
	"math"
	"slices"

	"ticketx/dev/shop"
	"ticketx/standin"
)

// The statuses, as the services name them.
const (
	available = "available"
	sold      = "sold"
	withdrawn = "withdrawn"

	complete  = "complete"
	cancelled = "cancelled"

	succeeded = "succeeded"
	refunded  = "refunded"
)

// orderKey is the metadata by which the processor knows an order.
const orderKey = "order_id"

// Earlier is what rounds before this one have left in the same system.
type Earlier struct {
	Orders map[string]bool  // all orders
	Net    map[string]int64 // by currency: what was charged and kept
}

// Check compares what there is to see with what people were told, and with
// itself, and returns everything that is wrong. Each service has so many
// replicas. It decides nothing by time or chance: the same arguments give the same
// answer.
func Check(w *World, l *Ledger, before Earlier, replicas int) []string {
	c := &checker{w: w, l: l, before: before, byTicket: make(map[string][]shop.Order)}
	for _, id := range sorted(w.Orders) {
		o := w.Orders[id]
		c.byTicket[o.Ticket.ID] = append(c.byTicket[o.Ticket.ID], o)
	}
	c.wrong = append(c.wrong, l.Defects...)
	c.accounts()
	c.listings()
	c.tickets()
	c.withdrawals()
	c.placings()
	c.orders()
	c.payings()
	c.givings()
	c.money()
	c.leftovers(replicas)
	return c.wrong
}

type checker struct {
	w        *World
	l        *Ledger
	before   Earlier
	byTicket map[string][]shop.Order
	wrong    []string
}

// must notes a violation unless right.
func (c *checker) must(right bool, format string, args ...any) {
	if !right {
		c.wrong = append(c.wrong, fmt.Sprintf(format, args...))
	}
}

// accounts: whoever was signed up can sign in, as the same user.
func (c *checker) accounts() {
	for _, a := range c.l.Accounts {
		id := c.w.Users[a.Email]
		switch a.Outcome {
		case Done:
			c.must(id == a.Person.ID, "%s was signed up as %s and signs in as %q", a.Email, a.Person.ID, id)
		case Refused:
			c.must(id == "", "%s was refused and can sign in", a.Email)
		case Unknown:
		}
	}
}

// listings: every acknowledged ticket is there and says what its seller said
// last, and no other ticket is.
func (c *checker) listings() {
	titles := make(map[string]*Listing) // of offers by which a ticket may have come to be
	for _, l := range c.l.Listings {
		if l.Outcome != Refused {
			titles[l.Offers[0].Title] = l
		}
		if l.Outcome != Done {
			continue
		}
		ticket, found := c.w.Tickets[l.ID]
		c.must(found, "ticket %s was listed and is gone", l.ID)
		if !found {
			continue
		}
		c.must(slices.Contains(l.Offers, Offer{ticket.Title, ticket.Price}),
			"ticket %s says %q for %d, and its seller was told %v", l.ID, ticket.Title, ticket.Price, l.Offers)
		c.must(ticket.Version >= l.Version, "ticket %s is at version %d, and its seller saw %d", l.ID, ticket.Version, l.Version)
	}
	known := make(map[string]bool)
	for _, l := range c.l.Listings {
		known[l.ID] = true
	}
	unheard := make(map[string]int)
	for _, id := range sorted(c.w.Tickets) {
		ticket := c.w.Tickets[id]
		if known[id] {
			continue
		}
		l := titles[ticket.Title]
		c.must(l != nil && l.Outcome == Unknown, "ticket %s, %q, was refused, or nobody listed it", id, ticket.Title)
		unheard[ticket.Title]++
		c.must(unheard[ticket.Title] == 1, "%q was listed once and is there %d times", ticket.Title, unheard[ticket.Title])
	}
}

// tickets: tickets, orders and the catalogue agree about each, and what the
// ticket says last has been told.
func (c *checker) tickets() {
	for _, id := range sorted(c.w.Tickets) {
		ticket := c.w.Tickets[id]
		holder := ""
		for _, o := range c.byTicket[id] {
			if o.Status == cancelled {
				continue
			}
			c.must(holder == "", "ticket %s has two orders that are not cancelled: %s and %s", id, holder, o.ID)
			holder = o.ID
		}
		status := available
		switch {
		case holder != "":
			status = sold
		case ticket.Withdrawn:
			status = withdrawn
		}
		c.must(ticket.Status == status && ticket.OrderID == holder,
			"ticket %s is %s for %q and should be %s for %q", id, ticket.Status, ticket.OrderID, status, holder)

		for _, replica := range sorted(c.w.Catalogue) {
			shown, found := c.w.Catalogue[replica][id]
			c.must(found, "ticket %s is not in the catalogue of %s", id, replica)
			c.must(!found || shown.Version == ticket.Version && shown.Status == ticket.Status && shown.OrderID == ticket.OrderID &&
				shown.Title == ticket.Title && math.Round(shown.Price*100) == float64(ticket.Price),
				"the catalogue of %s shows ticket %s as %+v, and it is %+v", replica, id, shown, ticket)
		}

		slot := c.w.Slots[id]
		listing := slot.Listing
		c.must(listing.Version == ticket.Version && listing.Title == ticket.Title && listing.Price == ticket.Price && listing.Withdrawn == ticket.Withdrawn,
			"orders knows ticket %s as %+v, and it is %+v", id, listing, ticket)
		if holder != "" {
			c.must(slot.Order != nil && slot.Order.ID == holder, "orders has not %s in the slot of ticket %s", holder, id)
		}
		if slot.Order != nil {
			order, found := c.w.Orders[slot.Order.ID]
			c.must(found, "the slot of ticket %s has order %s, which no buyer has", id, slot.Order.ID)
			c.must(!found || order.Status == slot.Order.Status && order.Version == slot.Order.Version,
				"order %s is %s for its buyer and %s in its slot", order.ID, order.Status, slot.Order.Status)
		}
		c.told("ticket", id, ticket.Version)
	}
}

// withdrawals: what was acknowledged as withdrawn is nobody's, and what its seller
// never gave up is not withdrawn.
func (c *checker) withdrawals() {
	wished := make(map[string]bool)
	for _, l := range c.l.Listings {
		wished[l.ID] = len(l.Withdrawals) > 0
		if slices.Contains(l.Withdrawals, Done) {
			ticket := c.w.Tickets[l.ID]
			c.must(ticket.Status == withdrawn, "ticket %s was withdrawn and is %s for %q", l.ID, ticket.Status, ticket.OrderID)
		}
	}
	for _, id := range sorted(c.w.Tickets) {
		c.must(wished[id] || !c.w.Tickets[id].Withdrawn, "ticket %s is withdrawn, and its seller never wanted that", id)
	}
}

// placings: every acknowledged order is there, and no order that nobody could
// have placed.
func (c *checker) placings() {
	type wish struct{ buyer, ticket string }
	done, possible := make(map[wish]int), make(map[wish]int)
	for _, p := range c.l.Placings {
		w := wish{p.BuyerID, p.TicketID}
		switch p.Outcome {
		case Done:
			order, found := c.w.Orders[p.OrderID]
			c.must(found && order.Ticket.ID == p.TicketID && order.UserID == p.BuyerID,
				"order %s was placed by %s for ticket %s and is %+v", p.OrderID, p.BuyerID, p.TicketID, order)
			done[w]++
			possible[w]++
		case Unknown:
			possible[w]++
		case Refused:
		}
	}
	there := make(map[wish]int)
	for _, o := range c.w.Orders {
		there[wish{o.UserID, o.Ticket.ID}]++
	}
	for w, n := range there {
		c.must(n <= possible[w], "%s has %d orders of ticket %s and placed at most %d", w.buyer, n, w.ticket, possible[w])
	}
	for w, n := range done {
		c.must(there[w] >= n, "%s has %d orders of ticket %s and was told of %d", w.buyer, there[w], w.ticket, n)
	}
}

// orders: each has ended, and payments knows it and ended with it.
func (c *checker) orders() {
	for _, id := range sorted(c.w.Orders) {
		order := c.w.Orders[id]
		payment, known := c.w.Payments[id]
		c.must(known, "payments does not know order %s", id)
		c.must(!known || payment.Order.Status == order.Status && payment.Order.Version == order.Version,
			"order %s is %s, version %d, and payments knows it as %s, version %d",
			id, order.Status, order.Version, payment.Order.Status, payment.Order.Version)
		switch order.Status {
		case complete:
			c.must(payment.Status == succeeded, "order %s is complete and its payment %q", id, payment.Status)
		case cancelled:
			c.must(payment.Status == "" || payment.Status == cancelled || payment.Status == refunded,
				"order %s is cancelled and its payment %q", id, payment.Status)
		default:
			c.must(false, "order %s has not ended: it is %s", id, order.Status)
		}
		c.told("order", id, order.Version)
		if payment.Status == succeeded || payment.Status == refunded {
			c.told("payment", id, payment.Version)
		}
	}
}

// told: the fact is on its topic, once published or again.
func (c *checker) told(aggregate, id string, version int64) {
	fact := fmt.Sprintf("%s:%s:%d", aggregate, id, version)
	c.must(c.w.Told[fact], "%s was never told", fact)
}

// payings: an acknowledged payment is there, and what was only ever refused is
// not.
func (c *checker) payings() {
	possible := make(map[string]bool) // orders that somebody may have paid
	for _, p := range c.l.Payings {
		if p.Outcome != Refused {
			possible[p.OrderID] = true
		}
		if p.Outcome == Done {
			payment := c.w.Payments[p.OrderID]
			c.must(payment.ID == p.PaymentID && (payment.Status == succeeded || payment.Status == refunded),
				"payment %s of order %s was acknowledged and is %+v", p.PaymentID, p.OrderID, payment)
		}
	}
	for _, id := range sorted(c.w.Orders) {
		c.must(possible[id] || c.w.Orders[id].Status != complete, "order %s is complete and nobody could have paid it", id)
	}
}

// givings: what was given back stays so.
func (c *checker) givings() {
	for _, g := range c.l.Givings {
		if g.Outcome == Done {
			c.must(c.w.Orders[g.OrderID].Status == cancelled,
				"order %s was given back and is %s", g.OrderID, c.w.Orders[g.OrderID].Status)
		}
	}
}

// money: the processor's book agrees with the orders, order by order and in the
// sum, to the cent.
func (c *checker) money() {
	charges := make(map[string][]standin.Charge) // that succeeded, by order
	orderOf := make(map[string]string)
	for _, intent := range c.w.Book.PaymentIntents {
		orderOf[intent.ID] = intent.Metadata[orderKey]
	}
	for _, charge := range c.w.Book.Charges {
		if !charge.Paid {
			continue
		}
		id := orderOf[charge.PaymentIntent]
		_, found := c.w.Orders[id]
		c.must(found || c.before.Orders[id], "charge %s is for order %q, which nobody has", charge.ID, id)
		charges[id] = append(charges[id], charge)
	}
	net := make(map[string]int64)
	for currency, sum := range c.before.Net {
		net[currency] += sum
	}
	for _, id := range sorted(c.w.Orders) {
		order := c.w.Orders[id]
		price := int64(math.Round(order.Ticket.Price * 100))
		c.must(len(charges[id]) <= 1, "order %s was charged %d times", id, len(charges[id]))
		var charged, back int64
		for _, charge := range charges[id] {
			c.must(charge.Currency == order.Ticket.Currency, "order %s was charged in %s", id, charge.Currency)
			charged += charge.AmountCaptured
			back += charge.AmountRefunded
		}
		if order.Status == complete {
			c.must(charged == price && back == 0, "order %s costs %d; charged were %d, given back %d", id, price, charged, back)
			net[order.Ticket.Currency] += price
		} else {
			c.must(charged == back, "order %s is %s; charged were %d, given back %d", id, order.Status, charged, back)
		}
	}
	for currency, sum := range c.w.Book.Sums {
		c.must(sum.Net == net[currency], "the book has kept %d %s, and what was sold costs %d", sum.Net, currency, net[currency])
	}
}

// leftovers: nothing waits for a closed order or a dead process, and nothing was
// put aside.
func (c *checker) leftovers(replicas int) {
	for _, order := range c.w.Reminders {
		c.must(false, "a reminder is left for order %s", order)
	}
	for _, app := range sorted(c.w.Journals) {
		c.must(c.w.Journals[app] <= replicas, "%s runs %d times and has %d journals", app, replicas, c.w.Journals[app])
	}
	for _, topic := range sorted(c.w.Dead) {
		c.must(c.w.Dead[topic] == 0, "%d events of %s were put aside as dead", c.w.Dead[topic], topic)
	}
}

// after returns what the next round has to know of this one.
func (e Earlier) after(w *World) Earlier {
	next := Earlier{Orders: make(map[string]bool), Net: make(map[string]int64)}
	for id := range e.Orders {
		next.Orders[id] = true
	}
	for id := range w.Orders {
		next.Orders[id] = true
	}
	for currency, sum := range w.Book.Sums {
		next.Net[currency] = sum.Net
	}
	return next
}
