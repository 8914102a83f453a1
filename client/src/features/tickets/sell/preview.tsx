"use client";

import {useLocale, useTranslations} from "next-intl";
import {TicketCard} from "@/features/tickets/card";
import {TicketFacts, TicketHead} from "@/features/tickets/details";
import {LiveTickets} from "@/features/tickets/live";
import type {Ticket} from "@/lib/api";
import classes from "./sell.module.css";

/** A ticket as buyers will see it, while it is still being written. */
export function Preview({ticket}: {ticket: Ticket}) {
  const t = useTranslations("sell");
  const status = useTranslations("status");
  const words = {
    available: status("available"),
    reserved: status("reserved"),
    sold: status("sold"),
    past: status("past"),
    withdrawn: status("withdrawn"),
  };
  return (
    <section aria-label={t("preview")} className={classes.preview}>
      <h2>{t("preview")}</h2>
      <h3 className={classes.label}>{t("previewList")}</h3>
      {/* Its link leads nowhere yet, and all it says is said below once more. */}
      <div inert className={classes.card}>
        <LiveTickets ids={[]} locale={useLocale()} words={words}>
          <TicketCard ticket={ticket} level={3} />
        </LiveTickets>
      </div>
      <h3 className={classes.label}>{t("previewPage")}</h3>
      <div>
        <TicketHead ticket={ticket} heading="h4" />
        <TicketFacts ticket={ticket} heading="h5" />
      </div>
    </section>
  );
}
