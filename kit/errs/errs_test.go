package errs_test

import (
	"errors"
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"ticketx/kit/errs"
)

func TestKinds(t *testing.T) {
	cause := errors.New("cause")
	for name, c := range map[string]struct {
		err  error
		kind errs.Kind
	}{
		"nobody classified it":    {cause, errs.KindInternal},
		"invalid":                 {errs.Invalid("title", "no"), errs.KindInvalid},
		"invalid fields":          {errs.InvalidFields([]errs.Field{{Message: "no", Field: "a"}}), errs.KindInvalid},
		"unauthenticated":         {errs.Unauthenticated("no"), errs.KindUnauthenticated},
		"payment required":        {errs.PaymentRequired("card_declined", "no"), errs.KindPaymentRequired},
		"forbidden":               {errs.Forbidden("no"), errs.KindForbidden},
		"not found":               {errs.NotFound("no"), errs.KindNotFound},
		"conflict":                {errs.Conflict("no"), errs.KindConflict},
		"conflict with a code":    {errs.ConflictOf("sold", "no"), errs.KindConflict},
		"unprocessable":           {errs.Unprocessable("no"), errs.KindUnprocessable},
		"unavailable":             {errs.Unavailable("no", cause), errs.KindUnavailable},
		"wrapped":                 {fmt.Errorf("a: %w", fmt.Errorf("b: %w", errs.Conflict("no"))), errs.KindConflict},
		"joined":                  {errors.Join(cause, errs.Forbidden("no")), errs.KindForbidden},
		"classified twice":        {errs.Unavailable("later", errs.NotFound("no")), errs.KindUnavailable},
		"wrapped with %v, by bug": {fmt.Errorf("a: %v", errs.Conflict("no").Error()), errs.KindInternal},
	} {
		t.Run(name, func(t *testing.T) {
			assert.Equal(t, c.kind, errs.KindOf(c.err))
			for kind := errs.KindInternal; kind <= errs.KindUnavailable; kind++ {
				assert.Equal(t, kind == c.kind, errs.Is(c.err, kind))
			}
		})
	}
	assert.False(t, errs.Is(nil, errs.KindInternal), "no error is of no kind")
}

func TestErrorsTellTheLogEverything(t *testing.T) {
	cause := errors.New("connection refused")
	err := errs.Unavailable("Try later.", fmt.Errorf("read state: %w", cause))
	require.ErrorIs(t, err, cause)
	assert.Equal(t, "Try later.: read state: connection refused", err.Error())

	err = errs.InvalidFields([]errs.Field{{Message: "too long", Field: "title"}, {Message: "negative", Field: "price"}})
	assert.Equal(t, "The request has invalid fields.; title: too long; price: negative", err.Error())
}

func TestNoInvalidFieldsIsNoError(t *testing.T) {
	require.NoError(t, errs.InvalidFields(nil))
	require.NoError(t, errs.InvalidFields([]errs.Field{}))
}

func TestCodes(t *testing.T) {
	assert.Equal(t, "sold", errs.CodeOf(fmt.Errorf("a: %w", errs.ConflictOf("sold", "no"))))
	assert.Equal(t, "card_declined", errs.CodeOf(errs.PaymentRequired("card_declined", "no")))
	assert.Empty(t, errs.CodeOf(errs.Conflict("no")))
	assert.Empty(t, errs.CodeOf(errors.New("cause")))
	assert.Empty(t, errs.CodeOf(nil))
}
