"use client";

import {useEffect, useEffectEvent} from "react";
import type {Ticket} from "@/lib/api";

type Listener = {
  /** A ticket was changed, reserved, sold or freed. */
  onTicket: (ticket: Ticket) => void;
  /** Something may have been missed: read anew. */
  onMissed: () => void;
};

/**
 * Listens to what happens to these tickets while the page is looked at. A hidden page
 * lets go of its connection, of which a browser has few.
 */
export function useTicketStream(ids: string[], listener: Listener): void {
  const onTicket = useEffectEvent(listener.onTicket);
  const onMissed = useEffectEvent(listener.onMissed);
  const query = new URLSearchParams(ids.map((id) => ["id", id])).toString();

  useEffect(() => {
    if (!query) return;
    let source: EventSource | undefined;
    let before = false;

    const open = () => {
      source = new EventSource(`/api/tickets/stream?${query}`);
      source.addEventListener("ticket", (event: MessageEvent<string>) => {
        onTicket(JSON.parse(event.data) as Ticket);
      });
      source.addEventListener("reset", () => onMissed());
      // A connection that was lost is resumed by the browser, but not one that was let go.
      if (before) onMissed();
      before = true;
    };
    const look = () => {
      if (document.visibilityState === "hidden") {
        source?.close();
        source = undefined;
      } else if (!source) {
        open();
      }
    };

    look();
    document.addEventListener("visibilitychange", look);
    return () => {
      document.removeEventListener("visibilitychange", look);
      source?.close();
    };
  }, [query]);
}
