import {useLocale, useTranslations} from "next-intl";
import type {Ticket} from "@/lib/api";
import {TicketCard} from "./card";
import {LiveTickets} from "./live";
import classes from "./list.module.css";

/** Tickets side by side, kept true while one looks at them. */
export function TicketList({tickets, label, level = 2}: {tickets: Ticket[]; label: string; level?: 2 | 3}) {
  const locale = useLocale();
  const t = useTranslations("status");
  const words = {
    available: t("available"),
    reserved: t("reserved"),
    sold: t("sold"),
    past: t("past"),
    withdrawn: t("withdrawn"),
  };
  return (
    <LiveTickets ids={tickets.map(({id}) => id)} locale={locale} words={words}>
      <ul className={classes.list} aria-label={label}>
        {tickets.map((ticket) => (
          <li key={ticket.id}>
            <TicketCard ticket={ticket} level={level} />
          </li>
        ))}
      </ul>
    </LiveTickets>
  );
}
