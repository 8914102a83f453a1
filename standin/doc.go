// Package standin is a local stand-in for Stripe: a small server that speaks
// Stripe's HTTP API for what the payments service uses, and keeps a durable
// book of what it was told.
//
// The payments service reaches it through stripe-go with nothing changed but
// the URL of the backend. So the stand-in answers as Stripe's documentation
// says Stripe answers: the same objects, states, error codes, test cards and
// idempotency rules, at the API version that stripe-go/v76 pins. Where the
// documentation leaves a question open, the answer that is harder on the
// caller was chosen.
//
// Everything rests on one rule: an answer leaves only after the transaction
// that holds both the change and the idempotency record is on disk. A client
// that lost the answer, to a crash of either side, sends the request again
// with the same key and gets that same answer.
//
// What Stripe does by itself happens here too: payments that are processing
// end, refunds fail, cards are disputed, and events are delivered, signed and
// tried again. What may go wrong on the way goes wrong when it is told to, by
// a [Fault].
//
// [Open] opens the book, [NewServer] serves it.
package standin
