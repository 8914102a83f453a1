// Package state keeps the tickets in a state store.
//
// A ticket is the document "ticket:ID". Before it is written its id goes into
// the append-only index "catalogue", so the index may name a ticket that never
// came to be, but misses none.
package state

import (
	"context"

	"ticketx/kit/aggregate"
	"ticketx/kit/errs"
	"ticketx/kit/state"
	"ticketx/services/tickets"
)

// catalogue is the list of the ids of all tickets.
const catalogue = "catalogue"

// Store is a tickets.Store and a catalogue.Source.
type Store struct {
	tickets *aggregate.Repository[tickets.Ticket]
	index   *state.Index
	outbox  *aggregate.Outbox
}

// New returns the tickets in docs, announced through outbox.
func New(docs state.Store, outbox *aggregate.Outbox) *Store {
	return &Store{
		tickets: aggregate.NewRepository(docs, "ticket", outbox, tickets.Snapshots),
		index:   state.NewIndex(docs, "index"),
		outbox:  outbox,
	}
}

var _ tickets.Store = (*Store)(nil)

// Load implements tickets.Store.
func (s *Store) Load(ctx context.Context, id string) (t tickets.Ticket, found bool, err error) {
	return s.tickets.Load(ctx, id)
}

// Insert implements tickets.Store.
func (s *Store) Insert(ctx context.Context, t tickets.Ticket) (tickets.Ticket, error) {
	// The repository would refuse as well, but only after the index has grown
	// by an id that never comes to be.
	if err := s.outbox.Ready(); err != nil {
		return tickets.Ticket{}, err
	}
	if err := s.index.Add(ctx, catalogue, t.ID); err != nil {
		return tickets.Ticket{}, err
	}
	earlier := false
	stored, err := s.tickets.Update(ctx, t.ID, func(doc *tickets.Ticket, found bool) error {
		// The id is this ticket's alone: what is there is an earlier try whose answer
		// was lost, and may have been ordered since.
		if earlier = found; earlier {
			return state.ErrUnchanged
		}
		*doc = t
		return nil
	})
	if err == nil && earlier {
		s.tickets.Announce(ctx, stored)
	}
	return stored, err
}

// Update implements tickets.Store.
func (s *Store) Update(ctx context.Context, id string, change func(t *tickets.Ticket) error) (tickets.Ticket, error) {
	return s.tickets.Update(ctx, id, func(doc *tickets.Ticket, found bool) error {
		if !found {
			return errs.NotFound("There is no such ticket.")
		}
		return change(doc)
	})
}

// Announce implements tickets.Store.
func (s *Store) Announce(ctx context.Context, t tickets.Ticket) { s.tickets.Announce(ctx, t) }

// IDs implements tickets.Store.
func (s *Store) IDs(ctx context.Context, position, limit int) (ids []string, next int, err error) {
	return s.index.Before(ctx, catalogue, position, limit)
}

// AnnounceAnew implements tickets.Store.
func (s *Store) AnnounceAnew(ctx context.Context, ids ...string) (announced int, err error) {
	found, err := s.tickets.LoadMany(ctx, ids...)
	if err != nil {
		return 0, err
	}
	return s.tickets.AnnounceAnew(ctx, found...)
}

// Before implements catalogue.Source.
func (s *Store) Before(ctx context.Context, position int) (listings []tickets.Listing, next int, err error) {
	ids, next, err := s.IDs(ctx, position, state.PageSize)
	if err != nil {
		return nil, 0, err
	}
	found, err := s.tickets.LoadMany(ctx, ids...)
	if err != nil {
		return nil, 0, err
	}
	listings = make([]tickets.Listing, 0, len(found))
	for _, t := range found {
		if t != nil { // its id may be all there is of it
			listings = append(listings, t.Listing)
		}
	}
	return listings, next, nil
}
