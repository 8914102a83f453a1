//go:build linux

// Package chaos kills the parts of the real system while people buy and sell,
// and then looks from outside whether everything still agrees.
//
// A round has a seed. From it come what everybody does, and which part is killed
// when and for how long it stays away; what the scheduler of the machine makes
// of that is not repeatable, so a seed gives the same load and the same kills,
// not the same interleaving. A round goes like this:
//
//  1. Sellers list and edit, buyers reserve, pay, cancel or forget, newcomers
//     sign up: load.go. What they did and what they were told is in a Ledger.
//  2. Meanwhile every part is killed once with SIGKILL and started again:
//     kills.go.
//  3. Everybody goes home, and the round waits until nothing is under way any
//     more: no event undelivered, no reminder left, no journal of a dead
//     process: quiet.go.
//  4. What there is to see is collected from the HTTP API, from the documents
//     behind the sidecars, from the broker, the Scheduler and the stand-in's
//     book: world.go.
//  5. One pure function compares it with the ledger and with itself: check.go.
//     Its own test shows that it notices each thing that could be wrong.
package chaos
