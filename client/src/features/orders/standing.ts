import type {Order, Payment} from "@/lib/api";

/** null: nobody has begun to pay. undefined: it can't be told at the moment. */
export type MaybePayment = Payment | null | undefined;

/** How it stands with an order, to its buyer. Each has its words in messages/, order.standing. */
export type Standing =
  | "reserved"
  | "declinedOnce"
  | "action"
  | "processing"
  | "completing"
  | "complete"
  | "disputed"
  | "returned"
  | "cancelled"
  | "expired"
  | "declined";

export function standingOf(order: Order, payment: MaybePayment): Standing {
  switch (order.status) {
    case "complete":
      if (payment?.status === "disputed") return "disputed";
      return payment?.status === "refund_pending" || payment?.status === "refunded" ? "returned" : "complete";
    case "cancelled":
      if (order.reason === "buyer") return "cancelled";
      return order.reason === "payment_failed" ? "declined" : "expired";
    case "created":
      return "reserved";
    case "awaiting:payment":
      switch (payment?.status) {
        case "succeeded":
          return "completing";
        case "processing":
          return "processing";
        case "requires_action":
          return "action";
        case "failed":
          return "declinedOnce";
        default:
          return "reserved";
      }
  }
}

/** What became of the money of an order that came to nothing. */
export type Money = "nothing" | "returning" | "returned" | "returnFailed" | "unknown";

export function moneyOf(payment: MaybePayment): Money {
  if (payment === undefined) return "unknown";
  switch (payment?.status) {
    case "succeeded":
    case "refund_pending":
      return payment.refund?.status === "failed" ? "returnFailed" : "returning";
    case "refunded":
      return "returned";
    case "processing":
    case "disputed":
      return "unknown";
    default:
      return "nothing";
  }
}

/** Whether it can be paid, as far as the order itself goes. */
export function isLive(order: Order): boolean {
  return order.status === "created" || order.status === "awaiting:payment";
}

/** Whether looking again may show something new. */
export function isMoving(order: Order, payment: MaybePayment): boolean {
  if (isLive(order) || payment === undefined) return true;
  if (payment === null) return false;
  if (payment.status === "processing" || payment.status === "refund_pending") return payment.refund?.status !== "failed";
  return order.status === "cancelled" && payment.status === "succeeded";
}

/** In how many milliseconds to look again, after having looked so many times. */
export function lookAgainIn(looks: number): number {
  return Math.min(1_000 * 1.4 ** looks, 15_000);
}
