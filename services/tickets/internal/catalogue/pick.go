package catalogue

// What things cost, compared with a step in an order: to put a ticket among the first,
// at worst, and to look for one in another set, which is done for many at once.
const (
	sorting      = 2
	intersecting = 0.1
)

// span is the tickets that one range of a query lets through.
type span struct {
	of      *order
	keys    Range
	tickets int
}

// spans returns those of the query's ranges. There is none where it asks for no
// range.
func (c *Catalogue) spans(q *Query) (spans []span) {
	if q.Prices != Anything {
		spans = append(spans, span{c.price, q.Prices, c.price.count(q.Prices)})
	}
	if q.dated() {
		starts := q.startsBetween()
		spans = append(spans, span{c.date, starts, c.date.count(starts)})
	}
	return spans
}

// startsBetween returns between which moments the event must start, about: a day
// begins up to 14 hours earlier or later than in UTC, and before there were time zones
// it was up to 16.
func (q *Query) startsBetween() Range {
	const hour = 60 * 60 * 1e6
	starts := Range{q.Starts.Low, min(q.Starts.High, undated-1)}
	if q.Days.Low != Anything.Low {
		starts.Low = max(starts.Low, q.Days.Low*24*hour-16*hour)
	}
	if q.Days.High != Anything.High {
		starts.High = min(starts.High, (q.Days.High+1)*24*hour+16*hour)
	}
	return starts
}

// search looks for the tickets that match and are in the ranges of a query.
type search struct {
	in    *Catalogue
	match matching
	query *Query
	spans []span
}

func (c *Catalogue) search(m matching, spans []span, q *Query) *search {
	return &search{c, m, q, spans}
}

// each calls do with all that are found, in no order.
func (s *search) each(do func(slot uint32)) {
	if _, through := s.cost(); through != nil {
		through.of.between(through.keys, nil, func(e entry) bool {
			if s.finds(e.slot) {
				do(e.slot)
			}
			return true
		})
		return
	}
	s.match.each(func(slot uint32) {
		if s.inRanges(slot) {
			do(slot)
		}
	})
}

// cost is what each costs, about, by the cheapest of its ways: through one of the spans,
// or through what the sets have in common.
func (s *search) cost() (cost float64, through *span) {
	all := float64(len(s.in.slots))
	cost = s.match.share(len(s.in.slots)) * all
	if len(s.match.sets) > 1 {
		cost += intersecting * float64(s.match.least())
	}
	likely := all * s.share(nil)
	for i := range s.spans {
		if other := float64(s.spans[i].tickets); other < cost {
			cost, through = other, &s.spans[i]
		}
	}
	return cost + sorting*likely, through
}

// share is how many of all tickets are found, as if nothing that is asked had to do
// with anything else. It leaves the span of an order aside.
func (s *search) share(aside *order) float64 {
	share := s.match.share(len(s.in.slots))
	for _, span := range s.spans {
		if aside == nil || !span.of.isOf(aside) {
			share *= float64(span.tickets) / float64(len(s.in.slots))
		}
	}
	return share
}

func (s *search) finds(slot uint32) bool {
	return s.inRanges(slot) && s.match.has(slot)
}

// inRanges does not look at the ticket when the query asks for no range: what is not
// near the processor takes longer than all else that is done here.
func (s *search) inRanges(slot uint32) bool {
	return len(s.spans) == 0 || s.in.keys[slot].fits(s.query)
}

// first appends the first of those that are found to dst, in an order and behind a
// position, as many as are wanted.
//
// It goes through the order until there are enough, which is soon where many match, or
// sorts all that each comes upon. How far it is to go is a guess, and when it was wrong
// the first way is given up as soon as it has cost what the other will: the worst is
// twice the better of the two.
func (s *search) first(dst []entry, by *order, after *Position, wanted int) []entry {
	if s.match.least() == 0 {
		return dst
	}
	within, left := Anything, by.Len()
	for _, span := range s.spans {
		if span.of.isOf(by) {
			within, left = span.keys, span.tickets
		}
	}
	cost, _ := s.cost()
	if min(float64(wanted)/s.share(by), float64(left)) <= cost {
		found, done := s.walk(dst, by, within, after, wanted, int(cost)+1)
		if done {
			return found
		}
	}
	// What dst has stays in front.
	best := top[entry]{kept: dst[len(dst):], wanted: wanted, compare: by.compare}
	s.each(func(slot uint32) {
		if len(best.kept) == wanted && by.isBehind(by.keyOf(&s.in.keys[slot]), best.kept[wanted-1].Key) {
			return // as most are
		}
		if e := s.in.entry(by, slot); after == nil || by.before(*after, e.Position) {
			best.add(e)
		}
	})
	return append(dst, best.kept...)
}

// walk goes through the order, at most so many steps, and reports whether it found all
// that are wanted, or came to the end.
func (s *search) walk(dst []entry, by *order, within Range, after *Position, wanted, most int) (found []entry, done bool) {
	enough, steps := len(dst)+wanted, 0
	done = true
	by.between(within, after, func(e entry) bool {
		if steps++; steps > most {
			done = false
			return false
		}
		if s.finds(e.slot) {
			dst = append(dst, e)
		}
		return len(dst) < enough
	})
	return dst, done
}
