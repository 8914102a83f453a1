import {useLocale, useTranslations} from "next-intl";
import type {CSSProperties} from "react";
import {useSeats} from "@/components/seats";
import type {Ticket} from "@/lib/api";
import {formatEventDate, zoneName} from "@/lib/dates";
import {hueOf} from "./category";
import classes from "./details.module.css";

/** What it is: the upper part of a ticket. */
export function TicketHead({ticket, heading: Heading = "h1"}: {ticket: Ticket; heading?: "h1" | "h4"}) {
  const category = useTranslations("category");
  return (
    <header className={classes.head} style={{"--hue": hueOf(ticket.category)} as CSSProperties}>
      {ticket.category && <p>{category(ticket.category)}</p>}
      <Heading>{ticket.title}</Heading>
    </header>
  );
}

/** When and where it is, and what the seller says: the lower part. */
export function TicketFacts({ticket, heading: Heading = "h2"}: {ticket: Ticket; heading?: "h2" | "h5"}) {
  const t = useTranslations("ticket");
  const locale = useLocale();
  const {startsAt, timeZone, quantity, description} = ticket;
  const place = [ticket.venue, ticket.city].filter(Boolean).join(", ");
  const seats = useSeats()(ticket);
  return (
    <div className={classes.sheet}>
      <dl className={classes.facts}>
        <div>
          <dt>{t("when")}</dt>
          {startsAt ? (
            <dd>
              <time dateTime={startsAt}>{formatEventDate(startsAt, timeZone, locale)}</time>
              <small>{t("localTime", {zone: zoneName(startsAt, timeZone, locale)})}</small>
            </dd>
          ) : (
            <dd>{t("noDate")}</dd>
          )}
        </div>
        {place && (
          <div>
            <dt>{t("where")}</dt>
            <dd>{place}</dd>
          </div>
        )}
        <div>
          <dt>{t("places")}</dt>
          <dd>
            {seats}
            {quantity > 1 && <small>{t("together")}</small>}
          </dd>
        </div>
      </dl>
      {description && (
        <section className={classes.about}>
          <Heading>{t("about")}</Heading>
          <p>{description}</p>
        </section>
      )}
    </div>
  );
}
