package api

import (
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"math"

	"github.com/cespare/xxhash/v2"
	"github.com/google/uuid"

	"ticketx/services/tickets/internal/catalogue"
)

// A cursor is where a page ended: a fingerprint of the query that it belongs to,
// and the position of the last ticket, 8 and 8 and 16 bytes. It names no page and no
// number of tickets, so it stays right while tickets come and go.
const cursorSize = 8 + 8 + 16

func writeCursor(q catalogue.Query, p catalogue.Position) string {
	raw := make([]byte, 0, cursorSize)
	raw = binary.BigEndian.AppendUint64(raw, fingerprint(q))
	raw = binary.BigEndian.AppendUint64(raw, uint64(p.Key))
	raw = append(raw, p.ID[:]...)
	return base64.RawURLEncoding.EncodeToString(raw)
}

// readCursor reports whether the text is a cursor of the query.
func readCursor(text string, q catalogue.Query) (*catalogue.Position, bool) {
	raw, err := base64.RawURLEncoding.Strict().DecodeString(text)
	if err != nil || len(raw) != cursorSize || binary.BigEndian.Uint64(raw) != fingerprint(q) {
		return nil, false
	}
	key := binary.BigEndian.Uint64(raw[8:])
	if key > math.MaxInt64 && q.Sort != catalogue.ByDate { // only dates go back before 1970
		return nil, false
	}
	return &catalogue.Position{Key: int64(key), ID: uuid.UUID(raw[16:])}, true
}

// fingerprint tells queries apart. The same query may have pages of different
// lengths.
func fingerprint(q catalogue.Query) uint64 {
	return xxhash.Sum64(fmt.Appendf(nil, "%q %d %d %d %q",
		q.Words, q.Prices, q.Starts, q.Days, []string{q.City, q.Category, string(q.Status), q.Seller, string(q.Sort)},
	))
}
