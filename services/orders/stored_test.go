package orders

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// Documents of before tickets had details are read as they were meant.
func TestDocumentsOfBefore(t *testing.T) {
	var doc Ticket
	require.NoError(t, json.Unmarshal([]byte(`{"_write":"x",
		"listing":{"id":"t","version":2,"title":"Front row","priceMinor":2550,"currency":"eur","sellerId":"sam"},
		"order":{"id":"o","version":1,"sequence":3,"status":"created","buyerId":"mara","createdAt":"2026-05-04T12:00:00Z",
			"expiresAt":"2026-05-04T12:15:00Z","ticket":{"id":"t","version":2,"title":"Front row","priceMinor":2550,"currency":"eur","sellerId":"sam"}}}`), &doc))
	listing := Listing{ID: "t", Version: 2, Title: "Front row", Price: 2550, Currency: "eur", SellerID: "sam"}
	assert.Equal(t, listing, doc.Listing)
	assert.Equal(t, listing, doc.Order.Ticket)
	assert.EqualValues(t, 1, doc.Order.Ticket.Lot())
	require.NoError(t, doc.Listing.onSale(placedAt), "no date, no end")
}
