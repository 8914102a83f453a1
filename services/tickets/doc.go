// Package tickets owns the listings: what is for sale, by whom, at what price.
//
// The document of a ticket decides about the ticket. Its status follows the
// orders: which order holds it is decided in the orders service, and arrives
// here as events on the topic orders. A change of a ticket is announced on the
// topic tickets, as the snapshot of the whole ticket (ticket.created,
// ticket.updated).
//
// Everybody else looks at the catalogue, a read model in the memory of every
// replica (internal/catalogue). It is filled from the store at start and kept
// current by the replica's own writes and by the feed of the topic tickets.
package tickets
