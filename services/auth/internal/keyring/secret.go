package keyring

import (
	"crypto/ed25519"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/MicahParks/jwkset"
)

// currentName is the name in the secret that holds the current key's id.
const currentName = "current"

var keyID = regexp.MustCompile(`^[A-Za-z0-9._-]{1,64}$`)

// keys is the content of a secret: what signs, and what is published.
type keys struct {
	current   string
	signing   ed25519.PrivateKey
	published json.RawMessage // a JWK set (RFC 7517)
	ids       []string
}

// parse reads a secret in the form that the documentation of package auth
// describes. Its errors name keys by their ids and tell nothing of their
// content.
func parse(secret map[string]string) (*keys, error) {
	values, err := unwrap(secret)
	if err != nil {
		return nil, err
	}
	current := values[currentName]
	if current == "" {
		return nil, fmt.Errorf("%q does not name a key", currentName)
	}
	delete(values, currentName)
	all := make(map[string]ed25519.PrivateKey, len(values))
	for _, id := range slices.Sorted(maps.Keys(values)) {
		if !keyID.MatchString(id) {
			return nil, fmt.Errorf("%q is not the id of a key: it may have up to 64 letters, digits, dots, hyphens and underscores", id)
		}
		if all[id], err = parseKey(values[id]); err != nil {
			return nil, fmt.Errorf("key %q: %w", id, err)
		}
	}
	if all[current] == nil && !keyID.MatchString(current) { // not quoted: it may be a key
		return nil, fmt.Errorf("%q does not name a key", currentName)
	}
	if all[current] == nil {
		return nil, fmt.Errorf("%q names the key %q, which is not there", currentName, current)
	}
	ids := slices.Sorted(maps.Keys(all))
	published, err := publish(ids, all)
	if err != nil {
		return nil, err
	}
	return &keys{current: current, signing: all[current], published: published, ids: ids}, nil
}

// unwrap returns a copy of the secret's values. A store that keeps one string
// per secret gives them as a JSON object in that string.
func unwrap(secret map[string]string) (map[string]string, error) {
	if len(secret) == 1 {
		for _, only := range secret {
			if !strings.HasPrefix(strings.TrimSpace(only), "{") {
				break
			}
			var values map[string]string
			if json.Unmarshal([]byte(only), &values) != nil { // its error may quote the content
				return nil, errors.New("not a JSON object whose values are strings")
			}
			return values, nil
		}
	}
	return maps.Clone(secret), nil
}

// parseKey reads an Ed25519 private key, PKCS #8 in PEM.
func parseKey(text string) (ed25519.PrivateKey, error) {
	block, rest := pem.Decode([]byte(text))
	if block == nil || len(strings.TrimSpace(string(rest))) > 0 {
		return nil, errors.New("not one PEM block")
	}
	parsed, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if err != nil {
		return nil, errors.New("not a PKCS #8 private key")
	}
	key, ok := parsed.(ed25519.PrivateKey)
	if !ok {
		return nil, errors.New("not an Ed25519 key")
	}
	return key, nil
}

// publish returns the public halves as a JWK set.
func publish(ids []string, all map[string]ed25519.PrivateKey) (json.RawMessage, error) {
	var set jwkset.JWKSMarshal
	for _, id := range ids {
		key, err := jwkset.NewJWKFromKey(all[id].Public(), jwkset.JWKOptions{
			Metadata: jwkset.JWKMetadataOptions{KID: id, ALG: jwkset.AlgEdDSA, USE: jwkset.UseSig},
		})
		if err != nil {
			return nil, fmt.Errorf("publish key %q: %w", id, err)
		}
		set.Keys = append(set.Keys, key.Marshal())
	}
	return json.Marshal(set)
}
