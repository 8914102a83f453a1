import type {Order, Payment} from "@/lib/api";

/** When the orders of tests were made, by the server's clock. */
export const madeAt = Date.UTC(2030, 4, 1, 12);

/** An order that is to be paid within 15 minutes. */
export function anOrder(changes: Partial<Order> = {}): Order {
  return {
    id: "o1",
    userId: "u1",
    status: "created",
    createdAt: new Date(madeAt).toISOString(),
    expiresAt: new Date(madeAt + 15 * 60_000).toISOString(),
    version: 1,
    ticket: {id: "t1", title: "Opening night", price: 49.5, currency: "eur"},
    ...changes,
  };
}

export function aPayment(changes: Partial<Payment> = {}): Payment {
  return {
    id: "p1",
    orderId: "o1",
    status: "created",
    amount: 49.5,
    currency: "eur",
    createdAt: new Date(madeAt).toISOString(),
    updatedAt: new Date(madeAt).toISOString(),
    version: 1,
    ...changes,
  };
}

/** An answer of the API, with the server's time. */
export function answer(body: unknown, at = madeAt, status = 200): Response {
  return Response.json(body, {status, headers: {Date: new Date(at).toUTCString()}});
}
