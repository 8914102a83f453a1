import type {Ticket} from "@/lib/api";
import type {OwnOrder} from "./use-own-order";

/** How a visitor stands to a ticket: what they can do with it, or why they can't. */
export type Standing =
  | {kind: "free"}
  | {kind: "own"; status: Ticket["status"]; editable: boolean}
  | {kind: "mine"; orderId: string; paid: boolean}
  | {kind: "unclear"; sold: boolean; asked: boolean} // it has an order, and whose can't be told, or is being asked
  | {kind: "taken"; status: Exclude<Ticket["status"], "available">};

export function standingOf(
  ticket: Pick<Ticket, "status" | "userId" | "orderId">,
  userId: string | undefined,
  order: OwnOrder,
): Standing {
  const {status} = ticket;
  if (userId !== undefined && ticket.userId === userId) {
    return {kind: "own", status, editable: status === "available" || status === "past"};
  }
  if (status !== "reserved" && status !== "sold") {
    return status === "available" ? {kind: "free"} : {kind: "taken", status};
  }
  if (order === undefined || order === "asked") {
    return {kind: "unclear", sold: status === "sold", asked: order === "asked"};
  }
  if (order && order.status !== "cancelled") {
    // What is heard of the ticket may be older or newer than what is known of the order.
    if (ticket.orderId === undefined || ticket.orderId === order.id) {
      return {kind: "mine", orderId: order.id, paid: status === "sold" || order.status === "complete"};
    }
  }
  return {kind: "taken", status};
}
