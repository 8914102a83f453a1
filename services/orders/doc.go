// Package orders owns who holds which ticket, and until when.
//
// The document of a ticket decides: it holds the listing as orders knows it and
// one slot, the ticket's current or last order, whole. Placing, cancelling,
// expiring and completing an order are each one guarded write of that document,
// so two orders never hold one ticket.
//
// Before payments charges it has the order await its payment, by such a write too.
// From then on only payments can tell how the order ends, and is asked before it
// is cancelled (settle.go), by whoever looks when its time is over.
//
//	ticket:{ticketId}    decides: the listing and the slot
//	order:{orderId}      written first, says which ticket to look at; later the
//	                     archive of a closed order that has left the slot
//	orders-of:{userId}   index of the orders a user has tried to place
//
// A store that was lost leaves gaps: tickets whose newest order is not known here.
// What tickets tells of them keeps them from being sold twice (Lost), and payments
// has copies from which they come back (Service.recall).
//
// Events in: tickets (the listing), payments (completes an order), expirations
// (the hold is over). Events out: orders.
package orders
