"use client";

import {useRouter} from "next/navigation";
import {createContext, use, useState, type ReactNode} from "react";
import type {Ticket} from "@/lib/api";
import type {Locale} from "@/lib/i18n/locales";
import {formatMoney} from "@/lib/money";
import classes from "./card.module.css";
import {useTicketStream} from "./stream";

/** What a card shows that can change while one looks. */
export type Volatile = Pick<Ticket, "id" | "status" | "price" | "currency" | "version">;

type Live = {
  heard: ReadonlyMap<string, Volatile>;
  locale: Locale;
  words: Record<Ticket["status"], string>;
};

const Context = createContext<Live | null>(null);

type Props = {ids: string[]; locale: Locale; words: Live["words"]; children: ReactNode};

/** Keeps the cards inside it true while one looks at them. */
export function LiveTickets({ids, locale, words, children}: Props) {
  const router = useRouter();
  const [heard, setHeard] = useState<ReadonlyMap<string, Volatile>>(new Map());
  useTicketStream(ids, {
    onTicket: (ticket) => setHeard((before) => new Map(before).set(ticket.id, ticket)),
    onMissed: () => router.refresh(),
  });
  return <Context value={{heard, locale, words}}>{children}</Context>;
}

/** The price of a ticket, and why it is not to be had. */
export function LivePrice({ticket}: {ticket: Volatile}) {
  const live = use(Context);
  const heard = live?.heard.get(ticket.id);
  // Of what the page came with and what was heard since, the newer counts.
  const {status, price, currency} = heard && heard.version >= ticket.version ? heard : ticket;
  if (!live) return null;
  const gone = status !== "available";
  return (
    <p className={classes.price} data-gone={gone || undefined}>
      <strong>{formatMoney(price, currency, live.locale)}</strong>
      <span aria-live="polite">{gone && live.words[status]}</span>
    </p>
  );
}
