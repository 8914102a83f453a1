//go:build linux

package chaos

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"ticketx/dev/ports"
	"ticketx/dev/shop"
	"ticketx/kit/events"
	"ticketx/standin"
)

var topics = []string{events.TopicTickets, events.TopicOrders, events.TopicPayments, events.TopicExpirations}

// World is what there is to see when all is quiet.
type World struct {
	Users     map[string]string     // by e-mail: the id that signing in gives, or "" when it is refused
	Catalogue map[string]Catalogue  // of each replica of tickets
	Tickets   map[string]TicketDoc  // by id, as tickets keeps them
	Slots     map[string]SlotDoc    // by ticket, as orders keeps them
	Orders    map[string]shop.Order // by id, as their buyers see them
	Payments  map[string]PaymentDoc // by order, as payments keeps them
	Book      standin.Contents      // what really was charged
	Told      map[string]bool       // ids of events that the broker has
	Dead      map[string]uint64     // dead letters, by topic
	Reminders []string              // of which orders
	Journals  map[string]int        // jobs by app

	round string // the titles of its tickets begin with it
}

// Catalogue is the list of tickets as one replica shows it, by id.
type Catalogue map[string]shop.Ticket

// TicketDoc is what is compared of a ticket's document in tickets.
type TicketDoc struct {
	ID      string `json:"id"`
	Version int64  `json:"version"`
	Title   string `json:"title"`
	Price   int64  `json:"priceMinor"`
	Status  string `json:"status"`
	OrderID string `json:"orderId"`
	// Withdrawn is the seller's wish.
	Withdrawn bool `json:"withdrawn"`
}

// SlotDoc is what is compared of a ticket's document in orders.
type SlotDoc struct {
	Listing TicketDoc `json:"listing"`
	Order   *OrderDoc `json:"order"`
}

// OrderDoc is what is compared of an order, wherever there is a copy of it.
type OrderDoc struct {
	ID      string `json:"id"`
	Version int64  `json:"version"`
	Status  string `json:"status"`
}

// PaymentDoc is what is compared of a payment's document.
type PaymentDoc struct {
	Order   OrderDoc `json:"order"`
	ID      string   `json:"id"`
	Version int64    `json:"version"`
	Status  string   `json:"status"`
}

// collect looks at everything that belongs to the round called name, whose
// people are in the ledger.
func (o *observer) collect(ctx context.Context, l *Ledger, name string) (*World, error) {
	w := &World{round: name}
	for _, step := range []struct {
		what string
		look func(context.Context, *World, *Ledger) error
	}{
		{"accounts", o.users},
		{"catalogue", o.catalogue},
		{"orders", o.orders},
		{"documents", o.documents},
		{"book", o.book},
		{"events", o.events},
		{"reminders", o.reminders},
	} {
		if err := step.look(ctx, w, l); err != nil {
			return nil, fmt.Errorf("look at the %s: %w", step.what, err)
		}
	}
	return w, nil
}

func (o *observer) users(ctx context.Context, w *World, l *Ledger) error {
	w.Users = make(map[string]string)
	for _, account := range l.Accounts {
		user, err := shop.NewPerson(o.sys.Base, "somebody").SignIn(ctx, account.Email, password)
		if outcome(err) == Unknown {
			return err
		}
		w.Users[account.Email] = user.ID
	}
	return nil
}

func (o *observer) catalogue(ctx context.Context, w *World, _ *Ledger) error {
	w.Catalogue = make(map[string]Catalogue)
	for number := range o.replicas {
		instance := ports.Instance("tickets", number+1)
		address, err := o.address(instance + ports.API)
		if err != nil {
			return err
		}
		all, err := pages[shop.Ticket](ctx, shop.NewPerson("http://"+address, "anybody"), "/api/tickets?status=all&limit=100")
		if err != nil {
			return err
		}
		w.Catalogue[instance] = make(Catalogue)
		for _, ticket := range all {
			if strings.HasPrefix(ticket.Title, w.round) {
				w.Catalogue[instance][ticket.ID] = ticket
			}
		}
	}
	return nil
}

func (o *observer) orders(ctx context.Context, w *World, l *Ledger) error {
	w.Orders = make(map[string]shop.Order)
	for _, buyer := range l.buyers() {
		all, err := pages[shop.Order](ctx, buyer.Person, "/api/orders?limit=100")
		if err != nil {
			return err
		}
		for _, order := range all {
			w.Orders[order.ID] = order
		}
	}
	return nil
}

// pages follows the links of a list to its end.
func pages[T any](ctx context.Context, p *shop.Person, path string) ([]T, error) {
	var all []T
	for path != "" {
		res, body, err := p.Send(ctx, http.MethodGet, path, nil) //nolint:bodyclose // Send has read and closed it
		if err != nil {
			return nil, err
		}
		if res.StatusCode != http.StatusOK {
			return nil, fmt.Errorf("GET %s: %d %s", path, res.StatusCode, body)
		}
		var page []T
		if err := json.Unmarshal(body, &page); err != nil {
			return nil, err
		}
		all = append(all, page...)
		path = next(res.Header.Get("Link"))
	}
	return all, nil
}

// next returns the target of a link with the relation "next" (RFC 8288), or "".
func next(link string) string {
	target, rest, found := strings.Cut(strings.TrimPrefix(link, "<"), ">")
	if !found || !strings.Contains(rest, `rel="next"`) {
		return ""
	}
	u, err := url.Parse(target)
	if err != nil {
		return ""
	}
	return u.RequestURI()
}

// documents reads what the services keep about the tickets and orders of the
// round, each through its own sidecar.
func (o *observer) documents(ctx context.Context, w *World, l *Ledger) error {
	// What is missing in a catalogue may be missing only there.
	all := make(map[string]bool)
	for _, listing := range l.Listings {
		if listing.ID != "" {
			all[listing.ID] = true
		}
	}
	for _, catalogue := range w.Catalogue {
		for id := range catalogue {
			all[id] = true
		}
	}
	tickets, orders := sorted(all), sorted(w.Orders)
	var err error
	if w.Tickets, err = documents[TicketDoc](ctx, o, "tickets", "ticket:", tickets); err != nil {
		return err
	}
	if w.Slots, err = documents[SlotDoc](ctx, o, "orders", "ticket:", tickets); err != nil {
		return err
	}
	w.Payments, err = documents[PaymentDoc](ctx, o, "payments", "order:", orders)
	return err
}

// documents reads documents by id in bulk. Those that do not exist are not in
// the result.
func documents[T any](ctx context.Context, o *observer, service, prefix string, ids []string) (map[string]T, error) {
	address, err := o.address(service + ports.HTTP)
	if err != nil {
		return nil, err
	}
	found := make(map[string]T)
	for batch := range slices.Chunk(ids, 100) {
		keys := make([]string, len(batch))
		for i, id := range batch {
			keys[i] = prefix + id
		}
		items, err := bulk(ctx, address, keys)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", service, err)
		}
		for _, item := range items {
			doc, err := item.decode()
			if err != nil {
				return nil, fmt.Errorf("%s: %w", item.Key, err)
			}
			if doc == nil {
				continue
			}
			var v T
			if err := json.Unmarshal(doc, &v); err != nil {
				return nil, fmt.Errorf("%s: %w", item.Key, err)
			}
			found[strings.TrimPrefix(item.Key, prefix)] = v
		}
	}
	return found, nil
}

// item is one answer of the sidecar's bulk read.
type item struct {
	Key   string          `json:"key"`
	Data  json.RawMessage `json:"data"`
	Error string          `json:"error"`
}

// decode returns the document, nil when there is none. What was stored as bytes
// comes back over HTTP as JSON or as a base64 string, by the store.
func (i item) decode() ([]byte, error) {
	if i.Error != "" {
		return nil, errors.New(i.Error)
	}
	data := bytes.TrimSpace(i.Data)
	if len(data) == 0 || bytes.Equal(data, []byte("null")) {
		return nil, nil
	}
	if data[0] != '"' {
		return data, nil
	}
	var text string
	if err := json.Unmarshal(data, &text); err != nil {
		return nil, err
	}
	if decoded, err := base64.StdEncoding.DecodeString(text); err == nil {
		return decoded, nil
	}
	return []byte(text), nil
}

func bulk(ctx context.Context, sidecar string, keys []string) ([]item, error) {
	body, err := json.Marshal(map[string]any{"keys": keys})
	if err != nil {
		return nil, err
	}
	var items []item
	return items, fetch(ctx, http.MethodPost, "http://"+sidecar+"/v1.0/state/state/bulk", body, &items)
}

func (o *observer) book(ctx context.Context, w *World, _ *Ledger) error {
	address, err := o.address("standin")
	if err != nil {
		return err
	}
	return fetch(ctx, http.MethodGet, "http://"+address+"/book", nil, &w.Book)
}

func fetch(ctx context.Context, method, address string, body []byte, answer any) error {
	req, err := http.NewRequestWithContext(ctx, method, address, bytes.NewReader(body))
	if err != nil {
		return err
	}
	req.Header.Set("Content-Type", "application/json")
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return err
	}
	defer func() { _ = res.Body.Close() }()
	received, err := io.ReadAll(res.Body)
	if err != nil {
		return err
	}
	if res.StatusCode != http.StatusOK {
		return fmt.Errorf("%s: %d %s", address, res.StatusCode, received)
	}
	return json.Unmarshal(received, answer)
}

// events reads the ids of everything on the topics, and counts dead letters.
func (o *observer) events(ctx context.Context, w *World, _ *Ledger) error {
	w.Told, w.Dead = make(map[string]bool), make(map[string]uint64)
	return o.broker(ctx, func(ctx context.Context, js jetstream.JetStream) error {
		for _, topic := range topics {
			dead, err := js.Stream(ctx, events.DeadLetterTopic(topic))
			if err != nil {
				return err
			}
			w.Dead[topic] = dead.CachedInfo().State.Msgs
			if err := read(ctx, js, topic, w.Told); err != nil {
				return fmt.Errorf("read %s: %w", topic, err)
			}
		}
		return nil
	})
}

// read notes the id of every message of the stream.
func read(ctx context.Context, js jetstream.JetStream, topic string, ids map[string]bool) error {
	consumer, err := js.OrderedConsumer(ctx, topic, jetstream.OrderedConsumerConfig{HeadersOnly: true})
	if err != nil {
		return err
	}
	info, err := consumer.Info(ctx)
	if err != nil {
		return err
	}
	for left := info.NumPending; left > 0; {
		batch, err := consumer.Fetch(int(min(left, 500)), jetstream.FetchMaxWait(10*time.Second))
		if err != nil {
			return err
		}
		received := uint64(0)
		for message := range batch.Messages() {
			ids[message.Headers().Get(jetstream.MsgIDHeader)] = true
			received++
		}
		if err := batch.Error(); err != nil {
			return err
		}
		if received == 0 {
			return fmt.Errorf("%d messages do not come", left)
		}
		left -= min(left, received)
	}
	return nil
}

func (o *observer) reminders(ctx context.Context, w *World, _ *Ledger) error {
	s, err := o.scheduled(ctx)
	w.Reminders, w.Journals = s.reminders, make(map[string]int)
	for app, jobs := range s.journals {
		w.Journals[app] = len(jobs)
	}
	return err
}
