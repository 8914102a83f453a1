import {useLocale, useTranslations} from "next-intl";
import type {ReactNode} from "react";
import {Slip} from "@/components/slip";
import type {Order} from "@/lib/api";
import {formatEventDate, zoneName} from "@/lib/dates";
import {formatMoney} from "@/lib/money";
import classes from "./orders.module.css";

type Props = {order: Order; heading?: "h2" | "h3"; foot?: ReactNode};

/** What was ordered, as it was then: it does not change with the listing. */
export function OrderSlip({order: {ticket}, heading, foot}: Props) {
  const t = useTranslations("ticket");
  const locale = useLocale();
  const {section, row, seat, quantity = 1} = ticket;
  const place = [ticket.venue, ticket.city].filter(Boolean).join(", ");
  const seats = [
    t("quantity", {count: quantity}),
    section && t("section", {section}),
    row && t("row", {row}),
    seat && t("seat", {seat}),
  ].filter(Boolean);
  return (
    <Slip
      title={ticket.title}
      href={`/tickets/${ticket.id}`}
      amount={formatMoney(ticket.price, ticket.currency, locale)}
      heading={heading}
      foot={foot}
    >
      {ticket.startsAt && (
        <p>
          <time dateTime={ticket.startsAt}>{formatEventDate(ticket.startsAt, ticket.timeZone, locale, "short")}</time>{" "}
          <span className={classes.faint}>{zoneName(ticket.startsAt, ticket.timeZone, locale)}</span>
        </p>
      )}
      {place && <p>{place}</p>}
      <p className={classes.faint}>{seats.join(" · ")}</p>
    </Slip>
  );
}
