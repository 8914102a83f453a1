// Package deadletters shows what the owners of the topics have kept because a
// consumer could not handle it, and has it put back or given up.
package deadletters

import (
	"bytes"
	"cmp"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"

	"ticketx/dev/sidecar"
	"ticketx/kit/events"
)

// owners are the services that own the topics.
var owners = map[string]string{
	events.TopicTickets:     "tickets",
	events.TopicOrders:      "orders",
	events.TopicPayments:    "payments",
	events.TopicExpirations: "expiration",
}

// Topics are those whose dead letters are kept.
var Topics = []string{events.TopicTickets, events.TopicOrders, events.TopicPayments, events.TopicExpirations}

// shown is how many letters of a topic a list shows.
const shown = 100

// list is the answer of an owner to GET dead-letters.
type list struct {
	Total   int
	Letters []struct {
		ID, Event, Type, Subject string
		CameAt                   time.Time
		IsEvent                  bool
	}
}

// List tells which letters wait on the topics, oldest first, and why each was
// dropped, as far as the logs in the folder say. An owner that does not answer
// keeps the others from nothing; it is in the error.
func List(ctx context.Context, out io.Writer, client *sidecar.Client, logs string, topics ...string) error {
	for _, topic := range topics {
		if owners[topic] == "" {
			return unknown(topic)
		}
	}
	reasons := readReasons(logs)
	table := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	total, hidden, unexplained := 0, 0, false
	var failed []error
	for _, topic := range topics {
		var l list
		if err := client.Invoke(ctx, owners[topic], http.MethodGet, "dead-letters?limit="+strconv.Itoa(shown), &l); err != nil {
			failed = append(failed, fmt.Errorf("%s: %w", topic, err))
			continue
		}
		if total == 0 && l.Total > 0 {
			fmt.Fprintln(table, "TOPIC\tLETTER\tTYPE\tSUBJECT\tCAME\tWHY")
		}
		total += l.Total
		hidden += max(0, l.Total-len(l.Letters))
		for _, letter := range l.Letters {
			why := reasons[letter.Event]
			switch {
			case !letter.IsEvent:
				why = "it is no event, and can't be put back"
			case why == "":
				why, unexplained = "see the logs", true
			}
			fmt.Fprintf(table, "%s\t%s\t%s\t%s\t%s\t%s\n", topic, letter.ID, cmp.Or(letter.Type, "-"), cmp.Or(letter.Subject, "-"),
				letter.CameAt.Local().Format(time.DateTime), why)
		}
	}
	if err := table.Flush(); err != nil {
		return err
	}
	switch {
	case total == 0 && len(failed) == 0:
		fmt.Fprintln(out, "no dead letters")
	case hidden > 0:
		fmt.Fprintf(out, "and %d more\n", hidden)
	}
	if unexplained {
		fmt.Fprintln(out, "Why: the consumer's log has a line with the subject and the verdict DROP.")
	}
	return errors.Join(failed...)
}

// Show tells all about one letter.
func Show(ctx context.Context, out io.Writer, client *sidecar.Client, topic, id string) error {
	if owners[topic] == "" {
		return unknown(topic)
	}
	var l struct {
		CameAt, RedrivenAt, DiscardedAt time.Time
		JSON                            json.RawMessage
		Bytes                           []byte
	}
	if err := client.Invoke(ctx, owners[topic], http.MethodGet, "dead-letters/"+url.PathEscape(id), &l); err != nil {
		return err
	}
	for _, line := range []struct {
		what string
		at   time.Time
	}{{"came", l.CameAt}, {"put back", l.RedrivenAt}, {"discarded", l.DiscardedAt}} {
		if !line.at.IsZero() {
			fmt.Fprintf(out, "%s %s\n", line.what, line.at.Local().Format(time.DateTime))
		}
	}
	if l.JSON == nil {
		fmt.Fprintf(out, "it is no JSON; in base64: %s\n", base64.StdEncoding.EncodeToString(l.Bytes))
		return nil
	}
	var indented bytes.Buffer
	if err := json.Indent(&indented, l.JSON, "", "  "); err != nil {
		return err
	}
	fmt.Fprintln(out, indented.String())
	return nil
}

// Redrive has all letters that wait now put back on the topic, a page at a time.
// When a page fails those before it are put back, and the rest still waits, so
// it can be done again.
func Redrive(ctx context.Context, out io.Writer, client *sidecar.Client, topic string) error {
	if owners[topic] == "" {
		return unknown(topic)
	}
	var done, skipped int
	for query := (url.Values{}); ; {
		var page struct{ Redriven, Skipped, Until, Next int }
		if err := client.Invoke(ctx, owners[topic], http.MethodPost, "dead-letters/redrive?"+query.Encode(), &page); err != nil {
			return fmt.Errorf("%s: stopped after %d: %w\nwhat was not put back still waits; do it again", topic, done, err)
		}
		done, skipped = done+page.Redriven, skipped+page.Skipped
		if page.Next == 0 {
			break
		}
		if from := query.Get("from"); from == strconv.Itoa(page.Next) {
			return fmt.Errorf("%s: %s goes round in circles at %s", topic, owners[topic], from)
		}
		query = url.Values{"from": {strconv.Itoa(page.Next)}, "until": {strconv.Itoa(page.Until)}}
	}
	fmt.Fprintf(out, "%s: %d put back\n", topic, done)
	if skipped > 0 {
		fmt.Fprintf(out, "%d are no events and stay; `ticketx discard %s LETTER` gives one up\n", skipped, topic)
	}
	return nil
}

// Discard gives a letter up.
func Discard(ctx context.Context, out io.Writer, client *sidecar.Client, topic, id string) error {
	if owners[topic] == "" {
		return unknown(topic)
	}
	if err := client.Invoke(ctx, owners[topic], http.MethodPost, "dead-letters/"+url.PathEscape(id)+"/discard", nil); err != nil {
		return err
	}
	fmt.Fprintf(out, "%s: %s waits no longer\n", topic, id)
	return nil
}

func unknown(topic string) error {
	all := strings.Join(Topics, ", ")
	if topic == "" {
		return fmt.Errorf("of which topic? One of %s", all)
	}
	return fmt.Errorf("there is no topic %q; there are %s", topic, all)
}
