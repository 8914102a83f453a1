import type {Order, Ticket} from "@/lib/api";

/** How a visitor stands to a ticket: what they can do with it, or why they can't. */
export type Standing =
  | {kind: "free"}
  | {kind: "own"; editable: boolean}
  | {kind: "mine"; orderId: string; paid: boolean}
  | {kind: "unclear"; sold: boolean} // it has an order, and nobody can tell whose
  | {kind: "taken"; status: Exclude<Ticket["status"], "available">};

export function standingOf(
  ticket: Pick<Ticket, "status" | "userId" | "orderId">,
  userId: string | undefined,
  order: Pick<Order, "id" | "status"> | null | undefined,
): Standing {
  const {status} = ticket;
  if (userId !== undefined && ticket.userId === userId) {
    return {kind: "own", editable: status === "available" || status === "past"};
  }
  if (order === undefined && (status === "reserved" || status === "sold")) {
    return {kind: "unclear", sold: status === "sold"};
  }
  if (order && order.status !== "cancelled" && (status === "reserved" || status === "sold")) {
    // What is heard of the ticket may be older or newer than what is known of the order.
    if (ticket.orderId === undefined || ticket.orderId === order.id) {
      return {kind: "mine", orderId: order.id, paid: status === "sold" || order.status === "complete"};
    }
  }
  return status === "available" ? {kind: "free"} : {kind: "taken", status};
}
