package catalogue

import (
	"iter"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/RoaringBitmap/roaring/v2"
)

// beginning is what the words that begin alike have together. It is kept for every
// first character, and for one character more where a crowd of words begin alike, or
// some that many tickets have: otherwise a query collects them itself. So what a query
// costs does not depend on how many words begin as it does, or on how common they are,
// and few beginnings are kept.
type beginning struct {
	title, any slots
	words      int  // that begin so
	extended   bool // beginnings with one character more are kept
}

// begin has the beginnings of the word take a ticket, which has it in its title or
// elsewhere. A word that is new must be among the words by now.
func (d *dictionary) begin(word string, isNew bool, slot uint32, inTitle bool) {
	for prefix := range beginningsOf(word) {
		b, ok := d.beginnings[prefix]
		if !ok {
			b = new(beginning)
			d.beginnings[prefix] = b
		}
		if b.any.add(slot); inTitle {
			b.title.add(slot)
		}
		if isNew {
			b.words++
		}
		if !b.extended {
			if d.isMuch(b) {
				b.extended = true
				d.extend(prefix, slices.Collect(d.wordsFrom(prefix)))
			}
			return
		}
	}
}

// cease takes a ticket out of the beginnings of the word, and the word itself when it
// is gone.
func (d *dictionary) cease(word string, gone bool, slot uint32) {
	shorten := ""
	for prefix := range beginningsOf(word) {
		b, ok := d.beginnings[prefix]
		if !ok {
			break
		}
		b.title.remove(slot)
		b.any.remove(slot)
		if gone {
			b.words--
		}
		switch {
		case b.words == 0:
			delete(d.beginnings, prefix)
		case b.extended && d.isLittle(b) && shorten == "":
			shorten = prefix
		}
	}
	if shorten != "" {
		d.shorten(shorten)
	}
}

// isMuch reports whether it is too much to collect for each query what begins so.
func (d *dictionary) isMuch(b *beginning) bool {
	return b.words > crowd || b.words > 1 && b.any.count() > d.common
}

// isLittle reports whether it is not even half of that.
func (d *dictionary) isLittle(b *beginning) bool {
	return b.words <= crowd/2 && (b.words < 2 || b.any.count() <= d.common/2)
}

// extend keeps the beginnings with one character more of the words, which all begin
// with prefix and are in order, and so on where that is much too.
func (d *dictionary) extend(prefix string, words []word) {
	for len(words) > 0 {
		if words[0].text == prefix {
			words = words[1:]
			continue
		}
		_, size := utf8.DecodeRuneInString(words[0].text[len(prefix):])
		longer := words[0].text[:len(prefix)+size]
		b := new(beginning)
		for b.words < len(words) && strings.HasPrefix(words[b.words].text, longer) {
			b.unite(words[b.words].postings)
			b.words++
		}
		d.beginnings[longer] = b
		if d.isMuch(b) {
			b.extended = true
			d.extend(longer, words[:b.words])
		}
		words = words[b.words:]
	}
}

// shorten is the opposite of extend.
func (d *dictionary) shorten(prefix string) {
	d.beginnings[prefix].extended = false
	for w := range d.wordsFrom(prefix) {
		for longer := range beginningsOf(w.text) {
			if len(longer) > len(prefix) {
				delete(d.beginnings, longer)
			}
		}
	}
}

// word is one of the dictionary's.
type word struct {
	text string
	*postings
}

// wordsFrom yields the words that begin with prefix, in their order.
func (d *dictionary) wordsFrom(prefix string) iter.Seq[word] {
	return func(yield func(word) bool) {
		d.words.Ascend(prefix, func(text string, p *postings) bool {
			return strings.HasPrefix(text, prefix) && yield(word{text, p})
		})
	}
}

// beginningsOf yields the first character of a word, the first two, and so on.
func beginningsOf(word string) iter.Seq[string] {
	return func(yield func(string) bool) {
		for end := 0; end < len(word); {
			_, size := utf8.DecodeRuneInString(word[end:])
			end += size
			if !yield(word[:end]) {
				return
			}
		}
	}
}

// beginningWith returns the tickets with a word that begins so: in the title, and
// anywhere. What it returns must not be changed.
func (d *dictionary) beginningWith(prefix string) (title, any *roaring.Bitmap) {
	if b, ok := d.beginnings[prefix]; ok {
		return b.title.bitmap(), b.any.bitmap()
	}
	var b beginning
	var one *postings                    // mostly there is one: the word that is meant
	for w := range d.wordsFrom(prefix) { // no more than crowd, or one
		switch b.words++; b.words {
		case 1:
			one = w.postings
			continue
		case 2:
			b.unite(one)
		}
		b.unite(w.postings)
	}
	if b.words == 1 {
		return one.both()
	}
	return b.title.bitmap(), b.any.bitmap()
}

func (b *beginning) unite(p *postings) {
	b.title.unite(p.title)
	b.any.unite(p.title)
	b.any.unite(p.other)
}
