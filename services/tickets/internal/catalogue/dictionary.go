package catalogue

import (
	"strings"

	"github.com/RoaringBitmap/roaring/v2"
	"github.com/tidwall/btree"
)

const (
	// crowd is how many words may begin alike before the tickets of all of them are
	// kept together. Up to so many are collected for each query.
	crowd = 24
	// common is how many tickets may have one of some words that begin alike, before
	// the same.
	common = 4096
)

// dictionary says which tickets have a word: an ordered map of words, each with the
// set of its tickets, those that have it in their title apart from those that have
// it elsewhere. See beginnings.go for those that have a word that begins so.
type dictionary struct {
	words      btree.Map[string, *postings]
	beginnings map[string]*beginning
	common     int
}

// postings is the tickets that have a word.
type postings struct{ title, other slots }

func newDictionary() *dictionary {
	return &dictionary{beginnings: make(map[string]*beginning), common: common}
}

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
		d.put(w, slot, true)
	}
	for _, w := range t.other {
		d.put(w, slot, false)
	}
}

// put has the postings of the word, and of its beginnings, take a ticket.
func (d *dictionary) put(word string, slot uint32, inTitle bool) {
	p, known := d.words.Get(word)
	if !known {
		p, word = new(postings), strings.Clone(word)
		d.words.Set(word, p)
	}
	if inTitle {
		p.title.add(slot)
	} else {
		p.other.add(slot)
	}
	d.begin(word, !known, slot, inTitle)
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
	p.title.remove(slot)
	p.other.remove(slot)
	return p.title.isEmpty() && p.other.isEmpty()
}

// word returns the tickets with exactly this word: in the title, and anywhere.
func (d *dictionary) word(word string) (title, any *roaring.Bitmap) {
	p, ok := d.words.Get(word)
	if !ok {
		return none, none
	}
	return p.both()
}

func (p *postings) both() (title, any *roaring.Bitmap) {
	title = p.title.bitmap()
	switch {
	case p.other.isEmpty():
		return title, title
	case p.title.isEmpty():
		return title, p.other.bitmap()
	}
	return title, roaring.Or(title, p.other.bitmap())
}

// matchClasses is how many classes of matches there are, the best first:
//
//  1. all are words of the title;
//  2. all begin words of the title;
//  3. all are words of the ticket;
//  4. all begin words of the ticket.
const matchClasses = 4

// matches is the tickets with a word, by how well they match.
type matches [matchClasses]*roaring.Bitmap

// match looks for the tickets with a word.
func (d *dictionary) match(word string) matches {
	titleBegins, begins := d.beginningWith(word)
	titleIs, is := d.word(word)
	return matches{titleIs, titleBegins, is, begins}
}
