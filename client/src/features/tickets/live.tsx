"use client";

import {useRouter} from "next/navigation";
import {memo, useState} from "react";
import {useLinks} from "@/components/live/use-links";
import type {Locale} from "@/lib/i18n/locales";
import {TicketCard} from "./card";
import type {CardText, Volatile} from "./card-text";
import classes from "./list.module.css";
import {useTicketStream} from "./stream";

type Props = {
  texts: CardText[];
  label: string;
  level: 2 | 3;
  locale: Locale;
  words: Record<Volatile["status"], string>;
};

/** The cards of a list, and what is heard of their tickets since the page was made. */
export function LiveList({texts, label, level, locale, words}: Props) {
  const router = useRouter();
  const follow = useLinks();
  const [heard, setHeard] = useState<ReadonlyMap<string, Volatile>>(new Map());
  useTicketStream(
    texts.map(({now}) => now.id),
    {
      onTicket: (ticket) => setHeard((before) => new Map(before).set(ticket.id, ticket)),
      onMissed: () => router.refresh(),
    },
  );
  return (
    <ul className={classes.list} aria-label={label} onClick={follow}>
      {texts.map((text) => (
        <li key={text.now.id}>
          <Card text={text} now={newer(text.now, heard.get(text.now.id))} level={level} locale={locale} words={words} />
        </li>
      ))}
    </ul>
  );
}

/** What is heard is of one ticket, mostly: the others stay as they are. */
const Card = memo(TicketCard);

/** Of what the page came with and what was heard since, the newer counts. */
function newer(page: Volatile, heard: Volatile | undefined): Volatile {
  return heard && heard.version >= page.version ? heard : page;
}
