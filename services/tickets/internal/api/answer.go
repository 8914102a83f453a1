package api

import (
	"encoding/hex"
	"net/http"
	"strconv"
	"strings"
	"sync"

	"github.com/cespare/xxhash/v2"
)

// buffers are for answers while they are put together.
var buffers = sync.Pool{New: func() any { return new([]byte) }}

// answer writes a body of JSON with its ETag, or 304 for who has it already.
func answer(w http.ResponseWriter, r *http.Request, body []byte, cache string) {
	h := w.Header()
	tag := etag(h.Get("Link"), body)
	h["Etag"] = []string{tag}
	h["Cache-Control"] = []string{cache}
	if known := r.Header.Get("If-None-Match"); known != "" && matches(known, tag) {
		w.WriteHeader(http.StatusNotModified)
		return
	}
	h["Content-Type"] = []string{"application/json"}
	h["Content-Length"] = []string{strconv.Itoa(len(body))}
	_, _ = w.Write(body) //nolint:gosec // it is JSON and says so; when the caller has gone, nobody is left to tell
}

// etag is made of what the answer says, and so is the same in every replica.
func etag(link string, body []byte) string {
	d := xxhash.New()
	_, _ = d.WriteString(link) // never fails
	_, _ = d.Write(body)
	return `"` + hex.EncodeToString(d.Sum(nil)) + `"`
}

// matches compares weakly, as If-None-Match asks for (RFC 9110, 13.1.2).
func matches(known, tag string) bool {
	for one := range strings.SplitSeq(known, ",") {
		if one = strings.TrimPrefix(strings.TrimSpace(one), "W/"); one == tag || one == "*" {
			return true
		}
	}
	return false
}
