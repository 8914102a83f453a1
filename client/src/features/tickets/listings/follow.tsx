"use client";

import {useRouter} from "next/navigation";
import {useTicketStream} from "@/features/tickets/stream";

/** Shows the page anew when something happens to one of these tickets. */
export function Follow({ids}: {ids: string[]}) {
  const router = useRouter();
  useTicketStream(ids, {onTicket: router.refresh, onMissed: router.refresh, fromPage: true});
  return null;
}
