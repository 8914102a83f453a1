package auth

import (
	"crypto/sha256"
	"encoding/hex"
	"net/mail"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// The longest address and local part, in bytes (RFC 5321, 4.5.3.1, with the
// angle brackets of a path taken off), and the longest label of a domain (RFC
// 1035, 2.3.4).
const (
	maxEmail = 254
	maxLocal = 64
	maxLabel = 63
)

// Email is a valid e-mail address. Two addresses are the same when they
// normalise to the same text: without white space around it, in lower case, in
// Unicode's normalisation form C. Lower case goes for the part before the @
// too, where RFC 5321 would allow servers to tell cases apart; none does, and
// people do not. Dots and plus signs are left alone: what they mean is one
// provider's custom.
type Email struct {
	typed      string
	normalised string
}

// parseEmail reads an address as a person typed it. ok is false for what is
// not the bare address of somebody at a domain with a dot: no name beside it
// ("Jo <jo@example.com>"), no comment, no quoted local part, no IP address.
func parseEmail(raw string) (e Email, ok bool) {
	typed := strings.TrimSpace(raw)
	if len(typed) > maxEmail {
		return Email{}, false
	}
	parsed, err := mail.ParseAddress(typed)
	// The parser drops names, comments and quotes: what is left must be all.
	if err != nil || parsed.Address != typed {
		return Email{}, false
	}
	local, domain, _ := strings.Cut(typed, "@")
	if len(local) > maxLocal || !isDomain(domain) {
		return Email{}, false
	}
	return Email{typed: typed, normalised: normalise(typed)}, true
}

// isDomain reports whether s is labels with dots between them, at least two, in
// ASCII or as people write them (RFC 5890).
func isDomain(s string) bool {
	labels := strings.Split(s, ".")
	if len(labels) < 2 {
		return false
	}
	for _, label := range labels {
		if label == "" || len(label) > maxLabel || label[0] == '-' || label[len(label)-1] == '-' {
			return false
		}
		if strings.ContainsFunc(label, notInLabel) {
			return false
		}
	}
	return true
}

func notInLabel(r rune) bool {
	return r != '-' && !unicode.IsLetter(r) && !unicode.IsDigit(r) && !unicode.IsMark(r)
}

// normalise composes, lowers and composes again, because lowering can leave
// what form C would write differently.
func normalise(s string) string {
	return norm.NFC.String(strings.ToLower(norm.NFC.String(s)))
}

// String returns the address as it was typed, without the white space around
// it.
func (e Email) String() string { return e.typed }

// digest is the id of the account's document.
func (e Email) digest() string {
	sum := sha256.Sum256([]byte(e.normalised))
	return hex.EncodeToString(sum[:])
}
