// Package shop uses the HTTP API as a person with a browser does: each Person
// has a cookie jar of their own. The demo and the end-to-end tests are written
// with it.
package shop

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/cookiejar"
	"time"
)

// requestTimeout bounds one request. The ingress answers sooner, whatever is
// wrong behind it.
const requestTimeout = 20 * time.Second

// Person is one visitor of the shop. It is safe for concurrent use.
type Person struct {
	Name string
	ID   string // set by SignUp and SignIn

	base   string
	client *http.Client
}

// NewPerson returns a visitor of the shop at base, such as
// http://127.0.0.1:8080, with an empty cookie jar.
func NewPerson(base, name string) *Person {
	jar, _ := cookiejar.New(nil) // fails never, without options
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.MaxIdleConnsPerHost = 16
	return &Person{
		Name:   name,
		base:   base,
		client: &http.Client{Jar: jar, Timeout: requestTimeout, Transport: transport},
	}
}

// At is the same visitor, with the same cookies, at another address of the same
// machine.
func (p *Person) At(base string) *Person {
	return &Person{Name: p.Name, ID: p.ID, base: base, client: p.client}
}

// Refused is an answer that is not a success.
type Refused struct {
	Status     int
	RetryAfter string
	Detail     string  `json:"detail"`
	Code       string  `json:"code"`
	Errors     []Wrong `json:"errors"`
}

// Wrong is one thing that is wrong, in TicketX's form.
type Wrong struct {
	Message string `json:"message"`
	Field   string `json:"field"`
	Code    string `json:"code"`
	Limit   string `json:"limit"`
}

// Error implements error.
func (r *Refused) Error() string { return fmt.Sprintf("%d: %s", r.Status, r.Detail) }

// User is an account.
type User struct {
	ID    string `json:"id"`
	Email string `json:"email"`
}

// Ticket is a listing.
type Ticket struct {
	ID       string    `json:"id"`
	Title    string    `json:"title"`
	Price    float64   `json:"price"`
	Currency string    `json:"currency"`
	StartsAt time.Time `json:"startsAt"`
	Venue    string    `json:"venue"`
	City     string    `json:"city"`
	Category string    `json:"category"`
	Section  string    `json:"section"`
	Row      string    `json:"row"`
	Seat     string    `json:"seat"`
	Quantity int       `json:"quantity"`
	UserID   string    `json:"userId"`
	OrderID  string    `json:"orderId"`
	Status   string    `json:"status"`
	Version  int64     `json:"version"`
	// Proceeds is what a ticket of one's own was sold for.
	Proceeds float64 `json:"proceeds"`
}

// Offer is what a seller says about a ticket, by the names of the fields: title
// and price, and whatever else the API knows.
type Offer map[string]any

// Order is a reservation and what became of it.
type Order struct {
	ID        string    `json:"id"`
	UserID    string    `json:"userId"`
	Status    string    `json:"status"`
	Reason    string    `json:"reason"`
	ExpiresAt time.Time `json:"expiresAt"`
	Version   int64     `json:"version"`
	Ticket    Ticket    `json:"ticket"`
}

// Payment is a payment that succeeded.
type Payment struct {
	ID string `json:"id"`
}

// SignUp creates an account and signs in.
func (p *Person) SignUp(ctx context.Context, email, password string) (User, error) {
	return p.enter(ctx, "/api/users/signup", email, password)
}

// SignIn signs in to an account.
func (p *Person) SignIn(ctx context.Context, email, password string) (User, error) {
	return p.enter(ctx, "/api/users/signin", email, password)
}

func (p *Person) enter(ctx context.Context, path, email, password string) (User, error) {
	u, err := Call[User](ctx, p, http.MethodPost, path, map[string]string{"email": email, "password": password})
	if err == nil {
		p.ID = u.ID
	}
	return u, err
}

// SignOut ends the session.
func (p *Person) SignOut(ctx context.Context) error {
	_, err := Call[struct{}](ctx, p, http.MethodPost, "/api/users/signout", struct{}{})
	return err
}

// CurrentUser returns who is signed in, or nil.
func (p *Person) CurrentUser(ctx context.Context) (*User, error) {
	answer, err := Call[struct {
		CurrentUser *User `json:"currentUser"`
	}](ctx, p, http.MethodGet, "/api/users/currentuser", nil)
	return answer.CurrentUser, err
}

// List offers a ticket for sale, as TicketX's client does.
func (p *Person) List(ctx context.Context, title string, price float64) (Ticket, error) {
	return p.Offer(ctx, Offer{"title": title, "price": price})
}

// Offer offers a ticket for sale.
func (p *Person) Offer(ctx context.Context, o Offer) (Ticket, error) {
	return Call[Ticket](ctx, p, http.MethodPost, "/api/tickets", o)
}

// Edit changes a ticket, as TicketX's client does.
func (p *Person) Edit(ctx context.Context, id, title string, price float64) (Ticket, error) {
	return p.Revise(ctx, id, Offer{"title": title, "price": price})
}

// Revise changes a ticket.
func (p *Person) Revise(ctx context.Context, id string, o Offer) (Ticket, error) {
	return Call[Ticket](ctx, p, http.MethodPut, "/api/tickets/"+id, o)
}

// Withdraw takes a ticket off sale for good.
func (p *Person) Withdraw(ctx context.Context, id string) error {
	_, err := Call[struct{}](ctx, p, http.MethodDelete, "/api/tickets/"+id, nil)
	return err
}

// Ticket looks at one ticket.
func (p *Person) Ticket(ctx context.Context, id string) (Ticket, error) {
	return Call[Ticket](ctx, p, http.MethodGet, "/api/tickets/"+id, nil)
}

// Tickets looks at the first page of what is for sale.
func (p *Person) Tickets(ctx context.Context) ([]Ticket, error) {
	return Call[[]Ticket](ctx, p, http.MethodGet, "/api/tickets", nil)
}

// Own looks at the newest of the person's own tickets, sold ones included.
func (p *Person) Own(ctx context.Context) ([]Ticket, error) {
	return Call[[]Ticket](ctx, p, http.MethodGet, "/api/tickets?seller=me", nil)
}

// Reserve orders a ticket. A hold of zero is the shop's usual one.
func (p *Person) Reserve(ctx context.Context, ticketID string, hold time.Duration) (Order, error) {
	body := map[string]any{"ticketId": ticketID}
	if hold > 0 {
		body["holdSeconds"] = int(hold.Seconds())
	}
	return Call[Order](ctx, p, http.MethodPost, "/api/orders", body)
}

// Order looks at one of the person's orders.
func (p *Person) Order(ctx context.Context, id string) (Order, error) {
	return Call[Order](ctx, p, http.MethodGet, "/api/orders/"+id, nil)
}

// Orders looks at the newest of the person's orders.
func (p *Person) Orders(ctx context.Context) ([]Order, error) {
	return Call[[]Order](ctx, p, http.MethodGet, "/api/orders", nil)
}

// Cancel gives up an order.
func (p *Person) Cancel(ctx context.Context, orderID string) error {
	_, err := Call[struct{}](ctx, p, http.MethodDelete, "/api/orders/"+orderID, nil)
	return err
}

// Pay pays for an order with a card's token.
func (p *Person) Pay(ctx context.Context, orderID, token string) (Payment, error) {
	return Call[Payment](ctx, p, http.MethodPost, "/api/payments", map[string]string{"orderId": orderID, "token": token})
}

// Call makes a request with body as JSON, unless it is nil, and decodes the
// answer. An answer that is not a success is a *Refused.
func Call[T any](ctx context.Context, p *Person, method, path string, body any) (T, error) {
	var answer T
	var sent []byte
	if body != nil {
		var err error
		if sent, err = json.Marshal(body); err != nil {
			return answer, err
		}
	}
	res, received, err := p.Send(ctx, method, path, sent) //nolint:bodyclose // Send has read and closed it
	if err != nil {
		return answer, err
	}
	if res.StatusCode >= http.StatusBadRequest {
		refused := &Refused{}
		_ = json.Unmarshal(received, refused) // what is not a problem document has a status at least
		refused.Status, refused.RetryAfter = res.StatusCode, res.Header.Get("Retry-After")
		return answer, refused
	}
	if len(received) > 0 {
		if err := json.Unmarshal(received, &answer); err != nil {
			return answer, fmt.Errorf("decode the answer of %s %s: %w", method, path, err)
		}
	}
	return answer, nil
}

// Send makes a request with a body as it is and returns the answer with its
// whole body, whatever its status.
func (p *Person) Send(ctx context.Context, method, path string, body []byte) (*http.Response, []byte, error) {
	return p.SendUnder(ctx, "", method, path, body)
}

// SendUnder is Send with an Idempotency-Key, if it is not empty.
func (p *Person) SendUnder(ctx context.Context, key, method, path string, body []byte) (*http.Response, []byte, error) {
	req, err := http.NewRequestWithContext(ctx, method, p.base+path, bytes.NewReader(body))
	if err != nil {
		return nil, nil, err
	}
	if len(body) > 0 {
		req.Header.Set("Content-Type", "application/json")
	}
	if key != "" {
		req.Header.Set("Idempotency-Key", key)
	}
	res, err := p.client.Do(req)
	if err != nil {
		return nil, nil, err
	}
	defer func() { _ = res.Body.Close() }()
	received, err := io.ReadAll(res.Body)
	return res, received, err
}

// Until asks again and again until ready reports true or ctx ends. It returns
// the last answer, and why it was not enough.
func Until[T any](ctx context.Context, ask func(context.Context) (T, error), ready func(T) bool) (T, error) {
	const pause = 25 * time.Millisecond
	for {
		answer, err := ask(ctx)
		if err == nil && ready(answer) {
			return answer, nil
		}
		select {
		case <-ctx.Done():
			return answer, fmt.Errorf("waited in vain, last seen %+v (%w): %w", answer, orNothing(err), ctx.Err())
		case <-time.After(pause):
		}
	}
}

func orNothing(err error) error {
	if err == nil {
		return errors.New("no error")
	}
	return err
}
