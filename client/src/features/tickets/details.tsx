import {useLocale, useTranslations} from "next-intl";
import type {CSSProperties} from "react";
import type {Ticket} from "@/lib/api";
import {formatEventDate, zoneName} from "@/lib/dates";
import {hueOf} from "./category";
import classes from "./details.module.css";

type Props = {ticket: Ticket; heading?: "h1" | "h4"};

/** Everything that the seller says about a ticket. */
export function TicketDetails({ticket, heading: Heading = "h1"}: Props) {
  const Subheading = Heading === "h1" ? "h2" : "h5";
  const t = useTranslations("ticket");
  const category = useTranslations("category");
  const locale = useLocale();
  const {startsAt, timeZone, quantity, section, row, seat, description} = ticket;
  const place = [ticket.venue, ticket.city].filter(Boolean).join(", ");
  const seats = [section && t("section", {section}), row && t("row", {row}), seat && t("seat", {seat})].filter(
    Boolean,
  );
  return (
    <article className={classes.details} style={{"--hue": hueOf(ticket.category)} as CSSProperties}>
      <header className={classes.head}>
        {ticket.category && <p>{category(ticket.category)}</p>}
        <Heading className={classes.title}>{ticket.title}</Heading>
      </header>
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
            {[t("quantity", {count: quantity}), ...seats].join(" · ")}
            {quantity > 1 && <small>{t("together")}</small>}
          </dd>
        </div>
      </dl>
      {description && (
        <section className={classes.about}>
          <Subheading>{t("about")}</Subheading>
          <p>{description}</p>
        </section>
      )}
    </article>
  );
}
