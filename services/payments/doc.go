// Package payments owns the money: what was charged for an order, and what was
// given back.
//
// The document of an order decides. It holds the newest copy of the order and
// its one payment, so whether to charge, and whether to give back, are each one
// guarded write of that document:
//
//	order:{orderId}    decides: the copy of the order and its payment
//	order:{intentId}   what was charged and is no order's payment, until it is back
//
//	payments-of:{userId}, open-since:{hour}   lead to it
//
// machine.go and refund.go have every change of a payment's status;
// docs/payments.md draws them.
//
// Four things together make sure that an order is charged at most once. Orders
// has the order await its payment, or refuses, before anything can be charged. The
// document lets one attempt by token be open at a time. One intent of the
// processor can be charged, written down before it is confirmed, and an intent
// succeeds at most once. And every request to the processor carries an idempotency
// key made of the order and a number, so a request whose answer was lost is made
// again instead of made anew.
//
// Money moves outside of the document, so there are windows in which a process
// can die. What heals each of them:
//
//   - An attempt was opened and nothing came of it, or its answer was lost: it
//     stays open. Whoever pays next, orders before it closes the order, or the
//     event that closed it, finishes it with its own token and keys, or cancels it.
//   - The intent was created and its id was not written down: it is created
//     again, which answers with the same intent. One that nobody asks for again
//     was never confirmed and never will be.
//   - The browser has paid and no webhook came: the buyer's page asks, and so does
//     Reconcile.
//   - The outcome was written and not published: the journal has it published
//     (package aggregate), and so does a second request to pay.
//   - The order was closed and the money was not given back: where it is not written
//     down that it is owed, the event that closed the order has not been acknowledged
//     and comes again; from then on Reconcile goes on, however long that takes.
//   - The store was lost: orders tells of the orders again or is asked, and the
//     idempotency keys, which are the same again, keep the processor from
//     charging twice.
//
// Events in: orders (what may be paid, and what must be given back). Events out:
// payments.
package payments
