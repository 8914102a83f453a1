package catalogue

import (
	"runtime/debug"
	"testing"

	"github.com/stretchr/testify/assert"
)

// GOGC is as it was after the catalogue is filled, and one that is lower, or off, wins.
func TestFillingIsSparing(t *testing.T) {
	before := debug.SetGCPercent(-1)
	defer debug.SetGCPercent(before)
	for _, tc := range []struct{ given, meanwhile int }{{100, 25}, {10, 10}, {-1, -1}} {
		debug.SetGCPercent(tc.given)
		undo := sparingly()
		assert.Equal(t, tc.meanwhile, debug.SetGCPercent(tc.meanwhile))
		undo()
		assert.Equal(t, tc.given, debug.SetGCPercent(tc.given))
	}
}
