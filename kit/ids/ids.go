// Package ids makes the ids of aggregates. To everybody outside they are opaque
// strings; inside they are UUIDs of version 7 (RFC 9562), so that they sort by
// the time they were made.
package ids

import "github.com/google/uuid"

// New returns a new id.
func New() string {
	return uuid.Must(uuid.NewV7()).String() // fails only without a source of randomness
}

// Valid reports whether s could be an id. What is not never reaches the store:
// Dapr refuses keys with "||", and a made-up key must not be an error of ours.
func Valid(s string) bool {
	id, err := uuid.Parse(s)
	return err == nil && id.String() == s
}
