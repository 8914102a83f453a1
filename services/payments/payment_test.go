package payments

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"ticketx/kit/errs"
	"ticketx/kit/events"
)

var noon = time.Date(2026, 1, 2, 12, 0, 0, 0, time.UTC)

// charging returns a payment whose first attempt was opened at noon.
func charging(t *testing.T) *Payment {
	t.Helper()
	p := &Payment{}
	require.True(t, p.learn(events.Order{Version: 1, BuyerID: "buyer", Status: "created", ExpiresAt: noon.Add(time.Hour)}))
	next, err := claim(p, "tok_visa", noon)
	require.NoError(t, err)
	require.Equal(t, turnCharge, next)
	return p
}

// claim claims the payment for its buyer.
func claim(p *Payment, token Token, now time.Time) (turn, error) {
	next, _, err := p.claim(wish{buyer: "buyer", token: token}, now)
	return next, err
}

// refuse ends the open attempt without a charge.
func refuse(p *Payment, code string) bool {
	return p.refuse(Refusal{Attempt: p.Attempt.Number, Code: code, Message: "No."}, noon)
}

func TestAnAttemptBelongsToItsOwner(t *testing.T) {
	p := charging(t)
	next, err := claim(p, "tok_amex", noon.Add(lease-1))
	require.NoError(t, err)
	assert.Equal(t, turnWait, next)

	next, err = claim(p, "tok_amex", noon.Add(lease))
	require.NoError(t, err)
	assert.Equal(t, turnFinish, next)
	assert.Equal(t, Token("tok_visa"), p.Attempt.Token, "with the token of the one who opened it")
	assert.EqualValues(t, 1, p.Attempt.Number)

	next, err = claim(p, "tok_amex", noon.Add(lease))
	require.NoError(t, err)
	assert.Equal(t, turnWait, next, "it has a new owner")
}

func TestOnlyItsOwnerReleasesAnAttempt(t *testing.T) {
	p := charging(t)
	first := p.Attempt
	_, err := claim(p, "tok_visa", noon.Add(lease))
	require.NoError(t, err)
	assert.False(t, p.release(first), "it was taken over")
	assert.True(t, p.held(noon.Add(lease)))
	assert.True(t, p.release(p.Attempt))
	assert.False(t, p.held(noon.Add(lease)))
}

func TestAnIntentIsForTheOpenAttempt(t *testing.T) {
	p := charging(t)
	require.True(t, p.opened(1, "pi_1"))
	assert.False(t, p.opened(1, "pi_2"), "an order has one intent")

	p = charging(t)
	require.True(t, p.void(noon))
	assert.False(t, p.opened(1, "pi_1"), "the attempt is over")
	assert.Empty(t, p.IntentID)

	p = charging(t)
	require.True(t, refuse(p, "first"))
	_, err := claim(p, "tok_visa", noon)
	require.NoError(t, err)
	assert.True(t, p.opened(1, "pi_1"), "a later attempt takes the same intent")

	p = charging(t)
	require.True(t, p.spend(1))
	assert.False(t, p.opened(1, "pi_1"), "it was given up")
	assert.True(t, p.opened(2, "pi_2"))
}

func TestAnAttemptWithAnIntentIsNotVoid(t *testing.T) {
	p := charging(t)
	require.True(t, p.opened(1, "pi_1"))
	assert.False(t, p.void(noon), "it may have charged")
	assert.Equal(t, StatusCreated, p.Status)
}

func TestARefusalIsForItsAttempt(t *testing.T) {
	p := charging(t)
	require.True(t, refuse(p, "first"))
	_, err := claim(p, "tok_visa", noon)
	require.NoError(t, err)
	assert.False(t, p.refuse(Refusal{Attempt: 1, Code: "late"}, noon), "the second attempt is open")
	assert.Equal(t, StatusCreated, p.Status)

	err = p.answer(1)
	require.True(t, errs.Is(err, errs.KindPaymentRequired), "%v", err)
	refusal, ok := errors.AsType[*errs.Error](err)
	require.True(t, ok)
	assert.Equal(t, "first", refusal.Code)
	assert.True(t, errs.Is(p.answer(2), errs.KindUnavailable), "not known yet")

	require.True(t, p.succeed(noon))
	require.NoError(t, p.answer(1), "the order is paid, whoever asks")

	p.Order.Status = orderCancelled
	require.True(t, p.owe(noon))
	assert.True(t, errs.Is(p.answer(1), errs.KindConflict), "the money is on its way back, whichever card was declined")
}

func TestMoneyThatMovedIsNotDenied(t *testing.T) {
	p := charging(t)
	require.True(t, p.opened(1, "pi_1"))
	require.True(t, p.cancel(Intent{ID: "pi_1"}, noon))
	require.True(t, p.succeed(noon))
	assert.False(t, p.succeed(noon))
	assert.False(t, p.cancel(Intent{ID: "pi_1"}, noon))
	assert.False(t, p.void(noon))
	assert.False(t, refuse(p, "late"))
	assert.Equal(t, StatusSucceeded, p.Status)

	require.True(t, p.refunded([]MadeRefund{{ID: "re_1", Status: RefundSucceeded}}, noon))
	assert.False(t, p.refunded([]MadeRefund{{ID: "re_1", Status: RefundPending}}, noon))
	assert.False(t, p.succeed(noon), "it was given back")
	assert.Equal(t, StatusRefunded, p.Status)
}

// The version grows with every change of the status, and the token goes with the
// attempt.
func TestEveryMove(t *testing.T) {
	for name, move := range map[string]func(p *Payment) bool{
		"succeed": func(p *Payment) bool { return p.succeed(noon) },
		"cancel":  func(p *Payment) bool { return p.cancel(Intent{}, noon) },
		"void":    func(p *Payment) bool { return p.void(noon) },
		"fail":    func(p *Payment) bool { return refuse(p, "no") },
	} {
		t.Run(name, func(t *testing.T) {
			p := charging(t)
			before := p.Version
			require.True(t, move(p))
			assert.Equal(t, before+1, p.Version)
			assert.Empty(t, string(p.Attempt.Token))
			assert.False(t, p.held(noon))
		})
	}
}

func TestToken(t *testing.T) {
	token := Token("tok_visa")
	assert.True(t, token.Valid())
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x"} {
		assert.NotContains(t, fmt.Sprintf(verb, Attempt{Token: token}), "visa", verb)
	}
}

// What is seen of the intent may be told in any order: a success stands.
func TestSeenInAnyOrder(t *testing.T) {
	seen := []Intent{
		{ID: "pi_1", State: IntentOpen, Refusal: &Refusal{Code: "no"}},
		{ID: "pi_1", State: IntentRequiresAction, NextURL: "https://bank.example"},
		{ID: "pi_1", State: IntentProcessing},
		{ID: "pi_1", State: IntentSucceeded},
		{ID: "pi_2", State: IntentCancelled}, // another one
	}
	for at := range seen {
		p := &Payment{}
		require.True(t, p.learn(events.Order{Version: 1, BuyerID: "buyer", ExpiresAt: noon.Add(time.Hour)}))
		p.begin("", "", noon)
		require.True(t, p.opened(1, "pi_1"))
		for n := range seen {
			p.see(seen[(at+n)%len(seen)], noon)
			before := p.Version
			assert.False(t, p.see(seen[(at+n)%len(seen)], noon), "the same again")
			assert.Equal(t, before, p.Version)
		}
		assert.Equal(t, StatusSucceeded, p.Status)
	}
}

func TestDecidedDisputesStayDecided(t *testing.T) {
	p := charging(t)
	require.True(t, p.succeed(noon))
	require.True(t, p.dispute(Dispute{ID: "dp_1", Status: "needs_response"}, noon))
	require.True(t, p.dispute(Dispute{ID: "dp_1", Status: "won"}, noon))
	assert.False(t, p.dispute(Dispute{ID: "dp_1", Status: "under_review"}, noon), "late")
	assert.Equal(t, StatusSucceeded, p.Status)
	require.True(t, p.dispute(Dispute{ID: "dp_2", Status: "lost"}, noon), "another one")
	assert.Equal(t, StatusDisputed, p.Status)
}
