package events_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"ticketx/kit/events"
	"ticketx/kit/events/schemas"
	"ticketx/kit/money"
)

var update = flag.Bool("update", false, "rewrite the golden examples in testdata")

const (
	ticketID = "019b76da-a800-7000-8000-000000000001"
	orderID  = "019b76da-a800-7000-8000-000000000002"
	sellerID = "019b76da-a800-7000-8000-000000000003"
	buyerID  = "019b76da-a800-7000-8000-000000000004"
	lateID   = "019b76da-a800-7000-8000-000000000006" // an order that nobody paid in time
)

var (
	listedAt   = time.Date(2026, 1, 2, 10, 0, 0, 0, time.UTC)
	orderedAt  = time.Date(2026, 1, 2, 10, 5, 0, 250_000_000, time.UTC)
	begunAt    = time.Date(2026, 1, 2, 10, 6, 40, 0, time.UTC)
	declinedAt = time.Date(2026, 1, 2, 10, 7, 0, 0, time.UTC)
	closedAt   = time.Date(2026, 1, 2, 10, 7, 30, 123_456_789, time.UTC)
	refundedAt = time.Date(2026, 1, 3, 9, 0, 0, 0, time.UTC)
	expiresAt  = orderedAt.Add(15 * time.Minute)
)

// examples are the events of testdata, by their type. Each is made the way a
// service makes it, and together they show every field, but for those that exclude others.
var examples = map[string]events.Event{
	events.TicketCreated: events.NewTicket(events.TicketCreated, events.Ticket{
		ID: ticketID, Version: 1, Title: "Füchse & Friends, row 7, seat <12>", Price: 25_50, Currency: string(money.EUR),
		SellerID: sellerID, Status: "available", CreatedAt: listedAt, UpdatedAt: listedAt,
		Details: details, Description: "Aisle on the left.\nDoors open at seven.", OriginalPrice: 30_00,
	}),
	events.TicketUpdated: events.NewTicket(events.TicketUpdated, events.Ticket{
		ID: ticketID, Version: 2, Title: "Füchse & Friends, row 7, seat <12>", Price: 25_50, Currency: string(money.EUR),
		SellerID: sellerID, Status: "reserved", OrderID: orderID, CreatedAt: listedAt, UpdatedAt: orderedAt,
		ReservedUntil: &expiresAt, OrderSequence: 1, Details: details, Withdrawn: true,
	}),
	events.OrderCreated: events.NewOrder(events.OrderCreated, events.Order{
		ID: orderID, Version: 1, Sequence: 1, Status: "created", BuyerID: buyerID,
		CreatedAt: orderedAt, ExpiresAt: expiresAt, Ticket: orderTicket,
	}),
	events.OrderAwaitingPayment: events.NewOrder(events.OrderAwaitingPayment, events.Order{
		ID: orderID, Version: 2, Sequence: 1, Status: "awaiting:payment", BuyerID: buyerID,
		CreatedAt: orderedAt, ExpiresAt: expiresAt, AwaitingSince: &begunAt, Ticket: orderTicket,
	}),
	events.OrderCancelled: events.NewOrder(events.OrderCancelled, events.Order{
		ID: lateID, Version: 2, Sequence: 2, Status: "cancelled", Reason: "expired", BuyerID: buyerID,
		CreatedAt: orderedAt, ExpiresAt: expiresAt, ClosedAt: &expiresAt, Ticket: orderTicket,
	}),
	events.OrderCompleted: events.NewOrder(events.OrderCompleted, events.Order{
		ID: orderID, Version: 3, Sequence: 1, Status: "complete", BuyerID: buyerID,
		CreatedAt: orderedAt, ExpiresAt: expiresAt, AwaitingSince: &begunAt, ClosedAt: &closedAt, Ticket: orderTicket,
	}),
	events.PaymentFailed:         events.NewPayment(events.PaymentFailed, payment(1, "failed", "insufficient_funds", declinedAt)),
	events.PaymentCreated:        events.NewPayment(events.PaymentCreated, payment(2, "succeeded", "", closedAt)),
	events.PaymentRefunded:       events.NewPayment(events.PaymentRefunded, payment(3, "refunded", "", refundedAt)),
	events.PaymentStarted:        events.NewPayment(events.PaymentStarted, payment(4, "created", "", orderedAt)),
	events.PaymentRequiresAction: events.NewPayment(events.PaymentRequiresAction, payment(5, "requires_action", "", declinedAt)),
	events.PaymentProcessing:     events.NewPayment(events.PaymentProcessing, payment(6, "processing", "", declinedAt)),
	events.PaymentCancelled:      events.NewPayment(events.PaymentCancelled, payment(7, "cancelled", "", closedAt)),
	events.PaymentRefundPending:  events.NewPayment(events.PaymentRefundPending, owedBack(payment(8, "refund_pending", "", closedAt))),
	events.PaymentDisputed:       events.NewPayment(events.PaymentDisputed, disputed(payment(9, "disputed", "", refundedAt))),
	events.ExpirationComplete: events.NewExpiration(events.Expiration{
		OrderID: lateID, TicketID: ticketID, ExpiresAt: expiresAt,
	}),
}

var details = events.Details{
	StartsAt: time.Date(2026, 6, 5, 18, 30, 0, 0, time.UTC), TimeZone: "Europe/Berlin", Venue: "Füchse-Arena", City: "Berlin",
	Category: "concert", Section: "Parkett", Row: "7", Seat: "12-13", Quantity: 2,
}

var orderTicket = events.OrderTicket{
	ID: ticketID, Title: "Füchse & Friends, row 7, seat <12>", Price: 25_50, Currency: string(money.EUR), SellerID: sellerID,
	Details: details,
}

func payment(version int64, status, code string, at time.Time) events.Payment {
	return events.Payment{
		ID: "019b76da-a800-7000-8000-000000000005", Version: version, OrderID: orderID, TicketID: ticketID,
		BuyerID: buyerID, Status: status, Amount: 25_50, Currency: string(money.EUR), Code: code, UpdatedAt: at,
	}
}

func owedBack(p events.Payment) events.Payment {
	p.Refund = "pending"
	return p
}

func disputed(p events.Payment) events.Payment {
	p.Dispute = "needs_response"
	return p
}

// snapshot says which Go type the data of an event type has.
func snapshot(t *testing.T, eventType string) any {
	t.Helper()
	aggregate, _, _ := strings.Cut(eventType, ".")
	data, ok := map[string]any{
		"ticket": &events.Ticket{}, "order": &events.Order{}, "payment": &events.Payment{}, "expiration": &events.Expiration{},
	}[aggregate]
	require.True(t, ok, "an event type of no known aggregate: %s", eventType)
	return data
}

// published returns the event as it goes out, laid out for people.
func published(t *testing.T, e events.Event) string {
	t.Helper()
	body, err := json.Marshal(e)
	require.NoError(t, err)
	var out bytes.Buffer
	require.NoError(t, json.Indent(&out, body, "", "  "))
	return out.String() + "\n"
}

func golden(eventType string) string { return filepath.Join("testdata", eventType+".json") }

func TestExamples(t *testing.T) {
	for eventType, e := range examples {
		t.Run(eventType, func(t *testing.T) {
			if *update {
				require.NoError(t, os.WriteFile(golden(eventType), []byte(published(t, e)), 0o644))
			}
			want, err := os.ReadFile(golden(eventType))
			require.NoError(t, err)
			assert.Equal(t, string(want), published(t, e), "what is published has changed; -update when that is meant")
			require.NoError(t, schemas.Validate(want))
		})
	}
}

// What a consumer reads from an event is all there is to it.
func TestExamplesDecode(t *testing.T) {
	for eventType := range examples {
		t.Run(eventType, func(t *testing.T) {
			body, err := os.ReadFile(golden(eventType))
			require.NoError(t, err)
			assert.Equal(t, string(body), published(t, decode(t, body)))
		})
	}
}

// decode reads an event as a consumer does and gives it the data it understood.
func decode(t *testing.T, body []byte) events.Event {
	t.Helper()
	var e events.Event
	require.NoError(t, json.Unmarshal(body, &e))
	data := snapshot(t, e.Type)
	require.NoError(t, json.Unmarshal(e.Data, data))
	var err error
	e.Data, err = json.Marshal(data)
	require.NoError(t, err)
	return e
}

// Fields may be added, by a later version or by a runtime on the way.
func TestUnknownFieldsAreIgnored(t *testing.T) {
	for eventType := range examples {
		t.Run(eventType, func(t *testing.T) {
			body, err := os.ReadFile(golden(eventType))
			require.NoError(t, err)
			var doc map[string]any
			require.NoError(t, json.Unmarshal(body, &doc))
			data := doc["data"].(map[string]any)
			doc["traceparent"], doc["topic"], doc["pubsubname"] = "00-0af7-b7ad-01", "tickets", "pubsub"
			data["later"], data["laterStill"] = map[string]any{"a": []any{1, "b"}}, nil
			if ticket, ok := data["ticket"].(map[string]any); ok {
				ticket["later"] = true
			}
			extended, err := json.Marshal(doc)
			require.NoError(t, err)

			require.NoError(t, schemas.Validate(extended))
			assert.Equal(t, string(body), published(t, decode(t, extended)))
		})
	}
}

// Fields that were added later are not asked of those who still publish without:
// what is in testdata/before was published by the versions of then.
func TestEventsOfBeforeAreStillGood(t *testing.T) {
	files, err := filepath.Glob(filepath.Join("testdata", "before", "*.json"))
	require.NoError(t, err)
	require.NotEmpty(t, files)
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			before, err := os.ReadFile(file)
			require.NoError(t, err)
			require.NoError(t, schemas.Validate(before))
			assert.Equal(t, string(before), published(t, decode(t, before)), "nothing is read into it")
		})
	}
	assert.EqualValues(t, 1, events.Details{}.Lot())
	assert.EqualValues(t, 2, details.Lot())
}

// A new event type needs its example, and a place in the envelope's schema.
func TestEveryTypeHasAnExample(t *testing.T) {
	have := slices.Sorted(maps.Keys(examples))
	assert.Equal(t, declaredTypes(t), have)

	files, err := filepath.Glob(golden("*"))
	require.NoError(t, err)
	var named []string
	for _, file := range files {
		named = append(named, strings.TrimSuffix(filepath.Base(file), ".json"))
	}
	assert.ElementsMatch(t, have, named, "files in testdata")

	assert.ElementsMatch(t, have, load(t, "envelope").Properties["type"].Enum, "types in the schema")
	for eventType, e := range examples {
		assert.Equal(t, eventType, e.Type)
		assert.Contains(t, events.AllTopics(), e.Topic)
	}
}

// declaredTypes reads the event types from the constants of events.go.
func declaredTypes(t *testing.T) []string {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), "events.go", nil, 0)
	require.NoError(t, err)
	isType := regexp.MustCompile(`^[a-z]+\.[a-z_]+$`)
	var types []string
	ast.Inspect(file, func(n ast.Node) bool {
		spec, ok := n.(*ast.ValueSpec)
		if !ok {
			return true
		}
		for _, value := range spec.Values {
			if lit, ok := value.(*ast.BasicLit); ok && lit.Kind == token.STRING {
				if text, err := strconv.Unquote(lit.Value); err == nil && isType.MatchString(text) {
					types = append(types, text)
				}
			}
		}
		return true
	})
	slices.Sort(types)
	return types
}

// The id names the fact, so the broker drops a second publish of it and not the
// publish of another.
func TestIDs(t *testing.T) {
	seen := make(map[string]bool)
	for _, e := range examples {
		assert.NotEmpty(t, e.Subject)
		assert.Equal(t, "ticketx/"+e.Topic, e.Source)
		assert.False(t, seen[e.ID], e.ID)
		seen[e.ID] = true
	}
	again := events.NewOrder(events.OrderCreated, events.Order{ID: orderID, Version: 1})
	assert.Equal(t, examples[events.OrderCreated].ID, again.ID)
	assert.Equal(t, "order:"+orderID+":1", again.ID)
}

func TestTimesAreUTC(t *testing.T) {
	zone := time.FixedZone("east", 3*60*60)
	e := events.NewTicket(events.TicketUpdated, events.Ticket{ID: "1", Version: 1, UpdatedAt: listedAt.In(zone)})
	assert.Equal(t, listedAt, e.Time)
}

// schema is what the tests look at in a JSON Schema.
type schema struct {
	Type       string            `json:"type"`
	Format     string            `json:"format"`
	Enum       []string          `json:"enum"`
	Const      string            `json:"const"`
	Required   []string          `json:"required"`
	Properties map[string]schema `json:"properties"`
}

func load(t *testing.T, name string) schema {
	t.Helper()
	body, err := schemas.Files.ReadFile(name + ".schema.json")
	require.NoError(t, err)
	var s schema
	require.NoError(t, json.Unmarshal(body, &s))
	return s
}

// Nobody adds a field without its contract, or promises one that is not sent.
func TestFieldsAreThoseOfTheSchemas(t *testing.T) {
	for name, goType := range map[string]reflect.Type{
		"envelope":   reflect.TypeFor[events.Event](),
		"ticket":     reflect.TypeFor[events.Ticket](),
		"order":      reflect.TypeFor[events.Order](),
		"payment":    reflect.TypeFor[events.Payment](),
		"expiration": reflect.TypeFor[events.Expiration](),
	} {
		compareFields(t, name, goType, load(t, name))
	}
}

func compareFields(t *testing.T, path string, goType reflect.Type, s schema) {
	t.Helper()
	var names, required []string
	for _, field := range reflect.VisibleFields(goType) {
		if field.Anonymous {
			continue // its own fields stand in its place
		}
		name, options, _ := strings.Cut(field.Tag.Get("json"), ",")
		if name == "-" {
			continue
		}
		require.NotEmpty(t, name, "%s.%s has no JSON name", path, field.Name)
		names = append(names, name)
		if options == "" {
			required = append(required, name)
		}
		property, ok := s.Properties[name]
		if !assert.True(t, ok, "%s.%s is not in the schema", path, name) {
			continue
		}
		compareTypes(t, path+"."+name, field.Type, property)
	}
	assert.ElementsMatch(t, names, slices.Collect(maps.Keys(s.Properties)), "fields of %s in Go and in the schema", path)
	assert.ElementsMatch(t, required, s.Required, "required fields of %s in Go and in the schema", path)
}

func compareTypes(t *testing.T, path string, goType reflect.Type, s schema) {
	t.Helper()
	if goType.Kind() == reflect.Pointer {
		goType = goType.Elem()
	}
	isText := s.Type == "string" || s.Enum != nil || s.Const != ""
	switch {
	case goType == reflect.TypeFor[time.Time]():
		assert.Equal(t, "date-time", s.Format, path)
	case goType == reflect.TypeFor[json.RawMessage]():
		assert.Equal(t, "object", s.Type, path)
	case goType.Kind() == reflect.Struct:
		compareFields(t, path, goType, s)
	case goType.Kind() == reflect.String:
		assert.True(t, isText && s.Format == "", "%s is a string in Go", path)
	case goType.Kind() == reflect.Int64:
		assert.Equal(t, "integer", s.Type, path)
	case goType.Kind() == reflect.Bool:
		assert.Equal(t, "boolean", s.Type, path)
	default:
		assert.Fail(t, "a type no schema here has", "%s: %s", path, goType)
	}
}

// The schemas refuse what a producer must not send.
func TestSchemasRefuse(t *testing.T) {
	for name, c := range map[string]struct {
		eventType string
		spoil     func(e, data map[string]any)
	}{
		"another version of CloudEvents": {events.TicketCreated, func(e, _ map[string]any) { e["specversion"] = "0.3" }},
		"an unknown type":                {events.TicketCreated, func(e, _ map[string]any) { e["type"] = "ticket.vanished" }},
		"the data of another type":       {events.TicketCreated, func(e, _ map[string]any) { e["type"] = events.OrderCreated }},
		"an id of another aggregate":     {events.TicketCreated, func(e, _ map[string]any) { e["id"] = "order:1:1" }},
		"an id without version":          {events.TicketCreated, func(e, _ map[string]any) { e["id"] = "ticket:1" }},
		"no data":                        {events.TicketCreated, func(e, _ map[string]any) { delete(e, "data") }},
		"null data":                      {events.TicketCreated, func(e, _ map[string]any) { e["data"] = nil }},
		"a time that is none":            {events.TicketCreated, func(e, _ map[string]any) { e["time"] = "yesterday" }},
		"no id in the data":              {events.TicketCreated, func(_, d map[string]any) { delete(d, "id") }},
		"an empty id":                    {events.TicketCreated, func(_, d map[string]any) { d["id"] = "" }},
		"version 0":                      {events.TicketCreated, func(_, d map[string]any) { d["version"] = 0 }},
		"an unknown status":              {events.TicketCreated, func(_, d map[string]any) { d["status"] = "gone" }},
		"a fraction of a cent":           {events.TicketCreated, func(_, d map[string]any) { d["priceMinor"] = 25.5 }},
		"a price as text":                {events.TicketCreated, func(_, d map[string]any) { d["priceMinor"] = "2550" }},
		"a negative price":               {events.TicketCreated, func(_, d map[string]any) { d["priceMinor"] = -1 }},
		"an order before the first":      {events.TicketUpdated, func(_, d map[string]any) { d["orderSequence"] = 0 }},
		"a lot of none":                  {events.TicketCreated, func(_, d map[string]any) { d["quantity"] = 0 }},
		"an event that starts some day":  {events.TicketCreated, func(_, d map[string]any) { d["startsAt"] = "June" }},
		"a date that is none":            {events.TicketCreated, func(_, d map[string]any) { d["createdAt"] = "2026-13-01" }},
		"an order without its ticket":    {events.OrderCreated, func(_, d map[string]any) { delete(d, "ticket") }},
		"a live order with a reason":     {events.OrderCreated, func(_, d map[string]any) { d["reason"] = "buyer" }},
		"a live order that is closed":    {events.OrderCreated, func(_, d map[string]any) { d["closedAt"] = closedAt }},
		"a cancelled order, no reason":   {events.OrderCancelled, func(_, d map[string]any) { delete(d, "reason") }},
		"a complete order, not closed":   {events.OrderCompleted, func(_, d map[string]any) { delete(d, "closedAt") }},
		"a payment of no order":          {events.PaymentCreated, func(_, d map[string]any) { delete(d, "orderId") }},
		"an expiration of no ticket":     {events.ExpirationComplete, func(_, d map[string]any) { delete(d, "ticketId") }},
	} {
		t.Run(name, func(t *testing.T) {
			var doc map[string]any
			require.NoError(t, json.Unmarshal([]byte(published(t, examples[c.eventType])), &doc))
			c.spoil(doc, doc["data"].(map[string]any))
			body, err := json.Marshal(doc)
			require.NoError(t, err)
			require.Error(t, schemas.Validate(body))
		})
	}
	require.Error(t, schemas.Validate([]byte(`{`)))
}

func TestDeadLetterTopics(t *testing.T) {
	for _, topic := range []string{events.TopicTickets, events.TopicOrders, events.TopicPayments, events.TopicExpirations} {
		assert.Contains(t, events.AllTopics(), topic)
		assert.Contains(t, events.AllTopics(), topic+"-dead")
		assert.Equal(t, topic+"-dead", events.DeadLetterTopic(topic))
	}
	assert.Contains(t, events.AllTopics(), events.TopicProbes)
}
