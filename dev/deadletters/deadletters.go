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
	"net"
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

// Show tells all about one letter, and why it was dropped, as far as the logs in
// the folder say.
func Show(ctx context.Context, out io.Writer, client *sidecar.Client, logs, topic, id string) error {
	if owners[topic] == "" {
		return unknown(topic)
	}
	var l struct {
		CameAt, RedrivenAt, DiscardedAt time.Time
		JSON                            json.RawMessage
		Bytes                           []byte
	}
	if err := client.Invoke(ctx, owners[topic], http.MethodGet, "dead-letters/"+url.PathEscape(id), &l); err != nil {
		return ofLetter(topic, id, err)
	}
	for _, line := range []struct {
		what string
		at   time.Time
	}{{"came", l.CameAt}, {"put back", l.RedrivenAt}, {"discarded", l.DiscardedAt}} {
		if !line.at.IsZero() {
			fmt.Fprintf(out, "%s %s\n", line.what, line.at.Local().Format(time.DateTime))
		}
	}
	var event struct{ ID string }
	_ = json.Unmarshal(l.JSON, &event) // what is no event has no reason in a log
	if why := readReasons(logs)[event.ID]; why != "" {
		fmt.Fprintf(out, "dropped by %s\n", why)
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
			return stopped(topic, done, err)
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
	switch discard := "make discard TOPIC=" + topic + " LETTER=…"; {
	case skipped == 1:
		fmt.Fprintf(out, "1 is no event and stays; give it up with: %s\n", discard)
	case skipped > 1:
		fmt.Fprintf(out, "%d are no events and stay; give each up with: %s\n", skipped, discard)
	}
	return nil
}

// stopped is the error of a page that failed.
func stopped(topic string, done int, err error) error {
	err = fmt.Errorf("%s: stopped after %d: %w", topic, done, err)
	if refused, ok := errors.AsType[*net.OpError](err); ok && refused.Op == "dial" {
		return fmt.Errorf("%w\nwhat was not put back still waits; do it again", err)
	}
	return fmt.Errorf("%w\nthe letter at which it stopped is in doubt: it may be out already; putting it back again is harmless; wait before you discard it\n"+
		"what was not put back still waits; do it again", err)
}

// Discard gives a letter up.
func Discard(ctx context.Context, out io.Writer, client *sidecar.Client, topic, id string) error {
	if owners[topic] == "" {
		return unknown(topic)
	}
	if id == "" {
		return fmt.Errorf("LETTER is missing: it is an id that `make dead-letters TOPIC=%s` lists", topic)
	}
	if err := client.Invoke(ctx, owners[topic], http.MethodPost, "dead-letters/"+url.PathEscape(id)+"/discard", nil); err != nil {
		return ofLetter(topic, id, err)
	}
	fmt.Fprintf(out, "%s: %s waits no longer\n", topic, id)
	return nil
}

// ofLetter is err, of a call about one letter, for people.
func ofLetter(topic, id string, err error) error {
	if refused, ok := errors.AsType[*sidecar.Refused](err); ok && refused.Status == http.StatusNotFound {
		return fmt.Errorf("there is no letter %s on %s: LETTER is a whole id, as `make dead-letters TOPIC=%s` lists it", id, topic, topic)
	}
	return err
}

func unknown(topic string) error {
	all := strings.Join(Topics, ", ")
	if topic == "" {
		return fmt.Errorf("TOPIC is missing: it is one of %s", all)
	}
	return fmt.Errorf("TOPIC is wrong: there is no topic %q; there are %s", topic, all)
}
