package tickets

import (
	"context"
	"fmt"
	"time"

	"ticketx/kit/errs"
	"ticketx/kit/events"
	"ticketx/kit/state"
)

// Store holds the tickets: the truth.
type Store interface {
	// Load returns the ticket with the id, and whether there is one.
	Load(ctx context.Context, id string) (t Ticket, found bool, err error)
	// Insert saves a new ticket and announces it. Where a try before has saved it
	// already, that one is announced and returned, as it stands.
	Insert(ctx context.Context, t Ticket) (Ticket, error)
	// Update saves what change makes of the ticket, by one guarded write, and
	// announces it; a lost race calls change again with what is there then.
	// state.ErrUnchanged leaves the ticket as it is. No ticket is
	// errs.KindNotFound.
	Update(ctx context.Context, id string, change func(t *Ticket) error) (Ticket, error)
	// Announce announces the ticket again. Doing so too often is harmless.
	Announce(ctx context.Context, t Ticket)
	// IDs returns at most limit ids of tickets that stand before position, the
	// newest first, and the position to go on from, 0 at the end. A negative
	// position is the newest. Some may name tickets that never came to be.
	IDs(ctx context.Context, position, limit int) (ids []string, next int, err error)
	// AnnounceAnew tells of the tickets with the ids, as they stand, under fresh
	// event ids, and returns how many there are. When that does not work it is
	// errs.KindUnavailable, and nothing is kept for later.
	AnnounceAnew(ctx context.Context, ids ...string) (announced int, err error)
}

// Catalogue is what this replica knows of all tickets.
type Catalogue interface {
	// Find returns the listing with the id, and whether it is known.
	Find(id string) (Listing, bool)
	// Put takes a listing, unless a newer version is known.
	Put(l Listing)
}

// Service is the use cases. It is safe for concurrent use.
type Service struct {
	store     Store
	catalogue Catalogue
	orders    Orders
	market    Market
	now       func() time.Time
}

// NewService returns the use cases over store. Its writes go to catalogue at
// once, so that sellers see their own.
func NewService(store Store, catalogue Catalogue, orders Orders, market Market, now func() time.Time) *Service {
	return &Service{store: store, catalogue: catalogue, orders: orders, market: market, now: now}
}

// List puts a ticket up for sale; see Market.Offer.
func (s *Service) List(ctx context.Context, sellerID string, draft Draft) (Listing, error) {
	id, err := NewID()
	if err != nil {
		return Listing{}, fmt.Errorf("make an id: %w", err)
	}
	return s.list(ctx, id, sellerID, draft)
}

// ListAs is List with an id for the ticket. With the id of one that was listed
// already it returns that one, whatever has become of it, and announces it again:
// whoever tries again after no answer has one ticket.
func (s *Service) ListAs(ctx context.Context, id, sellerID string, draft Draft) (Listing, error) {
	l, err := s.list(ctx, id, sellerID, draft)
	if !errs.Is(err, errs.KindInvalid) {
		return l, err
	}
	// What is wrong now may have been right then: the event may have started since.
	t, found, loadErr := s.store.Load(ctx, id)
	if loadErr != nil {
		return Listing{}, loadErr
	}
	if !found {
		return Listing{}, err
	}
	s.store.Announce(ctx, t)
	s.catalogue.Put(t.Listing)
	return t.Listing, nil
}

func (s *Service) list(ctx context.Context, id, sellerID string, draft Draft) (Listing, error) {
	now := s.moment()
	offer, err := s.market.Offer(Offer{}, draft, now)
	if err != nil {
		return Listing{}, err
	}
	t, err := s.store.Insert(ctx, List(id, sellerID, offer, now))
	if err != nil {
		return Listing{}, err
	}
	s.catalogue.Put(t.Listing)
	return t.Listing, nil
}

// Edit changes a ticket for its seller; see Ticket.Edit and Market.Offer. No such
// ticket is errs.KindNotFound.
func (s *Service) Edit(ctx context.Context, id, userID string, draft Draft) (Listing, error) {
	if !ValidID(id) {
		return Listing{}, errNoTicket
	}
	t, err := s.store.Update(ctx, id, func(t *Ticket) error {
		now := s.moment()
		offer, err := s.market.Offer(t.Offer, draft, now)
		if err != nil {
			return err
		}
		return t.Edit(userID, offer, now)
	})
	if err != nil {
		return Listing{}, err
	}
	s.catalogue.Put(t.Listing)
	return t.Listing, nil
}

// Show returns a listing from the catalogue: a change that another replica made
// shows as soon as the feed brings it. What the catalogue does not know is
// looked for in the store, because another replica may have listed it a moment
// ago. No such ticket is errs.KindNotFound.
func (s *Service) Show(ctx context.Context, id string) (Listing, error) {
	if l, ok := s.catalogue.Find(id); ok {
		return l, nil
	}
	t, err := s.Stored(ctx, id)
	if err != nil {
		return Listing{}, err
	}
	s.catalogue.Put(t.Listing)
	return t.Listing, nil
}

// Stored returns a ticket from the store, as it is at this moment. No such
// ticket is errs.KindNotFound.
func (s *Service) Stored(ctx context.Context, id string) (Ticket, error) {
	if !ValidID(id) {
		return Ticket{}, errNoTicket
	}
	t, found, err := s.store.Load(ctx, id)
	if err != nil {
		return Ticket{}, err
	}
	if !found {
		return Ticket{}, errNoTicket
	}
	return t, nil
}

// IDs lists the ids of all tickets, a page at a time; see Store.IDs. Whoever has
// something for each ticket finds it by them.
func (s *Service) IDs(ctx context.Context, position, limit int) (ids []string, next int, err error) {
	return s.store.IDs(ctx, position, limit)
}

// AnnouncePage tells of a page of tickets anew, for those who have not heard of
// them or have lost what they knew. It returns how many and the position to go on
// from, as IDs does. A page may be told any number of times.
func (s *Service) AnnouncePage(ctx context.Context, position, limit int) (announced, next int, err error) {
	ids, next, err := s.store.IDs(ctx, position, limit)
	if err != nil {
		return 0, 0, err
	}
	announced, err = s.store.AnnounceAnew(ctx, ids...)
	return announced, next, err
}

// FollowOrder lets a ticket follow its order; see Ticket.Follow. It may be
// called any number of times with the same event. An event that can't be right
// is errs.KindInvalid. One about an unknown ticket is errs.KindNotFound: it is
// worth another try, because the store may be behind.
func (s *Service) FollowOrder(ctx context.Context, o events.Order) error {
	if err := checkOrder(o); err != nil {
		return err
	}
	var news bool
	t, err := s.store.Update(ctx, o.Ticket.ID, func(t *Ticket) error {
		if news = t.Follow(o, s.moment()); !news {
			return state.ErrUnchanged
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("follow order %s: %w", o.ID, err)
	}
	s.catalogue.Put(t.Listing)
	if !news && t.LastOrder == factOf(o) {
		// The event came again, perhaps because the one who had it first died
		// between the write and its announcement.
		s.store.Announce(ctx, t)
	}
	return nil
}

// moment is the time as it is stored: in UTC, to the millisecond.
func (s *Service) moment() time.Time { return s.now().UTC().Truncate(time.Millisecond) }

var errNoTicket = errs.NotFound("There is no such ticket.")
