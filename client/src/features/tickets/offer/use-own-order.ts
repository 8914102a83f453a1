"use client";

import {useQuery, useQueryClient} from "@tanstack/react-query";
import {ApiError, read, type Order, type Ticket} from "@/lib/api";
import {api} from "@/lib/api/browser";
import {usePurchases} from "./purchases";

/** undefined: it can't be told. "asked": that is being found out. */
export type OwnOrder = Pick<Order, "id" | "status"> | null | undefined | "asked";

/** A ticket that was heard of was reserved just now: one's own order of it is among one's newest. */
const newest = 10;

/**
 * In how many milliseconds those who look at a ticket ask whose order of it is. All of
 * them hear of it in the same moment; few have bought it themselves on another device.
 */
const within = 15_000;

const keyOf = (orderId: string | undefined, atOnce: boolean) => ["own order", orderId, atOnce];

/**
 * The visitor's own order of a ticket. The page came with what was so then, given. Of an
 * order that is heard of while one looks, another tab says at once that it is one's own;
 * the shop is asked once, some time later, because it may be from another device. The
 * order itself would answer those whose it is not with a refusal, which browsers note as
 * an error; one's own orders never refuse.
 *
 * Who has just tried to buy it here, and was not told that it is theirs, is told at once.
 */
export function useOwnOrder(
  {userId: seller, orderId, status}: Ticket,
  given: {orderId: string | undefined; order: Order | null | undefined},
  userId: string | undefined,
  tried: boolean,
): OwnOrder {
  const queries = useQueryClient();
  const held = status === "reserved" || status === "sold";
  const heard = orderId !== given.orderId;
  const unknown = orderId !== undefined && (heard || given.order === undefined);
  const wanted = userId !== undefined && userId !== seller && held && unknown;
  const {data, isPending, failureCount} = useQuery({
    queryKey: keyOf(wanted ? orderId : undefined, tried), // nobody waits for what is not wanted any more
    enabled: wanted,
    staleTime: Infinity,
    queryFn: async ({signal}) => {
      if (heard && !tried) await pause(Math.random() * within, signal);
      try {
        const orders = await read(api.GET("/api/orders", {params: {query: {limit: newest}}, signal}));
        return orders.find(({id}) => id === orderId) ?? null;
      } catch (error) {
        // Nobody is signed in any more, and this page needs nobody to be.
        if (error instanceof ApiError && error.status === 401) return null;
        throw error;
      }
    },
  });
  usePurchases(userId, (order) => {
    for (const queryKey of [keyOf(order.id, false), keyOf(order.id, true)]) {
      void queries.cancelQueries({queryKey}).then(() => queries.setQueryData(queryKey, order));
    }
  });
  if (!wanted) return given.order;
  if (heard) return isPending && failureCount === 0 ? "asked" : data;
  // What was sold may have been bought long ago, and by an order that is not among the newest.
  return status === "sold" ? (data ?? undefined) : data;
}

/** Waits, unless nobody wants to know any more. */
function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(resolve, milliseconds);
    signal.addEventListener("abort", () => {
      clearTimeout(timer);
      reject(signal.reason as Error);
    });
  });
}
