import {useLocale} from "next-intl";
import type {Ticket} from "@/lib/api";
import {useCardText, useStatusWords} from "./card-text";
import {LiveList} from "./live";

/** Tickets side by side, kept true while one looks at them. */
export function TicketList({tickets, label, level = 2}: {tickets: Ticket[]; label: string; level?: 2 | 3}) {
  const text = useCardText();
  return (
    <LiveList texts={tickets.map(text)} label={label} level={level} locale={useLocale()} words={useStatusWords()} />
  );
}
