package idempotency

import (
	"maps"
	"net/http"
)

// answer is an answer that is kept. As an http.ResponseWriter it takes one.
type answer struct {
	Status  int         `json:"status"`
	Headers http.Header `json:"headers"`
	Body    []byte      `json:"body"`
}

func newAnswer() *answer { return &answer{Status: http.StatusOK, Headers: make(http.Header)} }

// Header implements http.ResponseWriter.
func (a *answer) Header() http.Header { return a.Headers }

// WriteHeader implements http.ResponseWriter.
func (a *answer) WriteHeader(status int) { a.Status = status }

// Write implements http.ResponseWriter.
func (a *answer) Write(part []byte) (int, error) {
	a.Body = append(a.Body, part...)
	return len(part), nil
}

// write gives the answer. The headers of this very request, such as its id, stay.
func (a *answer) write(w http.ResponseWriter) {
	maps.Copy(w.Header(), a.Headers)
	w.WriteHeader(a.Status)
	_, _ = w.Write(a.Body) // when the caller has gone, nobody is left to tell
}
