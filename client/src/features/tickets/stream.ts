"use client";

import {useEffect, useEffectEvent} from "react";
import type {Ticket} from "@/lib/api";

type Listener = {
  /** A ticket was changed, reserved, sold or freed. */
  onTicket: (ticket: Ticket) => void;
  /** Something may have been missed: read anew. */
  onMissed: () => void;
  /** Whether what happened between the page and the first connection is to be read too. */
  fromPage?: boolean;
};

/** In how many milliseconds one comes again who was sent away: not everybody at once. */
const later = () => 5_000 + Math.random() * 10_000;

/**
 * Listens to what happens to these tickets while the page is looked at. A hidden page
 * lets go of its connection, of which a browser has few.
 */
export function useTicketStream(ids: string[], listener: Listener): void {
  const onTicket = useEffectEvent(listener.onTicket);
  const onMissed = useEffectEvent(listener.onMissed);
  const {fromPage = false} = listener;
  const query = new URLSearchParams(ids.map((id) => ["id", id])).toString();

  useEffect(() => {
    if (!query) return;
    let source: EventSource | undefined;
    let again: ReturnType<typeof setTimeout> | undefined;
    let missed = fromPage;

    const open = () => {
      source = new EventSource(`/api/tickets/stream?${query}`);
      source.addEventListener("ticket", (event: MessageEvent<string>) => {
        onTicket(JSON.parse(event.data) as Ticket);
      });
      source.addEventListener("reset", () => onMissed());
      source.addEventListener("open", () => {
        if (missed) onMissed();
        missed = false;
      });
      source.addEventListener("error", () => {
        // A connection that was lost is resumed by the browser, but none that was refused.
        if (source?.readyState !== EventSource.CLOSED) return;
        close();
        onMissed();
        again = setTimeout(open, later());
      });
    };
    const close = () => {
      clearTimeout(again);
      source?.close();
      source = again = undefined;
      missed = true;
    };
    const look = () => {
      if (document.visibilityState === "hidden") {
        close();
      } else if (!source && !again) {
        open();
      }
    };

    look();
    document.addEventListener("visibilitychange", look);
    return () => {
      document.removeEventListener("visibilitychange", look);
      close();
    };
  }, [query, fromPage]);
}
