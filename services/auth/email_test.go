package auth

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestEmailsThatAreTaken(t *testing.T) {
	for _, raw := range []string{
		"mara@example.com",
		"  mara@example.com\t",
		"Mara.Lind+tickets@Mail.Example.com",
		"o'neill@example.ie",
		"a||b@example.com",
		"mära@bücher.example",
		"x@xn--bcher-kva.example",
		strings.Repeat("a", 64) + "@example.com",
	} {
		e, ok := parseEmail(raw)
		assert.True(t, ok, "%q", raw)
		assert.Equal(t, strings.TrimSpace(raw), e.String())
	}
}

func TestEmailsThatAreRefused(t *testing.T) {
	for _, raw := range []string{
		"", " ", "@", "mara", "mara@", "@example.com",
		"mara@localhost", "mara@example.", "mara@.com", "mara@exa..com", "mara@-example.com", "mara@example-.com",
		"mara@[127.0.0.1]", "mara@exam_ple.com", "mara@example.com!",
		"Mara <mara@example.com>", "<mara@example.com>", "mara@example.com (Mara)", `"mara lind"@example.com`,
		"mara@example.com, jo@example.com", "mara@jo@example.com", "mara lind@example.com",
		".mara@example.com", "mara.@example.com", "mara\x00@example.com", "mara@example.com\r\nBcc: jo@example.com",
		strings.Repeat("a", 65) + "@example.com",
		"mara@" + strings.Repeat("a", 64) + ".com",
		"mara@" + strings.Repeat("abcdefg.", 32) + "com",
	} {
		_, ok := parseEmail(raw)
		assert.False(t, ok, "%q", raw)
	}
}

func TestSameEmails(t *testing.T) {
	rows := []struct {
		a, b string
		same bool
	}{
		{"mara@example.com", "MARA@Example.COM", true},
		{"mara@example.com", " mara@example.com ", true},
		{"m\u00e4ra@example.com", "ma\u0308ra@example.com", true}, // ä in one character and in two
		{"m\u00e4ra@example.com", "M\u00c4RA@example.com", true},
		{"mara@example.com", "mara+1@example.com", false},
		{"mara.lind@example.com", "maralind@example.com", false},
		{"mara@example.com", "m\u00e4ra@example.com", false},
	}
	for _, row := range rows {
		a, ok := parseEmail(row.a)
		require.True(t, ok, row.a)
		b, ok := parseEmail(row.b)
		require.True(t, ok, row.b)
		assert.Equal(t, row.same, a.digest() == b.digest(), "%q and %q", row.a, row.b)
	}
}

// An address that was normalised is what it normalises to, or it could be taken
// twice.
func TestNormalisingIsDoneAfterOneTime(t *testing.T) {
	const assigned = 0x30000 // beyond are only signs without cases
	for r := range rune(assigned) {
		for _, s := range []string{string(r), "a" + string(r)} {
			if once := normalise(s); normalise(once) != once {
				t.Errorf("%+q normalises to %+q and then to %+q", s, once, normalise(once))
			}
		}
	}
}
