import type {CSSProperties} from "react";
import type {Locale} from "@/lib/i18n/locales";
import {formatMoney} from "@/lib/money";
import classes from "./card.module.css";
import type {CardText, Volatile} from "./card-text";

type Props = {
  text: CardText;
  level: 2 | 3;
  /** How it stands with the ticket now, and the words for what is not to be had. */
  now: Volatile;
  words: Record<Volatile["status"], string>;
  locale: Locale;
};

/** A ticket in a list: it looks like one, with its date on the stub. */
export function TicketCard({text, level, now, words, locale}: Props) {
  const Heading = `h${level}` as const;
  const {title, hue, category, place, seats, each, original, stub} = text;
  const gone = now.status !== "available";
  // To make a formatter takes a slow phone 70 ms: it does so when there is another price.
  const price = now.price === text.now.price ? text.price : formatMoney(now.price, now.currency, locale);
  return (
    <article className={classes.card} style={{"--hue": hue} as CSSProperties}>
      <div className={classes.what}>
        {category && <p className={classes.category}>{category}</p>}
        <Heading>
          {/* Lists follow their links themselves: see useLinks. */}
          <a href={`/tickets/${now.id}`}>{title}</a>
        </Heading>
        {place && <p>{place}</p>}
        <p className={classes.seats}>{seats}</p>
      </div>
      <div className={classes.cost}>
        <p className={classes.price} data-gone={gone || undefined}>
          <strong>{price}</strong>
          <span aria-live="polite">{gone && words[now.status]}</span>
        </p>
        {each && <p>{each}</p>}
        {original && <p className={classes.bargain}>{original}</p>}
      </div>
      {/* Last, for it stands in the middle of how high the others make the card. */}
      <Stub stub={stub} />
    </article>
  );
}

/** The stub of a ticket, with the day on which it is torn off. */
function Stub({stub}: Pick<CardText, "stub">) {
  if (typeof stub === "string") return <p className={classes.stub}>{stub}</p>;
  return (
    <p className={classes.stub}>
      <time dateTime={stub.startsAt}>
        <span>{stub.weekday} </span>
        <b>{stub.day} </b>
        <span>{stub.monthYear} </span>
        <span>{stub.time}</span>
      </time>
    </p>
  );
}
