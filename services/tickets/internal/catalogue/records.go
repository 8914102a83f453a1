package catalogue

import (
	"encoding/binary"
	"math"
)

const (
	// pieceSize is how many bytes of records a piece has room for, or for one that is
	// larger.
	pieceSize = 64 << 10
	// headSize is what stands before a record: its slot and its length, 4 bytes each.
	headSize = 4 + 4
	// removed stands there instead of the slot.
	removed = math.MaxUint32
	// sparse is how much of all pieces may be records that were removed: one byte in so
	// many.
	sparse = 8
)

// records keeps bytes for slots, in large pieces. The garbage collector is done with a
// piece at once; with each record by itself it looked at 100,000.
//
// A record is not changed. The room of those that were removed is had again by giving up
// the piece that has the most of it, and moving what is left there.
type records struct {
	pieces []piece
	unused []uint32 // numbers of pieces that were given up
	last   uint32   // the piece that takes what comes
	bytes  int      // of all records, and
	dead   int      // of those of them that were removed
}

type piece struct {
	bytes []byte
	dead  int
}

// place is where a record begins. It is none when it is zero.
type place struct{ piece, at uint32 }

// add keeps a record that is made of two parts.
func (r *records) add(slot uint32, head, tail []byte) place {
	length := len(head) + len(tail)
	number := r.roomFor(headSize + length)
	p := &r.pieces[number]
	p.bytes = binary.LittleEndian.AppendUint32(p.bytes, slot)
	p.bytes = binary.LittleEndian.AppendUint32(p.bytes, uint32(length))
	at := len(p.bytes)
	p.bytes = append(append(p.bytes, head...), tail...)
	r.bytes += headSize + length
	return place{number, uint32(at)}
}

// roomFor returns a piece that so many bytes can be appended to.
func (r *records) roomFor(size int) (number uint32) {
	switch {
	case size > pieceSize:
		return r.begin(size)
	case len(r.pieces) == 0 || len(r.pieces[r.last].bytes)+size > cap(r.pieces[r.last].bytes):
		r.last = r.begin(pieceSize)
	}
	return r.last
}

// begin returns a new piece with room for so many bytes.
func (r *records) begin(size int) (number uint32) {
	made := piece{bytes: make([]byte, 0, size)}
	if n := len(r.unused) - 1; n >= 0 {
		number, r.unused = r.unused[n], r.unused[:n]
		r.pieces[number] = made
		return number
	}
	r.pieces = append(r.pieces, made)
	return uint32(len(r.pieces) - 1)
}

// at returns the record, which is good until the next call that changes something.
func (r *records) at(p place) []byte {
	bytes := r.pieces[p.piece].bytes
	length := binary.LittleEndian.Uint32(bytes[p.at-4:])
	return bytes[p.at : p.at+length]
}

// remove forgets the record.
func (r *records) remove(p place) {
	in := &r.pieces[p.piece]
	binary.LittleEndian.PutUint32(in.bytes[p.at-headSize:], removed)
	size := headSize + len(r.at(p))
	in.dead += size
	r.dead += size
}

// tidy gives up pieces while too much was removed, and tells where records are then.
func (r *records) tidy(moved func(slot uint32, to place)) {
	for r.dead > pieceSize && r.dead > r.bytes/sparse {
		emptiest := 0
		for number := range r.pieces {
			if r.pieces[number].dead > r.pieces[emptiest].dead {
				emptiest = number
			}
		}
		r.giveUp(uint32(emptiest), moved)
	}
}

// giveUp moves what is left in a piece to others.
func (r *records) giveUp(number uint32, moved func(slot uint32, to place)) {
	if number == r.last {
		r.last = r.begin(pieceSize)
	}
	old := r.pieces[number]
	r.pieces[number] = piece{}
	r.unused = append(r.unused, number)
	r.bytes -= len(old.bytes)
	r.dead -= old.dead
	for rest := old.bytes; len(rest) > 0; {
		slot, length := binary.LittleEndian.Uint32(rest), binary.LittleEndian.Uint32(rest[4:])
		if record := rest[headSize : headSize+length]; slot != removed {
			moved(slot, r.add(slot, record, nil))
		}
		rest = rest[headSize+length:]
	}
}
