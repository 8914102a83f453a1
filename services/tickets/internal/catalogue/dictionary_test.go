package catalogue

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// TestBeginnings compares what the dictionary says of beginnings with looking at every
// word of every ticket, while tickets come and go, and many words begin alike or few
// that many tickets have.
func TestBeginnings(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d, have := newDictionary(), make(map[uint32]text)
		d.common = rapid.IntRange(10, 300).Draw(t, "common")
		some := rapid.StringOfN(rapid.RuneFrom([]rune("aéß")), 1, 7, -1)
		for range rapid.IntRange(1, 4).Draw(t, "rounds") {
			for range rapid.IntRange(0, 200).Draw(t, "tickets that come") {
				slot := rapid.Uint32Range(0, 250).Draw(t, "slot")
				if known, ok := have[slot]; ok {
					d.remove(slot, known)
				}
				have[slot] = newText(
					strings.Join(rapid.SliceOfN(some, 0, 3).Draw(t, "title"), " "),
					strings.Join(rapid.SliceOfN(some, 0, 2).Draw(t, "other"), " "))
				d.add(slot, have[slot])
			}
			for range rapid.IntRange(0, 200).Draw(t, "tickets that go") {
				slot := rapid.Uint32Range(0, 250).Draw(t, "slot")
				d.remove(slot, have[slot])
				delete(have, slot)
			}
			compareBeginnings(t, d, have)
		}
		for slot, known := range have {
			d.remove(slot, known)
		}
		assert.Zero(t, d.words.Len(), "nothing is left behind")
		assert.Empty(t, d.beginnings)
	})
}

func compareBeginnings(t *rapid.T, d *dictionary, have map[uint32]text) {
	title, any, words := make(map[string][]uint32), make(map[string][]uint32), make(map[string]map[string]bool)
	note := func(of map[string][]uint32, slot uint32, list []string) {
		for _, w := range list {
			for prefix := range beginningsOf(w) {
				if !slices.Contains(of[prefix], slot) {
					of[prefix] = append(of[prefix], slot)
				}
				if words[prefix] == nil {
					words[prefix] = make(map[string]bool)
				}
				words[prefix][w] = true
			}
		}
	}
	for slot, text := range have {
		note(title, slot, text.title)
		note(any, slot, slices.Concat(text.title, text.other))
	}
	for prefix := range any {
		gotTitle, gotAny := d.beginningWith(prefix)
		assert.ElementsMatch(t, title[prefix], gotTitle.ToArray(), prefix)
		assert.ElementsMatch(t, any[prefix], gotAny.ToArray(), prefix)
		if _, kept := d.beginnings[prefix]; !kept {
			assert.LessOrEqual(t, len(words[prefix]), crowd, "what is not kept is collected, and that is bounded")
			if shorter, known := shorten(prefix); known && len(words[shorter]) > 1 {
				assert.LessOrEqual(t, len(any[shorter]), d.common, "in tickets too")
			}
		}
	}
	for prefix, b := range d.beginnings {
		assert.Len(t, words[prefix], b.words, prefix)
	}
}

// shorten returns what is left without the last character.
func shorten(prefix string) (shorter string, ok bool) {
	_, size := utf8.DecodeLastRuneInString(prefix)
	return prefix[:len(prefix)-size], size < len(prefix)
}

// What many words have in common is kept, and given up when they have gone.
func TestBeginningsComeAndGo(t *testing.T) {
	d := newDictionary()
	ticket := func(i int) text { return newText(fmt.Sprintf("tour%05d", i)) }
	for i := range 1000 {
		d.add(uint32(i), ticket(i))
	}
	require.Contains(t, d.beginnings, "tour000")
	require.NotContains(t, d.beginnings, "tour00000")
	require.Len(t, d.beginnings, len("tour00")+10+10*10, "tour000 to tour009 have a hundred words each")
	for i := range 990 {
		d.remove(uint32(i), ticket(i))
	}
	require.Contains(t, d.beginnings, "t")
	require.Len(t, d.beginnings, 1)
}
