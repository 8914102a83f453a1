package standin

import (
	"encoding/json"
	"errors"
	"net/http"
	"time"

	"github.com/gorilla/mux"
)

// steering has the calls that are not Stripe's: they make things go wrong, and
// make things happen. They take no key, and none from a page of another site.
func (s *server) steering(r *mux.Router) {
	for _, route := range []struct {
		method, path string
		act          func(id string, p *params) (any, error)
	}{
		{http.MethodGet, "/faults", s.listFaults},
		{http.MethodPost, "/faults", s.addFault},
		{http.MethodDelete, "/faults", s.clearFaults},
		{http.MethodDelete, "/faults/{id}", s.clearFault},
		{http.MethodPost, "/hurry", s.hurry},
		{http.MethodPost, "/disputes/{id}/close", s.decideDispute},
		{http.MethodPost, "/events/{id}/resend", s.resend},
	} {
		r.Handle(route.path, ownPages(s.steer(route.act))).Methods(route.method)
	}
}

// steer answers as the API does, because its errors are good ones.
func (s *server) steer(act func(id string, p *params) (any, error)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		r.Body = http.MaxBytesReader(w, r.Body, largestBody)
		values, err := readValues(r)
		var v any
		if err == nil {
			v, err = act(mux.Vars(r)["id"], newParams(values))
		}
		if e := (*Error)(nil); errors.As(err, &e) {
			writeJSON(w, e.Status, map[string]*Error{"error": e})
			return
		}
		if err != nil {
			s.log.Error("steer", "path", routeOf(r), "cause", err)
			writeJSON(w, http.StatusInternalServerError, map[string]*Error{"error": ownFailure()})
			return
		}
		writeJSON(w, http.StatusOK, v)
	}
}

func writeJSON(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	enc := json.NewEncoder(w)
	enc.SetIndent("", "  ")
	_ = enc.Encode(v) // the client may be gone
}

// ownPages refuses what a page of another site has a browser send.
func ownPages(h http.HandlerFunc) http.Handler {
	return http.NewCrossOriginProtection().Handler(h)
}

func (s *server) listFaults(_ string, p *params) (any, error) {
	if err := p.err(); err != nil {
		return nil, err
	}
	all, err := s.book.Faults()
	return map[string]any{"faults": all}, err
}

func (s *server) addFault(_ string, p *params) (any, error) {
	f := Fault{
		Kind:  FaultKind(p.requiredText("kind")),
		Route: p.text("route"),
		Key:   p.text("idempotency_key"),
		Event: p.text("event"),
		Delay: p.duration("delay"),
	}
	status, _ := p.integer("status")
	f.Status = int(status)
	count, _ := p.integer("count")
	f.Count = int(count)
	// Stripe keeps the error of a request that it has worked on, and not of one
	// that it turned away.
	f.Keep = f.Kind == ErrorAfter
	if p.values.Has("keep") {
		f.Keep = p.boolean("keep")
	}
	if err := p.err(); err != nil {
		return nil, err
	}
	return s.book.AddFault(f)
}

// duration is a time such as 1.5s, or 0 where the parameter is absent.
func (p *params) duration(name string) Duration {
	v := p.text(name)
	if v == "" {
		return 0
	}
	d, err := time.ParseDuration(v)
	if err != nil {
		p.fail(invalid("", name, "Invalid duration: %s; say 500ms or 2s.", v))
	}
	return Duration(d)
}

func (s *server) clearFaults(_ string, p *params) (any, error) {
	if err := p.err(); err != nil {
		return nil, err
	}
	return s.listedAfter(s.book.ClearFaults())
}

func (s *server) clearFault(id string, p *params) (any, error) {
	if err := p.err(); err != nil {
		return nil, err
	}
	return s.listedAfter(s.book.ClearFaults(id))
}

func (s *server) listedAfter(err error) (any, error) {
	if err != nil {
		return nil, err
	}
	all, err := s.book.Faults()
	return map[string]any{"faults": all}, err
}

func (s *server) hurry(_ string, p *params) (any, error) {
	if err := p.err(); err != nil {
		return nil, err
	}
	n, err := s.book.Hurry()
	return map[string]int{"hurried": n}, err
}

func (s *server) decideDispute(id string, p *params) (any, error) {
	outcome := p.oneOf("outcome", disputeWon, disputeLost)
	if outcome == "" {
		p.fail(missingParam("outcome"))
	}
	if err := p.err(); err != nil {
		return nil, err
	}
	return s.book.CloseDispute(id, outcome == disputeWon)
}

func (s *server) resend(id string, p *params) (any, error) {
	if err := p.err(); err != nil {
		return nil, err
	}
	return map[string]string{"resent": id}, s.book.Resend(id)
}
