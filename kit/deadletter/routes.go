package deadletter

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"github.com/gorilla/mux"

	"ticketx/kit/dapr"
	"ticketx/kit/errs"
	"ticketx/kit/web"
)

const (
	defaultLimit = 20 // of the letters of a page, for those who don't say
	maxLimit     = 100
	maxPosition  = 1 << 50
	// pageTimeout bounds the work on a page that is put back. It is shorter than
	// the time that the sidecar waits (components/resiliency), so that the answer
	// is ours.
	pageTimeout = 4 * time.Second
)

// Register has the dead letters of the topic kept, and lets whoever runs the
// system see to them, through this app's own sidecar.
func (k *Keeper) Register(app *dapr.App) {
	dapr.KeepDead(app, k.topic, k.Keep)
	r := app.Operator()
	r.Handle("/dead-letters", web.QueryHandler(k.list)).Methods(http.MethodGet)
	r.Handle("/dead-letters/redrive", web.QueryHandler(k.redrive)).Methods(http.MethodPost)
	r.Handle("/dead-letters/{id}", web.Handler(k.show)).Methods(http.MethodGet)
	r.Handle("/dead-letters/{id}/discard", web.Handler(k.discard)).Methods(http.MethodPost)
}

// List is the answer to GET /dead-letters?from=&limit=: letters that wait,
// oldest first.
type List struct {
	Topic   string `json:"topic"`
	Total   int    `json:"total"` // of all that wait
	Letters []Row  `json:"letters"`
	Next    int    `json:"next,omitempty"` // the from of the next page, if there is one
}

// Row is a letter in a list. What is no event has no Event, and may lack the rest.
type Row struct {
	ID      string    `json:"id"`
	Event   string    `json:"event,omitempty"` // the event's own id
	Type    string    `json:"type,omitempty"`
	Subject string    `json:"subject,omitempty"`
	CameAt  time.Time `json:"cameAt"`
	IsEvent bool      `json:"isEvent"` // it can be put back
}

func (k *Keeper) list(w http.ResponseWriter, r *http.Request) error {
	from, limit, err := page(r)
	if err != nil {
		return err
	}
	total, err := k.Count(r.Context())
	if err != nil {
		return err
	}
	p, err := k.Waiting(r.Context(), from, limit)
	if err != nil {
		return err
	}
	answer := List{Topic: k.topic, Total: total, Letters: make([]Row, len(p.IDs)), Next: p.Next}
	for i, l := range p.Letters {
		e := read(l.Body)
		_, isEvent := again(l.Body)
		answer.Letters[i] = Row{
			ID: p.IDs[i], Event: e.ID, Type: e.Type, Subject: e.Subject, CameAt: l.CameAt, IsEvent: isEvent,
		}
	}
	return web.Encode(w, http.StatusOK, answer)
}

// Whole is the answer to GET /dead-letters/{id}: a letter with what was on the
// topic, as JSON where it is that.
type Whole struct {
	ID          string          `json:"id"`
	Topic       string          `json:"topic"`
	CameAt      time.Time       `json:"cameAt"`
	RedrivenAt  *time.Time      `json:"redrivenAt,omitempty"`
	DiscardedAt *time.Time      `json:"discardedAt,omitempty"`
	JSON        json.RawMessage `json:"json,omitempty"`
	Bytes       []byte          `json:"bytes,omitempty"` // in base64, when it is no JSON
}

func (k *Keeper) show(w http.ResponseWriter, r *http.Request) error {
	id := mux.Vars(r)["id"]
	l, err := k.Load(r.Context(), id)
	if err != nil {
		return err
	}
	answer := Whole{ID: id, Topic: k.topic, CameAt: l.CameAt, RedrivenAt: l.RedrivenAt, DiscardedAt: l.DiscardedAt}
	if json.Valid(l.Body) {
		answer.JSON = l.Body
	} else {
		answer.Bytes = l.Body
	}
	return web.Encode(w, http.StatusOK, answer)
}

// RedriveAnswer is the answer to POST /dead-letters/redrive?from=&until=&limit=,
// which puts a page back. Begin with neither from nor until; go on with both as
// the page before answered them. A page that failed is asked for again.
type RedriveAnswer struct {
	Redriven int `json:"redriven"`
	Skipped  int `json:"skipped"` // are no events, and stay
	Until    int `json:"until"`
	Next     int `json:"next,omitempty"` // the from of the next page, if there is one
}

func (k *Keeper) redrive(w http.ResponseWriter, r *http.Request) error {
	from, limit, err := page(r)
	if err != nil {
		return err
	}
	until, err := number(r, "until", -1, 0, maxPosition)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(r.Context(), pageTimeout)
	defer cancel()
	done, err := k.Redrive(ctx, from, until, limit)
	if err != nil {
		return err
	}
	return web.Encode(w, http.StatusOK, RedriveAnswer(done))
}

func (k *Keeper) discard(w http.ResponseWriter, r *http.Request) error {
	if err := k.Discard(r.Context(), mux.Vars(r)["id"]); err != nil {
		return err
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}

func page(r *http.Request) (from, limit int, err error) {
	if from, err = number(r, "from", 0, 0, maxPosition); err != nil {
		return 0, 0, err
	}
	limit, err = number(r, "limit", defaultLimit, 1, maxLimit)
	return from, limit, err
}

// number reads a parameter of the query, least to most.
func number(r *http.Request, name string, otherwise, least, most int) (int, error) {
	value := r.URL.Query().Get(name)
	if value == "" {
		return otherwise, nil
	}
	n, err := strconv.Atoi(value)
	if err != nil || n < least || n > most {
		return 0, errs.Invalid(name, fmt.Sprintf("Must be a number from %d to %d.", least, most))
	}
	return n, nil
}
