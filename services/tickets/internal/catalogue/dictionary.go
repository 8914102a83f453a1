package catalogue

import (
	"strings"

	"github.com/RoaringBitmap/roaring/v2"
	"github.com/tidwall/btree"
)

// crowd is how many words may begin alike before the tickets of all of them are kept
// together. Up to so many are collected for each query.
const crowd = 64

// dictionary says which tickets have a word: an ordered map of words, each with the
// set of its tickets, those that have it in their title apart from those that have
// it elsewhere. See beginnings.go for those that have a word that begins so.
type dictionary struct {
	words      btree.Map[string, *postings]
	beginnings map[string]*beginning
}

// postings is the tickets that have a word.
type postings struct{ title, other roaring.Bitmap }

func newDictionary() *dictionary { return &dictionary{beginnings: make(map[string]*beginning)} }

// text is the words of one ticket, each once.
type text struct{ title, other []string }

// newText takes a word that is in the title only for one of the title.
func newText(title string, others ...string) text {
	var t text
	seen := make(map[string]bool)
	add := func(list []string, s string) []string {
		for _, w := range Words(s) {
			if !seen[w] {
				seen[w] = true
				list = append(list, w)
			}
		}
		return list
	}
	t.title = add(nil, title)
	for _, s := range others {
		t.other = add(t.other, s)
	}
	return t
}

func (d *dictionary) add(slot uint32, t text) {
	for _, w := range t.title {
		d.put(w, func(p *postings) { p.title.Add(slot) })
	}
	for _, w := range t.other {
		d.put(w, func(p *postings) { p.other.Add(slot) })
	}
}

// put has the postings of the word, and of its beginnings, take a ticket.
func (d *dictionary) put(word string, take func(*postings)) {
	p, known := d.words.Get(word)
	if !known {
		p, word = new(postings), strings.Clone(word)
		d.words.Set(word, p)
	}
	take(p)
	d.begin(word, !known, take)
}

func (d *dictionary) remove(slot uint32, t text) {
	for _, list := range [][]string{t.title, t.other} {
		for _, w := range list {
			p, ok := d.words.Get(w)
			if !ok {
				continue
			}
			gone := p.drop(slot)
			if gone {
				d.words.Delete(w)
			}
			d.cease(w, gone, slot)
		}
	}
}

// drop takes a ticket out and reports whether none is left.
func (p *postings) drop(slot uint32) (empty bool) {
	p.title.Remove(slot)
	p.other.Remove(slot)
	return p.title.IsEmpty() && p.other.IsEmpty()
}

// word returns the tickets with exactly this word: in the title, and anywhere.
func (d *dictionary) word(word string) (title, any *roaring.Bitmap) {
	p, ok := d.words.Get(word)
	if !ok {
		return roaring.New(), roaring.New()
	}
	return p.both()
}

func (p *postings) both() (title, any *roaring.Bitmap) {
	return &p.title, roaring.Or(&p.title, &p.other)
}

// match returns the tickets of within that match the words, in classes, the best
// first:
//
//  1. all are words of the title;
//  2. all begin words of the title;
//  3. all are words of the ticket;
//  4. all begin words of the ticket.
//
// No ticket is in two classes. A nil within is all tickets.
func (d *dictionary) match(words []string, within *roaring.Bitmap) (classes [matchClasses]*roaring.Bitmap) {
	for i, w := range words {
		titleBegins, begins := d.beginningWith(w)
		titleIs, is := d.word(w)
		for class, set := range [...]*roaring.Bitmap{titleIs, titleBegins, is, begins} {
			switch {
			case i > 0:
				classes[class].And(set)
			case within != nil:
				classes[class] = roaring.And(set, within)
			default:
				classes[class] = set.Clone()
			}
		}
		if classes[matchClasses-1].IsEmpty() {
			break // and so are the others
		}
	}
	for class := matchClasses - 1; class > 0; class-- {
		for _, better := range classes[:class] {
			classes[class].AndNot(better)
		}
	}
	return classes
}

// matchClasses is how many classes of matches there are.
const matchClasses = 4
