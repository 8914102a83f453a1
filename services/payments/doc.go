// Package payments owns the money: what was charged for an order, and what was
// given back.
//
// The document of an order decides. It holds the newest copy of the order and
// its one payment, so whether to charge, and whether to give back, are each one
// guarded write of that document:
//
//	order:{orderId}   decides: the copy of the order and its payment
//
// Three things together make sure that an order is charged at most once. The
// document lets one attempt be open at a time. The order has one intent with the
// processor, written down before it is confirmed, and an intent succeeds at most
// once. And every request to the processor carries an idempotency key made of
// the order and the attempt, so an attempt whose answer was lost is asked again
// instead of made again.
//
// Money moves outside of the document, so there are windows in which a process
// can die. What heals each of them:
//
//   - An attempt was opened and nothing came of it, or its answer was lost: it
//     stays open. Whoever pays next, or the event that closes the order, finishes
//     it with its own token and keys, or cancels it when the order is closed.
//   - The intent was created and its id was not written down: it is created
//     again, which answers with the same intent. One that nobody asks for again
//     was never confirmed and never will be.
//   - The outcome was written and not published: the journal has it published
//     (package aggregate), and so does a second request to pay.
//   - The order was closed and the money was not given back: the event that
//     closed it has not been acknowledged and comes again, for as long as it
//     takes.
//   - The store was lost: orders tells of the orders again or is asked, and the
//     idempotency keys, which are the same again, keep the processor from
//     charging twice.
//
// Events in: orders (what may be paid, and what must be given back). Events out:
// payments.
package payments
