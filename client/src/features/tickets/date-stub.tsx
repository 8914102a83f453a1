import {useLocale, useTranslations} from "next-intl";
import type {Ticket} from "@/lib/api";
import {formatEventDate} from "@/lib/dates";
import classes from "./card.module.css";

/** The stub of a ticket, with the day on which it is torn off. */
export function DateStub({ticket: {startsAt, timeZone}}: {ticket: Pick<Ticket, "startsAt" | "timeZone">}) {
  const t = useTranslations("ticket");
  const locale = useLocale();
  if (!startsAt) return <p className={classes.stub}>{t("noDate")}</p>;
  const part = (style: Parameters<typeof formatEventDate>[3]) => formatEventDate(startsAt, timeZone, locale, style);
  return (
    <p className={classes.stub}>
      <time dateTime={startsAt}>
        <span>{part("weekday")} </span>
        <b>{part("day")} </b>
        <span>{part("monthYear")} </span>
        <span>{part("time")}</span>
      </time>
    </p>
  );
}
