"use client";

import {useQuery} from "@tanstack/react-query";
import {ApiError, read, type Order, type Ticket} from "@/lib/api";
import {api} from "@/lib/api/browser";

/** undefined: it can't be told. "asked": that is just being found out. */
export type OwnOrder = Pick<Order, "id" | "status"> | null | undefined | "asked";

/** A ticket that was heard of was reserved just now: one's own order of it is among one's newest. */
const newest = 10;

/**
 * The visitor's own order of a ticket. The page came with what was so then, given; of an
 * order that is heard of while one looks it is asked once whose it is, because it may be
 * one's own from another tab or device. The order itself would answer those whose it is
 * not with a refusal, which browsers note as an error; one's own orders never refuse.
 */
export function useOwnOrder(
  {userId: seller, orderId, status}: Ticket,
  given: {orderId: string | undefined; order: Order | null | undefined},
  userId: string | undefined,
): OwnOrder {
  const held = status === "reserved" || status === "sold";
  const heard = orderId !== given.orderId;
  const unknown = orderId !== undefined && (heard || given.order === undefined);
  const wanted = userId !== undefined && userId !== seller && held && unknown;
  const {data, isPending, failureCount} = useQuery({
    queryKey: ["own order", orderId],
    enabled: wanted,
    staleTime: Infinity,
    queryFn: async () => {
      try {
        const orders = await read(api.GET("/api/orders", {params: {query: {limit: newest}}}));
        return orders.find(({id}) => id === orderId) ?? null;
      } catch (error) {
        // Nobody is signed in any more, and this page needs nobody to be.
        if (error instanceof ApiError && error.status === 401) return null;
        throw error;
      }
    },
  });
  if (!wanted) return given.order;
  if (heard) return isPending && failureCount === 0 ? "asked" : data;
  // What was sold may have been bought long ago, and by an order that is not among the newest.
  return status === "sold" ? (data ?? undefined) : data;
}
