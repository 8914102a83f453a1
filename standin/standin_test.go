package standin

import (
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"github.com/stripe/stripe-go/v76"
	"github.com/stripe/stripe-go/v76/charge"
	"github.com/stripe/stripe-go/v76/dispute"
	"github.com/stripe/stripe-go/v76/event"
	"github.com/stripe/stripe-go/v76/paymentintent"
	"github.com/stripe/stripe-go/v76/paymentmethod"
	"github.com/stripe/stripe-go/v76/refund"
	"github.com/stripe/stripe-go/v76/webhookendpoint"
)

// bookOfChild names the book that this test binary serves, instead of running
// tests, when a test starts it as a process to kill.
const bookOfChild = "STANDIN_TEST_BOOK"

// webhookOfChild is where that process delivers events, if anywhere.
const webhookOfChild = "STANDIN_TEST_WEBHOOK"

func TestMain(m *testing.M) {
	if path := os.Getenv(bookOfChild); path != "" {
		serveAsChild(path)
		return
	}
	os.Exit(m.Run())
}

// serveAsChild prints its address and serves until it is killed.
func serveAsChild(path string) {
	book, err := Open(path)
	if err != nil {
		panic(err)
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		panic(err)
	}
	fmt.Printf("http://%s\n", listener.Addr())
	options := []Option{WithRetries(10*time.Millisecond, 1000)}
	if address := os.Getenv(webhookOfChild); address != "" {
		options = append(options, WithWebhook(address, secret))
	}
	panic(http.Serve(listener, NewServer(book, options...)))
}

// stand is a server on a book of its own, and stripe-go as its client.
type stand struct {
	t         *testing.T
	book      *Book
	url       string
	intents   paymentintent.Client
	methods   paymentmethod.Client
	refunds   refund.Client
	charges   charge.Client
	disputes  dispute.Client
	events    event.Client
	endpoints webhookendpoint.Client
}

func start(t *testing.T, options ...Option) *stand {
	t.Helper()
	return startOn(t, filepath.Join(t.TempDir(), "book.db"), options...)
}

func startOn(t *testing.T, path string, options ...Option) *stand {
	t.Helper()
	book, err := Open(path)
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, book.Close()) })
	srv := httptest.NewServer(NewServer(book, options...))
	t.Cleanup(srv.Close)
	s := connect(t, srv.URL)
	s.book = book
	return s
}

// connect makes clients that try once, so that each test sees each answer, and
// that check the shape of each.
func connect(t *testing.T, address string) *stand {
	t.Helper()
	backend := stripe.GetBackendWithConfig(stripe.APIBackend, &stripe.BackendConfig{
		URL:               stripe.String(address),
		MaxNetworkRetries: stripe.Int64(0),
		HTTPClient:        &http.Client{Transport: checkingShapes{t}},
		LeveledLogger:     &stripe.LeveledLogger{Level: stripe.LevelNull},
	})
	const key = "sk_test_standin"
	return &stand{
		t:         t,
		url:       address,
		intents:   paymentintent.Client{B: backend, Key: key},
		methods:   paymentmethod.Client{B: backend, Key: key},
		refunds:   refund.Client{B: backend, Key: key},
		charges:   charge.Client{B: backend, Key: key},
		disputes:  dispute.Client{B: backend, Key: key},
		events:    event.Client{B: backend, Key: key},
		endpoints: webhookendpoint.Client{B: backend, Key: key},
	}
}

// create makes an intent as the payments service does, in two steps.
func (s *stand) create(amount int64) *stripe.PaymentIntent {
	s.t.Helper()
	i, err := s.intents.New(cardIntent(amount))
	require.NoError(s.t, err)
	return i
}

func cardIntent(amount int64) *stripe.PaymentIntentParams {
	p := &stripe.PaymentIntentParams{
		Amount:             stripe.Int64(amount),
		Currency:           stripe.String("eur"),
		PaymentMethodTypes: stripe.StringSlice([]string{"card"}),
	}
	p.AddMetadata("order_id", "o-1")
	return p
}

// withToken is how stripe-go/v76 sends a token: its PaymentMethodData has no
// field for a card.
func withToken(token string) *stripe.PaymentIntentConfirmParams {
	p := &stripe.PaymentIntentConfirmParams{
		PaymentMethodData: &stripe.PaymentIntentPaymentMethodDataParams{Type: stripe.String("card")},
	}
	p.AddExtra("payment_method_data[card][token]", token)
	return p
}

// paid makes an intent that is paid.
func (s *stand) paid(amount int64) *stripe.PaymentIntent {
	s.t.Helper()
	return s.paidWith(amount, "tok_visa")
}

func (s *stand) paidWith(amount int64, token string) *stripe.PaymentIntent {
	s.t.Helper()
	i := s.confirmed(amount, token)
	require.Equal(s.t, stripe.PaymentIntentStatusSucceeded, i.Status)
	return i
}

// confirmed makes an intent and confirms it without an error.
func (s *stand) confirmed(amount int64, token string) *stripe.PaymentIntent {
	s.t.Helper()
	i, err := s.intents.Confirm(s.create(amount).ID, withToken(token))
	require.NoError(s.t, err)
	return i
}

// hurry makes happen what would happen later, and waits until it has.
func (s *stand) hurry() {
	s.t.Helper()
	_, err := s.book.Hurry()
	require.NoError(s.t, err)
	s.idle()
}

// idle waits until nothing is due. What is due later may still come.
func (s *stand) idle() {
	s.t.Helper()
	s.eventually(func() bool {
		var due []task
		require.NoError(s.t, s.book.view(func(t *tx) error { due, _ = t.due(); return nil }))
		return len(due) == 0
	})
}

// eventually waits for something that happens by itself.
func (s *stand) eventually(happened func() bool) {
	s.t.Helper()
	require.Eventually(s.t, happened, 20*time.Second, time.Millisecond)
}

// types are the types of the events about one thing, in their order.
func (s *stand) types(subject string) []string {
	s.t.Helper()
	var types []string
	for _, e := range s.contents().Events {
		if e.Subject == subject {
			types = append(types, e.Type)
		}
	}
	return types
}

func (s *stand) contents() Contents {
	s.t.Helper()
	c, err := s.book.Contents()
	require.NoError(s.t, err)
	return c
}

// refused asserts that err is an answer from the server, and returns it.
func refused(t *testing.T, err error, status int, code stripe.ErrorCode) *stripe.Error {
	t.Helper()
	var e *stripe.Error
	require.ErrorAs(t, err, &e)
	require.Equal(t, status, e.HTTPStatusCode, e.Msg)
	assert.Equal(t, code, e.Code, e.Msg)
	assert.NotEmpty(t, e.RequestID)
	return e
}

// response is an answer as it came over the wire.
type response struct {
	status int
	header http.Header
	body   string
}

func (r response) error(t *testing.T) Error {
	t.Helper()
	var b struct{ Error Error }
	require.NoError(t, json.Unmarshal([]byte(r.body), &b), r.body)
	return b.Error
}

// post sends a form without stripe-go, for what stripe-go would not send.
func (s *stand) post(path, idempotencyKey string, form url.Values) response {
	s.t.Helper()
	r := s.request(http.MethodPost, path, form.Encode())
	if idempotencyKey != "" {
		r.Header.Set("Idempotency-Key", idempotencyKey)
	}
	return s.do(r)
}

func (s *stand) request(method, path, body string) *http.Request {
	s.t.Helper()
	r, err := http.NewRequestWithContext(s.t.Context(), method, s.url+path, strings.NewReader(body))
	require.NoError(s.t, err)
	r.Header.Set("Authorization", "Bearer sk_test_standin")
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	return r
}

// stayingClient shows a redirect instead of following it.
var stayingClient = &http.Client{
	CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
}

func (s *stand) do(r *http.Request) response {
	s.t.Helper()
	res, err := stayingClient.Do(r)
	require.NoError(s.t, err)
	defer func() { assert.NoError(s.t, res.Body.Close()) }()
	body, err := io.ReadAll(res.Body)
	require.NoError(s.t, err)
	return response{res.StatusCode, res.Header, string(body)}
}
