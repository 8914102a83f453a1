package catalogue

import (
	"strings"
	"sync"
	"unicode"

	"golang.org/x/text/cases"
	"golang.org/x/text/runes"
	"golang.org/x/text/transform"
	"golang.org/x/text/unicode/norm"
)

// folders take accents and case away. They have buffers of their own, so each is
// used by one at a time.
var folders = sync.Pool{New: func() any {
	return transform.Chain(norm.NFKD, cases.Fold(), norm.NFKD, runes.Remove(runes.In(unicode.Mn)))
}}

// strokes are letters that Unicode does not take for others with an accent, while
// who looks for a ticket to Łódź or København does.
var strokes = strings.NewReplacer("ø", "o", "ł", "l", "đ", "d", "ð", "d", "þ", "th", "æ", "ae", "œ", "oe", "ı", "i")

// Fold returns what is left of a text when case and accents do not count.
func Fold(s string) string {
	if isASCII(s) {
		return strings.ToLower(s)
	}
	folder := folders.Get().(transform.Transformer)
	defer folders.Put(folder)
	folded, _, err := transform.String(folder, s)
	if err != nil { // there is nothing that these refuse
		return strings.ToLower(s)
	}
	return strokes.Replace(folded)
}

func isASCII(s string) bool {
	for i := range len(s) {
		if s[i] >= 0x80 {
			return false
		}
	}
	return true
}

// Words returns the words of a text, folded: what stands between anything that is
// neither a letter nor a digit.
func Words(s string) []string {
	return strings.FieldsFunc(Fold(s), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) && !unicode.IsMark(r) })
}
