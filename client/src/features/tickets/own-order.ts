import "server-only";
import {ApiError, read, type Order, type Ticket} from "@/lib/api";
import {serverApi} from "@/lib/api/server";

/**
 * The visitor's own order of a ticket that is reserved or sold, or null: somebody
 * else's order is forbidden to them, and that is all they learn of it. undefined when
 * it can't be told whose it is.
 */
export async function loadOwnOrder({orderId, status}: Ticket): Promise<Order | null | undefined> {
  if (!orderId || (status !== "reserved" && status !== "sold")) return null;
  try {
    return await read((await serverApi()).GET("/api/orders/{id}", {params: {path: {id: orderId}}}));
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    return error.status === 403 || error.status === 404 ? null : undefined;
  }
}
