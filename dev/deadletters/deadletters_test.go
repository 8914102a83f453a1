package deadletters_test

import (
	"bytes"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"ticketx/dev/deadletters"
	"ticketx/dev/ports"
	"ticketx/dev/sidecar"
)

// owner plays the sidecar of every owner: it answers what it was told to, and
// remembers what it was asked.
type owner struct {
	answers map[string]string // by method and path
	asked   []string
}

func (o *owner) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	asked := r.Method + " " + strings.TrimPrefix(r.URL.RequestURI(), "/v1.0/invoke/")
	o.asked = append(o.asked, asked)
	answer, ok := o.answers[asked]
	if !ok {
		w.WriteHeader(http.StatusServiceUnavailable)
		answer = `{"detail":"The message broker does not answer."}`
	}
	_, _ = w.Write([]byte(answer))
}

func play(t *testing.T, answers map[string]string) (*owner, *sidecar.Client) {
	t.Helper()
	o := &owner{answers: answers}
	server := httptest.NewServer(o)
	t.Cleanup(server.Close)
	numbers := make(map[string]int)
	for _, service := range ports.Services {
		numbers[service+ports.HTTP] = server.Listener.Addr().(*net.TCPAddr).Port
	}
	return o, sidecar.New(numbers)
}

// logs makes a folder of logs.
func logs(t *testing.T, lines ...string) string {
	t.Helper()
	dir := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(dir, "payments.log"), []byte(strings.Join(lines, "\n")), 0o600))
	return dir
}

const waiting = `{"topic":"orders","total":103,"letters":[
	{"id":"aa","event":"order:1:1","type":"order.created","subject":"1","cameAt":"2026-01-02T10:00:00Z","isEvent":true},
	{"id":"bb","event":"order:2:1","type":"order.created","subject":"2","cameAt":"2026-01-02T10:00:01Z","isEvent":true},
	{"id":"cc","cameAt":"2026-01-02T10:00:02Z","isEvent":false}]}`

func TestList(t *testing.T) {
	_, client := play(t, map[string]string{"GET orders/method/dead-letters?limit=100": waiting})
	dir := logs(t, "== APP - payments == "+`{"service":"payments","verdict":"DROP","event":"order:1:1","err":"an older reason"}`,
		"no JSON", `{"verdict":"DROP" cut off`, `{"service":"payments","verdict":"RETRY","event":"order:2:1","err":"not the reason"}`,
		"== APP - payments == "+`{"service":"payments","verdict":"DROP","event":"order:1:1","err":"a defect"}`,
		`{"service":"tickets","verdict":"DROP","event":"order:1:1","err":"a defect"}`,
		`{"service":"expiration","verdict":"DROP","event":"order:1:1","err":"malformed\nin two lines"}`)

	var out bytes.Buffer
	require.NoError(t, deadletters.List(t.Context(), &out, client, dir, "orders"))
	lines := strings.Split(out.String(), "\n")
	require.Len(t, lines, 7, out.String())
	assert.Equal(t, []string{"TOPIC", "LETTER", "TYPE", "SUBJECT", "CAME", "WHY"}, strings.Fields(lines[0]))
	assert.Regexp(t, `^orders +aa +order\.created +1 +2026-01-0\S+ \S+ +expiration: malformed: in two lines \| payments, tickets: a defect$`, lines[1])
	assert.Regexp(t, `^orders +bb +order\.created +2 .* see the logs$`, lines[2])
	assert.Regexp(t, `^orders +cc +- +- .* it is no event, and can't be put back$`, lines[3])
	assert.Equal(t, "and 100 more", lines[4])
	assert.Contains(t, lines[5], "DROP")
}

func TestListOfAllTopics(t *testing.T) {
	answers := make(map[string]string)
	for _, service := range []string{"tickets", "orders", "payments", "expiration"} {
		answers["GET "+service+"/method/dead-letters?limit=100"] = `{"total":0,"letters":[]}`
	}
	o, client := play(t, answers)
	var out bytes.Buffer
	require.NoError(t, deadletters.List(t.Context(), &out, client, t.TempDir(), deadletters.Topics...))
	assert.Equal(t, "no dead letters\n", out.String())
	assert.Len(t, o.asked, 4)

	// An owner that is away does not hide what the others have.
	delete(answers, "GET tickets/method/dead-letters?limit=100")
	answers["GET orders/method/dead-letters?limit=100"] = waiting
	out.Reset()
	err := deadletters.List(t.Context(), &out, client, t.TempDir(), deadletters.Topics...)
	require.EqualError(t, err, "tickets: tickets answers 503: The message broker does not answer.")
	assert.Contains(t, out.String(), "orders  bb")
	assert.NotContains(t, out.String(), "no dead letters")
}

func TestShow(t *testing.T) {
	_, client := play(t, map[string]string{
		"GET orders/method/dead-letters/aa": `{"cameAt":"2026-01-02T10:00:00Z","redrivenAt":"2026-01-02T11:00:00Z","json":{"id":"order:1:1"}}`,
		"GET orders/method/dead-letters/cc": `{"cameAt":"2026-01-02T10:00:00Z","bytes":"Z2FyYmFnZQ=="}`,
	})
	dir := logs(t, `{"service":"payments","verdict":"DROP","event":"order:1:1","err":"a defect"}`)
	var out bytes.Buffer
	require.NoError(t, deadletters.Show(t.Context(), &out, client, dir, "orders", "aa"))
	assert.Regexp(t, `(?s)^came 2026.*put back 2026.*dropped by payments: a defect\n\{\n  "id": "order:1:1"\n\}\n$`, out.String())
	out.Reset()
	require.NoError(t, deadletters.Show(t.Context(), &out, client, dir, "orders", "cc"))
	assert.Contains(t, out.String(), "in base64: Z2FyYmFnZQ==")
}

func TestRedriveGoesOnToTheEnd(t *testing.T) {
	o, client := play(t, map[string]string{
		"POST expiration/method/dead-letters/redrive?":                 `{"redriven":20,"skipped":0,"until":30,"next":20}`,
		"POST expiration/method/dead-letters/redrive?from=20&until=30": `{"redriven":9,"skipped":1,"until":30}`,
	})
	var out bytes.Buffer
	require.NoError(t, deadletters.Redrive(t.Context(), &out, client, "expirations"))
	assert.Len(t, o.asked, 2)
	assert.Contains(t, out.String(), "expirations: 29 put back\n1 is no event and stays; give it up with: make discard TOPIC=expirations LETTER=…")

	delete(o.answers, "POST expiration/method/dead-letters/redrive?from=20&until=30")
	require.ErrorContains(t, deadletters.Redrive(t.Context(), &out, client, "expirations"),
		"expirations: stopped after 20: expiration answers 503: The message broker does not answer.\nthe letter at which it stopped is in doubt")

	nobody := sidecar.New(map[string]int{"orders" + ports.HTTP: 1})
	err := deadletters.Redrive(t.Context(), &out, nobody, "orders")
	require.ErrorContains(t, err, "still waits")
	assert.NotContains(t, err.Error(), "in doubt", "nobody was asked")
}

// Whatever the owner says, it comes to an end.
func TestRedriveOfAnOwnerThatGoesRoundInCircles(t *testing.T) {
	same := `{"redriven":1,"until":30,"next":20}`
	_, client := play(t, map[string]string{
		"POST orders/method/dead-letters/redrive?":                 same,
		"POST orders/method/dead-letters/redrive?from=20&until=30": same,
	})
	assert.ErrorContains(t, deadletters.Redrive(t.Context(), &bytes.Buffer{}, client, "orders"), "circles")
}

func TestDiscard(t *testing.T) {
	_, client := play(t, map[string]string{"POST orders/method/dead-letters/aa/discard": ""})
	var out bytes.Buffer
	require.NoError(t, deadletters.Discard(t.Context(), &out, client, "orders", "aa"))
	assert.Equal(t, "orders: aa waits no longer\n", out.String())
	assert.ErrorContains(t, deadletters.Discard(t.Context(), &out, client, "orders", "x/../y"), "503")
	assert.ErrorContains(t, deadletters.Discard(t.Context(), &out, client, "orders", ""), "LETTER is missing")
}

func TestUnknownTopics(t *testing.T) {
	o, client := play(t, nil)
	for topic, want := range map[string]string{
		"": "TOPIC is missing: it is one of tickets, orders, payments, expirations", "ordres": `there is no topic "ordres"; there are tickets, orders`,
	} {
		var out bytes.Buffer
		for _, err := range []error{
			deadletters.List(t.Context(), &out, client, "", "orders", topic),
			deadletters.Show(t.Context(), &out, client, "", topic, "aa"),
			deadletters.Redrive(t.Context(), &out, client, topic),
			deadletters.Discard(t.Context(), &out, client, topic, "aa"),
		} {
			assert.ErrorContains(t, err, want)
		}
	}
	assert.Empty(t, o.asked)
}
