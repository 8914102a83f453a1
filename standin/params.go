package standin

import (
	"maps"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// Stripe's limits: https://docs.stripe.com/api/metadata, and the 5,000
// characters of a string parameter.
const (
	longestText          = 5000
	mostMetadata         = 50
	longestMetadataKey   = 40
	longestMetadataValue = 500
)

// params are the parameters of one request, by the names that Stripe's
// bracket notation gives them: "payment_method_data[card][token]".
//
// An endpoint reads all that it knows, then asks err. A parameter that nobody
// has read is one that the endpoint does not know, so nothing that a client
// sends is ever silently ignored.
type params struct {
	values  url.Values
	unread  map[string]bool
	problem *Error // the first one met

	origin  string // where browsers reach the pages of the stand-in
	browser bool   // the request came with a publishable key
}

func newParams(values url.Values) *params {
	p := &params{values: values, unread: make(map[string]bool, len(values))}
	for name := range values {
		p.unread[name] = true
	}
	return p
}

// err is what is wrong with the request, if anything. It comes after the last
// read. Stripe names unknown parameters before it looks at the others.
func (p *params) err() error {
	switch {
	case len(p.unread) > 0:
		unknown := slices.Min(slices.Collect(maps.Keys(p.unread)))
		return invalid(codeParameterUnknown, unknown, "Received unknown parameter: %s", unknown)
	case p.problem != nil:
		return p.problem
	}
	return nil
}

func (p *params) fail(e *Error) {
	if p.problem == nil {
		p.problem = e
	}
}

// within says whether any member of the named object was given.
func (p *params) within(object string) bool {
	for name := range p.values {
		if strings.HasPrefix(name, object+"[") {
			return true
		}
	}
	return false
}

// last is the value that counts where a parameter was given twice.
func (p *params) last(name string) string {
	given := p.values[name]
	return given[len(given)-1]
}

// text is a string, empty where the parameter is absent.
func (p *params) text(name string) string {
	if !p.values.Has(name) {
		return ""
	}
	delete(p.unread, name)
	v := p.last(name)
	switch {
	case v == "":
		p.fail(invalid(codeParameterInvalidEmpty, name, "You passed an empty string for '%[1]s'. We assume "+
			"empty values are an attempt to unset a parameter; however '%[1]s' cannot be unset. You should "+
			"remove '%[1]s' from your request or supply a non-empty value.", name))
	case utf8.RuneCountInString(v) > longestText:
		p.fail(invalid("", name, "Invalid string: must be at most %d characters", longestText))
	}
	return v
}

func (p *params) requiredText(name string) string {
	if !p.values.Has(name) {
		p.fail(missingParam(name))
	}
	return p.text(name)
}

// integer is a whole number of at least 1, which is what every integer of the
// API in use here is.
func (p *params) integer(name string) (n int64, given bool) {
	v := p.text(name)
	if v == "" {
		return 0, false
	}
	n, err := strconv.ParseInt(v, 10, 64)
	switch {
	case err != nil:
		p.fail(invalidInteger(name, "Invalid integer: %s", v))
	case n < 1:
		p.fail(invalidInteger(name, "This value must be greater than or equal to 1."))
	}
	return n, true
}

func (p *params) requiredInteger(name string) int64 {
	if !p.values.Has(name) {
		p.fail(missingParam(name))
	}
	n, _ := p.integer(name)
	return n
}

// boolean is false where the parameter is absent.
func (p *params) boolean(name string) bool {
	switch v := p.text(name); v {
	case "true":
		return true
	case "", "false":
		return false
	default:
		p.fail(invalid("", name, "Invalid boolean: %s", v))
		return false
	}
}

// oneOf is one of the values allowed, or empty where the parameter is absent.
func (p *params) oneOf(name string, allowed ...string) string {
	v := p.text(name)
	if v != "" && !slices.Contains(allowed, v) {
		p.fail(invalid("", name, "Invalid %s: must be one of %s", name, strings.Join(allowed, ", ")))
	}
	return v
}

// list is an array, given as name[] or as name[0], name[1] and so on.
func (p *params) list(name string) []string {
	if p.values.Has(name) {
		p.fail(invalid("", name, "Invalid array"))
		delete(p.unread, name)
	}
	all := p.values[name+"[]"]
	delete(p.unread, name+"[]")
	for i := 0; ; i++ {
		element := name + "[" + strconv.Itoa(i) + "]"
		if !p.values.Has(element) {
			return all
		}
		all = append(all, p.text(element))
	}
}

// address is an absolute URL, or empty where the parameter is absent.
func (p *params) address(name string) string {
	v := p.text(name)
	if v == "" {
		return ""
	}
	if u, err := url.Parse(v); err != nil || u.Scheme == "" || u.Host == "" {
		p.fail(invalid(codeURLInvalid, name, "Not a valid URL"))
	}
	return v
}

// metadata is never nil. A key with an empty value is one that Stripe unsets.
func (p *params) metadata() map[string]string {
	const name = "metadata"
	all := map[string]string{}
	if p.values.Get(name) != "" {
		p.fail(invalid("", name, "Invalid object"))
	}
	delete(p.unread, name)
	for _, param := range slices.Sorted(maps.Keys(p.values)) {
		inner, ok := strings.CutPrefix(param, name+"[")
		if !ok {
			continue
		}
		delete(p.unread, param)
		key, closed := strings.CutSuffix(inner, "]")
		value := p.last(param)
		keyLength, valueLength := utf8.RuneCountInString(key), utf8.RuneCountInString(value)
		switch {
		case !closed || key == "" || strings.ContainsAny(key, "[]"):
			p.fail(invalid("", name, "Invalid object"))
		case keyLength > longestMetadataKey:
			p.fail(invalid("", param, "Metadata keys can have up to %d characters, but you passed in a key that "+
				"is %d characters.", longestMetadataKey, keyLength))
		case valueLength > longestMetadataValue:
			p.fail(invalid("", param, "Metadata values can have up to %d characters, but you passed in a value "+
				"that is %d characters.", longestMetadataValue, valueLength))
		case value != "":
			all[key] = value
		}
	}
	if len(all) > mostMetadata {
		p.fail(invalid("", name, "Metadata can have up to %d keys, but you passed in %d.", mostMetadata, len(all)))
	}
	return all
}
