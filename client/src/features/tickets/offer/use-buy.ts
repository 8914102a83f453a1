"use client";

import {useMutation} from "@tanstack/react-query";
import {useRouter} from "next/navigation";
import {useRef} from "react";
import {ApiError, read} from "@/lib/api";
import {api} from "@/lib/api/browser";
import {newIdempotencyKey} from "@/lib/idempotency";
import {tellPurchase} from "./purchases";

/**
 * Reserves a ticket and goes on to its payment. However often it is clicked, it is one
 * order: while one try is under way there is no second, and a try whose answer was
 * lost is made again with the same key.
 */
export function useBuy(ticketId: string, onTaken: (error: ApiError) => void) {
  const router = useRouter();
  const key = useRef<string | undefined>(undefined);
  const busy = useRef(false); // isPending comes a moment later
  const {mutate, isPending, isSuccess, error} = useMutation({
    mutationFn: () => {
      key.current ??= newIdempotencyKey();
      return read(
        api.POST("/api/orders", {
          params: {header: {"Idempotency-Key": key.current}},
          body: {ticketId},
        }),
      );
    },
    onSuccess: (order) => {
      tellPurchase(order);
      router.push(`/orders/${order.id}/pay`);
    },
    onError: (failure) => {
      busy.current = false;
      // An answer is an answer; without one, what was asked for may have been done.
      if (failure instanceof ApiError && failure.away) return;
      key.current = undefined;
      if (!(failure instanceof ApiError) || failure.status !== 409) return;
      if (failure.code === "reserved_by_you" && failure.orderId) router.push(`/orders/${failure.orderId}/pay`);
      else onTaken(failure);
    },
  });
  return {
    buy: () => {
      if (busy.current) return;
      busy.current = true;
      mutate();
    },
    // The page that comes next takes a moment.
    buying: isPending || isSuccess,
    error,
  };
}
