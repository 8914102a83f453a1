package catalogue_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"

	"ticketx/services/tickets/internal/catalogue"
)

// There may be as many cities as tickets: the most frequent are named, by their names
// among equals.
func TestTheMostFrequentAreNamed(t *testing.T) {
	all := newListings(t, 500)
	for i := range all {
		all[i].City = fmt.Sprintf("City %03d", i%300)
	}
	f := filledWith(all...).Facets(everything(1))
	assert.Equal(t, 500, f.Total)
	assert.Empty(t, f.Categories)
	want := make([]catalogue.Count, 100)
	for i := range want {
		want[i] = catalogue.Count{Value: fmt.Sprintf("City %03d", i), Count: 2}
	}
	assert.Equal(t, want, f.Cities)
}
