package authtest_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"ticketx/kit/auth"
	"ticketx/kit/authtest"
	"ticketx/kit/errs"
)

func TestSessionsAreVerifiedByTheirKeys(t *testing.T) {
	keys, session := authtest.NewKeys(t)

	p, err := auth.Verify(t.Context(), keys, session("mara").Value, time.Now)
	require.NoError(t, err)
	assert.Equal(t, "mara", p.ID)

	strangers, _ := authtest.NewKeys(t)
	_, err = auth.Verify(t.Context(), strangers, session("mara").Value, time.Now)
	assert.True(t, errs.Is(err, errs.KindUnauthenticated), "%v", err)
}
