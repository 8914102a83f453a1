package standin

import (
	"bytes"
	"embed"
	"errors"
	"html/template"
	"net/http"
	"strings"
	"time"

	"github.com/gorilla/mux"
)

// mostShown is how many objects of a kind the page of the book shows.
const mostShown = 50

//go:embed html
var files embed.FS

var pages = template.Must(template.New("").Funcs(template.FuncMap{
	"money": money,
	"page":  (*NextAction).page,
	"when":  func(unix int64) string { return time.Unix(unix, 0).UTC().Format("2006-01-02 15:04:05") },
	"words": words,
}).ParseFS(files, "html/*.html"))

// words writes a name of the API as people read it.
func words(name any) string {
	var s string
	switch n := name.(type) {
	case string:
		s = n
	case *string:
		s = *n
	case Status:
		s = string(n)
	case DeliveryStatus:
		s = string(n)
	}
	return strings.ReplaceAll(s, "_", " ")
}

// pages has what people look at. All of it works without JavaScript, and
// nothing comes from another host.
func (s *server) pages(r *mux.Router) {
	r.HandleFunc("/", s.overview).Methods(http.MethodGet)
	r.HandleFunc("/style.css", style).Methods(http.MethodGet)
	r.HandleFunc(pagePath+"style.css", style).Methods(http.MethodGet) // where an ingress lets only those through
	r.HandleFunc(pagePath+"{token}", s.ask).Methods(http.MethodGet)
	r.Handle(pagePath+"{token}", ownPages(s.decide)).Methods(http.MethodPost)
}

func style(w http.ResponseWriter, r *http.Request) {
	http.ServeFileFS(w, r, files, "html/style.css")
}

// show writes a page, or nothing of it.
func (s *server) show(w http.ResponseWriter, status int, name string, data any) {
	var page bytes.Buffer
	if err := pages.ExecuteTemplate(&page, name, data); err != nil {
		s.log.Error("make a page", "name", name, "cause", err)
		http.Error(w, "the page could not be made", http.StatusInternalServerError)
		return
	}
	h := w.Header()
	h.Set("Cache-Control", "no-store")
	// No form-action: after the answer the form leads to the shop.
	h.Set("Content-Security-Policy", "default-src 'none'; style-src 'self'; base-uri 'none'; frame-ancestors 'self'")
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("X-Content-Type-Options", "nosniff")
	w.WriteHeader(status)
	_, _ = page.WriteTo(w) // the client may be gone
}

// overviewPage is what the page of the book shows.
type overviewPage struct {
	Refreshes bool
	Most      int
	Sums      map[string]Sum
	Faults    []Fault
	Intents   []*Intent
	Charges   []*Charge
	Refunds   []*Refund
	Disputes  []*Dispute
	Events    []shownEvent
	Endpoints []*Endpoint
}

// shownEvent is an event with its deliveries.
type shownEvent struct {
	*Event

	Deliveries []*Delivery
}

// overview shows the newest of the book to people.
func (s *server) overview(w http.ResponseWriter, r *http.Request) {
	shown := overviewPage{Refreshes: r.URL.Query().Get("refresh") != "no", Most: mostShown}
	if err := s.book.view(shown.read); err != nil {
		s.log.Error("read the book", "cause", err)
		http.Error(w, "the book could not be read", http.StatusInternalServerError)
		return
	}
	s.show(w, http.StatusOK, "book.html", &shown)
}

func (o *overviewPage) read(t *tx) error {
	charges, err := everything[Charge](t, bucketCharges)
	if err != nil {
		return err
	}
	disputes, err := everything[Dispute](t, bucketDisputes)
	if err != nil {
		return err
	}
	o.Sums = sums(charges, disputes)
	if o.Faults, err = everything[Fault](t, bucketFaults); err != nil {
		return err
	}
	newest := page{limit: mostShown}
	intents, err := t.intents(period{}, newest)
	if err != nil {
		return err
	}
	newestCharges, err := t.charges("", period{}, newest)
	if err != nil {
		return err
	}
	refunds, err := t.refunds("", "", period{}, newest)
	if err != nil {
		return err
	}
	newestDisputes, err := t.disputes("", "", period{}, newest)
	if err != nil {
		return err
	}
	endpoints, err := t.endpoints(newest)
	if err != nil {
		return err
	}
	o.Intents, o.Charges, o.Refunds, o.Disputes = intents.Data, newestCharges.Data, refunds.Data, newestDisputes.Data
	o.Endpoints = endpoints.Data
	events, err := search(t, source{bucket: bucketEvents}, "", newest, func(*Event) bool { return true })
	if err != nil {
		return err
	}
	for _, e := range events.Data {
		deliveries, err := t.deliveriesOf(e.ID)
		if err != nil {
			return err
		}
		o.Events = append(o.Events, shownEvent{e, deliveries})
	}
	return nil
}

func (t *tx) deliveriesOf(event string) ([]*Delivery, error) {
	var all []*Delivery
	prefix := []byte(event + "/")
	c := t.bucket(bucketDeliveries).Cursor()
	for k, _ := c.Seek(prefix); bytes.HasPrefix(k, prefix); k, _ = c.Next() {
		d, err := load[Delivery](t, bucketDeliveries, string(k))
		if err != nil {
			return nil, err
		}
		all = append(all, d)
	}
	return all, nil
}

// authenticationPage is what the page of 3-D Secure shows.
type authenticationPage struct {
	Unknown  bool
	Open     bool
	Amount   int64
	Currency string
	Title    string
	Text     string
	WayBack  string
}

// ask asks the owner of a card, or says how the payment stands where there is
// nothing to ask any more.
func (s *server) ask(w http.ResponseWriter, r *http.Request) {
	var q *question
	err := s.book.view(func(t *tx) (err error) {
		q, err = t.question(mux.Vars(r)["token"])
		return err
	})
	s.showQuestion(w, q, err)
}

// decide takes the owner's answer and leads back to the shop.
func (s *server) decide(w http.ResponseWriter, r *http.Request) {
	r.Body = http.MaxBytesReader(w, r.Body, largestBody)
	approved := r.PostFormValue("answer") == "approve"
	if !approved && r.PostFormValue("answer") != "refuse" {
		http.Error(w, "the answer is approve or refuse", http.StatusBadRequest)
		return
	}
	var q *question
	err := s.book.update(func(t *tx) error {
		var err error
		q, err = t.decide(mux.Vars(r)["token"], approved)
		if e := (*Error)(nil); errors.As(err, &e) && q != nil {
			return nil // a decline is an outcome like any other
		}
		return err
	})
	if err == nil && q.wayBack() != "" {
		http.Redirect(w, r, q.wayBack(), http.StatusSeeOther)
		return
	}
	s.showQuestion(w, q, err)
}

func (s *server) showQuestion(w http.ResponseWriter, q *question, err error) {
	const name = "authentication.html"
	if e := (*Error)(nil); errors.As(err, &e) {
		s.show(w, e.Status, name, authenticationPage{Unknown: true})
		return
	}
	if err != nil {
		s.log.Error("3-D Secure", "cause", err)
		http.Error(w, "the book could not be read", http.StatusInternalServerError)
		return
	}
	p := authenticationPage{
		Open:     q.open,
		Amount:   q.intent.Amount,
		Currency: q.intent.Currency,
		WayBack:  q.wayBack(),
	}
	switch q.intent.Status {
	case Succeeded, RequiresCapture:
		p.Title, p.Text = "You have paid", "The payment of "+money(p.Amount, p.Currency)+" went through."
	case Processing:
		p.Title, p.Text = "Your payment is under way", "It takes a moment until the bank has answered."
	case Canceled:
		p.Title, p.Text = "This payment was cancelled", "Nothing was charged."
	case RequiresAction:
		p.Title, p.Text = "This page is out of date", "The payment was begun anew since. Answer the newer question."
	default:
		p.Title, p.Text = "The payment did not go through", "Nothing was charged. You can try another card."
		if e := q.intent.LastPaymentError; e != nil {
			p.Text = e.Message + " " + p.Text
		}
	}
	s.show(w, http.StatusOK, name, p)
}
