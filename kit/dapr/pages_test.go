package dapr_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"ticketx/kit/dapr"
	"ticketx/kit/daprtest"
	"ticketx/kit/errs"
)

// counting lists the numbers from 250 down to 1, each at its position.
func counting(_ context.Context, from, limit int) (ids []string, next int, err error) {
	if from < 0 {
		from = 250
	}
	for ; from > 0 && len(ids) < limit; from-- {
		ids = append(ids, strconv.Itoa(from))
	}
	return ids, from, nil
}

func TestAnnouncements(t *testing.T) {
	app := dapr.NewApp(quiet, "")
	var asked [][2]int
	var failure error
	dapr.OnAnnounce(app, func(_ context.Context, from, limit int) (int, int, error) {
		asked = append(asked, [2]int{from, limit})
		if from == 7 {
			return 0, 0, failure // what stood there never came to be
		}
		return limit - 1, 7, failure
	})

	w := call(app, http.MethodPost, "/announcements", "", "")
	assert.Equal(t, http.StatusOK, w.Code)
	assert.JSONEq(t, `{"announced":99,"next":7}`, w.Body.String())
	w = call(app, http.MethodPost, "/announcements?from=7&limit=10", "", "")
	assert.JSONEq(t, `{"announced":0}`, w.Body.String(), "the end")
	assert.Equal(t, [][2]int{{-1, 100}, {7, 10}}, asked)

	failure = errs.Unavailable("The message broker does not answer.", nil)
	assert.Equal(t, http.StatusServiceUnavailable, call(app, http.MethodPost, "/announcements", "", "").Code)
	assert.Equal(t, http.StatusMethodNotAllowed, call(app, http.MethodGet, "/announcements", "", "").Code)

	asked = nil
	r := httptest.NewRequest(http.MethodPost, "/announcements", http.NoBody)
	r.Header.Set("dapr-caller-app-id", "orders")
	refused := httptest.NewRecorder()
	app.ServeHTTP(refused, r)
	assert.Equal(t, http.StatusForbidden, refused.Code, "it is for whoever runs the system")
	for _, query := range []string{"from=0", "from=-1", "from=x", "limit=0", "limit=201", "limit=x", "from=1.5"} {
		assert.Equal(t, http.StatusBadRequest, call(app, http.MethodPost, "/announcements?"+query, "", "").Code, query)
	}
	assert.Empty(t, asked)
}

// Whoever may not forge an event may not ask for a thousand of them either.
func TestPagesAskForTheToken(t *testing.T) {
	app := dapr.NewApp(quiet, token)
	dapr.OnList(app, "/numbers", counting)
	dapr.OnAnnounce(app, func(context.Context, int, int) (int, int, error) { panic("not asked") })
	assert.Equal(t, http.StatusUnauthorized, call(app, http.MethodGet, "/numbers", "", "").Code)
	assert.Equal(t, http.StatusUnauthorized, call(app, http.MethodPost, "/announcements", "", "").Code)
	assert.Equal(t, http.StatusOK, call(app, http.MethodGet, "/numbers", "", token).Code)
}

func TestPagesAreBounded(t *testing.T) {
	app := dapr.NewApp(quiet, "")
	dapr.OnAnnounce(app, func(ctx context.Context, _, _ int) (int, int, error) {
		until, ok := ctx.Deadline()
		assert.True(t, ok)
		assert.Less(t, time.Until(until), 5*time.Second, "the sidecar's own limit for a call")
		return 0, 0, nil
	})
	assert.Equal(t, http.StatusOK, call(app, http.MethodPost, "/announcements", "", "").Code)
}

// An app that invokes itself goes through the same sidecar code.
func TestListOverASidecar(t *testing.T) {
	if testing.Short() {
		t.Skip("-short: no sidecars")
	}
	app := dapr.NewApp(quiet, "")
	dapr.OnList(app, "/numbers", counting)
	sidecar := daprtest.Start(t, daprtest.Options{AppID: "numbers", App: app}).Dial(t)

	var all []string
	from := -1
	for from != 0 {
		ids, next, err := sidecar.List(t.Context(), "numbers", "numbers", from, 100)
		require.NoError(t, err)
		require.LessOrEqual(t, len(ids), 100)
		all, from = append(all, ids...), next
	}
	require.Len(t, all, 250)
	assert.Equal(t, "250", all[0])
	slices.Reverse(all)
	assert.Equal(t, "1", all[0])

	_, _, err := sidecar.List(t.Context(), "numbers", "nothing", -1, 1)
	assert.True(t, errs.Is(err, errs.KindNotFound), "%v", err)
}
