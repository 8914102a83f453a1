package catalogue

import (
	"strings"
	"unicode/utf8"

	"github.com/RoaringBitmap/roaring/v2"
	"github.com/tidwall/btree"
)

// shortPrefix is how many characters a beginning may have to be kept as a word of
// its own. So many words begin with it that they are not collected for each query.
const shortPrefix = 3

// dictionary says which tickets have a word: an ordered map of words, each with the
// set of its tickets, those that have it in their title apart from those that have
// it elsewhere.
type dictionary struct {
	words    btree.Map[string, *postings]
	prefixes map[string]*postings // the beginnings of up to shortPrefix characters
}

// postings is the tickets that have a word.
type postings struct{ title, other roaring.Bitmap }

func newDictionary() *dictionary { return &dictionary{prefixes: make(map[string]*postings)} }

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
		d.each(w, func(p *postings) { p.title.Add(slot) })
	}
	for _, w := range t.other {
		d.each(w, func(p *postings) { p.other.Add(slot) })
	}
}

// each calls do with the postings of the word and of its short beginnings.
func (d *dictionary) each(word string, do func(*postings)) {
	p, ok := d.words.Get(word)
	if !ok {
		p = new(postings)
		d.words.Set(strings.Clone(word), p)
	}
	do(p)
	for _, prefix := range shortPrefixes(word) {
		p, ok := d.prefixes[prefix]
		if !ok {
			p = new(postings)
			d.prefixes[strings.Clone(prefix)] = p
		}
		do(p)
	}
}

func (d *dictionary) remove(slot uint32, t text) {
	for _, list := range [][]string{t.title, t.other} {
		for _, w := range list {
			if p, ok := d.words.Get(w); ok && p.drop(slot) {
				d.words.Delete(w)
			}
			for _, prefix := range shortPrefixes(w) {
				if p, ok := d.prefixes[prefix]; ok && p.drop(slot) {
					delete(d.prefixes, prefix)
				}
			}
		}
	}
}

// drop takes a ticket out and reports whether none is left.
func (p *postings) drop(slot uint32) (empty bool) {
	p.title.Remove(slot)
	p.other.Remove(slot)
	return p.title.IsEmpty() && p.other.IsEmpty()
}

// shortPrefixes returns the beginnings of a word of 1 to shortPrefix characters.
func shortPrefixes(word string) []string {
	all := make([]string, 0, shortPrefix)
	for i := 0; i < len(word) && len(all) < shortPrefix; {
		_, size := utf8.DecodeRuneInString(word[i:])
		i += size
		all = append(all, word[:i])
	}
	return all
}

// beginning returns the tickets with a word that begins so: in the title, and
// anywhere. What it returns must not be changed.
func (d *dictionary) beginning(prefix string) (title, any *roaring.Bitmap) {
	if utf8.RuneCountInString(prefix) <= shortPrefix {
		p, ok := d.prefixes[prefix]
		if !ok {
			return roaring.New(), roaring.New()
		}
		return p.both()
	}
	var titles, all []*roaring.Bitmap
	d.words.Ascend(prefix, func(word string, p *postings) bool {
		if !strings.HasPrefix(word, prefix) {
			return false
		}
		titles = append(titles, &p.title)
		all = append(all, &p.title, &p.other)
		return true
	})
	return roaring.FastOr(titles...), roaring.FastOr(all...)
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
		titleBegins, begins := d.beginning(w)
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
