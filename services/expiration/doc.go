// Package expiration makes sure that somebody looks at an order when its time
// is over. It owns one actor reminder per live order, and no documents.
//
// It decides nothing: an order whose time has passed is expired for everybody
// who looks at it, whether or not its reminder has fired.
//
// Events in: orders. Events out: expirations.
package expiration
