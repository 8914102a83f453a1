package payments

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"ticketx/kit/money"
)

// owing returns a payment of 100 that has to go back.
func owing(t *testing.T) *Payment {
	t.Helper()
	p := charging(t)
	p.Order.Ticket.Price = 100
	require.True(t, p.opened(1, "pi_1"))
	require.True(t, p.succeed(noon))
	p.Order.Status = orderCancelled
	require.True(t, p.owe(noon))
	return p
}

func made(id string, status RefundStatus, amount money.Minor) []MadeRefund {
	return []MadeRefund{{ID: id, Status: status, Amount: amount}}
}

// Of one refund what stands higher stays, however late the rest comes.
func TestRefundsInAnyOrder(t *testing.T) {
	told := []RefundStatus{RefundPending, RefundSucceeded, RefundFailed}
	for _, first := range told {
		for _, second := range told {
			p := owing(t)
			p.tried(1, "re_1", made("re_1", first, 100), noon)
			p.refunded(made("re_1", second, 100), noon)
			want := first
			if second.rank() > first.rank() {
				want = second
			}
			assert.Equal(t, want, p.Refund.Status, "%s, %s", first, second)
			assert.Equal(t, want == RefundSucceeded, p.Status == StatusRefunded)
		}
	}
}

// Parts are no whole, in whichever order they are told, and only what they come to
// counts.
func TestPartsOfARefund(t *testing.T) {
	for name, c := range map[string]struct {
		told   [][]MadeRefund
		status RefundStatus
		end    bool
	}{
		"a part by hand": {[][]MadeRefund{made("re_1", RefundSucceeded, 40)}, RefundPending, false},
		"two parts":      {[][]MadeRefund{made("re_1", RefundSucceeded, 40), made("re_2", RefundSucceeded, 60)}, RefundSucceeded, true},
		"at once":        {[][]MadeRefund{append(made("re_1", RefundSucceeded, 40), made("re_2", RefundSucceeded, 60)...)}, RefundSucceeded, true},
		"the same twice": {[][]MadeRefund{made("re_1", RefundSucceeded, 60), made("re_1", RefundSucceeded, 60)}, RefundPending, false},
		"one takes time": {[][]MadeRefund{made("re_1", RefundSucceeded, 40), made("re_2", RefundPending, 60)}, RefundPending, false},
		"one failed":     {[][]MadeRefund{made("re_1", RefundSucceeded, 40), made("re_2", RefundFailed, 60)}, RefundPending, false},
	} {
		t.Run(name, func(t *testing.T) {
			p := owing(t)
			for _, told := range c.told {
				p.refunded(told, noon)
			}
			assert.Equal(t, c.status, p.Refund.Status)
			assert.Equal(t, c.end, p.Status == StatusRefunded)
		})
	}
}

// A part that comes back after everything was given back is owed again.
func TestAPartComesBack(t *testing.T) {
	p := owing(t)
	require.True(t, p.refunded(made("re_hand", RefundSucceeded, 40), noon))
	require.True(t, p.tried(1, "re_1", made("re_1", RefundSucceeded, 60), noon))
	require.Equal(t, StatusRefunded, p.Status)
	require.True(t, p.refunded(made("re_hand", RefundFailed, 40), noon))
	assert.Equal(t, StatusRefundPending, p.Status)
	require.True(t, p.refundAgain(1, noon))
	require.True(t, p.tried(2, "re_2", made("re_2", RefundSucceeded, 40), noon))
	assert.Equal(t, StatusRefunded, p.Status)
}

// What was given back in part by hand, of an order that stands, changes nothing.
func TestAPartOfWhatIsNotOwed(t *testing.T) {
	p := charging(t)
	p.Order.Ticket.Price = 100
	require.True(t, p.succeed(noon))
	assert.False(t, p.refunded(made("re_1", RefundSucceeded, 40), noon))
	assert.False(t, p.refunded(made("re_2", RefundFailed, 100), noon))
	assert.Equal(t, StatusSucceeded, p.Status)
	require.True(t, p.refunded(append(made("re_1", RefundSucceeded, 40), made("re_3", RefundSucceeded, 60)...), noon))
	assert.Equal(t, StatusRefunded, p.Status)
}

// A try ends once, and one that made nothing is followed by another.
// What was given back by hand for an order that stands, and is not any more, is owed
// to nobody.
func TestAllOfWhatIsNotOwedComesBack(t *testing.T) {
	for _, first := range []RefundStatus{RefundPending, RefundSucceeded} {
		p := charging(t)
		p.Order.Ticket.Price = 100
		require.True(t, p.opened(1, "pi_1"))
		require.True(t, p.succeed(noon))
		require.True(t, p.refunded(made("re_1", first, 100), noon))
		require.True(t, p.refunded(made("re_1", RefundFailed, 100), noon))
		assert.Equal(t, StatusSucceeded, p.Status)
		assert.Nil(t, p.Refund)
		require.False(t, p.refunded(made("re_1", RefundFailed, 100), noon), "told again")
		require.True(t, p.refunded(made("re_2", RefundSucceeded, 100), noon))
		assert.Equal(t, StatusRefunded, p.Status, "by hand again")
	}
}

func TestTries(t *testing.T) {
	p := owing(t)
	assert.False(t, p.refundAgain(1, noon), "the first is still to be made")
	require.True(t, p.tried(1, "", nil, noon))
	assert.Equal(t, RefundFailed, p.Refund.Status)
	assert.False(t, p.tried(1, "", nil, noon))
	require.True(t, p.refundAgain(1, noon))
	assert.False(t, p.tried(1, "", nil, noon), "late")
	assert.True(t, p.Refund.due(100))
}

// Somebody asks for more tries than are made by themselves, and gives the money back by
// hand, which the bank sends back: the next try does not rest for months.
func TestNoRestIsLongerThanTheLast(t *testing.T) {
	p := owing(t)
	for number := int64(1); number <= 8; number++ {
		require.True(t, p.denied(number, "balance_insufficient", noon))
		if number >= maxRefunds && number < 8 {
			require.True(t, p.hurry(noon.Add(patience)))
		}
	}
	require.True(t, p.refunded(made("re_1", RefundPending, 100), noon))
	require.True(t, p.refunded(made("re_1", RefundFailed, 100), noon))
	require.True(t, p.Refund.rests(100, noon))
	assert.False(t, p.Refund.rests(100, noon.Add(36*time.Hour)))
}
