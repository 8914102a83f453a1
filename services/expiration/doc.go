// Package expiration makes sure that somebody looks at an order when its time
// is over. It owns one actor reminder per live order, and no documents.
//
// It decides nothing: an order whose time has passed is expired for everybody
// who looks at it, whether or not its reminder has fired.
//
// It watches its own actors: it calls one every few seconds, and when that hangs
// it has its sidecar report them anew, because reminders hang then, too
// (internal/reminders/watch.go).
//
// Events in: orders. Events out: expirations.
package expiration
