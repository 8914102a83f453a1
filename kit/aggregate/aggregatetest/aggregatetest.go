// Package aggregatetest gives tests of rules an outbox whose journal is in
// memory.
package aggregatetest

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"ticketx/kit/aggregate"
	"ticketx/kit/state"
)

// NewOutbox returns an outbox that publishes through publisher and has a journal
// of its own, in memory.
func NewOutbox(publisher aggregate.Publisher, logger *slog.Logger) *aggregate.Outbox {
	return aggregate.NewOutbox(publisher, aggregate.NewJournal(state.NewMemory(), &Jobs{}, logger), logger)
}

// Jobs is an aggregate.Jobs that only remembers.
type Jobs struct {
	mu  sync.Mutex
	due map[string]time.Duration
}

// Schedule implements aggregate.Jobs.
func (j *Jobs) Schedule(_ context.Context, name string, in time.Duration) error {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.due == nil {
		j.due = make(map[string]time.Duration)
	}
	j.due[name] = in
	return nil
}

// Delete implements aggregate.Jobs.
func (j *Jobs) Delete(_ context.Context, name string) error {
	j.mu.Lock()
	defer j.mu.Unlock()
	delete(j.due, name)
	return nil
}

// Names returns the jobs that are scheduled.
func (j *Jobs) Names() []string {
	j.mu.Lock()
	defer j.mu.Unlock()
	var names []string
	for name := range j.due {
		names = append(names, name)
	}
	return names
}
