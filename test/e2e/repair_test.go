//go:build linux

package e2e_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"ticketx/dev/shop"
	"ticketx/test/system"
)

// repair is a system whose services lose their stores, and the people in it.
type repair struct {
	*system.System
	dir                 string
	seller, mara, rival *shop.Person
}

// Orders loses its store, then payments, then both at once. What was sold stays
// sold, what was live can be paid, and no ticket stays locked.
func TestRepair(t *testing.T) {
	ctx, dir := t.Context(), t.TempDir()
	s, err := system.Start(ctx, dir, "ON_CRASH=report")
	require.NoError(t, err)
	t.Cleanup(s.Stop)
	r := &repair{System: s, dir: dir}
	r.seller, r.mara, r.rival = r.visitor(t, "seller"), r.visitor(t, "mara"), r.visitor(t, "rival")
	for range 120 { // more than a page
		r.list(t)
	}

	t.Run("orders", r.ordersIsLost)
	t.Run("payments", r.paymentsIsLost)
	t.Run("both", r.bothAreLost)
	t.Run("paid too late", r.paidTooLate)
}

// Orders has lost an order, somebody else has its ticket, and only then it comes out
// that it was paid. The money goes back, its refund is followed to its end, and the
// buyer is told.
func (r *repair) paidTooLate(t *testing.T) {
	ctx := t.Context()
	ticket := r.list(t)
	late := r.reserve(t, ticket, 10*time.Second)
	c, err := r.mara.Checkout(ctx, late.ID)
	require.NoError(t, err)
	standIn := standInOf(t, r.System)
	require.Equal(t, http.StatusOK, callStandIn(t, standIn, http.MethodPost, "/faults", url.Values{"kind": {"webhook_never"}}))
	_, err = r.mara.Confirm(ctx, c, "pm_card_pendingRefund", r.Base+"/orders/"+late.ID)
	require.NoError(t, err)
	require.Equal(t, http.StatusOK, callStandIn(t, standIn, http.MethodDelete, "/faults", nil))

	r.lose(t, "orders")
	heir, err := shop.Until(soon(t),
		func(ctx context.Context) (shop.Order, error) { return r.rival.Reserve(ctx, ticket.ID, 0) },
		func(shop.Order) bool { return true })
	require.NoError(t, err)
	said, err := r.Command(soon(t), "reconcile")
	require.NoError(t, err, said)

	told, err := shop.Until(soon(t),
		func(ctx context.Context) (shop.Status, error) { return r.mara.PaymentOf(ctx, late.ID) },
		func(s shop.Status) bool { return s.Status == "refunded" })
	require.NoError(t, err)
	require.NotNil(t, told.Refund)
	assert.Equal(t, "succeeded", told.Refund.Status)
	ended := awaitOrder(t, r.mara, late.ID, "cancelled")
	assert.NotEmpty(t, ended.Reason)
	_, err = r.mara.Pay(ctx, late.ID, "tok_visa")
	refused := refusal(t, err)
	assert.Equal(t, http.StatusConflict, refused.Status)
	assert.Contains(t, refused.Error(), "given back")
	assert.Empty(t, chargesAt(t, standIn, late.ID))

	_, err = r.rival.Pay(ctx, heir.ID, "tok_visa")
	require.NoError(t, err)
	awaitOrder(t, r.rival, heir.ID, "complete")
	assert.Len(t, chargesAt(t, standIn, heir.ID), 1)
}

func (r *repair) ordersIsLost(t *testing.T) {
	ctx := t.Context()
	fresh, again := r.list(t), r.list(t)
	bought, sold := r.buy(t, r.list(t))
	live := r.reserve(t, r.list(t), 0)
	require.NoError(t, r.mara.Cancel(ctx, r.reserve(t, again, 0).ID))
	awaitTicket(t, r.seller, again.ID, "available")
	r.lose(t, "orders")

	for _, taken := range []string{sold.ID, live.Ticket.ID} {
		_, err := r.rival.Reserve(ctx, taken, 0)
		assert.Equal(t, http.StatusConflict, refusal(t, err).Status, "before anything was announced")
	}
	_, err := r.mara.Order(ctx, live.ID)
	require.Equal(t, http.StatusNotFound, refusal(t, err).Status, "or the test tests nothing")

	// A payment alone is enough for its order to come back.
	early := r.reserve(t, r.list(t), 0)
	r.lose(t, "orders")
	_, err = r.mara.Pay(ctx, early.ID, "tok_visa")
	require.NoError(t, err)
	awaitOrder(t, r.mara, early.ID, "complete")

	r.underRequests(t, func() { r.announce(t, "tickets") })
	// What was lost with it is whether a payment had been begun, so it counts as begun.
	awaitOrder(t, r.mara, live.ID, "awaiting:payment")
	awaitOrder(t, r.mara, bought.ID, "complete")
	for _, taken := range []string{sold.ID, live.Ticket.ID} {
		_, err := r.rival.Reserve(ctx, taken, 0)
		assert.Equal(t, http.StatusConflict, refusal(t, err).Status)
	}
	_, err = r.mara.Pay(ctx, live.ID, "tok_visa")
	require.NoError(t, err)
	awaitOrder(t, r.mara, live.ID, "complete")
	awaitTicket(t, r.seller, live.Ticket.ID, "sold")
	for _, ticket := range []shop.Ticket{fresh, again} {
		r.buyOnce(t, ticket)
	}
}

func (r *repair) paymentsIsLost(t *testing.T) {
	ctx := t.Context()
	bought, _ := r.buy(t, r.list(t))
	asked, told := r.reserve(t, r.list(t), 0), r.reserve(t, r.list(t), 0)
	r.lose(t, "payments")

	_, err := r.mara.Pay(ctx, asked.ID, "tok_visa")
	require.NoError(t, err, "before anything was announced: payments asks")
	awaitOrder(t, r.mara, asked.ID, "complete")
	_, err = r.mara.Pay(ctx, bought.ID, "tok_amex")
	assert.Equal(t, http.StatusConflict, refusal(t, err).Status, "it is paid")

	r.underRequests(t, func() { r.announce(t, "orders") })
	_, err = r.mara.Pay(ctx, told.ID, "tok_visa")
	require.NoError(t, err)
	awaitOrder(t, r.mara, told.ID, "complete")
	_, err = r.mara.Pay(ctx, bought.ID, "tok_amex")
	assert.Equal(t, http.StatusConflict, refusal(t, err).Status)
	r.announce(t, "payments")
}

func (r *repair) bothAreLost(t *testing.T) {
	ctx := t.Context()
	_, sold := r.buy(t, r.list(t))
	lost := r.reserve(t, r.list(t), 3*time.Second)
	fresh := r.list(t)
	r.lose(t, "orders", "payments")
	r.underRequests(t, func() { r.announce(t, "tickets") })

	r.buyOnce(t, fresh)
	_, err := r.rival.Reserve(ctx, sold.ID, 0)
	assert.Equal(t, http.StatusConflict, refusal(t, err).Status)

	// Nobody knows the order any more. Its ticket is free when its time is over.
	heir, err := shop.Until(soon(t),
		func(ctx context.Context) (shop.Order, error) { return r.rival.Reserve(ctx, lost.Ticket.ID, 0) },
		func(shop.Order) bool { return true })
	require.NoError(t, err)
	_, err = r.rival.Pay(ctx, heir.ID, "tok_visa")
	require.NoError(t, err)
	awaitOrder(t, r.rival, heir.ID, "complete")
	awaitTicket(t, r.seller, lost.Ticket.ID, "sold")
}

func (r *repair) visitor(t *testing.T, name string) *shop.Person {
	t.Helper()
	p := shop.NewPerson(r.Base, name)
	_, err := p.SignUp(t.Context(), email(name), password)
	require.NoError(t, err)
	return p
}

func (r *repair) list(t *testing.T) shop.Ticket {
	t.Helper()
	ticket, err := r.seller.List(t.Context(), "Kept in mind", 20)
	require.NoError(t, err)
	return ticket
}

// reserve has mara reserve the ticket, and waits until that is known.
func (r *repair) reserve(t *testing.T, ticket shop.Ticket, hold time.Duration) shop.Order {
	t.Helper()
	o, err := r.mara.Reserve(t.Context(), ticket.ID, hold)
	require.NoError(t, err)
	awaitTicket(t, r.seller, ticket.ID, "reserved")
	return o
}

// buy has mara buy the ticket, and waits until that is known.
func (r *repair) buy(t *testing.T, ticket shop.Ticket) (shop.Order, shop.Ticket) {
	t.Helper()
	o := r.reserve(t, ticket, 0)
	_, err := r.mara.Pay(t.Context(), o.ID, "tok_visa")
	require.NoError(t, err)
	awaitOrder(t, r.mara, o.ID, "complete")
	return o, awaitTicket(t, r.seller, ticket.ID, "sold")
}

// buyOnce has many want the ticket at once, and the one who gets it pay.
func (r *repair) buyOnce(t *testing.T, ticket shop.Ticket) {
	t.Helper()
	ctx := t.Context()
	buyers := []*shop.Person{r.mara, r.rival, r.mara, r.rival}
	placed := make([]shop.Order, len(buyers))
	results := atOnce(len(buyers), func(i int) (err error) {
		placed[i], err = buyers[i].Reserve(ctx, ticket.ID, 0)
		return err
	})
	require.Equal(t, map[int]int{http.StatusOK: 1, http.StatusConflict: len(buyers) - 1}, statuses(results))
	for i, err := range results {
		if err != nil {
			continue
		}
		_, err := buyers[i].Pay(ctx, placed[i].ID, "tok_visa")
		require.NoError(t, err)
		awaitOrder(t, buyers[i], placed[i].ID, "complete")
	}
	awaitTicket(t, r.seller, ticket.ID, "sold")
	_, err := r.rival.Reserve(ctx, ticket.ID, 0)
	assert.Equal(t, http.StatusConflict, refusal(t, err).Status)
}

// lose kills the services and their sidecars, removes what they have stored, and
// starts them again.
func (r *repair) lose(t *testing.T, services ...string) {
	t.Helper()
	var killed []*system.Process
	for _, part := range services {
		for _, name := range []string{part + "-daprd", part} {
			process, err := r.Process(name)
			require.NoError(t, err)
			require.NoError(t, process.Kill(soon(t)))
			killed = append(killed, process)
		}
	}
	for _, service := range services {
		files, err := filepath.Glob(filepath.Join(r.dir, "data", "state", service+".db*"))
		require.NoError(t, err)
		require.NotEmpty(t, files)
		for _, file := range files {
			require.NoError(t, os.Remove(file))
		}
	}
	for _, process := range killed {
		require.NoError(t, process.Restart())
	}
	for _, service := range services {
		_, err := shop.Until(soon(t),
			func(ctx context.Context) (int, error) { return r.Ready(ctx, service) },
			func(status int) bool { return status == http.StatusNoContent })
		require.NoError(t, err, "%s does not become ready", service)
	}
}

// announce runs the command as a person does.
func (r *repair) announce(t *testing.T, topic string) {
	t.Helper()
	root, err := filepath.Abs(filepath.Join("..", ".."))
	require.NoError(t, err)
	cmd := exec.CommandContext(t.Context(), filepath.Join(root, ".ticketx", "bin", "ticketx"), "announce", topic)
	cmd.Dir = root
	cmd.Env = append(os.Environ(), "TICKETX_DIR="+r.dir)
	said, err := cmd.CombinedOutput()
	t.Logf("%s", said)
	require.NoError(t, err, "%s", said)
	assert.Contains(t, string(said), "going on from", "more than one page")
	assert.Contains(t, string(said), topic+": done")
}

// underRequests does something while people list, reserve and buy, none of whom
// may notice. Each of them gets something done.
func (r *repair) underRequests(t *testing.T, do func()) {
	t.Helper()
	ctx := t.Context()
	stop, done := make(chan struct{}), make(chan error)
	var once sync.WaitGroup
	const people = 2
	once.Add(people)
	for range people {
		buyer := r.visitor(t, "passer-by")
		go func() {
			var err error
			for n := 0; err == nil; n++ {
				if err = r.purchase(ctx, buyer); n == 0 {
					once.Done()
				}
				select {
				case <-stop:
					done <- err
					return
				default:
				}
			}
			<-stop
			done <- err
		}()
	}
	once.Wait()
	do()
	close(stop)
	var all error
	for range people {
		all = errors.Join(all, <-done)
	}
	require.NoError(t, all)
}

func (r *repair) purchase(ctx context.Context, buyer *shop.Person) error {
	ticket, err := r.seller.List(ctx, "In passing", 10)
	if err != nil {
		return fmt.Errorf("list: %w", err)
	}
	o, err := buyer.Reserve(ctx, ticket.ID, 0)
	if err != nil {
		return fmt.Errorf("reserve: %w", err)
	}
	if _, err = buyer.Pay(ctx, o.ID, "tok_visa"); err != nil {
		return fmt.Errorf("pay: %w", err)
	}
	return nil
}
