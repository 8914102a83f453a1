import Link from "next/link";
import {useLocale, useTranslations} from "next-intl";
import type {CSSProperties} from "react";
import type {Ticket} from "@/lib/api";
import {formatMoney} from "@/lib/money";
import {hueOf} from "./category";
import classes from "./card.module.css";
import {DateStub} from "./date-stub";
import {LivePrice} from "./live";

/** A ticket in a list: it looks like one, with its date on the stub. */
export function TicketCard({ticket, level}: {ticket: Ticket; level: 2 | 3}) {
  const Heading = `h${level}` as const;
  const t = useTranslations("ticket");
  const category = useTranslations("category");
  const locale = useLocale();
  const {id, title, price, originalPrice, currency, status, version, quantity, section, row, seat} = ticket;
  const place = [ticket.venue, ticket.city].filter(Boolean).join(" · ");
  const seats = [
    t("quantity", {count: quantity}),
    section && t("section", {section}),
    row && t("row", {row}),
    seat && t("seat", {seat}),
  ].filter(Boolean);
  return (
    <article className={classes.card} style={{"--hue": hueOf(ticket.category)} as CSSProperties}>
      <div className={classes.what}>
        {ticket.category && <p className={classes.category}>{category(ticket.category)}</p>}
        <Heading>
          <Link href={`/tickets/${id}`} prefetch={false}>
            {title}
          </Link>
        </Heading>
        {place && <p>{place}</p>}
        <p className={classes.seats}>{seats.join(" · ")}</p>
      </div>
      <div className={classes.cost}>
        <LivePrice ticket={{id, price, currency, status, version}} />
        {quantity > 1 && price > 0 && <p>{t("each", {price: formatMoney(price / quantity, currency, locale)})}</p>}
        {originalPrice !== undefined && originalPrice > price && (
          <p className={classes.bargain}>{t("original", {price: formatMoney(originalPrice, currency, locale)})}</p>
        )}
      </div>
      {/* Last, for it stands in the middle of how high the others make the card. */}
      <DateStub ticket={ticket} />
    </article>
  );
}
