package stripe_test

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"ticketx/kit/errs"
	"ticketx/kit/events"
	"ticketx/services/payments"
	"ticketx/services/payments/internal/stripe"
)

const apiError = `{"error":{"type":"api_error","message":"An unknown error occurred for tok_visa"}}`

// on breaks the answers to POST requests whose path ends as given.
func on(suffix string, broken func(w http.ResponseWriter, r *http.Request, next http.Handler)) func(http.Handler) http.Handler {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.Method == http.MethodPost && strings.HasSuffix(r.URL.Path, suffix) {
				broken(w, r, next)
				return
			}
			next.ServeHTTP(w, r)
		})
	}
}

// failed answers 500, as it always will under the same key.
func failed(w http.ResponseWriter, replayed bool) {
	w.Header().Set("Content-Type", "application/json")
	if replayed {
		w.Header().Set("Idempotent-Replayed", "true")
	}
	w.WriteHeader(http.StatusInternalServerError)
	_, _ = w.Write([]byte(apiError))
}

func intentOf(t *testing.T, p *stripe.Processor, o events.Order) string {
	t.Helper()
	intent, err := p.Create(t.Context(), o, 1)
	require.NoError(t, err)
	return intent.ID
}

// requireUnknown says that err leaves open what has happened, and tells the log
// nothing that must not be in it.
func requireUnknown(t *testing.T, err error) {
	t.Helper()
	require.True(t, errs.Is(err, errs.KindUnavailable), "%v", err)
	assert.NotContains(t, err.Error(), "tok_")
	assert.NotContains(t, err.Error(), "_test_")
}

func TestAnswers500AfterCharging(t *testing.T) {
	p, _ := open(t, on("/confirm", func(w http.ResponseWriter, r *http.Request, next http.Handler) {
		next.ServeHTTP(httptest.NewRecorder(), r)
		failed(w, false)
	}))
	o := newOrder()
	outcome, err := p.Confirm(t.Context(), confirmation(o, intentOf(t, p, o), 1, "tok_visa"))
	require.NoError(t, err)
	assert.Equal(t, payments.IntentSucceeded, outcome.State)
}

func TestAnswers500InsteadOfCharging(t *testing.T) {
	var asked atomic.Int32
	p, book := open(t, on("/confirm", func(w http.ResponseWriter, r *http.Request, next http.Handler) {
		if strings.HasSuffix(r.Header.Get("Idempotency-Key"), ":2") {
			next.ServeHTTP(w, r)
			return
		}
		failed(w, asked.Add(1) > 1)
	}))
	o := newOrder()
	intent := intentOf(t, p, o)
	_, err := p.Confirm(t.Context(), confirmation(o, intent, 1, "tok_visa"))
	requireUnknown(t, err)

	_, err = p.Confirm(t.Context(), confirmation(o, intent, 1, "tok_visa"))
	require.True(t, errs.Is(err, errs.KindPaymentRequired), "the answer can't change any more: %v", err)
	assert.Equal(t, "processing_error", func() *errs.Error {
		target := &errs.Error{}
		_ = errors.As(err, &target)
		return target
	}().Code)

	outcome, err := p.Confirm(t.Context(), confirmation(o, intent, 2, "tok_visa"))
	require.NoError(t, err)
	assert.Equal(t, payments.IntentSucceeded, outcome.State)
	contents, err := book.Contents()
	require.NoError(t, err)
	assert.Len(t, contents.Charges, 1)
}

func TestAnswerIsLost(t *testing.T) {
	for _, call := range []string{"/payment_intents", "/confirm", "/cancel", "/refunds"} {
		t.Run(call, func(t *testing.T) {
			var lost atomic.Bool
			p, book := open(t, on(call, func(w http.ResponseWriter, r *http.Request, next http.Handler) {
				if lost.CompareAndSwap(false, true) {
					next.ServeHTTP(httptest.NewRecorder(), r)
					panic(http.ErrAbortHandler) // hangs up
				}
				next.ServeHTTP(w, r)
			}))
			o := newOrder()
			intent := intentOf(t, p, o)
			if call == "/cancel" {
				outcome, err := p.Cancel(t.Context(), intent)
				require.NoError(t, err)
				assert.Equal(t, payments.IntentCancelled, outcome.State)
				return
			}
			outcome, err := p.Confirm(t.Context(), confirmation(o, intent, 1, "tok_visa"))
			require.NoError(t, err)
			assert.Equal(t, payments.IntentSucceeded, outcome.State)
			_, err = p.Refund(t.Context(), o.ID, intent, 1)
			require.NoError(t, err)
			assert.True(t, lost.Load())
			contents, err := book.Contents()
			require.NoError(t, err)
			assert.Len(t, contents.PaymentIntents, 1)
			assert.Len(t, contents.Charges, 1)
			assert.Len(t, contents.Refunds, 1)
		})
	}
}

func TestAnswers500AfterCancellingAndRefunding(t *testing.T) {
	after := func(w http.ResponseWriter, r *http.Request, next http.Handler) {
		next.ServeHTTP(httptest.NewRecorder(), r)
		failed(w, false)
	}
	t.Run("cancel", func(t *testing.T) {
		p, _ := open(t, on("/cancel", after))
		outcome, err := p.Cancel(t.Context(), intentOf(t, p, newOrder()))
		require.NoError(t, err)
		assert.Equal(t, payments.IntentCancelled, outcome.State)
	})
	t.Run("refund", func(t *testing.T) {
		p, book := open(t, on("/refunds", after))
		o := newOrder()
		intent := intentOf(t, p, o)
		_, err := p.Confirm(t.Context(), confirmation(o, intent, 1, "tok_visa"))
		require.NoError(t, err)
		_, err = p.Refund(t.Context(), o.ID, intent, 1)
		requireUnknown(t, err)
		_, err = p.Refund(t.Context(), o.ID, intent, 2)
		requireUnknown(t, err)
		contents, err := book.Contents()
		require.NoError(t, err)
		assert.Len(t, contents.Refunds, 1)
	})
}

func TestAnswers500WithoutDoingAnything(t *testing.T) {
	instead := func(w http.ResponseWriter, _ *http.Request, _ http.Handler) { failed(w, false) }
	o := newOrder()
	t.Run("create", func(t *testing.T) {
		p, _ := open(t, on("/payment_intents", instead))
		_, err := p.Create(t.Context(), o, 1)
		requireUnknown(t, err)
	})
	t.Run("cancel", func(t *testing.T) {
		p, _ := open(t, on("/cancel", instead))
		_, err := p.Cancel(t.Context(), intentOf(t, p, o))
		requireUnknown(t, err)
	})
	t.Run("refund", func(t *testing.T) {
		p, _ := open(t, on("/refunds", instead))
		intent := intentOf(t, p, o)
		_, err := p.Confirm(t.Context(), confirmation(o, intent, 1, "tok_visa"))
		require.NoError(t, err)
		_, err = p.Refund(t.Context(), o.ID, intent, 1)
		requireUnknown(t, err)
	})
}

// The error alone does not say what the intent has come to.
func TestEndedIntentThatCannotBeLookedAt(t *testing.T) {
	p, _ := open(t, func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.Method == http.MethodGet {
				w.WriteHeader(http.StatusTooManyRequests)
				_, _ = w.Write([]byte(apiError))
				return
			}
			next.ServeHTTP(w, r)
		})
	})
	o := newOrder()
	intent := intentOf(t, p, o)
	_, err := p.Cancel(t.Context(), intent)
	require.NoError(t, err)
	_, err = p.Confirm(t.Context(), confirmation(o, intent, 1, "tok_visa"))
	requireUnknown(t, err)
	_, err = p.Cancel(t.Context(), intent)
	requireUnknown(t, err)
}

// What Stripe may answer to a confirmation and the stand-in never does.
func TestOtherAnswers(t *testing.T) {
	for name, c := range map[string]struct {
		status int
		body   string
		kind   errs.Kind
	}{
		"no card taken":    {200, `{"id":"pi_1","status":"requires_payment_method"}`, errs.KindUnavailable},
		"a status to come": {200, `{"id":"pi_1","status":"requires_nothing"}`, errs.KindUnavailable},
		"not JSON":         {502, `<html>tok_visa</html>`, errs.KindUnavailable},
		"an empty answer":  {200, ``, errs.KindUnavailable},
		"the wrong key":    {401, `{"error":{"type":"invalid_request_error","message":"Invalid API Key provided: sk_test_standin"}}`, errs.KindUnavailable},
		"too many":         {429, `{"error":{"type":"invalid_request_error","code":"rate_limit","message":"tok_visa"}}`, errs.KindUnavailable},
		"a key in use":     {409, `{"error":{"type":"idempotency_error","code":"idempotency_key_in_use","message":"tok_visa"}}`, errs.KindUnavailable},
		"other arguments":  {400, `{"error":{"type":"idempotency_error","message":"tok_visa"}}`, errs.KindPaymentRequired},
		"a used token":     {400, `{"error":{"type":"invalid_request_error","code":"token_already_used","message":"tok_visa"}}`, errs.KindInvalid},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel() // stripe-go pauses between its tries
			p, _ := open(t, on("/confirm", func(w http.ResponseWriter, _ *http.Request, _ http.Handler) {
				w.WriteHeader(c.status)
				_, _ = w.Write([]byte(c.body))
			}))
			o := newOrder()
			_, err := p.Confirm(t.Context(), confirmation(o, intentOf(t, p, o), 1, "tok_visa"))
			require.True(t, errs.Is(err, c.kind), "%v", err)
			assert.NotContains(t, err.Error(), "tok_visa")
			assert.NotContains(t, err.Error(), "_test_")
		})
	}
}

// What Stripe says of the attempt settles nothing while the intent, which may have
// charged, can't be looked at.
func TestNothingIsSaidOfAnIntentThatCannotBeSeen(t *testing.T) {
	for name, answer := range map[string]func(w http.ResponseWriter){
		"a kept failure": func(w http.ResponseWriter) { failed(w, true) },
		"a spent key": func(w http.ResponseWriter) {
			w.WriteHeader(http.StatusBadRequest)
			_, _ = w.Write([]byte(`{"error":{"type":"idempotency_error","message":"tok_visa"}}`))
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel() // stripe-go pauses between its tries
			var blind atomic.Bool
			charge := on("/confirm", func(w http.ResponseWriter, r *http.Request, next http.Handler) {
				next.ServeHTTP(httptest.NewRecorder(), r)
				answer(w)
			})
			p, _ := open(t, func(next http.Handler) http.Handler {
				next = charge(next)
				return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
					if r.Method == http.MethodGet && blind.Load() {
						w.WriteHeader(http.StatusTooManyRequests)
						return
					}
					next.ServeHTTP(w, r)
				})
			})
			o := newOrder()
			intent := intentOf(t, p, o)
			blind.Store(true)
			_, err := p.Confirm(t.Context(), confirmation(o, intent, 1, "tok_visa"))
			requireUnknown(t, err)

			blind.Store(false)
			outcome, err := p.Confirm(t.Context(), confirmation(o, intent, 1, "tok_visa"))
			require.NoError(t, err)
			assert.Equal(t, payments.IntentSucceeded, outcome.State)
		})
	}
}

// An account that may not charge cards is our fault, not the token's.
func TestNoCardsForThisAccount(t *testing.T) {
	p, _ := open(t, on("/payment_intents", func(w http.ResponseWriter, _ *http.Request, _ http.Handler) {
		w.WriteHeader(http.StatusBadRequest)
		_, _ = w.Write([]byte(`{"error":{"type":"invalid_request_error","code":"payment_intent_invalid_parameter","param":"payment_method_types","message":"The payment method type \"card\" is invalid."}}`))
	}))
	_, err := p.Create(t.Context(), newOrder(), 1)
	requireUnknown(t, err)
}

// A refund of a charge that was made without an intent is none of ours, however it
// stands.
func TestARefundOfNoIntent(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = w.Write([]byte(`{"id":"re_1","object":"refund","amount":100,"status":null,"payment_intent":null}`))
	}))
	t.Cleanup(server.Close)
	_, err := stripe.New(stripe.Config{APIURL: server.URL}).MadeRefund(t.Context(), "re_1")
	assert.True(t, errs.Is(err, errs.KindNotFound), "%v", err)
}

func TestUnreachable(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(http.NotFoundHandler())
	server.Close()
	p := stripe.New(stripe.Config{APIURL: server.URL})
	_, err := p.Create(t.Context(), newOrder(), 1)
	requireUnknown(t, err)
}

// A refusal always has a word, by which it is known to be one.
func TestARefusalWithoutAWord(t *testing.T) {
	for body, code := range map[string]string{
		`{"error":{"type":"invalid_request_error","code":"balance_insufficient"}}`: "balance_insufficient",
		`{"error":{"type":"invalid_request_error"}}`:                               "invalid_request_error",
		`{"error":{"message":"No."}}`:                                              "refused",
	} {
		p, _ := open(t, on("/refunds", func(w http.ResponseWriter, _ *http.Request, _ http.Handler) {
			w.WriteHeader(http.StatusBadRequest)
			_, _ = w.Write([]byte(body))
		}))
		_, err := p.Refund(t.Context(), newOrder().ID, "pi_1", 1)
		var refused *payments.RefusalError
		require.ErrorAs(t, err, &refused, body)
		assert.Equal(t, code, refused.Code)
	}
}
