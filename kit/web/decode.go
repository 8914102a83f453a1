package web

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"reflect"
	"strconv"
	"strings"

	"ticketx/kit/errs"
)

// MaxBody is the largest request body that is read, in bytes.
const MaxBody = 64 << 10

// Decode reads the request's body as exactly one JSON object into a T, which is
// a struct. It refuses, as Invalid with the field named, bodies over MaxBody,
// malformed JSON, wrong types and unknown fields; what concerns the body as a
// whole names the field "body". What the values mean is the domain's to judge.
func Decode[T any](w http.ResponseWriter, r *http.Request) (T, error) {
	var v T
	body, err := ReadBody(w, r)
	if err != nil {
		return v, err
	}
	// encoding/json takes null for any type, so the kind is looked at first.
	if start := bytes.TrimLeft(body, " \t\r\n"); len(start) > 0 && start[0] != '{' {
		return v, errs.Invalid("body", "The body must be a JSON object.")
	}
	dec := json.NewDecoder(bytes.NewReader(body))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&v); err != nil {
		return v, decodeError(err)
	}
	if err := dec.Decode(&struct{}{}); !errors.Is(err, io.EOF) {
		return v, errs.Invalid("body", "The body must hold one JSON object and nothing after it.")
	}
	return v, nil
}

// ReadBody reads the request's body and leaves it to be read again. One over MaxBody
// is Invalid.
func ReadBody(w http.ResponseWriter, r *http.Request) ([]byte, error) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, MaxBody))
	if err != nil {
		return nil, decodeError(err)
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	return body, nil
}

// decodeError says what is wrong with the body, naming the field.
func decodeError(err error) error {
	if _, ok := errors.AsType[*http.MaxBytesError](err); ok {
		return errs.Invalid("body", fmt.Sprintf("The body is larger than %d KiB.", MaxBody>>10))
	}
	if e, ok := errors.AsType[*json.UnmarshalTypeError](err); ok {
		return errs.Invalid(e.Field, "Must be "+jsonType(e.Type)+".")
	}
	// encoding/json has no type for this error; its text is the only sign.
	if quoted, ok := strings.CutPrefix(err.Error(), "json: unknown field "); ok {
		if name, err := strconv.Unquote(quoted); err == nil {
			return errs.Invalid(name, "This field is not known here.")
		}
	}
	if errors.Is(err, io.EOF) {
		return errs.Invalid("body", "A JSON object is needed.")
	}
	if _, ok := errors.AsType[*json.SyntaxError](err); ok || errors.Is(err, io.ErrUnexpectedEOF) {
		return errs.Invalid("body", "The body is not valid JSON.")
	}
	return errs.Invalid("body", "The body could not be read.")
}

// jsonType names a Go type as somebody who writes JSON knows it.
func jsonType(t reflect.Type) string {
	switch t.Kind() {
	case reflect.String:
		return "a string"
	case reflect.Bool:
		return "true or false"
	case reflect.Slice, reflect.Array:
		return "an array"
	case reflect.Struct, reflect.Map:
		return "an object"
	case reflect.Int, reflect.Int32, reflect.Int64:
		return "a whole number"
	default:
		return "a number"
	}
}
