"use client";

import {useQuery, useQueryClient} from "@tanstack/react-query";
import {useState} from "react";
import {ApiError, read, type Order} from "@/lib/api";
import {api} from "@/lib/api/browser";
import {ServerClock} from "@/lib/server-clock";
import {isMoving, lookAgainIn, type MaybePayment} from "./standing";

type State = {order: Order; payment: MaybePayment};

type Live = State & {
  /** The server's clock, set by every look. */
  clock: ServerClock;
  /** Looks at once, and then closely for a while. */
  look: () => Promise<unknown>;
};

/**
 * An order and its payment, looked at until both are final. initial is what the page
 * came with, now the server's time then.
 */
export function useOrder(initial: State, now: number): Live {
  const [clock] = useState(() => {
    const started = new ServerClock();
    started.heard(now);
    return started;
  });
  const [lookedBefore, setLookedBefore] = useState(0);
  const queryClient = useQueryClient();
  const {id} = initial.order;
  const queryKey = ["order", id];
  const {data, refetch} = useQuery({
    queryKey,
    initialData: initial,
    initialDataUpdatedAt: 0, // what is looked at first sets the clock
    queryFn: async (): Promise<State> => {
      const asked = clock.asked();
      const {data, response} = await api.GET("/api/orders/{id}", {params: {path: {id}}});
      clock.heard(Date.parse(response.headers.get("Date") ?? ""), asked);
      const order = data!;
      // What nobody has begun to pay has no payment to ask for.
      const begun = order.awaitingSince !== undefined || Boolean(initial.payment);
      return {order, payment: begun ? await readPayment(id) : null};
    },
    refetchInterval: ({state}) =>
      state.data && !isMoving(state.data.order, state.data.payment)
        ? false
        : lookAgainIn(Math.max(0, state.dataUpdateCount - lookedBefore)),
  });
  const look = () => {
    setLookedBefore(queryClient.getQueryState(queryKey)?.dataUpdateCount ?? 0);
    return refetch();
  };
  return {...data, clock, look};
}

async function readPayment(orderId: string): Promise<MaybePayment> {
  try {
    return await read(api.GET("/api/payments/{orderId}", {params: {path: {orderId}}}));
  } catch (error) {
    if (error instanceof ApiError && error.status === 404) return null;
    if (error instanceof ApiError && error.away) return undefined;
    throw error;
  }
}
