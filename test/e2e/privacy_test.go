//go:build linux

package e2e_test

import (
	"context"
	"fmt"
	"io/fs"
	"maps"
	"net/http"
	"net/url"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"ticketx/dev/shop"
	"ticketx/kit/events"
	"ticketx/test/system"
)

// private is what must be in no log and no event, by what it is. Names of test
// cards are tokens too. Cards of more than 16 digits are rare, and the numbers that
// logs are full of, nanoseconds and ids of nodes, are longer.
var private = map[string]*regexp.Regexp{
	"card number":            regexp.MustCompile(`\b(?:\d[ -]?){12,15}\d\b`),
	"card or its token":      regexp.MustCompile(`\b(?:(?:tok|pm|src)_\w+|card_\w{20,})`),
	"client secret":          regexp.MustCompile(`_secret_[A-Z2-7]{20,}`),
	"webhook secret":         regexp.MustCompile(`whsec_\w+`),
	"key":                    regexp.MustCompile(`\b[srp]k_(?:test|live)_\w+`),
	"session":                regexp.MustCompile(`\beyJ[\w-]+\.[\w-]+\.[\w-]+`),
	"e-mail address":         regexp.MustCompile(`[\w.+-]+(?:@|%40)[\w-]+\.[A-Za-z]{2,}`),
	"page of 3-D Secure":     regexp.MustCompile(`/3ds/[A-Z2-7]{20,}`),
	"signature of a webhook": regexp.MustCompile(`\bv1=[0-9a-f]{64}`),
}

// notCards are numbers of many digits that are no cards': a card's last digit
// checks the others.
func notCard(found string) bool {
	sum, double := 0, false
	digits := strings.NewReplacer(" ", "", "-", "").Replace(found)
	for i := len(digits) - 1; i >= 0; i-- {
		d := int(digits[i] - '0')
		if double {
			if d *= 2; d > 9 {
				d -= 9
			}
		}
		sum, double = sum+d, !double
	}
	return sum%10 != 0 || !strings.ContainsRune("3456", rune(digits[0]))
}

// leaks says what of text is private. Where it says it, it does not show it.
func leaks(text string, known ...string) (found []string) {
	for what, pattern := range private {
		for _, at := range pattern.FindAllStringIndex(text, -1) {
			if what == "card number" && notCard(text[at[0]:at[1]]) {
				continue
			}
			found = append(found, fmt.Sprintf("%s after %q", what, text[max(0, at[0]-60):at[0]]))
		}
	}
	for _, secret := range known {
		if at := strings.Index(text, secret); at >= 0 {
			found = append(found, fmt.Sprintf("something that was sent after %q", text[max(0, at-60):at]))
		}
	}
	return found
}

// samples are something private of each kind.
var samples = map[string]string{
	"card number":            "4242 4242 4242 4242",
	"card or its token":      "tok_planted",
	"client secret":          "pi_1_secret_LNZUPM2MSPNQHJ5NYSWXYBAO",
	"webhook secret":         "whsec_planted",
	"key":                    "sk_test_planted",
	"session":                "eyJhbGciOi.eyJzdWIi.c2ln-_",
	"e-mail address":         "ann@planted.example.com",
	"page of 3-D Secure":     "/3ds/QPEYL6UKWS5KB25CYG7LC5WEH5",
	"signature of a webhook": "v1=" + strings.Repeat("0a", 32),
}

// The check takes nothing for private that is not.
func TestNothingElseIsTakenForPrivate(t *testing.T) {
	assert.Equal(t, slices.Sorted(maps.Keys(private)), slices.Sorted(maps.Keys(samples)))
	assert.Len(t, leaks(`{"cause":"wrong password: hunter2 in disguise"}`, "hunter2 in disguise"), 1)
	assert.Empty(t, leaks(`{"uri":"/api/users?email=REDACTED","time":"2026-11-27T05:18:00.123456789Z","order":"01a21b6f-c438-74e6-b8d1-55ffc09bd3a6","ms":1795754737123,`+
		`"intent":"pi_000000012TJD2GUNAI5644VE","uri":"/3ds/REDACTED?x=pi_1_secret_REDACTED","error":"card_declined","stack":"github.com/dapr/kit@v0.18.1/concurrency","amount":2550}`))
	assert.Len(t, leaks(`{"uri":"/api/users?email=ann%40example.com"}`), 1)
}

// plant has the real system log something private of each kind, and tell it in an
// event, by ways that are open: a path is logged, and a title is told. What looks for
// leaks has to notice these.
func plant(t *testing.T, sys *system.System) {
	t.Helper()
	port, err := sys.Port("tickets-api") // past the ingress, so that one log has it
	require.NoError(t, err)
	passer, seller := shop.NewPerson(fmt.Sprintf("http://127.0.0.1:%d", port), "passer-by"), shop.NewPerson(sys.Base, "planter")
	_, err = seller.SignUp(t.Context(), email("planter"), password)
	require.NoError(t, err)
	for _, sample := range samples {
		res, _, err := passer.Send(t.Context(), http.MethodGet, (&url.URL{Path: path.Join("/api/tickets", sample)}).EscapedPath(), nil)
		require.NoError(t, err)
		require.Equal(t, http.StatusNotFound, res.StatusCode)
		_, err = seller.List(t.Context(), "Planted: "+sample, 25)
		require.NoError(t, err)
	}
}

// weed returns the text without what was planted, and the kinds of it that were
// noticed in the text.
func weed(text string) (rest string, noticed []string) {
	for what, sample := range samples {
		without := strings.ReplaceAll(text, sample, "PLANTED")
		if len(leaks(text)) > len(leaks(without)) {
			noticed = append(noticed, what)
		}
		text = without
	}
	slices.Sort(noticed)
	return text, noticed
}

// Everything that has to do with money or people happens once in a system of its
// own that logs all it can, and then nothing private is in any log and any event,
// but for what was planted there, which is noticed.
func TestNothingPrivateIsLoggedOrTold(t *testing.T) {
	dir := t.TempDir()
	quiet, err := system.Start(t.Context(), dir, "ON_CRASH=report", "LOG_LEVEL=debug")
	require.NoError(t, err)
	t.Cleanup(quiet.Stop)
	secrets := livePrivately(t, quiet)
	plant(t, quiet)
	all := slices.Sorted(maps.Keys(samples))

	told := toldBy(t, quiet)
	quiet.Stop() // what is said at the end counts too
	logs, planted := 0, 0
	require.NoError(t, filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || !strings.HasSuffix(path, ".log") {
			return err
		}
		content, err := os.ReadFile(path)
		if err != nil || len(content) == 0 {
			return err
		}
		logs++
		text := string(content)
		if name := entry.Name(); name == "tickets.log" || strings.HasPrefix(name, "tickets_app_") { // Dapr's copy
			planted++
			var noticed []string
			text, noticed = weed(text)
			assert.Equal(t, all, noticed, "what was planted in the log")
		}
		for _, leak := range leaks(text, secrets...) {
			t.Errorf("%s: %s", entry.Name(), leak)
		}
		return nil
	}))
	assert.GreaterOrEqual(t, logs, 12, "services, sidecars, stand-in and ingress have logs")
	assert.Positive(t, planted, "tickets has a log")
	assert.Greater(t, len(told), 10)
	events, noticed := weed(strings.Join(told, "\n"))
	assert.Equal(t, all, noticed, "what was planted in the events")
	for _, leak := range leaks(events, secrets...) {
		t.Errorf("an event: %s", leak)
	}
	assert.Empty(t, leaks(quiet.Output(), secrets...), "on the terminal")
}

// livePrivately signs up, sells, buys in every way and is refused in every way, and
// returns what was sent that is nobody else's business.
func livePrivately(t *testing.T, sys *system.System) (secrets []string) {
	t.Helper()
	ctx := t.Context()
	word := "a secret " + uuid.NewString()
	newcomer := func(name string) *shop.Person {
		p, address := shop.NewPerson(sys.Base, name), email(name)
		secrets = append(secrets, address)
		_, err := p.SignUp(ctx, address, word)
		require.NoError(t, err)
		return p
	}
	secrets = append(secrets, word)
	seller, buyer := newcomer("seller"), newcomer("buyer")
	_, err := shop.NewPerson(sys.Base, "twin").SignUp(ctx, secrets[len(secrets)-1], word)
	require.Error(t, err, "the address is taken")
	_, err = shop.NewPerson(sys.Base, "guesser").SignIn(ctx, secrets[len(secrets)-1], word+"!")
	require.Error(t, err)
	_, err = shop.NewPerson(sys.Base, "typist").SignUp(ctx, "someone@@example.com", word)
	require.Error(t, err)

	order := func() shop.Order {
		ticket, err := seller.List(ctx, "Aubade", 25)
		require.NoError(t, err)
		order, err := buyer.Reserve(ctx, ticket.ID, 0)
		require.NoError(t, err)
		return order
	}
	ended := func(o shop.Order, status string) {
		_, err := shop.Until(soon(t), func(ctx context.Context) (shop.Order, error) { return buyer.Order(ctx, o.ID) },
			func(o shop.Order) bool { return o.Status == status })
		require.NoError(t, err)
	}

	o := order()
	_, err = buyer.Pay(ctx, o.ID, "4242424242424242")
	require.Error(t, err, "a card's number is no token")
	_, err = buyer.Pay(ctx, o.ID, "tok_nobody")
	require.Error(t, err)
	_, err = buyer.Pay(ctx, o.ID, "tok_chargeDeclined")
	require.Error(t, err)
	_, err = buyer.Pay(ctx, o.ID, "tok_visa")
	require.NoError(t, err)
	ended(o, "complete")

	o = order()
	c, err := buyer.Checkout(ctx, o.ID)
	require.NoError(t, err)
	secrets = append(secrets, c.ClientSecret)
	confirmed, err := buyer.Confirm(ctx, c, "pm_card_threeDSecure2Required", sys.Base+"/orders/"+o.ID)
	require.NoError(t, err)
	secrets = append(secrets, confirmed.Page)
	back, err := buyer.Consent(ctx, confirmed.Page, "approve")
	require.NoError(t, err)
	_, _, err = buyer.Send(ctx, "GET", strings.TrimPrefix(back, sys.Base), nil)
	require.NoError(t, err)
	ended(o, "complete")

	o = order() // it is given back while the bank takes its time: paid too late, or settled
	c, err = buyer.Checkout(ctx, o.ID)
	require.NoError(t, err)
	_, err = buyer.Confirm(ctx, c, "pm_card_standin_processing", sys.Base+"/orders/"+o.ID)
	require.NoError(t, err)
	_ = buyer.Cancel(ctx, o.ID)
	_, _, err = buyer.Send(ctx, "POST", "/api/payments/webhooks", []byte(`{"type":"payment_intent.succeeded","data":{"object":{"client_secret":"`+c.ClientSecret+`"}}}`))
	require.NoError(t, err)
	require.NoError(t, buyer.SignOut(ctx))
	return secrets
}

// toldBy returns every event on the broker.
func toldBy(t *testing.T, sys *system.System) (all []string) {
	t.Helper()
	port, err := sys.Port("nats")
	require.NoError(t, err)
	conn, err := nats.Connect(fmt.Sprintf("nats://127.0.0.1:%d", port))
	require.NoError(t, err)
	defer conn.Close()
	js, err := jetstream.New(conn)
	require.NoError(t, err)
	for _, topic := range []string{events.TopicTickets, events.TopicOrders, events.TopicPayments, events.TopicExpirations} {
		for _, name := range []string{topic, topic + "-dead"} {
			consumer, err := js.OrderedConsumer(t.Context(), name, jetstream.OrderedConsumerConfig{DeliverPolicy: jetstream.DeliverAllPolicy})
			require.NoError(t, err, name)
			batch, err := consumer.Fetch(1000, jetstream.FetchMaxWait(2*time.Second))
			require.NoError(t, err)
			for m := range batch.Messages() {
				all = append(all, string(m.Data()), fmt.Sprint(m.Headers()))
			}
			require.NoError(t, batch.Error())
		}
	}
	return all
}
