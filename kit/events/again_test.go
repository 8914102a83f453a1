package events_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"ticketx/kit/events"
	"ticketx/kit/events/schemas"
)

func TestAgainIsTheSameFactUnderAFreshID(t *testing.T) {
	for eventType, e := range examples {
		t.Run(eventType, func(t *testing.T) {
			first := e.Again()
			second, third := first.Again(), e.Again()
			ids := []string{e.ID, first.ID, second.ID, third.ID}
			for i, id := range ids {
				assert.NotContains(t, ids[i+1:], id, "a broker that knows ids must take each")
			}
			assert.Len(t, second.ID, len(first.ID), "the id does not grow")

			aggregate, _, _ := strings.Cut(e.ID, ":")
			assert.True(t, strings.HasPrefix(first.ID, aggregate+":"+e.Subject+":"), first.ID)
			assert.Equal(t, e.ID[strings.LastIndex(e.ID, ":"):], first.ID[strings.LastIndex(first.ID, ":"):], "the version")
			require.NoError(t, schemas.Validate([]byte(published(t, first))), "those who check ids as before take it")

			first.ID = e.ID
			assert.Equal(t, e, first, "nothing but the id differs")
		})
	}
}

// What somebody else published may have any id.
func TestFreshIDOfAnyID(t *testing.T) {
	for _, id := range []string{"", "a", ":", "a:", "c0ffee", "order:1:again-", "order:1:again-x:2"} {
		fresh := events.FreshID(id)
		assert.NotEqual(t, id, fresh)
		assert.NotEqual(t, fresh, events.FreshID(id))
		assert.Len(t, events.FreshID(fresh), len(fresh))
	}
}
