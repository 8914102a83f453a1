import {useLocale} from "next-intl";
import type {Order, Ticket} from "@/lib/api";
import {formatEventDate, zoneName} from "@/lib/dates";
import classes from "./ticket-lines.module.css";
import {useSeats} from "./seats";

/** When and where it is and how many tickets, in a few lines. */
export function TicketLines({ticket}: {ticket: Ticket | Order["ticket"]}) {
  const locale = useLocale();
  const {startsAt, timeZone} = ticket;
  const place = [ticket.venue, ticket.city].filter(Boolean).join(", ");
  const seats = useSeats()(ticket);
  return (
    <>
      {startsAt && (
        <p>
          <time dateTime={startsAt}>{formatEventDate(startsAt, timeZone, locale, "short")}</time>{" "}
          <span className={classes.faint}>{zoneName(startsAt, timeZone, locale)}</span>
        </p>
      )}
      {place && <p>{place}</p>}
      <p className={classes.faint}>{seats}</p>
    </>
  );
}
