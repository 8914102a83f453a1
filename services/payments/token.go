package payments

import "regexp"

// maxToken is the longest token that is sent on, in characters.
const maxToken = 255

// tokenShape is how the processor names cards: tokens and payment methods.
var tokenShape = regexp.MustCompile(`^(tok|pm)_[A-Za-z0-9_]+$`)

// Token stands for a card. Whoever has it can charge the card, so it is kept
// only while an attempt with it is open, and prints as nothing.
type Token string

// Valid reports whether the processor could know the token.
func (t Token) Valid() bool { return len(t) <= maxToken && tokenShape.MatchString(string(t)) }

// String keeps tokens out of logs and errors.
func (Token) String() string { return "[token]" }

// GoString does the same for %#v.
func (Token) GoString() string { return "[token]" }

// Secret is what only the buyer's browser may see. It prints as nothing.
type Secret string

// String keeps secrets out of logs and errors.
func (Secret) String() string { return "[secret]" }

// GoString does the same for %#v.
func (Secret) GoString() string { return "[secret]" }
