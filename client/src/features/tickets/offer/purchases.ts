"use client";

import {useEffect, useEffectEvent} from "react";
import type {Order} from "@/lib/api";

const name = "purchases";

/** Tells one's other tabs of an order that was placed in this one. */
export function tellPurchase(order: Order): void {
  const channel = new BroadcastChannel(name);
  channel.postMessage(order);
  channel.close();
}

/** Hears of the orders that the visitor places in other tabs. */
export function usePurchases(userId: string | undefined, onPurchase: (order: Order) => void): void {
  const heard = useEffectEvent((order: Order) => {
    // Somebody else may have signed in there meanwhile.
    if (order.userId === userId) onPurchase(order);
  });
  useEffect(() => {
    const channel = new BroadcastChannel(name);
    channel.addEventListener("message", ({data}: MessageEvent<Order>) => heard(data));
    return () => channel.close();
  }, []);
}
