import "server-only";
import {ApiError, nextCursor, read, type Order, type Payment} from "@/lib/api";
import {serverApi} from "@/lib/api/server";

/** An order of the visitor's, and the server's time when it was asked for. */
export async function loadOrder(id: string): Promise<{order: Order; now: number}> {
  const api = await serverApi();
  const {data, response} = await api.GET("/api/orders/{id}", {params: {path: {id}}});
  return {order: data!, now: Date.parse(response.headers.get("Date") ?? "") || Date.now()};
}

/** The payment of an order: null while nobody has begun one, undefined when that can't be told. */
export async function loadPayment(orderId: string): Promise<Payment | null | undefined> {
  const api = await serverApi();
  try {
    return await read(api.GET("/api/payments/{orderId}", {params: {path: {orderId}}}));
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    return error.status === 404 ? null : undefined;
  }
}

const pageSize = 20;

/** The visitor's orders, the newest first, and the cursor of the next page. */
export async function loadOrders(cursor?: string): Promise<{orders: Order[]; next: string | undefined}> {
  const api = await serverApi();
  const {data, response} = await api.GET("/api/orders", {params: {query: {limit: pageSize, cursor}}});
  return {orders: data ?? [], next: nextCursor(response)};
}
