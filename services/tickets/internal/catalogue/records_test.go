package catalogue

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// Records come and go in every way, those of the same slot with other lengths, and some
// that no piece has room for. What there is stays what it was, and takes no more than is
// said.
func TestRecordsLikeAMap(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	var kept records
	places, want := make(map[uint32]place), make(map[uint32]string)
	for step := range 60_000 {
		slot := uint32(r.IntN(3000))
		if at, known := places[slot]; known {
			kept.remove(at)
			kept.tidy(func(slot uint32, to place) { places[slot] = to })
			delete(places, slot)
			delete(want, slot)
		}
		if r.IntN(3) > 0 {
			length := r.IntN(1500)
			if r.IntN(1000) == 0 {
				length = pieceSize * 3 / 2
			}
			text := fmt.Sprint(step, string(bytes.Repeat([]byte{'x'}, length)))
			places[slot], want[slot] = kept.add(slot, []byte(text[:1]), []byte(text[1:])), text
		}
		if step%500 == 0 {
			live, room := 0, 0
			for slot, text := range want {
				require.Equal(t, text, string(kept.at(places[slot])))
				live += headSize + len(text)
			}
			for _, p := range kept.pieces {
				room += cap(p.bytes)
			}
			require.Equal(t, live, kept.bytes-kept.dead)
			require.LessOrEqual(t, kept.dead, max(pieceSize, kept.bytes/sparse))
			require.LessOrEqual(t, room, kept.bytes+kept.bytes/10+pieceSize, "pieces are full")
		}
	}
	for slot, at := range places {
		kept.remove(at)
		delete(places, slot)
		kept.tidy(func(slot uint32, to place) { places[slot] = to })
	}
	assert.LessOrEqual(t, kept.bytes, pieceSize, "what was had by records that are gone is given back")
}

func TestARecordWithoutBytes(t *testing.T) {
	var kept records
	at := kept.add(7, nil, nil)
	assert.NotZero(t, at)
	assert.Empty(t, kept.at(at))
}
