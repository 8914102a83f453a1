package web

import (
	"encoding/base64"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"

	"ticketx/kit/errs"
)

// maxPage is how many things a page has at most, and unless its caller asks for
// fewer.
const maxPage = 100

// Page is the part of a list that a caller wants: at most Limit things before
// Position, the newest first. A negative Position is the newest.
type Page struct{ Position, Limit int }

// ReadPage reads which page a request wants, by limit and cursor. What is wrong with
// them, and every other parameter, is Invalid.
func ReadPage(r *http.Request) (Page, error) {
	p := Page{Position: -1, Limit: maxPage}
	query := r.URL.Query()
	var wrong []errs.Field
	for _, name := range slices.Sorted(maps.Keys(query)) {
		var err error
		switch value := query.Get(name); name {
		case "limit":
			if p.Limit, err = strconv.Atoi(value); err != nil || p.Limit < 1 || p.Limit > maxPage {
				wrong = append(wrong, errs.Field{Field: name, Message: "Must be from 1 to " + strconv.Itoa(maxPage) + "."})
			}
		case "cursor":
			if p.Position, err = decodeCursor(value); err != nil {
				wrong = append(wrong, errs.Field{Field: name, Message: "Must come from the Link of an earlier answer."})
			}
		default:
			wrong = append(wrong, errs.Field{Field: name, Message: "This parameter is not known here."})
		}
	}
	return p, errs.InvalidFields(wrong)
}

// LinkNext leads whoever got the page to the one before position next, by the Link
// header (RFC 8288). 0 says that there is none.
func (p Page) LinkNext(w http.ResponseWriter, r *http.Request, next int) {
	if next > 0 {
		query := url.Values{"cursor": {encodeCursor(next)}, "limit": {strconv.Itoa(p.Limit)}}
		w.Header().Set("Link", "<"+r.URL.Path+"?"+query.Encode()+`>; rel="next"`)
	}
}

// A cursor is a position that callers are not to count with.
func encodeCursor(position int) string {
	return base64.RawURLEncoding.EncodeToString([]byte(strconv.Itoa(position)))
}

func decodeCursor(cursor string) (position int, err error) {
	text, err := base64.RawURLEncoding.DecodeString(cursor)
	if err != nil {
		return 0, err
	}
	n, err := strconv.ParseUint(string(text), 10, 31)
	if err == nil && n == 0 {
		err = strconv.ErrRange // no answer leads to the end
	}
	return int(n), err
}
