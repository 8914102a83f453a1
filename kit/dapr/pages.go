package dapr

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"ticketx/kit/errs"
	"ticketx/kit/state"
	"ticketx/kit/web"
)

const (
	// defaultPage is the page of those who don't say.
	defaultPage = 100
	// maxPage bounds what one call reads and publishes.
	maxPage = state.PageSize
	// pageTimeout bounds the work on one page. It is shorter than the time the
	// caller's sidecar waits (components/resiliency), so that the answer is ours.
	pageTimeout = 4 * time.Second
)

// newest is the position to start from; see state.Index.Before.
const newest = -1

// announcePath is where owners announce anew.
const announcePath = "/announcements"

// page is the answer to a call for a page. Next is the position to go on from,
// absent at the end.
type page struct {
	IDs       []string `json:"ids,omitempty"`
	Announced *int     `json:"announced,omitempty"`
	Next      int      `json:"next,omitempty"`
}

// OnAnnounce has the app announce what it owns anew, a page at a time, when whoever
// runs the system invokes POST /announcements?from=POSITION&limit=N. announce gets a position, a
// negative one for the start, and returns how many facts it has published and the
// position to go on from, 0 at the end. A page that is answered is published; one
// that failed is asked for again from where it began, which is harmless.
func OnAnnounce(a *App, announce func(ctx context.Context, from, limit int) (announced, next int, err error)) {
	a.Operator().Handle(announcePath, paged(func(ctx context.Context, from, limit int) (page, error) {
		announced, next, err := announce(ctx, from, limit)
		return page{Announced: &announced, Next: next}, err
	})).Methods(http.MethodPost)
}

// OnList lists ids to other services, a page at a time, at GET
// path?from=POSITION&limit=N, with positions as in OnAnnounce.
func OnList(a *App, path string, list func(ctx context.Context, from, limit int) (ids []string, next int, err error)) {
	a.Router().Handle(path, paged(func(ctx context.Context, from, limit int) (p page, err error) {
		p.IDs, p.Next, err = list(ctx, from, limit)
		return p, err
	})).Methods(http.MethodGet)
}

func paged(serve func(ctx context.Context, from, limit int) (page, error)) web.QueryHandler {
	return func(w http.ResponseWriter, r *http.Request) error {
		from, limit, err := parsePage(r.URL.Query())
		if err != nil {
			return err
		}
		ctx, cancel := context.WithTimeout(r.Context(), pageTimeout)
		defer cancel()
		answer, err := serve(ctx, from, limit)
		if err != nil {
			return err
		}
		return web.Encode(w, http.StatusOK, answer)
	}
}

func parsePage(query url.Values) (from, limit int, err error) {
	from, limit = newest, defaultPage
	var wrong []errs.Field
	if value := query.Get("from"); value != "" {
		if from, err = strconv.Atoi(value); err != nil || from < 1 {
			wrong = append(wrong, errs.Field{Field: "from", Message: "Must be a position from an earlier answer."})
		}
	}
	if value := query.Get("limit"); value != "" {
		if limit, err = strconv.Atoi(value); err != nil || limit < 1 || limit > maxPage {
			wrong = append(wrong, errs.Field{Field: "limit", Message: fmt.Sprintf("Must be from 1 to %d.", maxPage)})
		}
	}
	return from, limit, errs.InvalidFields(wrong)
}

// List asks another app for a page of the ids that it lists at path with OnList.
func (s *Sidecar) List(ctx context.Context, appID, path string, from, limit int) (ids []string, next int, err error) {
	query := url.Values{"limit": {strconv.Itoa(limit)}}
	if from > 0 {
		query.Set("from", strconv.Itoa(from))
	}
	body, err := s.Invoke(ctx, appID, path+"?"+query.Encode())
	if err != nil {
		return nil, 0, err
	}
	var p page
	if err := json.Unmarshal(body, &p); err != nil {
		return nil, 0, fmt.Errorf("decode the list of %s: %w", appID, err)
	}
	return p.IDs, p.Next, nil
}
