// Package announce has the owner of a topic tell everything anew, for a consumer
// that joins late or has lost its store.
package announce

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"ticketx/dev/sidecar"
	"ticketx/kit/events"
)

// owners are the services that announce their topic anew, by the topic.
var owners = map[string]string{
	events.TopicTickets:  "tickets",
	events.TopicOrders:   "orders",
	events.TopicPayments: "payments",
}

// Topics are what can be announced, in the order in which a system that has lost
// much is mended.
var Topics = []string{events.TopicTickets, events.TopicOrders, events.TopicPayments}

// page is the answer of an owner.
type page struct {
	Announced int `json:"announced"`
	Next      int `json:"next"`
}

// Run asks the topic's owner for one page after the other and tells to out how far
// it is. from is the position to start from, 0 for the newest. Each page is
// answered when all of it is published, so the owner is never ahead of its broker.
// When a page fails, the error says how to go on; what was announced twice by that
// is harmless.
func Run(ctx context.Context, out io.Writer, client *sidecar.Client, topic string, from int) error {
	owner, ok := owners[topic]
	if !ok {
		return unknown(topic)
	}
	total := 0
	for {
		path := "announcements"
		if from > 0 {
			path += "?from=" + strconv.Itoa(from)
		}
		var p page
		if err := client.Invoke(ctx, owner, http.MethodPost, path, &p); err != nil {
			return stopped(topic, total, from, err)
		}
		total += p.Announced
		if p.Next == 0 {
			fmt.Fprintf(out, "%s: done, %d announced\n", topic, total)
			return nil
		}
		if from > 0 && p.Next >= from {
			return fmt.Errorf("%s: %s goes round in circles at %d", topic, owner, from)
		}
		from = p.Next
		fmt.Fprintf(out, "%s: %d announced, going on from %d\n", topic, total, from)
	}
}

func stopped(topic string, total, from int, err error) error {
	if from == 0 {
		return fmt.Errorf("%s: nothing was announced: %w", topic, err)
	}
	return fmt.Errorf("%s: stopped after %d: %w\ngo on with: make announce TOPIC=%s FROM=%d", topic, total, err, topic, from)
}

func unknown(topic string) error {
	switch {
	case topic == "":
		return fmt.Errorf("TOPIC is missing: it is one of %s", strings.Join(Topics, ", "))
	case topic == events.TopicExpirations:
		return errors.New("TOPIC=expirations is not announced: announce TOPIC=orders, and every live order's reminder is set anew")
	case slices.Contains(events.AllTopics(), topic):
		return fmt.Errorf("TOPIC=%s is not announced: only %s", topic, strings.Join(Topics, ", "))
	default:
		return fmt.Errorf("TOPIC is wrong: there is no topic %q; there are %s", topic, strings.Join(Topics, ", "))
	}
}
