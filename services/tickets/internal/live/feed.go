// Package live tells open pages what changes, as Server-Sent Events.
package live

// Feed is the changes of a replica.
type Feed struct{}

// NewFeed returns an empty Feed.
func NewFeed() *Feed { return &Feed{} }

// Tell tells of a ticket.
func (f *Feed) Tell(id string, ticket []byte) {}
