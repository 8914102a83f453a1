//go:build linux

package e2e_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"ticketx/dev/shop"
	"ticketx/test/system"
)

// The broker is killed for some seconds while tickets are listed at a steady
// pace. Every listing is either accepted, and then it is everywhere, or refused
// with 503, and then it is nowhere.
func TestListingsWhileTheBrokerDies(t *testing.T) {
	const (
		pace     = time.Second / 40
		total    = 15 * 40
		killAt   = 5 * 40
		reviveAt = 10 * 40
		sample   = 10
	)
	ctx := t.Context()
	seller, buyer := newcomer(t, "seller"), newcomer(t, "buyer")
	services := []string{"auth", "tickets", "orders", "payments", "expiration"}
	before := make(map[string]int)
	for _, service := range services {
		pid, err := sys.PID(service)
		require.NoError(t, err)
		before[service] = pid
	}
	broker, err := sys.Process("nats")
	require.NoError(t, err)

	answers, tickets := make([]error, total), make([]shop.Ticket, total)
	title := func(i int) string { return fmt.Sprintf("Listing %d of %s", i, seller.ID) }
	var listing sync.WaitGroup
	tick := time.NewTicker(pace)
	defer tick.Stop()
	for i := range total {
		switch i {
		case killAt:
			require.NoError(t, broker.Kill(soon(t)))
		case reviveAt:
			require.NoError(t, broker.Restart())
		}
		listing.Go(func() { tickets[i], answers[i] = seller.List(ctx, title(i), 10) })
		<-tick.C
	}
	listing.Wait()
	requireReady(t, "tickets")
	requireReady(t, "orders")

	var accepted []string // ids
	refused := make(map[string]bool)
	for i, err := range answers {
		if err == nil {
			accepted = append(accepted, tickets[i].ID)
			continue
		}
		r := refusal(t, err)
		assert.Equal(t, http.StatusServiceUnavailable, r.Status)
		assert.NotEmpty(t, r.RetryAfter)
		refused[title(i)] = true
	}
	t.Logf("%d listings: %d accepted, %d refused with 503", total, len(accepted), len(refused))
	require.NotEmpty(t, accepted)
	require.NotEmpty(t, refused, "the outage was noticed")

	// Three places, each by what it says itself: the topic, the catalogue, and
	// orders, which has handled the event and sells the ticket.
	everywhere := map[string]func(ctx context.Context) (map[string]string, error){
		"topic":     announcedTickets,
		"catalogue": func(ctx context.Context) (map[string]string, error) { return shownTickets(ctx, seller) },
		"orders":    func(context.Context) (map[string]string, error) { return learnedTickets() },
	}
	for place, tickets := range everywhere {
		there, err := shop.Until(soon(t), tickets, func(there map[string]string) bool {
			return !slices.ContainsFunc(accepted, func(id string) bool { _, ok := there[id]; return !ok })
		})
		require.NoError(t, err, "%s has every ticket that was accepted", place)
		for id, title := range there {
			assert.False(t, refused[title], "%q was refused, and is ticket %s in %s", title, id, place)
		}
	}
	for i := range sample {
		id := accepted[i*(len(accepted)-1)/(sample-1)]
		_, err := buyer.Reserve(ctx, id, 0)
		require.NoError(t, err)
		awaitTicket(t, seller, id, "reserved")
	}
	for _, service := range services {
		pid, err := sys.PID(service)
		require.NoError(t, err)
		assert.Equal(t, before[service], pid)
		assert.True(t, system.Alive(pid), "%s has ended", service)
	}
}

// announcedTickets returns the titles of the tickets that were announced on the
// topic, by id.
func announcedTickets(ctx context.Context) (map[string]string, error) {
	port, err := sys.Port("nats")
	if err != nil {
		return nil, err
	}
	conn, err := nats.Connect(fmt.Sprintf("nats://127.0.0.1:%d", port))
	if err != nil {
		return nil, err
	}
	defer conn.Close()
	js, err := jetstream.New(conn)
	if err != nil {
		return nil, err
	}
	consumer, err := js.OrderedConsumer(ctx, "tickets", jetstream.OrderedConsumerConfig{})
	if err != nil {
		return nil, err
	}
	messages, err := consumer.Messages()
	if err != nil {
		return nil, err
	}
	defer messages.Stop()
	titles := make(map[string]string)
	for {
		message, err := messages.Next(jetstream.NextContext(ctx))
		if err != nil {
			return nil, err
		}
		var event struct {
			Data shop.Ticket `json:"data"`
		}
		if err := json.Unmarshal(message.Data(), &event); err == nil {
			titles[event.Data.ID] = event.Data.Title
		}
		if at, err := message.Metadata(); err != nil || at.NumPending == 0 {
			return titles, err
		}
	}
}

// shownTickets returns the titles of all tickets that the catalogue shows, by id.
func shownTickets(ctx context.Context, p *shop.Person) (map[string]string, error) {
	titles := make(map[string]string)
	for path := "/api/tickets?status=all"; path != ""; {
		res, body, err := p.Send(ctx, http.MethodGet, path, nil)
		if err != nil {
			return nil, err
		}
		var page []shop.Ticket
		if err := json.Unmarshal(body, &page); err != nil {
			return nil, err
		}
		for _, ticket := range page {
			titles[ticket.ID] = ticket.Title
		}
		path, _, _ = strings.Cut(strings.TrimPrefix(res.Header.Get("Link"), "<"), ">")
	}
	return titles, nil
}

// learnedTickets returns the tickets that orders has learned of, by its log; it
// does not say their titles there.
func learnedTickets() (map[string]string, error) {
	log, err := sys.Log("orders")
	if err != nil {
		return nil, err
	}
	learned := make(map[string]string)
	for line := range strings.Lines(log) {
		line = line[max(0, strings.IndexByte(line, '{')):] // after the name that `dapr run` writes
		var event struct{ Topic, Subject, Verdict string }
		if json.Unmarshal([]byte(line), &event) == nil && event.Topic == "tickets" && event.Verdict == "SUCCESS" {
			learned[event.Subject] = ""
		}
	}
	return learned, nil
}
